//! What a comparison of two states promises: what has the same effect is no change, and every change has both its places.

use std::path::Path;
use unitlint::emit::changes;
use unitlint::emit::style::Paint;
use unitlint::engine::diff::{Difference, Held, Pairing, Side, UnitChange, compare};
use unitlint::engine::{Input, Options, Plan, Selection, Session};
use unitlint::rule::{Finding, RULES, Registry};
use unitlint::target::Target;
use unitlint::tree::Memory;

type Files<'a> = &'a [(&'a str, &'a str)];

fn diff(old: Files<'_>, new: Files<'_>) -> Difference {
    let selection = Selection::parse(&["all".into()], &["exposure".into()], &Registry::default()).expect("words");
    let session = Session::with(selection);
    let side = |files: Files<'_>| {
        let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.file(*path, *text));
        let plan = Plan::make(&tree, &[Input::Path("/".into())], &Options::default());
        Side::look(&tree, &plan, &session)
    };
    let tops = Pairing::ByName(Path::new("/old"), Path::new("/new"));
    compare(side(old), side(new), tops, Target::default().model)
}

/// What is told of the settings that changed between two texts of one service.
fn settings(old: &str, new: &str) -> Vec<String> {
    let unit = |text: &str| format!("[Service]\nExecStart=/bin/a\n{text}");
    let (old, new) = (unit(old), unit(new));
    let difference = diff(&[("/old/a.service", &old)], &[("/new/a.service", &new)]);
    let text = changes::concise(&difference, Paint::default());
    let told = text.lines().filter(|l| !l.contains("exposure ")).filter_map(|l| l.split_once(": a.service: "));
    told.map(|(_, what)| what.to_owned()).filter(|t| !t.starts_with("new ") && !t.starts_with("gone ")).collect()
}

fn only(difference: &Difference) -> &UnitChange {
    let [unit] = &difference.units[..] else { panic!("{} units", difference.units.len()) };
    unit
}

#[test]
fn what_has_the_same_effect_is_no_change() {
    for (old, new) in [
        ("PrivateTmp=yes\n", "# why\n\nPrivateTmp=true\n"),
        ("", "PrivateTmp=no\n"),
        ("Restart=no\n", ""),
        ("MemoryMax=1G\n", "MemoryMax=1024M\n"),
        ("UMask=0077\n", "UMask=0022\nUMask=077\n"),
        ("SystemCallFilter=read write\n", "SystemCallFilter=write\nSystemCallFilter=read\n"),
        ("ExecStartPre=/bin/b  x\n", "\nExecStartPre=/bin/b x\n"),
        ("Environment=A=1\n", "Environment=B=1\nEnvironment=\nEnvironment=A=1\n"),
    ] {
        assert_eq!(settings(old, new), [""; 0], "{old}{new}");
    }
    let (old, new) = ("[Unit]\nAfter=b.service c.service\n", "[Unit]\nAfter=c.service\nAfter=b.service\n");
    assert_eq!(diff(&[("/old/a.target", old)], &[("/new/a.target", new)]).unchanged, 1);
}

#[test]
fn a_change_is_told_with_what_came_and_what_went() {
    for (old, new, told) in [
        ("", "PrivateIPC=yes\n", "+ PrivateIPC=yes"),
        ("MemoryMax=1G\n", "", "- MemoryMax=1G"),
        ("MemoryMax=1G\n", "MemoryMax=2G\n", "MemoryMax=1G -> 2G"),
        ("ReadWritePaths=/a /b\n", "ReadWritePaths=/b /c\n", "ReadWritePaths= +/c -/a"),
        ("ReadWritePaths=/a\n", "ReadWritePaths=/b\n", "ReadWritePaths=/a -> /b"),
        ("Environment=A=1 B=1\n", "Environment=B=1 A=1\n", "Environment=A=1 B=1 -> B=1 A=1"),
        ("ExecStartPre=/bin/b\n", "ExecStartPre=+/bin/b\n", "ExecStartPre=/bin/b -> +/bin/b"),
        (
            "CapabilityBoundingSet=~CAP_CHOWN\n",
            "CapabilityBoundingSet=~CAP_KILL\n",
            "CapabilityBoundingSet= +CAP_CHOWN -CAP_KILL",
        ),
        ("RestrictNamespaces=net\n", "RestrictNamespaces=user\n", "RestrictNamespaces= +user -net"),
        (
            "RestrictAddressFamilies=AF_UNIX\n",
            "RestrictAddressFamilies=AF_INET\n",
            "RestrictAddressFamilies= +AF_INET -AF_UNIX",
        ),
        ("SystemCallFilter=read\n", "SystemCallFilter=read @swap\n", "SystemCallFilter= +@swap"),
        ("SystemCallFilter=~@swap\n", "SystemCallFilter=~@swap acct\n", "SystemCallFilter= -acct"),
        ("", "SystemCallFilter=read\nSystemCallFilter=~write\n", "+ SystemCallFilter=read ~write"),
        ("IPAddressDeny=any\n", "IPAddressDeny=::/0\n", "IPAddressDeny= -0.0.0.0/0"),
    ] {
        assert!(settings(old, new).contains(&told.to_owned()), "{told}: {:?}", settings(old, new));
    }
}

