//! Where the control groups of the services are, and which controllers the manager can give to them
//! (`cg_mask_supported()`).

use super::Probe;
use super::process::user_group;
use crate::host::{Cgroups, Layout, Manager, Seen};
use crate::vocab::Scope;
use std::collections::BTreeSet;

const TOP: &str = "/sys/fs/cgroup";

/// The controllers of the first version that systemd makes use of.
const LEGACY: [&str; 6] = ["cpu", "cpuacct", "blkio", "memory", "devices", "pids"];

pub(super) fn of(probe: &Probe<'_>, scope: Scope, manager: &Manager) -> Cgroups {
    let layout = layout(probe);
    let Some(kind) = layout.get() else {
        let nobody = || Seen::Unknown(layout.at().to_owned());
        return Cgroups {
            controllers: nobody_lists(&layout),
            files: nobody_lists(&layout),
            realtime_share: nobody(),
            layout,
        };
    };
    let (controllers, files) = match kind {
        Layout::Unified => unified(probe, scope),
        Layout::Hybrid | Layout::Legacy => legacy(probe, scope, manager),
    };
    let share = |files: Vec<String>| files.iter().any(|f| f == "cpu.rt_runtime_us");
    Cgroups { realtime_share: files.clone().map(share), layout, controllers, files }
}

fn nobody_lists(layout: &Seen<Layout>) -> Seen<Vec<String>> {
    Seen::Unknown(layout.at().to_owned())
}

fn layout(probe: &Probe<'_>) -> Seen<Layout> {
    let there = |path: &str| probe.tree.stat(&probe.kernel(path)).is_ok();
    let marks = [
        ("/sys/fs/cgroup/cgroup.controllers", Layout::Unified),
        ("/sys/fs/cgroup/unified/cgroup.controllers", Layout::Hybrid),
        ("/sys/fs/cgroup/systemd/cgroup.procs", Layout::Legacy),
    ];
    match marks.iter().find(|(path, _)| there(path)) {
        Some((path, layout)) => Seen::known(*layout, *path),
        None => Seen::Unknown(format!("there are no control groups at {TOP}")),
    }
}

/// The group of a process in the hierarchy of a controller, or in the unified one where none is named: of the lines of
/// `/proc/PID/cgroup`.
pub(super) fn path_of<'t>(lines: &'t str, controller: &str) -> Option<&'t str> {
    lines.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (names, path) = (fields.next()?, fields.next()?);
        let mine = if controller.is_empty() { names.is_empty() } else { names.split(',').any(|n| n == controller) };
        mine.then(|| path.trim_end_matches('/'))
    })
}

/// The group of the manager in a hierarchy; its own processes are in `init.scope`.
fn group_of(lines: &str, controller: &str) -> Option<String> {
    let path = path_of(lines, controller)?;
    let path = path.strip_suffix("/init.scope").unwrap_or(path);
    // above what this namespace shows: what is mounted is all there is
    Some(if path.starts_with("/..") { String::new() } else { path.to_owned() })
}

/// What lies in a directory.
fn names(probe: &Probe<'_>, dir: &str) -> Option<Vec<String>> {
    let list = probe.tree.list(&probe.kernel(dir)).ok()?;
    Some(list.into_iter().filter_map(|e| e.name.into_string().ok()).collect())
}

fn unified(probe: &Probe<'_>, scope: Scope) -> (Seen<Vec<String>>, Seen<Vec<String>>) {
    let (group, slice) = match scope {
        Scope::System => (probe.read("/proc/1/cgroup").ok().and_then(|g| group_of(&g, "")), "system.slice"),
        Scope::User => (user_group(probe), "app.slice"),
    };
    let Some(group) = group else {
        let nobody = || Seen::Unknown("nobody can tell in which control group the manager is".to_owned());
        return (nobody(), nobody());
    };
    let words = |t: &str| Some(t.split_whitespace().map(str::to_owned).collect());
    let controllers = probe.parse(&format!("{TOP}{group}/cgroup.controllers"), words);
    let files = [format!("{TOP}{group}/{slice}"), format!("{TOP}{group}/init.scope")]
        .into_iter()
        .find_map(|dir| names(probe, &dir).map(|files| Seen::known(files, dir)));
    (controllers, files.unwrap_or_else(|| Seen::Unknown(format!("nothing is to be seen in {TOP}{group}"))))
}

fn legacy(probe: &Probe<'_>, scope: Scope, manager: &Manager) -> (Seen<Vec<String>>, Seen<Vec<String>>) {
    if scope == Scope::User {
        let at = "hierarchies of the first version are not delegated to users";
        return (Seen::known(Vec::new(), at), Seen::known(Vec::new(), at));
    }
    let groups = match probe.read("/proc/1/cgroup") {
        Ok(groups) => groups,
        Err(why) => return (Seen::Unknown(why.clone()), Seen::Unknown(why)),
    };
    // in a user namespace, what belongs to nobody there cannot be written
    let shut_out = |uid: u32| uid == 65534 && manager.first_user_namespace.get() == Some(false);
    let mounts = super::machine::mounts(probe);
    let read_only = |dir: &str| mounts.value().into_iter().flatten().any(|m| m.at == dir && m.read_only);
    let (mut controllers, mut files) = (Vec::new(), BTreeSet::new());
    for name in LEGACY {
        let (dir, Some(group)) = (format!("{TOP}/{name}"), group_of(&groups, name)) else { continue };
        let own = format!("{dir}{group}");
        let there = probe.tree.stat(&probe.kernel(&format!("{own}/cgroup.procs")));
        if there.is_ok_and(|s| !shut_out(s.uid)) && !read_only(&dir) {
            controllers.push(name.to_owned());
        }
        for dir in [format!("{own}/system.slice"), own] {
            files.extend(names(probe, &dir).into_iter().flatten());
        }
    }
    (Seen::known(controllers, "/proc/1/cgroup"), Seen::known(files.into_iter().collect(), TOP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_the_manager() {
        let groups = "12:cpu,cpuacct:/box/init.scope\n1:name=systemd:/init.scope\n0::/init.scope\n";
        assert_eq!(group_of(groups, "").as_deref(), Some(""));
        assert_eq!(group_of(groups, "cpuacct").as_deref(), Some("/box"));
        assert_eq!(group_of("0::/../../x\n", "").as_deref(), Some(""));
        assert_eq!(group_of(groups, "memory"), None);
    }
}
