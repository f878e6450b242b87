//! Facts of a machine as they stand in a file: what `dry-run --save` writes and `--host` reads.
//!
//! A fact is `{"value": …, "at": "where it was seen"}` or `{"unknown": "why"}`; by hand the value alone will do. The names
//! are a promise to users: `each` is the one place that has them.

use super::fact::{Capabilities, Fact};
use super::{Host, Hosts, Kind, Namespace, Seen};
use crate::target::Kernel;
use crate::vocab::Scope;
use serde_json::{Map, Value};

/// Files of facts that come with the program: the name, and the text.
pub const PROFILES: &[(&str, &str)] = &[
    ("debian12", include_str!("data/debian12.json")),
    ("debian13", include_str!("data/debian13.json")),
    ("docker", include_str!("data/docker.json")),
    ("lxc", include_str!("data/lxc.json")),
    ("rhel9", include_str!("data/rhel9.json")),
    ("ubuntu24.04", include_str!("data/ubuntu24.04.json")),
    ("wsl2", include_str!("data/wsl2.json")),
];

/// A machine that is put together from files, each of which counts over those before it.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    facts: Map<String, Value>,
    name: String,
}

impl Profile {
    /// Those that come with the program, separated by commas.
    ///
    /// # Errors
    /// There is none of such a name; a sentence.
    pub fn named(names: &str) -> Result<Self, String> {
        let mut profile = Self::default();
        for name in names.split(',') {
            let (_, text) = PROFILES.iter().find(|(known, _)| *known == name).ok_or(format!("{name} is no profile"))?;
            profile.add(name, text.as_bytes())?;
        }
        Ok(profile)
    }

    /// Lays a file over what is there.
    ///
    /// # Errors
    /// A sentence: what is wrong with the text.
    pub fn add(&mut self, name: &str, text: &[u8]) -> Result<(), String> {
        match serde_json::from_slice(text) {
            Ok(Value::Object(map)) if map.contains_key("system") || map.contains_key("user") => {
                lay_over(&mut self.facts, map);
                let plus = if self.name.is_empty() { "" } else { "+" };
                self.name.push_str(&format!("{plus}{name}"));
                Ok(())
            }
            Ok(_) => Err("it is no file of facts: it has neither \"system\" nor \"user\"".into()),
            Err(e) => Err(format!("it is no JSON: {e}")),
        }
    }

    /// The machine, and what in the files means nothing here; a sentence each.
    ///
    /// # Errors
    /// Facts of another kind than they have to be; a sentence.
    pub fn read(self) -> Result<(Hosts, Vec<String>), String> {
        let map = |name: &str| self.facts.get(name).and_then(Value::as_object).cloned();
        let mut strange = Vec::new();
        let known = ["unitlint", "schema", "about", "system", "user"];
        strange.extend(self.facts.keys().filter(|k| !known.contains(&k.as_str())).cloned());
        let system = map("system").unwrap_or_default();
        // what nobody said of the managers of users is not what is said of the system's
        let mut user = system.clone();
        for own in ["manager", "cgroups"] {
            user.remove(own);
        }
        lay_over(&mut user, map("user").unwrap_or_default());
        let mut wrong = Vec::new();
        let mut read = |name, scope, from: &Map<String, Value>, strange: &mut Vec<String>| {
            let mut host = Host { scope: Some(scope), ..Host::default() };
            let mut reading = Reading {
                from: Some(from),
                path: name,
                seen: vec!["scope".into()],
                wrong: Vec::new(),
                strange: Vec::new(),
            };
            each(&mut host, &mut reading);
            reading.leave();
            wrong.append(&mut reading.wrong);
            strange.append(&mut reading.strange);
            host.kernel = match &host.release {
                Seen::Known { value, at } => match Kernel::parse(value) {
                    Ok(kernel) => Seen::known(kernel, at.clone()),
                    Err(why) => Seen::Unknown(why),
                },
                Seen::Unknown(why) => Seen::Unknown(why.clone()),
            };
            host
        };
        let first = read("system".to_owned(), Scope::System, &system, &mut strange);
        let other = read("user".to_owned(), Scope::User, &user, &mut Vec::new());
        match wrong.first() {
            Some(first) => Err(first.clone()),
            None => Ok((Hosts::known(&self.name, first, other), strange)),
        }
    }
}

