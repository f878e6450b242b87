//! Values as systemd takes and refuses them, and what it says of them.

use super::*;
use crate::vocab::Model;
use crate::vocab::path::BadPath;

const OLD: u16 = 252;

fn at(version: u16) -> Model {
    Model::nearest(version)
}

/// `%n` becomes a name and `%z` cannot be resolved.
fn expand(text: &str) -> Option<String> {
    (!text.contains("%z")).then(|| text.replace("%n", "x.service"))
}

fn whats<T>(entries: &Entries<T>) -> Vec<Bad> {
    entries.problems.iter().map(|p| p.what).collect()
}

fn binds(text: &str, version: u16) -> (Vec<String>, Vec<Bad>) {
    let all = bind_paths(text, at(version), &expand);
    let show = |b: &Bind| {
        let (minus, flat) = (if b.optional { "-" } else { "" }, if b.recursive { "" } else { "!" });
        format!("{minus}{}>{}{flat}", b.source, b.destination)
    };
    (all.items.iter().map(show).collect(), whats(&all))
}

const RELATIVE: Bad = Bad::Path(BadPath::NotAbsolute);
const DOTS: Bad = Bad::Path(BadPath::NotNormalized);

#[test]
fn bind_paths_of_old_releases() {
    let table: &[(&str, &[&str], &[Bad])] = &[
        ("/a", &["/a>/a"], &[]),
        ("-/a:/b:norbind /c", &["-/a>/b!", "/c>/c"], &[]),
        ("/a:/b:", &["/a>/b"], &[]),
        ("/a:/b:  rbind /c", &["/a>/b", "/c>/c"], &[]),
        ("\"/a:/b\"", &["/a:/b>/a:/b"], &[]),
        ("\"/a b\":/c", &["/a b>/c"], &[]),
        ("/a\\:b", &["/a:b>/a:b"], &[]),
        ("/a  /b", &["/a>/a", "/b>/b"], &[RELATIVE]),
        ("/a:", &[], &[RELATIVE]),
        ("/a::rbind", &[], &[RELATIVE, RELATIVE]),
        ("::", &[], &[RELATIVE, RELATIVE, RELATIVE]),
        ("/a:/b :rbind", &["/a>/b"], &[RELATIVE, RELATIVE]),
        ("/a:/b: /c", &[], &[Bad::Option]),
        ("/a:/b:RBIND", &[], &[Bad::Option]),
        ("/a \"/b", &["/a>/a"], &[Bad::Syntax]),
        ("/a/../b %z /c", &["/c>/c"], &[DOTS, Bad::Specifier]),
    ];
    for (text, good, bad) in table {
        let (items, problems) = binds(text, OLD);
        assert_eq!((items, &*problems), (good.iter().map(|s| (*s).to_owned()).collect(), *bad), "{text}");
        assert_eq!(binds(text, 257), binds(text, OLD), "{text}");
    }
}

#[test]
fn bind_paths_since_words_come_first() {
    let good = |text: &str| binds(text, 262).0.join(" ");
    assert_eq!(good("\"/a:/b\""), "/a>/b");
    assert_eq!(good("/a  /b\t-/c:/d:norbind"), "/a>/a /b>/b -/c>/d!");
    assert_eq!(good("/a\\:b:/c\\x20d"), "/a:b>/c d");
    assert_eq!(binds("/a:b /c", 262), (vec!["/c>/c".into()], vec![RELATIVE]));
    assert_eq!(binds("/a:/b:idmap", 262).1, [Bad::Option]);
    assert_eq!(binds("/a\\q /b", 262), (vec![], vec![Bad::Syntax]));
}

