//! Mounts, automounts, swaps, timers, paths, sockets: `mount_verify()` and so on.

use crate::unit::Unit;
use crate::vocab::name::{escape_path, unescape_path};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Message, key};

/// Where the kernel's own file systems and those of the manager are; no unit may mount there.
const API_MOUNTS: [&str; 12] = [
    "/proc",
    "/sys",
    "/dev",
    "/dev/shm",
    "/dev/pts",
    "/run",
    "/sys/fs/cgroup",
    "/sys/fs/pstore",
    "/sys/fs/bpf",
    "/sys/fs/selinux",
    "/sys/kernel/security",
    "/sys/firmware/efi/efivars",
];

impl Unit {
    /// The value of `Where=`, or what the name stands for.
    fn mount_point(&self) -> Option<String> {
        self.value(key::WHERE).text().map(str::to_owned).or_else(|| unescape_path(self.name.stem()))
    }

    fn is_named_after(&self, path: &str) -> bool {
        escape_path(path) == self.name.stem()
    }

    pub(super) fn mount_conflict(&self) -> Option<Message> {
        let point = self.mount_point()?;
        let model = self.target.model;
        let api = API_MOUNTS.contains(&point.as_str())
            || point.starts_with("/sys/fs/cgroup/")
            || (point == "/run/lock" && model.number() < 254);
        let pam = *self.value(key::PAM_NAME) != Value::Unset;
        let conflicts = [
            (Message::MountNameMismatch, !self.is_named_after(&point)),
            (Message::MountApiFs, api),
            (Message::MountNoWhat, self.value(key::WHAT).is_empty()),
            (Message::PamKillMode, pam && self.word(key::KILL_MODE) != "control-group"),
        ];
        conflicts.into_iter().find(|(m, holds)| *holds && m.said_by(model)).map(|(m, _)| m)
    }

    pub(super) fn automount_conflict(&self) -> Option<Message> {
        let point = self.mount_point()?;
        let reserved = ["fd", "pgrp", "minproto", "maxproto", "direct", "indirect"];
        let options = self.value(key::EXTRA_OPTIONS).text().unwrap_or_default();
        let uses = |o: &str| reserved.contains(&o.split('=').next().unwrap_or_default());
        let conflicts = [
            (Message::AutomountRoot, point == "/"),
            (Message::MountNameMismatch, !self.is_named_after(&point)),
            (Message::AutomountReservedOption, options.split(',').any(uses)),
        ];
        conflicts.into_iter().find(|(_, holds)| *holds).map(|(m, _)| m)
    }

    pub(super) fn swap_conflict(&self) -> Option<Message> {
        let what = self.value(key::WHAT).text().unwrap_or_default();
        (what.starts_with('/') && !self.is_named_after(what)).then_some(Message::SwapNameMismatch)
    }

    pub(super) fn timer_conflict(&self) -> Option<Message> {
        let triggers: [KeyId; 6] = [
            key::ON_CALENDAR,
            key::ON_ACTIVE_SEC,
            key::ON_BOOT_SEC,
            key::ON_STARTUP_SEC,
            key::ON_UNIT_ACTIVE_SEC,
            key::ON_UNIT_INACTIVE_SEC,
        ];
        let changes = self.is_on(key::ON_CLOCK_CHANGE) || self.is_on(key::ON_TIMEZONE_CHANGE);
        let none = triggers.into_iter().all(|k| self.value(k).is_empty()) && !changes;
        none.then_some(Message::TimerNoTrigger)
    }

    pub(super) fn path_conflict(&self) -> Option<Message> {
        let keys: [KeyId; 5] =
            [key::PATH_EXISTS, key::PATH_EXISTS_GLOB, key::PATH_CHANGED, key::PATH_MODIFIED, key::DIRECTORY_NOT_EMPTY];
        keys.into_iter().all(|k| self.value(k).is_empty()).then_some(Message::PathNoPath)
    }

    pub(super) fn socket_conflict(&self) -> Option<Message> {
        let model = self.target.model;
        let count = |id| match self.value(id) {
            Value::List(list) => list.len(),
            _ => 0,
        };
        let stream = count(key::LISTEN_STREAM) + count(key::LISTEN_SEQUENTIAL_PACKET);
        let others = [
            key::LISTEN_DATAGRAM,
            key::LISTEN_FIFO,
            key::LISTEN_SPECIAL,
            key::LISTEN_NETLINK,
            key::LISTEN_MESSAGE_QUEUE,
            key::LISTEN_USB_FUNCTION,
        ];
        let other: usize = others.into_iter().map(count).sum();
        let accept = self.is_on(key::ACCEPT);
        let nodes = self.file_system_nodes();
        let no_connection = *self.value(key::MAX_CONNECTIONS) == Value::Number(0);
        let deferred = !matches!(self.word(key::DEFER_TRIGGER), "" | "no");
        let conflicts = [
            (Message::SocketNoListen, stream + other == 0),
            (Message::SocketAcceptNonStream, accept && other > 0),
            (Message::SocketMaxConnections, no_connection && (accept || model.number() >= 254)),
            (Message::SocketAcceptService, accept && !self.value(key::SERVICE).is_empty()),
            (Message::SocketSymlinks, !self.value(key::SYMLINKS).is_empty() && nodes != 1),
            (Message::SocketDeferAccept, accept && deferred),
        ];
        conflicts.into_iter().find(|(m, holds)| *holds && m.said_by(model)).map(|(m, _)| m)
    }

    /// How many of the addresses are nodes of the file system.
    fn file_system_nodes(&self) -> usize {
        let keys = [key::LISTEN_STREAM, key::LISTEN_DATAGRAM, key::LISTEN_SEQUENTIAL_PACKET, key::LISTEN_FIFO];
        let paths = |id| match self.value(id) {
            Value::List(list) => list.iter().filter(|l| l.starts_with('/')).count(),
            _ => 0,
        };
        keys.into_iter().map(paths).sum()
    }
}