#[test]
fn long_values_are_cut_where_they_are_alike() {
    let long = "x".repeat(5000);
    let told = settings(&format!("ExecStartPre=/bin/b {long} one\n"), &format!("ExecStartPre=/bin/b {long} two\n"));
    assert!(told[0].len() < 500 && told[0].contains(" one -> …") && told[0].ends_with(" two"), "{told:?}");
}

#[test]
fn every_change_has_its_places() {
    let dropin = ("/new/a.service.d/x.conf", "[Service]\nProtectHome=read-only\n");
    let old = "[Service]\nExecStart=/bin/a\nProtectHome=yes\nPrivateTmp=yes\n";
    let new = "[Service]\nExecStart=/bin/a\nProtectHome=yes\nDynamicUser=yes\nUMask=0077\n";
    let difference = diff(&[("/old/a.service", old)], &[("/new/a.service", new), dropin]);
    let unit = only(&difference);
    let at = |held: &Option<Held>| {
        let at = held.as_ref()?.at.as_ref()?;
        Some(format!("{}:{}", at.path().display(), at.line()))
    };
    let of = |key: &str| {
        let change = unit.settings.iter().find(|s| s.name() == key).expect(key);
        (at(&change.old), at(&change.new))
    };
    let (old, new) = (|line| Some(format!("/old/a.service:{line}")), |line| Some(format!("/new/a.service:{line}")));
    assert_eq!(of("UMask"), (None, new(5)));
    assert_eq!(of("ProtectHome"), (old(3), Some("/new/a.service.d/x.conf:2".to_owned())));
    // what implies a value has the place
    assert_eq!(of("PrivateTmp"), (old(4), new(4)));
    let implied = unit.settings.iter().find(|s| s.name() == "PrivateTmp").and_then(|s| s.new.as_ref()?.implied_by);
    assert_eq!(implied.map(|key| key.name()), Some("DynamicUser"));
    assert!(unit.settings.iter().all(|s| s.name() != "ExecStart"));
    assert!(unit.checks.iter().any(|c| c.rule.id == "umask" && c.rise() < 0));
}

#[test]
fn units_find_each_other_by_name_and_then_by_path() {
    let a = "[Service]\nExecStart=/bin/a\n";
    let b = "[Service]\nExecStart=/bin/a\nPrivateIPC=yes\n";
    let old = [("/old/x/a.service", a), ("/old/y/a.service", b), ("/old/gone.service", a)];
    let new = [("/new/x/a.service", a), ("/new/z/a.service", b), ("/new/z/new.service", a)];
    let difference = diff(&old, &new);
    let names: Vec<_> = difference.units.iter().filter_map(|u| Some((&*u.sheet()?.name, u.old.is_some()))).collect();
    assert_eq!((difference.unchanged, names), (2, vec![("gone.service", true), ("new.service", false)]));
    // one that is nothing to the manager any more has nothing in effect
    let difference = diff(&[("/old/a.service", b)], &[("/new/a.service", "")]);
    assert!(only(&difference).is_switched() && only(&difference).settings.is_empty() && !difference.is_worse());
}

