//! Capabilities: which can be taken away, handed on or locked, and by whom; and what they let a unit see.

use super::ruling::Ruling;
use super::start::Start;
use super::step::Step;
use crate::vocab::set::{ALL_CAPABILITIES, capability_names};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

impl Start<'_> {
    /// Capabilities that are taken from the bounding set: only who has `CAP_SETPCAP` may, and what is not there needs not go.
    pub(super) fn dropping(&self, gone: u64, what: &str) -> Ruling {
        let bounding = &self.host.manager.bounding;
        let Some(have) = bounding.get() else {
            return Ruling::untold("the bounding set of the manager", bounding);
        };
        let gone = gone & ALL_CAPABILITIES;
        // a namespace of its own begins with all of them
        if self.in_early_users() || self.unit.is_on(key::PRIVATE_USERS) {
            return Ruling::enforced("in its user namespace the unit may drop capabilities", "");
        }
        if gone & have == 0 {
            let reason = match what {
                _ if gone == 0 => "no capability is taken away".to_owned(),
                _ => "the manager has none of the capabilities that are taken away".to_owned(),
            };
            return Ruling::enforced(reason, bounding.at());
        }
        match self.has("CAP_SETPCAP") {
            Ok((true, at)) => Ruling::enforced("the manager may drop capabilities", at),
            Ok((false, at)) => {
                let first = capability_names(gone & have).next().unwrap_or_default();
                let reason = format!("the manager has no CAP_SETPCAP, and {first} would have to go");
                Ruling::refused(Step::Capabilities, reason, at)
            }
            Err(why) => Ruling::unknown(why),
        }
    }

    fn capability_mask_of(&self, id: KeyId) -> u64 {
        match self.unit.value(id) {
            Value::Capabilities(bits) => *bits & ALL_CAPABILITIES,
            _ => 0,
        }
    }

    /// What the manager has not in its bounding set is left out without a word.
    pub(super) fn ambient(&self) -> Ruling {
        let asked = self.capability_mask_of(key::AMBIENT_CAPABILITIES);
        let manager = &self.host.manager;
        let own_users = self.in_early_users();
        let Some(bounding) = manager.bounding.get() else {
            return Ruling::untold("the bounding set of the manager", &manager.bounding);
        };
        if asked == 0 {
            return Ruling::enforced("nothing is asked for", "");
        }
        if self.changes_user() {
            // the capabilities are kept while the user changes
            match self.has("CAP_SETPCAP") {
                Ok((true, _)) => {}
                Ok((false, at)) => {
                    let reason = "the manager has no CAP_SETPCAP, which keeping capabilities for another user needs";
                    return Ruling::refused(Step::SetUser, reason, at);
                }
                Err(why) => return Ruling::unknown(why),
            }
        }
        let left = if own_users || self.unit.is_on(key::PRIVATE_USERS) { asked } else { asked & bounding };
        let kept = left & if self.unit.bounding_set() == u64::MAX { u64::MAX } else { self.unit.bounding_set() };
        let Some(permitted) = manager.capabilities.get().map(|c| if own_users { u64::MAX } else { c }) else {
            return Ruling::untold("the capabilities of the manager", &manager.capabilities);
        };
        if !self.unit.is_on(key::PRIVATE_USERS) && kept & !permitted != 0 {
            let names = names_of(kept & !permitted);
            let reason = format!("the manager may not have {names}, and so cannot hand it on");
            return Ruling::refused(Step::Capabilities, reason, manager.capabilities.at());
        }
        let gone = names_of(asked & !left);
        match left {
            0 => Ruling::skipped(format!("the manager has not {gone} in its bounding set"), manager.bounding.at()),
            _ if left != asked => {
                Ruling::partly(format!("the manager has not {gone} in its bounding set"), manager.bounding.at())
            }
            _ => Ruling::enforced("the manager has them", manager.bounding.at()),
        }
    }

    /// Whether the processes change to another user than the manager's.
    pub(super) fn changes_user(&self) -> bool {
        let named = self.unit.value(key::USER).text().is_some_and(|u| u != "root" && u != "0");
        !self.is_user() && (named || self.unit.is_on(key::DYNAMIC_USER))
    }

    pub(super) fn secure_bits(&self) -> Ruling {
        if self.changes_user() {
            // they are set while the user changes
            return self.with("CAP_SETPCAP", Step::SetUser);
        }
        if self.in_early_users() || self.unit.is_on(key::PRIVATE_USERS) {
            return Ruling::enforced("the unit may set them in its user namespace", "");
        }
        self.with("CAP_SETPCAP", Step::SecureBits)
    }

    /// A capability without which a step fails.
    pub(super) fn with(&self, name: &str, step: Step) -> Ruling {
        match self.has(name) {
            Ok((true, at)) => Ruling::enforced(format!("the manager has {name}"), at),
            Ok((false, at)) => Ruling::refused(step, format!("the manager has no {name}"), at),
            Err(why) => Ruling::unknown(why),
        }
    }

    pub(super) fn write_execute(&self) -> Ruling {
        match self.kernel(6, 3) {
            Ok((true, at)) => Ruling::enforced("the kernel forbids it by prctl(PR_SET_MDWE)", at),
            _ => self.filters(),
        }
    }

    /// Only who may not look at every process is kept from seeing them. The kernel lets pass who may trace any process, and, but
    /// for `ptraceable`, who is in the group of root of the first user namespace (`has_pid_permissions()`).
    pub(super) fn visible(&self) -> Ruling {
        let word = self.unit.word(key::PROTECT_PROC);
        if word == "default" {
            return Ruling::enforced("nothing is hidden", "");
        }
        let manager = &self.host.manager;
        let privileged = self.unit.is_privileged() && !self.is_user();
        let in_group = privileged
            && manager.first_user_namespace.get() == Some(true)
            && matches!(self.unit.value(key::GROUP).text(), None | Some("root" | "0"));
        let has = self.unit.bounding_set() & (1 << 19) != 0;
        match manager.bounding.get() {
            Some(bounding) if privileged && has && bounding & (1 << 19) != 0 => Ruling::skipped(
                "the unit runs as root with CAP_SYS_PTRACE, from which nothing is hidden",
                manager.bounding.at(),
            ),
            _ if in_group && word != "ptraceable" => Ruling::skipped(
                "the unit runs in the group of root, from which only ptraceable hides something",
                manager.first_user_namespace.at(),
            ),
            _ => Ruling::enforced("the unit has no CAP_SYS_PTRACE", manager.bounding.at()),
        }
    }
}

/// The names of capabilities, as they are read.
fn names_of(set: u64) -> String {
    capability_names(set).collect::<Vec<_>>().join(", ")
}
