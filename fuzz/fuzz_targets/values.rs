//! Any text as the value of any key, for every release of systemd and both managers, and as whatever else values hold:
//! words, times, sizes, commands, addresses, names, paths.
//!
//! The first line may say `unit=NAME`; each line after it is `KEY=VALUE`, and equal keys are one setting.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::{BTreeMap, BTreeSet};
use unitlint::vocab::address::{self, Prefix};
use unitlint::vocab::name::{self, UnitName};
use unitlint::vocab::specifier::{Deprecated, Subject};
use unitlint::vocab::value::{self, Outcome, Setting, Value};
use unitlint::vocab::words::{Split, words};
use unitlint::vocab::{
    Arch, KEYS, KeyId, Model, Scope, UnitKind, command, image, kernel, lookup_anywhere, net, path, set, size, syscall,
    time, user,
};

const MODELS: [u16; 3] = [252, 257, 262];
/// A line is no longer than this: what a machine word can count is not what takes time.
const LONG: usize = 4096;

fuzz_target!(|text: &str| {
    let name = text.lines().next().and_then(|line| line.strip_prefix("unit=")).and_then(UnitName::parse);
    let name = name.unwrap_or_else(|| UnitName::parse("a-b@c.service").expect("a name"));
    let lines: Vec<(&str, &str)> =
        text.split('\n').filter(|l| l.len() <= LONG).filter_map(|l| l.split_once('=')).collect();
    for model in MODELS.map(Model::nearest) {
        for scope in Scope::ALL {
            let first = fold(&lines, &name, *scope, model);
            assert_eq!(first, fold(&lines, &name, *scope, model), "two runs differ");
        }
        for (_, text) in &lines {
            pieces(text, model);
        }
    }
});

/// The key of a name; what is none stands for some key, so that every name leads somewhere.
fn key(name: &str) -> KeyId {
    let some = || {
        let number = name.bytes().fold(0_usize, |n, b| n.wrapping_mul(31).wrapping_add(b.into()));
        lookup_anywhere(KEYS[number % KEYS.len()].name()).expect("it is in the list")
    };
    lookup_anywhere(name).unwrap_or_else(some)
}

/// What comes of all lines.
fn fold(lines: &[(&str, &str)], name: &UnitName, scope: Scope, model: Model) -> String {
    let mut values: BTreeMap<KeyId, Value> = BTreeMap::new();
    let mut told = String::new();
    let subject = Subject {
        name,
        fragment: "/etc/systemd/system/a-b@.service",
        scope,
        model,
        arch: Arch::default(),
        deprecated: Deprecated::default(),
    };
    let at = Setting { subject, kind: UnitKind::named(name.suffix()).expect("a type") };
    for (key_name, text) in lines {
        let id = key(key_name);
        let value = values.entry(id).or_default();
        let (before, mut faults) = (value.clone(), Vec::new());
        let outcome = value::assign(id, value, text, &at, &mut faults);
        let what = || format!("{}={text:?} on {before:?}: {outcome:?}, {value:?}, {faults:?}", id.name());
        for fault in &faults {
            assert!(text.get(fault.at.clone()).is_some(), "a place outside: {}", what());
        }
        match outcome {
            Outcome::Ignored => assert_eq!(*value, before, "{}", what()),
            Outcome::Reset => assert!(value.is_empty(), "{}", what()),
            Outcome::Fatal => assert!(!faults.is_empty(), "{}", what()),
            Outcome::Set => {}
        }
        assert!(at.subject.deprecated.take().next().is_none(), "{}", what());
        told.push_str(&what());
    }
    told
}

