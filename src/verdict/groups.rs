//! Directives that live in control groups: attributes of controllers, and programs of BPF.

use super::ruling::Ruling;
use super::start::Start;
use super::step::Step;
use crate::host::{Call, Layout, Module, Seen};
use crate::unit::Entry;
use crate::vocab::{KeyId, key};

impl Start<'_> {
    /// An attribute of a controller: where there is none, systemd writes nothing and says nothing.
    pub(super) fn attribute(&self, now: &str, legacy: &str, file: &str, legacy_file: &str) -> Ruling {
        let groups = &self.host.cgroups;
        let layout = match groups.layout.get() {
            Some(layout) => layout,
            None => return Ruling::untold("the layout of the control groups", &groups.layout),
        };
        let (controller, file) = if layout == Layout::Unified { (now, file) } else { (legacy, legacy_file) };
        if controller.is_empty() {
            return Ruling::skipped("only the unified hierarchy of control groups has it", groups.layout.at());
        }
        let Seen::Known { value, at } = &groups.controllers else {
            return Ruling::untold("the controllers of the manager", &groups.controllers);
        };
        if !value.iter().any(|c| c == controller) {
            let reason = format!("the manager has no {controller} controller to give to its units");
            return Ruling::skipped(reason, at.clone());
        }
        // files of a controller are there or not as the kernel was built; without one group to look at nobody knows
        let of_controller = |f: &String| f.split('.').next() == file.split('.').next();
        match &groups.files {
            Seen::Known { value, at } if !file.is_empty() && value.iter().any(of_controller) => {
                match value.iter().any(|f| f == file) {
                    true => Ruling::enforced(format!("the {controller} controller is there"), at.clone()),
                    false => Ruling::skipped(format!("the kernel has no {file}"), at.clone()),
                }
            }
            _ => Ruling::enforced(format!("the {controller} controller is there"), at.clone()),
        }
    }

    /// Control groups alone.
    pub(super) fn grouped(&self) -> Ruling {
        match &self.host.cgroups.layout {
            Seen::Known { at, .. } => Ruling::enforced("there are control groups", at.clone()),
            unknown => Ruling::untold("the layout of the control groups", unknown),
        }
    }

    pub(super) fn cpu_accounting(&self) -> Ruling {
        match self.host.cgroups.layout.get() {
            Some(Layout::Unified) => Ruling::enforced("every group counts it", self.host.cgroups.layout.at()),
            _ => self.attribute("", "cpuacct", "", "cpuacct.usage"),
        }
    }

    pub(super) fn oom_policy(&self) -> Ruling {
        match self.unit.word(key::OOM_POLICY) {
            "kill" => self.attribute("memory", "", "memory.oom.group", ""),
            "stop" => self.attribute("memory", "memory", "memory.events", "memory.oom_control"),
            _ => Ruling::enforced("systemd goes on", ""),
        }
    }

    /// Weights of disks: the file can be there and no scheduler look at it.
    pub(super) fn io_weight(&self, id: KeyId) -> Ruling {
        let groups = &self.host.cgroups;
        if groups.layout.get() == Some(Layout::Unified) {
            let weight = self.attribute("io", "", "io.weight", "");
            return match weight.holds() || !self.has_file("io.bfq.weight") {
                true => weight,
                false => self.attribute("io", "", "io.bfq.weight", ""),
            };
        }
        let weight = self.attribute("", "blkio", "", "blkio.weight");
        if weight.holds() && self.has_file("blkio.weight") {
            return weight;
        }
        let bfq = self.attribute("", "blkio", "", "blkio.bfq.weight");
        if !bfq.holds() {
            return bfq;
        }
        // up to 252 a weight goes to BFQ unscaled
        match id {
            key::IO_WEIGHT | key::STARTUP_IO_WEIGHT => {
                Ruling::partly("only BFQ has weights here, and its scale is another one", bfq.probe)
            }
            _ => Ruling::unknown("only BFQ has weights here, and its scale is another one"),
        }
    }

    fn has_file(&self, name: &str) -> bool {
        self.host.cgroups.files.value().is_some_and(|files| files.iter().any(|f| f == name))
    }

    /// A limit for a device that is named by a path: of the disk below it.
    pub(super) fn io_device(&self, entry: &Entry<'_>) -> Ruling {
        let path = entry.text().split_whitespace().next().unwrap_or_default();
        if self.found(path).is_missing() {
            return Ruling::skipped(format!("there is no {path}"), format!("stat() of {path}"));
        }
        Ruling::unknown("nobody can tell which disk is below")
    }

    /// Whether systemd can put programs on control groups: the call, the capabilities of the first user namespace.
    fn programs(&self) -> Ruling {
        if self.is_user() && self.host.manager.uid.get() != Some(0) {
            return Ruling::skipped("the manager of a user may not load programs of BPF", self.host.manager.uid.at());
        }
        let call = match self.call(Call::Bpf) {
            Ok((true, at)) => at,
            Ok((false, at)) => return Ruling::skipped("bpf() is refused", at),
            Err(why) => return Ruling::unknown(why),
        };
        let may = match (self.has_first("CAP_BPF"), self.has_first("CAP_SYS_ADMIN")) {
            (Ok((true, at)), _) | (_, Ok((true, at))) => Ok((true, at)),
            (Ok((false, at)), Ok((false, _))) => Ok((false, at)),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        let net = match (self.has_first("CAP_NET_ADMIN"), self.has_first("CAP_SYS_ADMIN")) {
            (Ok((true, at)), _) | (_, Ok((true, at))) => Ok((true, at)),
            (Ok((false, at)), Ok((false, _))) => Ok((false, at)),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        for (may, what) in [
            (may, "the manager may not load programs of BPF"),
            (net, "the manager has no CAP_NET_ADMIN, which programs on control groups need"),
        ] {
            match may {
                Ok((true, _)) => {}
                Ok((false, at)) => return Ruling::skipped(what, at),
                Err(why) => return Ruling::unknown(why),
            }
        }
        Ruling::enforced("the manager may load programs of BPF", call)
    }

    /// Programs that look at packets and addresses.
    pub(super) fn packets(&self) -> Ruling {
        match &self.host.cgroups.layout {
            Seen::Known { value: Layout::Unified, .. } => self.programs(),
            Seen::Known { at, .. } => Ruling::skipped("that needs the unified hierarchy of control groups", at.clone()),
            unknown => Ruling::untold("the layout of the control groups", unknown),
        }
    }

    /// The library by which systemd loads the programs that it brings compiled.
    pub(super) fn framework(&self) -> Ruling {
        match self.host.built_with("BPF_FRAMEWORK") {
            Some(true) => {}
            Some(false) => {
                return Ruling::skipped("systemd was built without its programs of BPF", self.host.features.at());
            }
            None => return Ruling::untold("what systemd was built with", &self.host.features),
        }
        match &self.host.libbpf {
            Seen::Known { value: true, at } => Ruling::enforced("libbpf is there", at.clone()),
            Seen::Known { value: false, at } => Ruling::skipped("systemd finds no libbpf", at.clone()),
            unknown => Ruling::untold("whether libbpf is there", unknown),
        }
    }

    pub(super) fn devices(&self) -> Ruling {
        if self.unit.word(key::DEVICE_POLICY) == "auto" && !self.is_set(key::DEVICE_ALLOW) {
            return Ruling::enforced("nothing is forbidden", "");
        }
        if self.host.cgroups.layout.get().is_none_or(|l| l == Layout::Unified) {
            let programs = self.packets();
            return if programs.holds() { Ruling::chain(vec![programs, self.null_device()]) } else { programs };
        }
        let attribute = self.attribute("", "devices", "", "devices.deny");
        if !attribute.holds() {
            return attribute;
        }
        match self.has_first("CAP_SYS_ADMIN") {
            Ok((true, _)) => attribute,
            Ok((false, at)) => Ruling::skipped(
                "the manager may not forbid devices: it has no CAP_SYS_ADMIN outside of its container",
                at,
            ),
            Err(why) => Ruling::unknown(why),
        }
    }

    /// A strict policy forbids /dev/null, too, which is the standard input where nothing else is asked for.
    fn null_device(&self) -> Ruling {
        let strict = self.unit.word(key::DEVICE_POLICY) == "strict";
        let null = self.unit.counted(key::DEVICE_ALLOW).any(|e| {
            let device = e.text().split_whitespace().next().unwrap_or_default();
            device == "/dev/null" || device.starts_with("char-")
        });
        let input = self.unit.counted(key::STANDARD_INPUT).last().is_none_or(|e| e.text() == "null");
        match strict && !null && input && !self.is_set(key::PRIVATE_DEVICES) {
            true => Ruling::refused(Step::Input, "DevicePolicy=strict forbids /dev/null, the standard input", ""),
            false => Ruling::enforced("", ""),
        }
    }

    /// A program of the security module of BPF, which knows the kernel's own types.
    pub(super) fn file_systems(&self) -> Ruling {
        let modules = &self.host.modules;
        match modules {
            Seen::Known { value, at } if !value.iter().any(|m| m == Module::Bpf.word()) => {
                return Ruling::skipped("the security module of BPF is off", at.clone());
            }
            Seen::Known { .. } => {}
            unknown => return Ruling::untold("the security modules", unknown),
        }
        if self.host.btf.get() == Some(false) {
            return Ruling::skipped("the kernel does not describe its types", self.host.btf.at());
        }
        Ruling::all(vec![self.packets(), self.framework()])
    }

    /// What systemd-oomd does.
    pub(super) fn out_of_memory_daemon(&self) -> Ruling {
        const DAEMON: &str = "/usr/lib/systemd/systemd-oomd";
        if self.found(DAEMON).is_missing() {
            return Ruling::skipped("systemd-oomd is not installed", DAEMON);
        }
        Ruling::unknown("nobody can tell whether systemd-oomd will run")
    }
}
