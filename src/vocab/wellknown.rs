//! Units that a system has although nobody near the unit at hand ships them: those of systemd itself, those that managers
//! and generators make, and the names to which systemd.special(7) gives a meaning.

use super::table::Text;
use super::{Model, Scope};

/// Where a unit comes from, and so how sure it is that a system has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// a file of systemd, udev or dbus: every system has it
    Shipped,
    /// the manager makes it itself: every system has it
    Manager,
    /// made by a generator or by logind and the like, or from what the machine has: not every system has it
    Generated,
    /// systemd.special(7) gives it a meaning, but another package or the administrator brings it
    Special,
}

/// A name, or what stands before and behind the `*` of a pattern, with the releases that have it.
pub(super) struct Known {
    pub(super) head: Text,
    pub(super) tail: Text,
    pub(super) origin: Origin,
    pub(super) versions: u8,
}

impl Known {
    fn fits(&self, model: Model) -> bool {
        self.versions & model.bit() != 0
    }

    fn matches(&self, name: &str) -> bool {
        let name = name.as_bytes();
        // something has to stand between them
        let Some(rest) = name.len().checked_sub(self.tail.len()).filter(|rest| *rest > self.head.len()) else {
            return false;
        };
        // a dot or an at sign begins each tail: that and one letter more rules nearly all out
        let (end, tail) = (&name[rest..], self.tail.bytes());
        end.get(..2) == tail.get(..2) && end == tail && name.starts_with(self.head.bytes())
    }
}

/// Those of that very name.
fn named(name: &str, scope: Scope) -> &'static [Known] {
    let all = super::WELL_KNOWN_UNITS[scope as usize];
    let table = super::WELL_KNOWN_TABLES[scope as usize];
    let from = super::places(table, name.as_bytes()).map(usize::from).find(|at| all[*at].head.is(name));
    let Some(from) = from else { return &[] };
    let len = all[from..].iter().take_while(|k| k.head == all[from].head).count();
    &all[from..from + len]
}

/// The template of an instance: `getty@tty1.service` gives `getty@.service`.
fn template(name: &str) -> Option<String> {
    let ((prefix, instance), suffix) = name.split_once('@').zip(name.rsplit_once('.').map(|(_, s)| s))?;
    // `@.service` is a template itself
    (instance.len() > suffix.len() + 1).then(|| format!("{prefix}@.{suffix}"))
}

/// All that is known of a name: what is said of the name itself comes before what is said of its template, and of a
/// pattern.
fn known(name: &str, scope: Scope) -> impl Iterator<Item = &'static Known> {
    let of_template = std::iter::once_with(move || template(name).map(|t| named(&t, scope)).unwrap_or_default());
    let patterns = super::WELL_KNOWN_PATTERNS[scope as usize].iter().filter(move |k| k.matches(name));
    named(name, scope).iter().chain(of_template.flatten()).chain(patterns)
}

/// Where the unit of that name comes from when nobody near ships it; `None` for a name that no system knows by itself.
pub fn origin(name: &str, scope: Scope, model: Model) -> Option<Origin> {
    known(name, scope).find(|k| k.fits(model)).map(|k| k.origin)
}

/// The same for every release that knows the name.
pub fn origins(name: &str, scope: Scope) -> impl Iterator<Item = Origin> {
    known(name, scope).map(|k| k.origin)
}

/// Whether a unit of that name may be there without anybody near shipping it.
pub fn is_well_known(name: &str, scope: Scope, model: Model) -> bool {
    origin(name, scope, model).is_some()
}

/// All plain names of a scope and release, sorted.
pub fn well_known_units(scope: Scope, model: Model) -> impl Iterator<Item = &'static str> {
    super::WELL_KNOWN_UNITS[scope as usize].iter().filter(move |k| k.fits(model)).map(|k| k.head.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(name: &str, scope: Scope, version: u16) -> Option<Origin> {
        origin(name, scope, Model::nearest(version))
    }

    #[test]
    fn names_are_known_by_scope_and_release() {
        assert_eq!(from("multi-user.target", Scope::System, 257), Some(Origin::Shipped));
        assert_eq!(from("multi-user.target", Scope::User, 257), None);
        assert_eq!(from("default.target", Scope::User, 262), Some(Origin::Shipped));
        assert_eq!(from("runlevel3.target", Scope::System, 257), Some(Origin::Shipped));
        assert_eq!(from("runlevel3.target", Scope::System, 262), None);
        assert_eq!(from("cryptsetup.target", Scope::System, 252), Some(Origin::Shipped));
        assert_eq!(from("cryptsetup.target", Scope::System, 257), Some(Origin::Special));
        assert_eq!(from("multiuser.target", Scope::System, 257), None);
        assert_eq!(from("", Scope::System, 257), None);
    }

    #[test]
    fn instances_and_made_units_are_known() {
        assert_eq!(from("getty@tty1.service", Scope::System, 257), Some(Origin::Shipped));
        assert_eq!(from("getty@.service", Scope::System, 257), Some(Origin::Shipped));
        assert_eq!(from("gettx@.service", Scope::System, 257), None);
        assert_eq!(from("dev-sda1.device", Scope::System, 257), Some(Origin::Generated));
        assert_eq!(from("foo-bar.slice", Scope::User, 257), Some(Origin::Manager));
        assert_eq!(from("-.mount", Scope::System, 257), Some(Origin::Manager));
        assert_eq!(from("srv-data.mount", Scope::System, 257), Some(Origin::Generated));
        assert_eq!(from(".mount", Scope::System, 257), None);
        assert_eq!(from("session-4.scope", Scope::System, 257), Some(Origin::Generated));
    }

    #[test]
    fn names_are_sorted() {
        for scope in [Scope::System, Scope::User] {
            let names: Vec<&str> = well_known_units(scope, Model::LATEST).collect();
            assert!(names.is_sorted() && names.len() > 20, "{names:?}");
        }
    }
}
