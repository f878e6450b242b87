//! The modules of Node.js: files beside the script, packages below `node_modules` (nodejs.org/api/modules.html, packages.html).

use super::modules::directory;
use super::{Role, Walk};
use crate::evidence::knowledge::Language;
use crate::tree::NodeKind;
use serde_json::Value;

/// The modules of the runtime itself.
const ITSELF: [&str; 46] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "sea",
    "sqlite",
    "stream",
    "string_decoder",
    "sys",
    "test",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "undici",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];
/// Where packages of a distribution lie.
const SHARED: [&str; 4] =
    ["/usr/share/nodejs", "/usr/lib/nodejs", "/usr/lib/x86_64-linux-gnu/nodejs", "/usr/lib/aarch64-linux-gnu/nodejs"];
/// What may be left out at the end of a name.
const ENDS: [&str; 6] = ["", ".js", ".cjs", ".mjs", ".json", ".node"];

impl Walk<'_, '_> {
    /// Whether a module is part of the runtime, or was found and is looked at.
    pub(super) fn node_module(&mut self, by: &str, module: &str) -> bool {
        if ITSELF.contains(&module.split('/').next().unwrap_or_default()) {
            return true;
        }
        if module.starts_with(['.', '/']) {
            let path = if module.starts_with('/') { module.to_owned() } else { format!("{}/{module}", directory(by)) };
            return simple(&path).is_some_and(|path| self.node_file(&path));
        }
        let above = directory(by).match_indices('/').map(|(at, _)| &by[..at]).chain([directory(by)]);
        let mut dirs: Vec<String> = above.map(|dir| format!("{dir}/node_modules")).collect();
        dirs.reverse();
        dirs.extend(SHARED.map(str::to_owned));
        dirs.iter().any(|dir| self.node_file(&format!("{dir}/{module}")) || self.node_export(dir, module))
    }

    /// A file or a package by the name with which it is asked for. What a package names is a file or has an index: the
    /// description of a directory in it does not count.
    fn node_file(&mut self, path: &str) -> bool {
        if self.one_file(path) {
            return true;
        }
        let Some(dir) = self.look(path).found().filter(|n| n.stat.kind == NodeKind::Directory) else { return false };
        let mut entries = self.node_entries(&dir.path);
        if entries.is_empty() {
            entries.push("index".to_owned());
        }
        let entries = entries.iter().filter_map(|e| simple(&format!("{}/{e}", dir.path)));
        // each of them, as any may be asked for
        entries.filter(|entry| self.one_file(entry) || self.one_file(&format!("{entry}/index"))).count() > 0
    }

    /// A file, with what may be left out at the end of its name.
    fn one_file(&mut self, path: &str) -> bool {
        let files = ENDS.iter().filter_map(|end| self.look(&format!("{path}{end}")).found());
        let Some(node) = files.into_iter().find(|n| n.stat.kind == NodeKind::File) else { return false };
        if node.path.ends_with(".node") {
            self.waiting.push((node.path, Vec::new(), Role::Plugin));
        } else if !node.path.ends_with(".json")
            && self.seen.insert(node.path.clone())
            && let Some(text) = self.text(&node)
        {
            self.script(&node.path, &text, Language::JavaScript, "");
        }
        true
    }

    /// A part of a package that has another name inside of it: all that the package gives to others.
    fn node_export(&mut self, dir: &str, module: &str) -> bool {
        let parts = if module.starts_with('@') { 2 } else { 1 };
        let package: Vec<&str> = module.split('/').take(parts).collect();
        let package = format!("{dir}/{}", package.join("/"));
        package.len() < dir.len() + 1 + module.len()
            && self.look(&package).found().is_some_and(|n| n.stat.kind == NodeKind::Directory)
            && self.node_file(&package)
    }

    /// The files that a package gives to others, by its description.
    fn node_entries(&mut self, dir: &str) -> Vec<String> {
        let Some(text) = self.look(&format!("{dir}/package.json")).found().and_then(|n| self.text(&n)) else {
            return Vec::new();
        };
        let Ok(package) = serde_json::from_str::<Value>(&text) else { return Vec::new() };
        let mut out = Vec::new();
        for key in ["main", "module", "exports"] {
            texts(&package[key], &mut out);
        }
        if out.iter().any(|path| path.contains('*')) {
            self.doubt(format!("{dir}/package.json gives away files that it does not name"));
        }
        out.retain(|path| !path.contains('*') && !path.ends_with(".d.ts") && !path.ends_with(".d.mts"));
        out
    }
}

/// All texts in a value.
fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|v| texts(v, out)),
        Value::Object(all) => all.values().for_each(|v| texts(v, out)),
        _ => {}
    }
}

/// A path without dots in it; `None` where it leads out of the root.
fn simple(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.iter().map(|p| format!("/{p}")).collect())
}
