//! The facts of a machine as JSON: what `dry-run --save` writes and `--host` reads, and a member of its report.

use super::json::Json;
use crate::host::{Host, Names, Seen, shown};
use std::io::{self, Write};

/// The member that tells what kind of file it is.
pub const MEMBER: &str = "host";

/// A file of facts.
///
/// # Errors
/// Of the writer.
pub fn file(out: impl Write, host: &Host) -> io::Result<()> {
    let mut json = Json::new(out);
    json.open(b'{').key("unitlint").string(env!("CARGO_PKG_VERSION")).key("schema").number(super::SCHEMA);
    json.key("host");
    write(&mut json, host, true);
    json.close(b'}');
    json.finish()
}

/// A fact: what it is and where it was seen, or why it could not be told.
fn fact<W: Write, T>(json: &mut Json<W>, key: &'static str, seen: &Seen<T>, value: impl FnOnce(&mut Json<W>, &T)) {
    json.key(key).open(b'{');
    match seen {
        Seen::Known { value: known, at } => {
            json.key("value");
            value(json, known);
            json.key("at").string(at);
        }
        Seen::Unknown(why) => {
            json.key("unknown").string(why);
        }
    }
    json.close(b'}');
}

fn flag<W: Write>(json: &mut Json<W>, value: &bool) {
    json.bool(*value);
}

fn number<W: Write>(json: &mut Json<W>, value: u64) {
    // what is too large for a number of JSON is no limit at all
    match i64::try_from(value) {
        Ok(n) => json.number(n),
        Err(_) => json.null(),
    };
}

fn words<W: Write>(json: &mut Json<W>, list: &[String]) {
    json.open(b'[');
    for word in list {
        json.string(word);
    }
    json.close(b']');
}

fn capabilities<W: Write>(json: &mut Json<W>, set: u64) {
    json.open(b'[');
    for name in crate::vocab::set::capability_names(set) {
        json.string(name);
    }
    json.close(b']');
}

/// The facts; `names` adds the users and groups.
pub(super) fn write<W: Write>(json: &mut Json<W>, host: &Host, names: bool) {
    json.open(b'{');
    json.key("scope");
    match host.scope {
        Some(scope) => json.string(scope.word()),
        None => json.null(),
    };
    fact(json, "kernel", &host.release, |j, v| {
        j.string(v);
    });
    fact(json, "systemd", &host.systemd, |j, v| {
        j.number(*v);
    });
    fact(json, "features", &host.features, |j, v| words(j, v));
    fact(json, "arch", &host.arch, |j, v| {
        j.string(v.word());
    });
    fact(json, "container", &host.container, |j, v| {
        j.string(v);
    });
    manager(json, host);
    json.key("calls").open(b'[');
    for (call, answer) in &host.calls {
        json.open(b'{').key("name").string(call.word());
        fact(json, "answer", answer, |j, v| {
            j.string(v.word());
        });
        json.close(b'}');
    }
    json.close(b']').key("namespaces").open(b'[');
    for (name, kind) in &host.namespaces {
        json.open(b'{').key("name").string(name.word());
        fact(json, "there", &kind.there, flag);
        fact(json, "limit", &kind.limit, |j, v| number(j, *v));
        json.close(b'}');
    }
    json.close(b']');
    fact(json, "unprivileged_user_namespaces", &host.unprivileged_user_namespaces, flag);
    fact(json, "seccomp", &host.seccomp, flag);
    fact(json, "security_modules", &host.modules, |j, v| words(j, v));
    fact(json, "landlock", &host.landlock, |j, v| {
        j.number(*v);
    });
    fact(json, "btf", &host.btf, flag);
    fact(json, "libbpf", &host.libbpf, flag);
    json.key("cgroups").open(b'{');
    fact(json, "layout", &host.cgroups.layout, |j, v| {
        j.string(v.word());
    });
    fact(json, "controllers", &host.cgroups.controllers, |j, v| words(j, v));
    fact(json, "files", &host.cgroups.files, |j, v| words(j, v));
    fact(json, "realtime_share", &host.cgroups.realtime_share, flag);
    json.close(b'}');
    fact(json, "mounts", &host.mounts, |j, list| {
        j.open(b'[');
        for m in list {
            j.open(b'{').key("at").string(&m.at).key("kind").string(&m.kind).key("root").string(&m.root);
            j.key("read_only").bool(m.read_only).key("options").string(&m.options).close(b'}');
        }
        j.close(b']');
    });
    fact(json, "ksm", &host.ksm, flag);
    fact(json, "pressure", &host.pressure, flag);
    fact(json, "swap", &host.swap, flag);
    fact(json, "zswap", &host.zswap, flag);
    fact(json, "memory", &host.memory, |j, v| number(j, *v));
    fact(json, "cpus", &host.cpus, |j, v| {
        j.string(&shown(v));
    });
    fact(json, "nodes", &host.nodes, |j, v| {
        j.string(&shown(v));
    });
    fact(json, "disks", &host.disks, |j, list| {
        j.open(b'[');
        for disk in list {
            j.open(b'{').key("name").string(&disk.name).key("scheduler").string(&disk.scheduler).close(b'}');
        }
        j.close(b']');
    });
    if names {
        fact(json, "users", &host.users, ids);
        fact(json, "groups", &host.groups, ids);
    }
    json.close(b'}');
}

fn ids<W: Write>(json: &mut Json<W>, names: &Names) {
    json.open(b'{').key("others").bool(names.others).key("ids").open(b'[');
    for (name, id) in &names.ids {
        json.open(b'{').key("name").string(name).key("id").number(*id).close(b'}');
    }
    json.close(b']').close(b'}');
}

fn manager<W: Write>(json: &mut Json<W>, host: &Host) {
    let manager = &host.manager;
    json.key("manager").open(b'{');
    fact(json, "uid", &manager.uid, |j, v| {
        j.number(*v);
    });
    fact(json, "gid", &manager.gid, |j, v| {
        j.number(*v);
    });
    fact(json, "capabilities", &manager.capabilities, |j, v| capabilities(j, *v));
    fact(json, "bounding_set", &manager.bounding, |j, v| capabilities(j, *v));
    fact(json, "first_user_namespace", &manager.first_user_namespace, flag);
    fact(json, "filtered", &manager.filtered, flag);
    fact(json, "no_new_privileges", &manager.no_new_privileges, flag);
    fact(json, "limits", &manager.limits, |j, limits| {
        j.open(b'[');
        for (name, (soft, hard)) in limits {
            j.open(b'{').key("name").string(name).key("soft");
            number(j, *soft);
            j.key("hard");
            number(j, *hard);
            j.close(b'}');
        }
        j.close(b']');
    });
    fact(json, "oom_score_adjust", &manager.oom_score_adjust, |j, v| {
        j.number(*v);
    });
    fact(json, "cpus", &manager.cpus, |j, v| {
        j.string(&shown(v));
    });
    fact(json, "nodes", &manager.nodes, |j, v| {
        j.string(&shown(v));
    });
    json.close(b'}');
}
