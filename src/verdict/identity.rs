//! Who the processes of a unit are, and in which namespaces of users and networks.

use super::ruling::{Kind, Ruling};
use super::start::Start;
use super::step::Step;
use crate::host::{Call, Names, Namespace, Seen};
use crate::unit::Entry;
use crate::vocab::{KeyId, key};

/// Whether a name or number is among the users or groups.
fn known(names: &Seen<Names>, asked: &str, what: &str, step: Step) -> Ruling {
    if asked.contains('%') {
        return Ruling::unknown("nobody can tell which name that is");
    }
    if matches!(asked, "root" | "0" | "nobody" | "nogroup" | "65534") {
        return Ruling::enforced(format!("every system has the {what} {asked}"), "");
    }
    match names {
        Seen::Known { value, at } => {
            let number = asked.parse::<u32>().ok();
            let there = value.ids.contains_key(asked) || number.is_some_and(|n| value.ids.values().any(|id| *id == n));
            match there {
                true => Ruling::enforced(format!("there is a {what} {asked}"), at.clone()),
                false if value.others => {
                    Ruling::unknown(format!("{at} has no {what} {asked}, and other sources are asked as well"))
                }
                false => Ruling::refused(step, format!("there is no {what} {asked}"), at.clone()),
            }
        }
        unknown => Ruling::untold(&format!("the {what}s"), unknown),
    }
}