/// Lays members over those that are there; a fact that could not be told covers none that could.
fn lay_over(below: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (below.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) if !is_fact(old) && !is_fact(&new) => lay_over(old, new),
            (Some(_), Value::Object(new)) if new.contains_key("unknown") => {}
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

fn is_fact(map: &Map<String, Value>) -> bool {
    map.contains_key("value") || map.contains_key("unknown")
}

/// The facts of a machine as they stand in a file.
pub fn told(host: &Host) -> Map<String, Value> {
    let mut telling = Telling(Map::new());
    if let Some(scope) = host.scope {
        telling.0.insert("scope".into(), scope.word().into());
    }
    each(&mut host.clone(), &mut telling);
    telling.0
}

/// A whole file.
pub fn text(hosts: &Hosts) -> String {
    let mut file = Map::new();
    file.insert("unitlint".into(), env!("CARGO_PKG_VERSION").into());
    file.insert("schema".into(), 1.into());
    file.insert("system".into(), told(hosts.of(Scope::System)).into());
    file.insert("user".into(), told(hosts.of(Scope::User)).into());
    format!("{:#}\n", Value::Object(file))
}

/// What is done with every fact.
trait Facts: Sized {
    fn fact<T: Fact>(&mut self, key: &str, seen: &mut Seen<T>);

    fn group(&mut self, key: &str, members: impl FnOnce(&mut Self));

    /// Capabilities, by name.
    fn capabilities(&mut self, key: &str, seen: &mut Seen<u64>) {
        let mut named = std::mem::take(seen).map(Capabilities);
        self.fact(key, &mut named);
        *seen = named.map(|c| c.0);
    }
}

/// Every fact with its name.
fn each(host: &mut Host, facts: &mut impl Facts) {
    facts.fact("kernel", &mut host.release);
    facts.fact("systemd", &mut host.systemd);
    facts.fact("features", &mut host.features);
    facts.fact("arch", &mut host.arch);
    facts.fact("container", &mut host.container);
    facts.group("manager", |f| {
        let manager = &mut host.manager;
        f.fact("uid", &mut manager.uid);
        f.fact("gid", &mut manager.gid);
        f.capabilities("capabilities", &mut manager.capabilities);
        f.capabilities("bounding_set", &mut manager.bounding);
        f.fact("first_user_namespace", &mut manager.first_user_namespace);
        f.fact("filtered", &mut manager.filtered);
        f.fact("no_new_privileges", &mut manager.no_new_privileges);
        f.fact("limits", &mut manager.limits);
        f.fact("oom_score_adjust", &mut manager.oom_score_adjust);
        f.fact("cpus", &mut manager.cpus);
        f.fact("nodes", &mut manager.nodes);
    });
    facts.group("calls", |f| {
        for call in super::Call::ALL {
            f.fact(call.word(), host.calls.entry(*call).or_default());
        }
    });
    facts.group("namespaces", |f| {
        for kind in Namespace::ALL {
            let Kind { there, limit } = host.namespaces.entry(*kind).or_default();
            f.group(kind.word(), |f| {
                f.fact("there", there);
                f.fact("limit", limit);
            });
        }
    });
    facts.fact("unprivileged_user_namespaces", &mut host.unprivileged_user_namespaces);
    facts.fact("seccomp", &mut host.seccomp);
    facts.fact("security_modules", &mut host.modules);
    facts.fact("landlock", &mut host.landlock);
    facts.fact("btf", &mut host.btf);
    facts.fact("libbpf", &mut host.libbpf);
    facts.group("cgroups", |f| {
        f.fact("layout", &mut host.cgroups.layout);
        f.fact("controllers", &mut host.cgroups.controllers);
        f.fact("files", &mut host.cgroups.files);
        f.fact("realtime_share", &mut host.cgroups.realtime_share);
    });
    facts.fact("mounts", &mut host.mounts);
    facts.fact("ksm", &mut host.ksm);
    facts.fact("pressure", &mut host.pressure);
    facts.fact("swap", &mut host.swap);
    facts.fact("zswap", &mut host.zswap);
    facts.fact("memory", &mut host.memory);
    facts.fact("cpus", &mut host.cpus);
    facts.fact("nodes", &mut host.nodes);
    facts.fact("disks", &mut host.disks);
    facts.fact("users", &mut host.users);
    facts.fact("groups", &mut host.groups);
}

/// Facts on their way into a file.
struct Telling(Map<String, Value>);

impl Facts for Telling {
    fn fact<T: Fact>(&mut self, key: &str, seen: &mut Seen<T>) {
        let mut fact = Map::new();
        match seen {
            Seen::Known { value, at } => {
                fact.insert("value".into(), value.told());
                fact.insert("at".into(), at.as_str().into());
            }
            Seen::Unknown(why) => {
                fact.insert("unknown".into(), why.as_str().into());
            }
        }
        self.0.insert(key.into(), fact.into());
    }

    fn group(&mut self, key: &str, members: impl FnOnce(&mut Self)) {
        let mut inner = Self(Map::new());
        members(&mut inner);
        self.0.insert(key.into(), inner.0.into());
    }
}

/// Facts on their way out of one.
struct Reading<'v> {
    /// nothing where the group is not there
    from: Option<&'v Map<String, Value>>,
    path: String,
    /// the members that were asked for
    seen: Vec<String>,
    wrong: Vec<String>,
    strange: Vec<String>,
}

