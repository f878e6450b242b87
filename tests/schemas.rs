//! The JSON Schemas of `editors/schemas/` are what the library writes, and what the program writes is as they say. To renew
//! them: `UPDATE_SCHEMAS=1 cargo test --test schemas`.
//!
//! What is published allows further members, as the promise of stability does. Here none is allowed: who adds one describes
//! it. And each that is described is seen at least once.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod case;

use boon::{Compiler, SchemaIndex, Schemas};
use case::{Case, SERVICE, case};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use unitlint::emit::check::Document;
use unitlint::emit::schema;
use unitlint::engine::baseline::MEMBER;
use unitlint::engine::config::SETTINGS;
use unitlint::rule::{self, Finding, Fix, Group, Level, Note, Safety, Verify, own};
use unitlint::target::Target;
use unitlint::text::{Loc, Source, Span};
use unitlint::vocab::Scope;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/schemas")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn schema_of(file: &str) -> Value {
    schema::all().into_iter().find(|(name, _)| *name == file).unwrap().1
}

/// A schema that a value can be held against.
struct Judge {
    file: String,
    schema: Value,
    compiled: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn of(file: &str, schema: Value) -> Self {
        let (mut compiled, mut compiler) = (Schemas::new(), Compiler::new());
        let url = format!("https://unitlint.test/{file}");
        compiler.add_resource(&url, schema.clone()).unwrap();
        let index = compiler.compile(&url, &mut compiled).unwrap_or_else(|e| panic!("{file}: {e:#}"));
        Self { file: file.to_owned(), schema, compiled, index }
    }

    /// Without room for members that are not described.
    fn strict(file: &str) -> Self {
        let mut schema = schema_of(file);
        tighten(&mut schema);
        Self::of(file, schema)
    }

    fn fault(&self, value: &Value) -> Option<String> {
        self.compiled.validate(value, self.index).err().map(|e| format!("{}: {e:#}", self.file))
    }
}

fn tighten(schema: &mut Value) {
    if let Value::Object(members) = schema {
        if members.contains_key("properties") {
            members.entry("additionalProperties").or_insert(false.into());
        }
        members.values_mut().for_each(tighten);
    } else if let Value::Array(list) = schema {
        list.iter_mut().for_each(tighten);
    }
}

/// The members and the words of a schema; with a value, those that it has.
fn seen(schema: &Value, value: Option<&Value>, path: &str, out: &mut BTreeSet<String>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let member = value.map(|v| &v[name]);
        if member.is_none_or(|m| !m.is_null()) {
            out.insert(path.clone());
            seen(inner, member, &path, out);
        }
    }
    for inner in schema["anyOf"].as_array().into_iter().flatten() {
        seen(inner, value, path, out);
    }
    if let Some(items) = schema.get("items") {
        match value {
            None => seen(items, None, path, out),
            Some(list) => list.as_array().into_iter().flatten().for_each(|v| seen(items, Some(v), path, out)),
        }
    }
    let words = schema["enum"].as_array().into_iter().flatten();
    out.extend(words.filter(|w| value.is_none_or(|v| v == *w)).map(|w| format!("{path}: {w}")));
}

#[test]
fn the_published_schemas_are_what_the_library_writes() {
    let renew = std::env::var_os("UPDATE_SCHEMAS").is_some();
    ids_are_for_ever();
    let all = schema::all();
    let files: BTreeSet<&str> = all.iter().map(|(file, _)| *file).collect();
    for (file, schema) in &all {
        let path = folder().join(file);
        let text = format!("{:#}\n", schema);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        assert!(renew, "{file} is not what the library writes; renew it with UPDATE_SCHEMAS=1");
        fs::write(&path, text).unwrap();
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(name.to_str().is_some_and(|n| files.contains(n)), "{name:?} is nobody's schema");
    }
}

/// What was published is the memory of the ids that there have been. A rule that goes leaves its file behind, with
/// `check = { kind = "removed", successor = "…" }`.
fn ids_are_for_ever() {
    let changes = fs::read_to_string(folder().join("../../CHANGELOG.md")).unwrap_or_default();
    let Ok(old) = fs::read(folder().join("unitlint.schema.json")) else { return };
    let old: Value = serde_json::from_slice(&old).unwrap();
    // nobody can have written down an id before the first release
    for id in old["$defs"]["levels"]["properties"].as_object().unwrap().keys() {
        let known = rule::find(id).is_some() || Group::named(id).is_some() || id == "all";
        assert!(known || changes.contains("Unreleased (0.1.0)"), "the rule {id} has gone without a tombstone");
    }
}