impl Start<'_> {
    pub(super) fn user(&self, entry: &Entry<'_>) -> Ruling {
        let name = entry.text();
        if self.unit.is_on(key::DYNAMIC_USER) {
            return self.dynamic_user();
        }
        let user = known(&self.host.users, name, "user", Step::FindUser);
        if !user.holds() {
            return user;
        }
        let uid = match name {
            "root" => Some(0),
            _ => name.parse().ok().or_else(|| self.host.users.value().and_then(|u| u.ids.get(name).copied())),
        };
        let same = uid.is_some() && uid == self.host.manager.uid.get();
        if same && (uid == Some(0) || self.version >= 254) {
            return user;
        }
        // the groups of the user come first, and nobody else may set them
        let mut parts = vec![user, self.with("CAP_SETGID", Step::FindGroup)];
        if !same {
            parts.push(self.with("CAP_SETUID", Step::SetUser));
        }
        parts.extend(self.keeps_privileges());
        Ruling::all(parts)
    }

    pub(super) fn groups(&self, entry: &Entry<'_>, id: KeyId) -> Ruling {
        if self.unit.is_on(key::DYNAMIC_USER) && id == key::GROUP {
            return self.dynamic_user();
        }
        let names =
            entry.text().split_whitespace().map(|name| known(&self.host.groups, name, "group", Step::FindGroup));
        let mut parts: Vec<Ruling> = names.collect();
        if let Some(bad) = parts.iter().find(|p| !p.holds()) {
            return bad.clone();
        }
        // the group of the manager needs not be set
        let gid = |name: &str| name.parse().ok().or_else(|| self.host.groups.value()?.ids.get(name).copied());
        if id == key::GROUP && gid(entry.text()).is_some_and(|g| Some(g) == self.host.manager.gid.get()) {
            return Ruling::all(parts);
        }
        parts.push(self.with("CAP_SETGID", Step::SetGroups));
        Ruling::all(parts)
    }

    /// A user that is made for the unit: the manager of the system alone can.
    pub(super) fn dynamic_user(&self) -> Ruling {
        if self.is_user() {
            let step = if self.version < 254 { Step::FindUser } else { Step::Load };
            return Ruling::refused(step, "the manager of a user makes no users", "");
        }
        let mut parts =
            vec![self.mounts(), self.with("CAP_SETGID", Step::SetGroups), self.with("CAP_SETUID", Step::SetUser)];
        parts.extend(self.keeps_privileges());
        Ruling::all(parts)
    }

    pub(super) fn private_users(&self) -> Ruling {
        if !self.is_set(key::PRIVATE_USERS) {
            return Ruling::enforced("nothing is asked for", "");
        }
        self.users(if self.is_user() { Step::EarlyUsers } else { Step::LateUsers })
    }

    /// Queues of messages are a file system of their own.
    pub(super) fn queues(&self) -> Ruling {
        let made = self.namespace(Namespace::Ipc, Step::Namespaces);
        match self.mounts() {
            lost if made.holds() && matches!(lost.kind, Kind::Refused | Kind::Unknown) => lost,
            _ => made,
        }
    }

    /// Since 254 a network that the manager could not set up is none.
    pub(super) fn network(&self) -> Ruling {
        if !self.is_set(key::PRIVATE_NETWORK) {
            return Ruling::enforced("nothing is asked for", "");
        }
        let made = self.namespace(Namespace::Net, Step::Network);
        if self.version < 254 {
            return made;
        }
        match self.has("CAP_NET_ADMIN") {
            // /sys shows the devices of a network, and so is mounted anew
            Ok((true, _)) if made.holds() => match self.mounts() {
                lost if matches!(lost.kind, Kind::Refused | Kind::Unknown) => lost,
                _ => made,
            },
            Ok((true, _)) => made,
            Ok((false, at)) => Ruling::skipped("the manager has no CAP_NET_ADMIN, which a new network needs", at),
            Err(why) => Ruling::unknown(why),
        }
    }

    /// A namespace that somebody else made.
    pub(super) fn namespace_path(&self, entry: &Entry<'_>, step: Step, kind: Namespace) -> Ruling {
        let path = entry.text();
        let probe = format!("stat() of {path}");
        let looked_at = kind == Namespace::Net || self.version >= 254;
        if self.found(path).is_missing() && looked_at {
            return Ruling::refused(step, format!("there is no {path}"), probe);
        }
        if !looked_at {
            return Ruling::skipped("this systemd looks at it only beside other namespaces", probe);
        }
        if kind == Namespace::Net && self.version >= 254 {
            match self.has("CAP_NET_ADMIN") {
                Ok((true, _)) => {}
                Ok((false, at)) => return Ruling::refused(Step::Network, "the manager has no CAP_NET_ADMIN", at),
                Err(why) => return Ruling::unknown(why),
            }
        }
        for (may, what) in [
            (self.call(Call::Setns), "setns() is refused"),
            (self.has("CAP_SYS_ADMIN"), "the manager has no CAP_SYS_ADMIN"),
        ] {
            match may {
                Ok((true, _)) => {}
                Ok((false, at)) => return Ruling::skipped(what, at),
                Err(why) => return Ruling::unknown(why),
            }
        }
        Ruling::unknown(format!("nobody can tell whether {path} is a namespace"))
    }

    /// The mount namespace of a key, seen from its value: what is off needs none.
    pub(super) fn mounts_for(&self, id: KeyId) -> Ruling {
        let off = id.key().takes_boolean(self.unit.target.model) && !self.is_set(id);
        let default = matches!((id, self.unit.word(id)), (key::PROTECT_PROC, "default") | (key::PROC_SUBSET, "all"));
        if off || default {
            return Ruling::enforced("nothing is asked for", "");
        }
        self.mounts()
    }

    /// A new `/proc`, or the one there is.
    pub(super) fn own_proc(&self) -> Ruling {
        match self.fresh_proc() {
            Ok((true, at)) => Ruling::enforced("a new /proc can be mounted", at),
            Ok((false, at)) => Ruling::skipped("no new /proc can be mounted, the old one stays", at),
            Err(why) => Ruling::unknown(why),
        }
    }

    /// Whether the sandbox is put on any command at all: a plus sign takes it off.
    pub(super) fn bare(&self) -> Option<Ruling> {
        use crate::vocab::value::Value;
        let Value::Commands(commands) = self.unit.value(key::EXEC_START) else { return None };
        let plain = commands.iter().filter(|c| !c.full_privileges).count();
        if plain == commands.len() {
            return None;
        }
        let reason = "ExecStart=+ runs without it";
        Some(match plain {
            0 => Ruling::skipped(reason, ""),
            _ => Ruling::partly(reason, ""),
        })
    }

    /// Worse of two, where one is about the command.
    pub(super) fn over(ruling: Ruling, bare: Option<Ruling>) -> Ruling {
        match bare {
            Some(bare) if matches!(ruling.kind, Kind::Enforced | Kind::Partly) => bare,
            _ => ruling,
        }
    }
}