#[test]
fn paths_in_lists() {
    let tmp = |text| temporary_filesystem(text, at(OLD), &expand);
    assert_eq!(tmp("/a:ro,size=1:x"), Ok(("/a".into(), Some("ro,size=1:x".into()))));
    assert_eq!(tmp("/a\\:b:"), Ok(("/a:b".into(), None)));
    assert_eq!(tmp("/a:%z"), Ok(("/a".into(), Some("%z".into()))));
    assert_eq!((tmp(":ro"), tmp("%z"), tmp("/a/..")), (Err(RELATIVE), Err(Bad::Specifier), Err(DOTS)));

    let prefix = |word| (prefixed_path(word).optional, prefixed_path(word).in_root, prefixed_path(word).path);
    assert_eq!(prefix("-+/a"), (true, true, "/a"));
    assert_eq!(prefix("+-/a"), (false, true, "-/a"));
    assert_eq!(prefix("--/a"), (true, false, "-/a"));

    let list = |text| {
        let all = colon_path_list(text, at(OLD), &expand);
        (all.items.join(" "), whats(&all))
    };
    assert_eq!(list("/a:/b c:/\\:"), ("/a /b c /:".into(), vec![]));
    assert_eq!(list("/a::/b"), ("/a".into(), vec![RELATIVE]));
    assert_eq!(list("b:c"), (String::new(), vec![RELATIVE]));
    assert_eq!(list("\"/a:/b\""), (String::new(), vec![RELATIVE]));
}

#[test]
fn images_and_their_options() {
    let mounts = |text: &str, version| {
        let all = mount_images(text, at(version), &expand);
        let options = |i: &Image| i.options.iter().map(|(p, o)| format!("{p}={o}")).collect::<Vec<_>>().join(",");
        let show = |i: &Image| format!("{}>{}[{}]", i.source, i.destination, options(i));
        (all.items.iter().map(show).collect::<Vec<_>>().join(" "), whats(&all))
    };
    let table: &[(&str, &str, &[Bad])] = &[
        ("/a:/b", "/a>/b[]", &[]),
        ("-/a:/b:ro /c:/d:home:x:ro", "/a>/b[root=ro] /c>/d[home=x,root=ro]", &[]),
        ("/a:/b:foo:ro", "/a>/b[]", &[Bad::Partition]),
        ("/a:/b:%z", "/a>/b[]", &[Bad::Specifier]),
        ("/a::/b:", "/a>/b[]", &[]),
        ("/a b", "", &[Bad::NoDestination, RELATIVE]),
        (":/b", "", &[Bad::NoDestination]),
        ("/a\\q:/b /c:/d", "", &[Bad::Syntax]),
        ("/a:/b:\\q /c:/d", "", &[Bad::Syntax]),
        ("\"\" /a:/b", "/a>/b[]", &[]),
        ("\"/a:/b", "", &[Bad::Syntax]),
    ];
    for (text, good, bad) in table {
        assert_eq!(mounts(text, OLD), ((*good).to_owned(), bad.to_vec()), "{text}");
    }
    let api = Bad::Path(BadPath::ApiVfs);
    assert_eq!(mounts("/proc/a:/b /dev/a:/sys/b /dev/a:/b", 257), ("/dev/a>/b[]".into(), vec![api, api]));
    assert!(mounts("/proc/a:/b", OLD).1.is_empty());

    let extensions = |text, version| whats(&extension_images(text, at(version), &expand));
    assert!(extensions("/a -/b:ro /c:root:x", OLD).is_empty());
    assert_eq!(extensions(":ro", OLD), [RELATIVE]);
    assert_eq!(extensions("/dev/a", 257), [api]);

    let root = |text, version| {
        let all = root_image_options(text, at(version), &expand);
        (all.items.iter().map(|(p, o)| format!("{p}={o}")).collect::<Vec<_>>().join(" "), whats(&all))
    };
    assert_eq!(root("ro home:rw :x", OLD), ("root=ro home=rw root=x".into(), vec![]));
    assert_eq!(root("foo:ro home:x", OLD), ("home=x".into(), vec![Bad::Partition]));
    assert_eq!(root("home:x root:a:b", OLD), (String::new(), vec![Bad::Syntax]));
    assert_eq!(root("root-secondary:x", OLD).1, []);
    assert_eq!(root("root-secondary:x", 257).1, [Bad::Partition]);
}

