//! What one setting does to others while the unit is loaded (`unit_patch_contexts()`); what happens only when a process
//! is started is not done here, because `systemd-analyze security --offline` does not see it either.

use super::{From, Setting, Unit};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, UnitKind, capability_mask, key};

/// A setting as it was before an implication replaced its value.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    key: KeyId,
    value: Value,
    from: From,
}

impl Replaced {
    /// The key, and the value that it had.
    pub(super) fn parts(&self) -> (KeyId, &Value) {
        (self.key, &self.value)
    }
}

impl Unit {
    /// The keys that have a say in what is implied for a sandbox. `Type=` follows from `BusName=` and from whether there
    /// is an `ExecStart=`, and stands for both.
    pub(super) const IMPLYING: [KeyId; 17] = [
        key::PRIVATE_DEVICES,
        key::PROTECT_KERNEL_MODULES,
        key::PROTECT_KERNEL_LOGS,
        key::PROTECT_CLOCK,
        key::CAPABILITY_BOUNDING_SET,
        key::DYNAMIC_USER,
        key::PROTECT_HOME,
        key::PRIVATE_TMP,
        key::DEVICE_POLICY,
        key::DEVICE_ALLOW,
        key::ROOT_IMAGE,
        key::MOUNT_IMAGES,
        key::ROOT_MSTACK,
        key::LOAD_CREDENTIAL_ENCRYPTED,
        key::SET_CREDENTIAL_ENCRYPTED,
        key::TYPE_SERVICE,
        key::NOTIFY_ACCESS,
    ];

    /// Takes everything back that was implied.
    pub(super) fn forget_implied(&mut self) {
        for Replaced { key, value, from } in std::mem::take(&mut self.replaced).into_iter().rev() {
            let setting = self.setting_mut(key);
            (setting.value, setting.from) = (value, from);
        }
        self.settings.retain(|s| !s.assignments.is_empty());
    }

    /// A setting whose value an implication is about to replace.
    fn replace(&mut self, key: KeyId) -> &mut Setting {
        if let Some(old) = self.setting(key).filter(|s| !s.assignments.is_empty()) {
            let old = Replaced { key, value: old.value.clone(), from: old.from };
            self.replaced.push(old);
        }
        self.setting_mut(key)
    }

    /// Applies the implications in the order of the manager.
    pub(super) fn imply(&mut self) {
        if self.kind().has_exec_context() {
            self.imply_capabilities();
            self.imply_dynamic_user();
            self.imply_devices();
        }
        if self.kind() == UnitKind::Service {
            self.imply_service();
        }
    }

    fn set_implied(&mut self, id: KeyId, value: Value, by: KeyId) {
        if *self.value(id) != value {
            let setting = self.replace(id);
            setting.value = value;
            setting.from = From::Implied(by);
        }
    }

    fn imply_capabilities(&mut self) {
        const DROPS: [(KeyId, u64); 4] = [
            (key::PRIVATE_DEVICES, capability_mask(&["CAP_MKNOD", "CAP_SYS_RAWIO"])),
            (key::PROTECT_KERNEL_MODULES, capability_mask(&["CAP_SYS_MODULE"])),
            (key::PROTECT_KERNEL_LOGS, capability_mask(&["CAP_SYSLOG"])),
            (key::PROTECT_CLOCK, capability_mask(&["CAP_SYS_TIME", "CAP_WAKE_ALARM"])),
        ];
        for (by, drop) in DROPS {
            if self.is_on(by) {
                let now = self.bounding_set();
                if now & drop != 0 {
                    // who removed most is the place to look at; an assignment of its own stays the origin
                    let assigned =
                        self.setting(key::CAPABILITY_BOUNDING_SET).is_some_and(|s| matches!(s.from, From::Assigned(_)));
                    let setting = self.replace(key::CAPABILITY_BOUNDING_SET);
                    setting.value = Value::Capabilities(now & !drop);
                    if !assigned {
                        setting.from = From::Implied(by);
                    }
                }
            }
        }
    }