/// A text as each thing that a value may hold.
fn pieces(text: &str, model: Model) {
    let splits = [
        Split::PLAIN,
        Split::RAW,
        Split::UNQUOTE,
        Split::UNQUOTE_RELAX,
        Split::UNQUOTE_C,
        Split::COMMAND,
        Split::UNQUOTE_RAW,
        Split::FIELDS,
        Split::EVERY_FIELD,
        Split::COLONS,
        Split::COLON,
        Split::BIND,
    ];
    for split in splits {
        let mut end = 0;
        for word in words(text, split) {
            let at = word.as_ref().map_or_else(|bad| bad.at.clone(), |word| word.at.clone());
            assert!(end <= at.start && text.get(at.clone()).is_some(), "{text:?} {split:?}: {at:?}");
            end = at.end;
            if let Ok(word) = &word
                && split == Split::RAW
            {
                assert_eq!(word.text, text[at]);
            }
        }
    }
    commands(text, model);
    names(text, model);
    addresses(text, model);
    sizes(text, model);
    if let Some(capability) = set::capability(text) {
        assert!(u32::from(capability) < 64);
    }
    let _ = (syscall::action(text, model), syscall::known(text, model), syscall::group(text, model));
    let _ = (user::judge(text), kernel::find(text));
}

fn commands(text: &str, model: Model) {
    for line in command::lines(text, model) {
        assert!(!line.words.is_empty() && line.program().len() + line.prefixes == line.words[0].text.len());
        assert!(line.words.windows(2).all(|two| two[0].at.end <= two[1].at.start));
        for word in &line.words {
            let mut end = 0;
            for (_, at) in command::dollars(&word.text) {
                assert!(end <= at.start && word.text.get(at.clone()).is_some(), "{:?}: {at:?}", word.text);
                end = at.end;
            }
        }
    }
}

fn names(text: &str, model: Model) {
    if let Some(name) = UnitName::parse(text) {
        assert_eq!(name.as_str(), text);
        assert_eq!(format!("{}.{}", name.stem(), name.suffix()), text);
        if let Some(template) = name.template() {
            assert!(template.is_template());
            assert_eq!(name.instance().and_then(|i| template.with_instance(i)).as_ref(), Some(&name));
        }
    }
    let simple = path::simplify(text, model);
    assert_eq!(path::simplify(&simple, model), simple);
    if let Ok(absolute) = path::absolute(text, model) {
        assert_eq!(absolute, simple);
        if !absolute.contains('\0') {
            assert_eq!(name::unescape_path(&name::escape_path(&absolute)), Some(absolute));
        }
    }
    let _ = name::unescape(text);
}

fn addresses(text: &str, model: Model) {
    let mut list = BTreeSet::new();
    for prefix in text.split(' ').flat_map(|word| Prefix::of_word(word).into_iter().flatten()) {
        assert!(prefix.is_within(&prefix));
        address::add(&mut list, prefix);
        assert!(list.iter().any(|other| prefix.is_within(other)));
    }
    assert!(list.iter().all(|a| !list.iter().any(|b| a != b && a.is_within(b))), "{list:?}");
    for listen in ["ListenStream", "ListenDatagram", "ListenSequentialPacket", "ListenNetlink", "ListenFIFO"] {
        if let Some(listen) = net::Listen::named(listen) {
            let _ = net::socket_address(listen, text, model);
        }
    }
    let _ = (net::port_range(text), net::socket_bind_rule(text), net::nft_set(text), net::bpf_program(text));
    let _ = (net::device(text, model), net::device_rights(text), net::regex_pattern(text), net::env_assignment(text));
    let _ = (net::journal_field(text), net::bus_name(text), net::documentation_url(text), net::hostname(text));
}

fn sizes(text: &str, model: Model) {
    let _ = (time::Calendar::parse(text), time::timespan(text, 1_000_000), time::timespan_nsec(text));
    let _ = (time::time_zone(text), size::bytes(text, 1024), size::bytes(text, 1000), size::iec_size(text));
    let _ = (size::memory_limit(text, true), size::tasks_max(text), size::cpu_quota(text), size::permyriad(text));
    let _ = (size::signal(text), size::errno(text, model), size::exit_word(text, model), size::io_device(text));
    for (low, high) in size::cpu_set(text, model).cpus {
        assert!(low <= high && high < 8192, "{text:?}: {low}-{high}");
    }
    let _ = (size::numa_mask(text, model), size::cpu_affinity(text, model), size::coredump_word(text));
    let _ = (image::image_policy(text, model), image::base64(text), image::escaped_text(text), image::open_file(text));
    let _ = (image::root_hash(text), image::is_credential_glob(text), image::cgroup_name(text, model));
}