#[test]
fn policies() {
    let good = |text| image_policy(text, at(257));
    assert_eq!(good("*"), Ok(ImagePolicy::Allow));
    let rules = vec![("root".into(), vec!["verity".into(), "absent".into()]), (String::new(), vec![])];
    assert_eq!(good("root=verity+absent:=-"), Ok(ImagePolicy::Rules(rules)));
    assert_eq!(good("root"), Err(BadPolicy::Syntax("root".into())));
    assert_eq!(good("root=open:root=open"), Err(BadPolicy::Twice("root".into())));
    assert_eq!(good("boot=open"), Err(BadPolicy::Partition("boot".into())));
    assert_eq!(good("root=closed"), Err(BadPolicy::Flag("closed".into())));
    assert_eq!(image_policy("boot=open:root=closed", at(262)), Ok(ImagePolicy::Rules(vec![("root".into(), vec![])])));
    assert!(image_policy("root=open:home", at(262)).is_err());
}

#[test]
fn hashes_and_base64() {
    assert_eq!(root_hash("/a/../b"), Ok(RootHash::File("/a/../b")));
    assert_eq!(root_hash("0123456789abcdef 0123456789ABCDEF"), Ok(RootHash::Bytes(16)));
    assert_eq!(
        (root_hash("aa"), root_hash("a"), root_hash("zz")),
        (Err(BadHash::Short), Err(BadHash::Encoding), Err(BadHash::Encoding))
    );
    assert_eq!(root_hash_signature("base64:QQ=="), Ok(RootHash::Bytes(1)));
    assert_eq!(root_hash_signature("base64:"), Ok(RootHash::Bytes(0)));
    assert_eq!(root_hash_signature("QQ=="), Err(BadHash::Encoding));
    assert_eq!(base64("Q U J\tD"), Some(b"ABC".to_vec()));
    assert_eq!(base64("/+aa"), Some(vec![0xff, 0xe6, 0x9a]));
    for bad in ["QUJ", "QQ", "QQ=", "QR==", "QUJ=", "=", "====", "QQ==QUJD", "QUJD=", "A-_A", "\"QUJD\""] {
        assert_eq!(base64(bad), None, "{bad}");
    }
}

#[test]
fn escapes() {
    assert_eq!(escaped_text("a\\n\\x41\\101\\s\\\""), Some(b"a\nAA \"".to_vec()));
    assert_eq!(escaped_text("\\uD800"), Some(vec![0xED, 0xA0, 0x80]));
    for bad in ["\\q", "\\x4", "\\1", "\\400", "\\000", "\\x00", "\\u0000", "\\U0010FFFF", "\\U00110000", "\\", "\\e"] {
        assert_eq!(escaped_text(bad), None, "{bad}");
    }
}

#[test]
fn directories() {
    let show = |d: &Directory| {
        let link = d.link.as_ref().map_or(String::new(), |l| format!(">{l}"));
        format!("{}{link}{}", d.path, if d.read_only { "!" } else { "" })
    };
    let judge = |text: &str, links, version| {
        let all = relative_directories(text, links, at(version), &expand);
        (all.items.iter().map(show).collect::<Vec<_>>().join(" "), whats(&all))
    };
    let table: &[(&str, &str, &[Bad])] = &[
        ("a b/./c/ \"d e\"", "a b/c d e", &[]),
        ("a:b::ignored", "a>b", &[]),
        (":b a::c", "b a>c", &[]),
        ("a\\:b", "a:b", &[]),
        ("/a b", "b", &[Bad::PathAbsolute]),
        ("\\x2fa", "", &[Bad::PathAbsolute]),
        ("a/.. . b:..", "", &[DOTS, DOTS, DOTS]),
        ("private ./private/x privatex a:private", "privatex a>private", &[Bad::Private, Bad::Private]),
        ("a\\q b", "", &[Bad::Syntax]),
        ("\"\" b", "", &[Bad::Syntax]),
        ("%z a:%z %n", "x.service", &[Bad::Specifier, Bad::Specifier]),
    ];
    for (text, good, bad) in table {
        assert_eq!(judge(text, true, OLD), ((*good).to_owned(), bad.to_vec()), "{text}");
    }
    assert_eq!(judge("a:b c:", false, OLD), ("c".into(), vec![Bad::LinkNotSupported]));
    assert_eq!(judge("a::ro b:c:ro d:e:rw", true, 257), ("a! b>c!".into(), vec![Bad::Option]));
    assert_eq!(judge(":b", true, 257), (String::new(), vec![DOTS]));
}