#[test]
fn findings_are_new_or_gone_and_not_moved() {
    let old = "[Service]\nExecStart=/bin/a\nFrob=1\nFrab=1\n";
    let new = "[Service]\nFrub=1\n\nFrob=1\nExecStart=/bin/a\nFrob=1\n";
    let difference = diff(&[("/old/a.service", old)], &[("/new/a.service", new)]);
    let lines = |list: &[Finding]| -> Vec<u32> {
        list.iter().filter(|f| f.rule.id == "unknown-key").filter_map(|f| Some(f.at.as_ref()?.line())).collect()
    };
    let unit = only(&difference);
    assert_eq!((lines(&unit.appeared), lines(&unit.gone)), (vec![2, 6], vec![4]));
}

#[test]
fn what_is_wrong_with_several_units_together_is_told_of_its_unit() {
    let unit = |name: &str, order: &str| {
        format!("[Unit]\n{order}={name}.service\nWants={name}.service\n[Service]\nExecStart=/bin/a\n")
    };
    let (a, b, free) = (unit("b", "After"), unit("a", "After"), unit("a", "Before"));
    let difference =
        diff(&[("/old/a.service", &a), ("/old/b.service", &free)], &[("/new/a.service", &a), ("/new/b.service", &b)]);
    let told: Vec<_> = difference.appeared().map(|f| (&*f.unit, f.rule.id)).collect();
    assert_eq!(told, [("a.service", "ordering-cycle")]);
    // the unit that it is told of was not changed itself
    assert_eq!((difference.units.len(), difference.unchanged), (2, 0));
}

#[test]
fn scores_that_are_new_or_rose_count() {
    let (open, less) = ("[Service]\nExecStart=/bin/a\n", "[Service]\nExecStart=/bin/a\nPrivateNetwork=yes\n");
    let of = |old: Files<'_>, new: Files<'_>| {
        let difference = diff(old, new);
        (difference.exposures().len(), difference.is_worse())
    };
    assert_eq!(of(&[("/old/a.service", open)], &[("/new/a.service", less)]), (0, false));
    assert_eq!(of(&[("/old/a.service", less)], &[("/new/a.service", open)]), (1, true));
    assert_eq!(of(&[("/old/a.service", less)], &[("/new/a.service", less), ("/new/b.service", open)]), (1, false));
}

#[test]
fn nothing_changed_from_a_state_to_itself() {
    for example in RULES.iter().flat_map(|rule| rule.examples()) {
        let name = format!("/x/{}", example.name);
        let mut files = vec![(name.clone(), example.text)];
        files.extend(example.files.iter().map(|(file, text)| (format!("{name}.d/{file}"), *text)));
        files.extend(example.units.iter().map(|(unit, text)| (format!("/x/{unit}"), *text)));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, *text)).collect();
        let difference = diff(&files, &files);
        assert!(difference.units.is_empty(), "{}", changes::concise(&difference, Paint::default()));
    }
}

#[test]
fn a_comment_holds_and_means_nothing_but_what_it_says() {
    let odd = "[Service]\nExecStart=/bin/a `b` | <img src=x> @user #1 [x](y) _z_\nDescription=x\n`|<b>@org/team=1\n";
    let many = |side: &str| (0..900).map(|i| format!("/{side}/u{i}.service")).collect::<Vec<_>>();
    let (old, new) = (many("old"), many("new"));
    let old: Vec<(&str, &str)> = old.iter().map(|path| (&**path, "[Service]\nExecStart=/bin/a\n")).collect();
    let new: Vec<(&str, &str)> = new.iter().map(|path| (&**path, odd)).collect();
    let text = changes::markdown(&diff(&old, &new));
    assert!(text.len() < 65_536 && text.contains("are left out"), "{}", text.len());
    for line in text.lines().filter(|l| !l.contains("``")) {
        // outside of code nobody is called, and no tag is opened but ours
        let spoken: String = line.split('`').step_by(2).collect();
        let ours = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<!--"];
        let tags = ours.iter().fold(spoken.clone(), |text, tag| text.replace(tag, ""));
        assert!(!spoken.contains('@') && !tags.replace("\\<", "").contains('<'), "{line}");
    }
}