/// A validator takes each for a schema, and the ones of documents let members come.
#[test]
fn the_schemas_are_schemas() {
    for (file, schema) in schema::all() {
        assert!(schema["$id"].as_str().unwrap().ends_with(file) && schema["title"].is_string(), "{file}");
        let document = ["schema", MEMBER].iter().any(|version| schema["properties"].get(version).is_some());
        assert_eq!(document, schema.get("additionalProperties").is_none(), "{file}");
        Judge::of(file, schema);
    }
}

/// Units in every state and with every kind of finding that one can write down.
fn units() -> Case {
    let own = "summary = \"s\"\nrationale = \"r\"\nlevel = \"warn\"\nstatus = \"preview\"\n";
    case("units")
        .file("a.service", format!("{SERVICE}PrivateTmp=yes\nPrivateTmp=no\nFrob=1\nPrivateDevices=maybe\nDynamicUser=yes\n"))
        .file("a.service.d/x.conf", "[Service]\nExecStart=\nExecStart=/bin/b\nUser=\n")
        .file("refused.service", "[Service]\nExecStart=/bin/a\nUser=a:b\n")
        .file("masked.service", "")
        .file("bare.service.d/x.conf", "[Service]\nExecStart=/bin/true\n")
        .file("bytes.service", b"[Service]\nExecStart=/bin/\xff\n")
        .file("a b.service", SERVICE)
        .file("twice.service", format!("{SERVICE}Frob=1\nFrob=1\n"))
        .file("s.socket", "[Socket]\nListenStream=80\nExecStartPre=/bin/\u{1}\u{202e}x\n")
        .file("quiet.service", format!("# unitlint: ignore[exposure-score] known\n{SERVICE}"))
        .file("usr/lib/systemd/user/u.service", SERVICE)
        .link("alias.service", "a.service")
        .link("dangling.service", "/nowhere/x")
        .file(
            "unitlint.toml",
            "systemd = 256\nkernel = \"6.1\"\nfrob = 1\nselect = [\"all\"]\npreview = true\nignore = \"nothing\"\nrules = [\"own\"]\n\
             levels.versions = \"note\"\nper-file = [{ paths = [\"x.service\"], ignore = \"all\", levels.versions = \"error\" }]\n",
        )
        .file("own/gone.toml", format!("{own}check = {{ kind = \"removed\", successor = \"private-tmp\" }}\n"))
        .file("own/new.toml", format!("{own}check = {{ kind = \"required\", key = \"MemoryMax\" }}\n"))
        .file("own/broken.toml", format!("{own}check = {{ kind = \"required\", key = \"MaxMemory\" }}\n"))
}

/// What a document is known to have never shown.
struct Coverage {
    judge: Judge,
    found: BTreeSet<String>,
}

impl Coverage {
    fn of(file: &str) -> Self {
        Self { judge: Judge::strict(file), found: BTreeSet::new() }
    }

    /// Holds a document against the schema.
    fn hold(&mut self, what: &str, text: &str) {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{what}: {e}: {text}"));
        if let Some(fault) = self.judge.fault(&value) {
            panic!("{what}: {fault}");
        }
        seen(&self.judge.schema, Some(&value), "", &mut self.found);
    }