    /// The capability bounding set after loading; all bits where nothing limits it.
    pub fn bounding_set(&self) -> u64 {
        match self.value(key::CAPABILITY_BOUNDING_SET) {
            Value::Capabilities(bits) => *bits,
            _ => u64::MAX,
        }
    }

    fn imply_dynamic_user(&mut self) {
        if !self.is_on(key::DYNAMIC_USER) {
            return;
        }
        let by = key::DYNAMIC_USER;
        // User= stays unset here: its name is derived from the unit and says nothing more
        for id in [key::REMOVE_IPC, key::NO_NEW_PRIVILEGES, key::RESTRICT_SUID_SGID] {
            self.set_implied(id, Value::Bool(true), by);
        }
        self.set_implied(key::PROTECT_SYSTEM, Value::Word("strict"), by);
        if self.word(key::PROTECT_HOME) == "no" {
            self.set_implied(key::PROTECT_HOME, Value::Word("read-only"), by);
        }
        if !self.is_on(key::PRIVATE_TMP) {
            let words = key::PRIVATE_TMP.key().words(self.target.model);
            let value = words.find("disconnected").map_or(Value::Bool(true), Value::Word);
            self.set_implied(key::PRIVATE_TMP, value, by);
        }
    }

    fn imply_devices(&mut self) {
        if self.is_on(key::PRIVATE_DEVICES) && self.word(key::DEVICE_POLICY) == "auto" {
            self.set_implied(key::DEVICE_POLICY, Value::Word("closed"), key::PRIVATE_DEVICES);
        }
        if self.word(key::DEVICE_POLICY) == "auto" && self.value(key::DEVICE_ALLOW).is_empty() {
            return;
        }
        let model = self.target.model.number();
        let images = [key::ROOT_IMAGE, key::MOUNT_IMAGES, key::ROOT_MSTACK];
        let image = images.into_iter().take(if model >= 262 { 3 } else { 2 }).find(|k| !self.value(*k).is_empty());
        let encrypted = [key::LOAD_CREDENTIAL_ENCRYPTED, key::SET_CREDENTIAL_ENCRYPTED];
        let credential = encrypted.into_iter().filter(|_| model < 262).find(|k| !self.value(*k).is_empty());
        let clock = Some(key::PROTECT_CLOCK).filter(|k| self.is_on(*k));
        let tpm = if model < 257 { "/dev/tpmrm0 rw" } else { "char-tpm rw" };
        let added: [(Option<KeyId>, &[&str]); 3] = [
            (
                image,
                &[
                    "/dev/loop-control rw",
                    "/dev/mapper/control rw",
                    "block-loop rwm",
                    "block-blkext rwm",
                    "block-device-mapper rwm",
                ],
            ),
            (clock, &["char-rtc r"]),
            (credential, &[tpm]),
        ];
        for (by, devices) in added {
            let Some(by) = by else { continue };
            let mut list = match self.value(key::DEVICE_ALLOW) {
                Value::List(list) => list.clone(),
                _ => Vec::new(),
            };
            list.extend(devices.iter().map(|d| (*d).into()));
            let assigned = self.setting(key::DEVICE_ALLOW).is_some_and(|s| matches!(s.from, From::Assigned(_)));
            let setting = self.replace(key::DEVICE_ALLOW);
            setting.value = Value::List(list);
            if !assigned {
                setting.from = From::Implied(by);
            }
        }
    }

    fn imply_service(&mut self) {
        // drop-ins alone do not tell what the service starts
        if *self.value(key::TYPE_SERVICE) == Value::Unset && !self.lone {
            let (value, by) = if !self.value(key::BUS_NAME).is_empty() {
                ("dbus", key::BUS_NAME)
            } else if self.value(key::EXEC_START).is_empty() {
                ("oneshot", key::EXEC_START)
            } else {
                ("simple", key::EXEC_START)
            };
            self.set_implied(key::TYPE_SERVICE, Value::Word(value), by);
        }
        let notifies = matches!(self.word(key::TYPE_SERVICE), "notify" | "notify-reload");
        if notifies && self.word(key::NOTIFY_ACCESS) == "none" {
            self.set_implied(key::NOTIFY_ACCESS, Value::Word("main"), key::TYPE_SERVICE);
        }
    }
}
