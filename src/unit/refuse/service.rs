//! Services, and what every unit with processes of its own has to keep to.

use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{Message, Scope, UnitKind, key};

impl Unit {
    pub(super) fn exec_conflict(&self) -> Option<Message> {
        let model = self.target.model;
        let set = |id| *self.value(id) != Value::Unset;
        let dynamic = self.is_on(key::DYNAMIC_USER);
        let users = self.word(key::PRIVATE_USERS);
        let conflicts = [
            (Message::DynamicuserUserManager, dynamic && self.scope == Scope::User),
            (Message::DynamicuserHomeWorkdir, dynamic && self.value(key::WORKING_DIRECTORY).text() == Some("~")),
            (Message::WorkdirApiVfs, self.works_below_api_vfs() && self.needs_mount_namespace()),
            (Message::PrivatePidsNonService, self.is_on(key::PRIVATE_PIDS) && self.kind() != UnitKind::Service),
            (Message::PrivatePidsPam, self.is_on(key::PRIVATE_PIDS) && set(key::PAM_NAME)),
            (
                Message::PrivateUsersManagedUser,
                users == "managed" && (set(key::USER) || set(key::GROUP) || dynamic || set(key::PAM_NAME)),
            ),
            (Message::UsernsPathPrivateUsers, set(key::USER_NAMESPACE_PATH) && self.is_on(key::PRIVATE_USERS)),
        ];
        conflicts.into_iter().find(|(m, holds)| *holds && m.said_by(model)).map(|(m, _)| m)
    }

    fn works_below_api_vfs(&self) -> bool {
        self.value(key::WORKING_DIRECTORY)
            .text()
            .is_some_and(|p| crate::vocab::path::below_api_vfs(p, self.target.model))
    }

    /// Whether a setting asks for a mount namespace (`exec_needs_mount_namespace()`).
    fn needs_mount_namespace(&self) -> bool {
        let lists = [
            key::READ_WRITE_PATHS,
            key::READ_ONLY_PATHS,
            key::INACCESSIBLE_PATHS,
            key::EXEC_PATHS,
            key::NO_EXEC_PATHS,
            key::BIND_PATHS,
            key::BIND_READ_ONLY_PATHS,
            key::TEMPORARY_FILE_SYSTEM,
            key::MOUNT_IMAGES,
            key::EXTENSION_IMAGES,
            key::EXTENSION_DIRECTORIES,
        ];
        let flags = [
            key::PRIVATE_DEVICES,
            key::PRIVATE_IPC,
            key::PRIVATE_PIDS,
            key::PROTECT_KERNEL_TUNABLES,
            key::PROTECT_KERNEL_MODULES,
            key::PROTECT_KERNEL_LOGS,
            key::PROTECT_CONTROL_GROUPS,
        ];
        let explicit = |id, value: &str| *self.value(id) != Value::Unset && self.word(id) != value;
        let tmp = self.word(key::PRIVATE_TMP);
        lists.into_iter().any(|id| !self.value(id).is_empty())
            || flags.into_iter().any(|id| self.is_on(id))
            || *self.value(key::PRIVATE_MOUNTS) == Value::Bool(true)
            || tmp == "disconnected"
            || (self.is_on(key::PRIVATE_TMP) && self.target.model.number() >= 262)
            || explicit(key::PROTECT_HOME, "no")
            || explicit(key::PROTECT_SYSTEM, "no")
            || explicit(key::PROTECT_PROC, "default")
            || explicit(key::PROC_SUBSET, "all")
            || [key::ROOT_DIRECTORY, key::ROOT_IMAGE].into_iter().any(|id| !self.value(id).is_empty())
    }

    pub(super) fn service_conflict(&self) -> Option<Message> {
        let model = self.target.model;
        let kind = self.word(key::TYPE_SERVICE);
        let oneshot = kind == "oneshot";
        let starts = match self.value(key::EXEC_START) {
            Value::Commands(list) => list.len(),
            _ => 0,
        };
        let action = self.word(key::SUCCESS_ACTION) != "none";
        let pam = *self.value(key::PAM_NAME) != Value::Unset;
        let conflicts = [
            (Message::ServiceNoCommand, starts == 0 && self.value(key::EXEC_STOP).is_empty() && !action),
            (Message::ServiceNoExecstart, !oneshot && starts == 0),
            (Message::ServiceNoExecstartNoRemain, starts == 0 && !action && !self.is_on(key::REMAIN_AFTER_EXIT)),
            (Message::ServiceMultipleExecstart, !oneshot && starts > 1),
            (Message::OneshotRestart, oneshot && self.refuses_restart_of_oneshot()),
            (Message::OneshotRestartForce, oneshot && !self.value(key::RESTART_FORCE_EXIT_STATUS).is_empty()),
            (Message::OneshotExittypeCgroup, oneshot && self.word(key::EXIT_TYPE) == "cgroup"),
            (Message::DbusWithoutBusname, kind == "dbus" && self.value(key::BUS_NAME).is_empty()),
            (Message::ForkingPrivatePids, kind == "forking" && self.is_on(key::PRIVATE_PIDS)),
            (Message::PamKillMode, pam && !matches!(self.word(key::KILL_MODE), "control-group" | "mixed")),
        ];
        conflicts.into_iter().find(|(m, holds)| *holds && m.said_by(model)).map(|(m, _)| m)
    }

    /// Before 244 a service of that type could not be restarted at all.
    fn refuses_restart_of_oneshot(&self) -> bool {
        match self.word(key::RESTART) {
            "always" | "on-success" => true,
            "no" => false,
            _ => self.target.systemd < 244,
        }
    }
}