impl Reading<'_> {
    /// What nobody asked for.
    fn leave(&mut self) {
        let rest = self.from.into_iter().flat_map(Map::keys).filter(|k| !self.seen.contains(k));
        self.strange.extend(rest.map(|k| format!("{}.{k}", self.path)));
    }
}

impl Facts for Reading<'_> {
    fn fact<T: Fact>(&mut self, key: &str, seen: &mut Seen<T>) {
        self.seen.push(key.into());
        let text = |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
        let (value, at) = match self.from.and_then(|map| map.get(key)) {
            None => return *seen = Seen::Unknown("the file of facts does not say".into()),
            Some(Value::Object(map)) if map.contains_key("value") => (&map["value"], text(map, "at")),
            Some(Value::Object(map)) if map.contains_key("unknown") => {
                return *seen = Seen::Unknown(text(map, "unknown").unwrap_or_default());
            }
            Some(value) => (value, None),
        };
        match T::read(value) {
            Some(value) => *seen = Seen::known(value, at.unwrap_or_else(|| "the file of facts".into())),
            None => {
                let path = &self.path;
                self.wrong.push(format!("{path}.{key} has to be {}, not {}", T::WHAT, shortened(value)));
            }
        }
    }

    fn group(&mut self, key: &str, members: impl FnOnce(&mut Self)) {
        self.seen.push(key.into());
        let path = format!("{}.{key}", self.path);
        let from = match self.from.and_then(|map| map.get(key)) {
            Some(Value::Object(map)) => Some(map),
            None => None,
            Some(other) => {
                self.wrong.push(format!("{path} has to hold facts, not {}", shortened(other)));
                None
            }
        };
        let mut inner = Reading { from, path, seen: Vec::new(), wrong: Vec::new(), strange: Vec::new() };
        members(&mut inner);
        inner.leave();
        let Reading { mut wrong, mut strange, .. } = inner;
        self.wrong.append(&mut wrong);
        self.strange.append(&mut strange);
    }
}

fn shortened(value: &Value) -> String {
    value.to_string().chars().take(40).collect()
}