#[test]
fn credentials() {
    let load = |text| load_credential(text, &expand).map(|c| format!("{}<{}", c.name, c.source));
    for good in ["a", "a:", "a:/b", "a:b", "a b:/b:c", "a*:/b", "a\\x41:/", "\"a:/b\"", "%n:c"] {
        assert!(load(good).is_ok(), "{good}");
    }
    assert_eq!(load("a:").as_deref(), Ok("a<a"));
    for bad in [":/b", "ä", "a/b:/c", "..:/c", "a\\:b:/c"] {
        assert_eq!(load(bad), Err(Bad::CredentialName), "{bad}");
    }
    for bad in ["a:b/c", "a::/b", "a:-/b", "a: /b", "a:..", "a:/b/../c", "a:/b//c", "a:ä"] {
        assert_eq!(load(bad), Err(Bad::CredentialSource), "{bad}");
    }
    assert_eq!(load("a:%z"), Err(Bad::Specifier));

    let set = |text, encrypted| set_credential(text, encrypted, &expand);
    assert_eq!(set("a:b:\\x00\\n %z", false), Ok(("a".into(), b"b:\0\n %z".to_vec())));
    assert_eq!((set("a", false), set("a:", false)), (Err(Bad::Syntax), Err(Bad::Syntax)));
    assert_eq!((set("a:\\q", false), set("a:QUJ", true)), (Err(Bad::Data), Err(Bad::Data)));
    assert_eq!(set("a: QU JD", true), Ok(("a".into(), b"ABC".to_vec())));

    let import = |text, version| import_credential(text, at(version), &expand).is_ok();
    assert!(import("a.*", 257) && import("*", 257) && import("a*:b", 257) && import("a", 257));
    assert!(
        !import("a*b", 257) && !import("**", 257) && !import("a[b]", 257) && !import("a:b:c", 257) && !import("", 257)
    );
}

#[test]
fn opened_files() {
    let name = |text| open_file(text).map(|f| f.name);
    assert_eq!(name("/a/b"), Some("b".into()));
    assert_eq!(name("/a\\:b:c:read-only,graceful"), Some("c".into()));
    assert_eq!(name("/a::append"), Some("a".into()));
    for bad in ["a", "", "/", "/a:b:read-write", "/a:b:append,truncate", "/a:b:append,append", "/a:b:append:x", "/a:ä"]
    {
        assert_eq!(name(bad), None, "{bad}");
    }
}

#[test]
fn small_words() {
    assert_eq!((secure_bit("keep-caps", at(OLD)), secure_bit("KEEP-CAPS", at(OLD))), (Some(16), None));
    assert_eq!(
        (secure_bit("exec-restrict-file", at(257)), secure_bit("exec-restrict-file", at(262))),
        (None, Some(256))
    );
    assert_eq!((security_label("-a"), security_label("a b")), ((true, "a"), (false, "a b")));
    for bad in ["", ".", "..", "a/b"] {
        assert_eq!((rule_name(bad), cgroup_name(bad, at(257))), (None, None), "{bad}");
    }
    for bad in ["_a", ".a", "tasks", "cgroup.procs", "cpu.max", "memory."] {
        assert_eq!(cgroup_name(bad, at(257)), None, "{bad}");
    }
    assert_eq!((cgroup_name("cpux", at(257)), cgroup_name("a b", at(257))), (Some("cpux"), Some("a b")));
}

#[test]
fn prefixes_of_conditions() {
    let parts = |text, is_path| {
        (condition(text, is_path).triggering, condition(text, is_path).negated, condition(text, is_path).value)
    };
    assert_eq!(parts("|!/a", true), (true, true, "/a"));
    assert_eq!(parts("!|/a", true), (false, true, "|/a"));
    assert_eq!(parts("| /a", true), (true, false, " /a"));
    assert_eq!(parts("|  ! vm", false), (true, true, "vm"));
    assert_eq!(parts("!", false), (false, true, ""));
}