    fn run(mut self, here: &Case, runs: &[String]) -> Self {
        for words in runs {
            let (_, text) = here.told(words);
            self.hold(words, text.lines().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{words}: {text}")));
        }
        self
    }

    /// Everything that is described has been seen, save what begins with one of these.
    fn is_whole(&self, except: &[&str]) {
        let mut all = BTreeSet::new();
        seen(&self.judge.schema, None, "", &mut all);
        all.retain(|path| !self.found.contains(path) && !except.iter().any(|e| path.starts_with(e)));
        assert!(all.is_empty(), "{}: described, and never seen: {all:#?}", self.judge.file);
    }
}

/// A command over everything that there is to look at.
fn over_all(command: &str) -> Vec<String> {
    let fixtures = fixtures().display().to_string();
    let places = [
        "--config unitlint.toml .".to_owned(),
        "--config unitlint.toml --user --root .".to_owned(),
        format!("--isolated --systemd debian13 --root {fixtures}/webshop"),
        format!("--isolated --systemd 252 {fixtures}/defects"),
        format!("--isolated --arch arm64 {fixtures}/oracle/units"),
    ];
    places.iter().map(|place| format!("{command} --format json {place}")).collect()
}

/// A finding with everything that one can have.
fn full_finding() -> String {
    let source = Arc::new(Source::new("a.service", SERVICE.into()));
    let at = Loc { source, span: Span::new(0, 9) };
    let fixes = Safety::ALL.iter().map(|safety| Fix::replace("write it", *safety, &at, "[Unit]")).collect();
    let verify = Verify { kind: "x", file: Some("a.service".into()), line: Some(1), unit: Some("a.service".into()) };
    let finding = Finding {
        rule: unitlint::rule::find("unknown-key").unwrap(),
        level: Level::Error,
        unit: "a.service".into(),
        scope: Scope::System,
        path: "a.service".into(),
        message: "x".into(),
        notes: vec![Note::new("x"), Note::on(at.clone(), "y")],
        fixes,
        at: Some(at),
        verify: Some(verify),
    };
    let mut out = Vec::new();
    let mut document = Document::new(&mut out, &Target::default());
    document.finding(&finding).unwrap();
    document.finish(0, 0).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn documents_are_as_they_are_described() {
    let here = units();
    let mut check =
        Coverage::of("check.schema.json").run(&here, &[over_all("check"), over_all("check --select all")].concat());
    check.hold("a full finding", &full_finding());
    let (mut recorded, state) = (Coverage::of("baseline.schema.json"), here.at("state/known.json"));
    for of in [".", "--user ."] {
        let (status, text) =
            here.told(&format!("check --exit-zero --select all --write-baseline state/known.json {of}"));
        assert_eq!(status, 0, "{text}");
        recorded.hold(of, &fs::read_to_string(&state).unwrap());
        check = check.run(&here, &[format!("check --select all --baseline state/known.json --format json {of}")]);
    }
    recorded.is_whole(&[]);
    // no unit here is that good or that bad
    let extremes = ["DANGEROUS", "PERFECT"].map(|level| format!("level: \"{level}\""));
    check.is_whole(&[
        ".target.arch: ",
        &format!(".units.exposure.{}", extremes[0]),
        &format!(".units.exposure.{}", extremes[1]),
        ".units.resources.level: \"BOUNDED\"",
        ".units.resources.level: \"TIGHT\"",
        ".units.resources.level: \"UNBOUNDED\"",
    ]);
    let portable = fixtures().join("portable").display().to_string();
    let attached = |command: &str| format!("{command} --isolated --format json --profile strict --root {portable}");
    let on = |place| format!("security --isolated --format json --host debian13,docker {place}");
    let runs = [over_all("security"), vec![attached("security"), on(".")]].concat();
    let security = Coverage::of("security.schema.json").run(&here, &runs);
    let never = extremes.each_ref().map(|level| format!(".units.{level}"));
    security.is_whole(&[&never[0], &never[1], ".units.profile.level_without: ", ".units.host.level_on_paper: "]);
    Coverage::of("cat.schema.json").run(&here, &over_all("cat")).is_whole(&[".units.settings.section: "]);
    let machines = ["unified", "hybrid", "legacy", "container", "user"].map(|host| {
        let root = fixtures().join("hosts").join(host).display().to_string();
        format!("dry-run --isolated --format json --root {root}")
    });
    Coverage::of("dry-run.schema.json").run(&here, &machines);
    let audits = [".", &portable].map(|of| format!("audit --config unitlint.toml --format json {of}"));
    Coverage::of("audit.schema.json").run(&here, &audits);
    let town = fixtures().join("cgroups/town").display().to_string();
    let trees = ["debian13", "latest"].map(|of| format!("tree --isolated --format json --systemd {of} --root {town}"));
    Coverage::of("tree.schema.json").run(&here, &trees).is_whole(&[".trees.units.disabled.controller: "]);
    let (old, new) = (fixtures().join("diff/old"), fixtures().join("diff/new"));
    let sides = [(&old, &new), (&new, &old)].map(|(old, new)| format!("{} {}", old.display(), new.display()));
    let diff = |what: &str| format!("diff --isolated --format json {what}");
    let places =
        [attached("diff"), diff(&sides[0]), diff(&sides[1]), diff("--user --systemd debian13 a.service quiet.service")];
    let areas = Coverage::of("diff.schema.json").run(&here, &places);
    areas.is_whole(&[
        ".target.arch: ",
        ".units.findings.",
        ".units.settings.section: ",
        ".units.profile.without_effect.section: ",
    ]);
    let config = Coverage::of("config-output.schema.json").run(&here, &over_all("config --ignore file-mode --preview"));
    config.is_whole(&[".findings.", ".per_file.from.argument", ".rules.level: "]);
    let policies = fixtures().join("policies/database/unitlint.toml").display().to_string();
    let rules = [
        "rules --format json".to_owned(),
        format!("explain database-memory --format json --config {policies}"),
        format!("explain database-cpu --format json --config {policies}"),
    ];
    Coverage::of("rules.schema.json").run(&here, &rules).is_whole(&[".rules.level: \"allow\""]);
    let directives = [
        "MemoryMax",
        "PrivateTmp=",
        "Alias",
        "BindTo",
        "BlockIOWeight",
        "OnFailureIsolate",
        "ConditionKernelVersion",
        "RequisiteOverridable",
        "OnCalendar",
        "PathExists",
    ];
    let directives = directives.map(|key| format!("explain {key} --format json"));
    Coverage::of("directives.schema.json").run(&here, &directives).is_whole(&[".directives.sections: "]);
    let names = [
        "cpu.shares",
        "memory.max",
        "clone_newnet",
        "CLONE_VM",
        "CAP_SYS_TIME",
        "lxc.cap.drop",
        "@mount",
        "mount_setattr",
    ];
    let names = names.map(|name| format!("explain {name} --format json"));
    Coverage::of("names.schema.json").run(&here, &names).is_whole(&[]);
}

#[test]
fn settings_are_taken_by_schema_and_reader() {
    let judge = Judge::of("unitlint.schema.json", schema_of("unitlint.schema.json"));
    let both = |text: &str, good: bool| {
        let here = case("reader")
            .file("a.service", SERVICE)
            .file("policy.json", "{}")
            .tree("policy/x=")
            .file("unitlint.toml", text);
        let (status, shown) = here.told("config");
        assert_eq!(status, i32::from(!good), "{text}: {shown}");
        let fault = judge.fault(&toml_value(text));
        assert_eq!(fault.is_none(), good, "{text}: {fault:?}");
    };
    for setting in SETTINGS {
        both(&format!("{} = {}\n", setting.name, setting.example), true);
        both(&format!("{} = 1979-05-27\n", setting.name), false);
    }
    for good in [
        "systemd = 257",
        "systemd = \"trixie\"",
        "rule-set = 0.1",
        "kernel = 6.12",
        "ignore = \"all\"",
        "fail-on = \"score>6\"",
    ] {
        both(good, true);
    }
    for bad in [
        "frob = 1",
        "systemd = 12",
        "systemd = \"debain13\"",
        "arch = \"arm65\"",
        "scope = \"host\"",
        "levels = { private-tmp = \"fatal\" }",
        "preview = \"yes\"",
        "fail-on = \"allow\"",
        "per-file = [{ ignore = \"all\" }]",
        "per-file = [{ paths = \"x\", frob = 1 }]",
        "rule-set = \"new\"",
    ] {
        both(bad, false);
    }
}

/// TOML as JSON has it; a date becomes an object, which no setting takes.
fn toml_value(text: &str) -> Value {
    let table: toml::Table = toml::from_str(text).unwrap();
    serde_json::to_value(table).unwrap()
}

/// What serde lists when it meets a member or a word that it does not know.
fn expected_by_the_reader(text: &str) -> BTreeSet<String> {
    let faults = own::parse("x", text).unwrap_err();
    let what = &faults[0].1;
    let listed = what.split_once("expected").unwrap_or_else(|| panic!("{text}: {what}")).1;
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

const RULE: &str = "summary = \"s\"\nrationale = \"r\"\nlevel = \"warn\"\n";

#[test]
fn rule_files_have_the_members_of_their_reader() {
    let schema = schema_of("rule.schema.json");
    let own =
        |value: &Value| -> BTreeSet<String> { value["properties"].as_object().unwrap().keys().cloned().collect() };
    let mut top = expected_by_the_reader("frob = 1\n");
    // checks of the scores, and the words of systemd's messages, are for the built-in rules
    assert!(top.remove("exposure") && top.remove("resources") && top.remove("say"));
    assert_eq!(own(&schema), top);
    let members = &schema["properties"];
    assert_eq!(own(&members["when"]), expected_by_the_reader("when.frob = 1\n"));
    assert_eq!(own(&members["fix"]), expected_by_the_reader("fix.frob = 1\n"));
    assert_eq!(own(&members["example"]["items"]), expected_by_the_reader("[[example]]\nfrob = 1\n"));
    let built_in = [
        "bound",
        "code",
        "configuration",
        "escape_sum",
        "exposure_score",
        "files",
        "message",
        "package",
        "resource_score",
        "suppression",
        "world",
    ]
    .map(str::to_owned);
    let mut kinds = expected_by_the_reader("check.kind = \"frob\"\n");
    assert!(built_in.iter().all(|kind| kinds.remove(kind)));
    let checks = members["check"]["oneOf"].as_array().unwrap();
    let described: BTreeSet<String> =
        checks.iter().map(|c| c["properties"]["kind"]["const"].as_str().unwrap().to_owned()).collect();
    assert_eq!(described, kinds);
    for check in checks {
        let mut wanted = own(check);
        let kind = check["properties"]["kind"]["const"].as_str().unwrap();
        wanted.remove("kind");
        if !wanted.is_empty() {
            assert_eq!(
                wanted,
                expected_by_the_reader(&format!("check = {{ kind = \"{kind}\", frob = 1 }}\n")),
                "{kind}"
            );
        }
    }
}

#[test]
fn rule_files_are_taken_by_schema_and_reader() {
    let judge = Judge::of("rule.schema.json", schema_of("rule.schema.json"));
    let both = |text: &str, good: bool| {
        let (read, fault) = (own::parse("x", text), judge.fault(&toml_value(text)));
        assert_eq!((read.is_ok(), fault.is_none()), (good, good), "{text}: {read:?}: {fault:?}");
    };
    let required = "check = { kind = \"required\", key = \"MemoryMax\" }\n";
    for good in [
        required,
        "check = { kind = \"forbidden\", key = \"User\", values = [\"nobody\"] }\n",
        "check = { kind = \"capability_bounding_set\", caps = [\"CAP_SYS_ADMIN\"] }\n",
        "check = { kind = \"syscall_filter\", group = \"@clock\" }\nwhen.units = [\"service\"]\n",
        "check.kind = \"umask\"\nfix = { set = \"UMask=0077\", safety = \"unsafe\" }\n",
        "check = { kind = \"relation\", holds = [\"a.service:CPUWeight > b.service:CPUWeight\"] }\n",
        "check = { kind = \"relation\", holds = [{ that = \"8G <= a.service:MemoryMax\", because = \"x\" }, \"a.service:Restart in {no}\"] }\n",
        "[check]\nkind = \"relation\"\n[[check.holds]]\nthat = \"share(a.service:CPUWeight) > 50% or own(a.slice:AllowedCPUs) within 0-3\"\n",
    ] {
        both(&format!("{RULE}{good}"), true);
    }
    for bad in [
        "",
        "check.kind = \"code\"\n",
        "check = { kind = \"required\", key = \"MaxMemory\" }\n",
        "check = { kind = \"capability_bounding_set\", caps = [\"CAP_ALL\"] }\n",
        "check = { kind = \"syscall_filter\", group = \"clock\" }\n",
        "check.kind = \"umask\"\nfix = { set = \"Umask\", safety = \"unsafe\" }\n",
        "check = { kind = \"relation\", holds = [] }\n",
        "check = { kind = \"relation\", holds = [\"a.service:CPUWeight\"] }\n",
        "check = { kind = \"relation\", holds = [{ because = \"x\" }] }\n",
        "check = { kind = \"relation\", holds = \"a.service:Nice = 1\" }\n",
        "check.kind = \"umask\"\nwhen.units = [\"servce\"]\n",
        "check.kind = \"umask\"\nwhen.sets = [\"Usr\"]\n",
        "check.kind = \"umask\"\nstatus = \"old\"\n",
    ] {
        both(&format!("{RULE}{bad}"), false);
    }
    for (from, to) in [("\"warn\"", "\"loud\""), ("\"s\"", "\"A sentence.\""), ("\"r\"", "\" \""), ("level", "lvl")] {
        both(&format!("{}{required}", RULE.replace(from, to)), false);
    }
    // the built-in rules are written in the same way
    let mut seen = 0;
    for entry in fs::read_dir(fixtures().join("../rules/exposure")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut value = toml_value(&text);
        value.as_object_mut().unwrap().remove("exposure");
        if value["check"]["kind"] != "exposure_score" {
            assert_eq!(judge.fault(&value), None, "{text}");
            seen += 1;
        }
    }
    assert!(seen > 70, "{seen}");
}
