//! Values as systemd takes and refuses them.

use super::*;
use crate::vocab::Model;
use crate::vocab::path::BadPath;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn at(version: u16) -> Model {
    Model::nearest(version)
}

fn stream_of(text: &str, version: u16) -> Result<Address<'_>, BadAddress> {
    socket_address(Listen::Stream, text, at(version))
}

#[test]
fn ports() {
    for (text, value) in [("80", 80), ("+80", 80), ("0x50", 80), ("0b11", 3), ("0o17", 15), ("010", 8), ("0b+1", 1)] {
        assert_eq!(port(text), Ok(value), "{text}");
    }
    for text in ["", "0", "00", "-0", "080", "0b", "0x", " 80", "8o", "１", "1.", "1e3"] {
        assert_eq!(port(text), Err(BadNumber::Syntax), "{text}");
    }
    for text in ["65536", "-1", "99999999999999999999"] {
        assert_eq!(port(text), Err(BadNumber::Range), "{text}");
    }
    let ranges = [("1- 2", Some((1, 2))), ("+1-+2", Some((1, 2))), ("7", Some((7, 7))), ("\\80", Some((80, 80)))];
    for (text, range) in ranges {
        assert_eq!(port_range(text), range, "{text}");
    }
    for text in ["0", "2-1", "0-5", "1-65536", "1 -2", "-5", "5-", "1-2-3", "-", "1--2", "80 81", "\"80\""] {
        assert_eq!(port_range(text), None, "{text}");
    }
}

#[test]
fn socket_addresses() {
    let long = |n| format!("/{}", "a".repeat(n));
    for text in ["/a", "/a/../b", "/a b", &long(106)] {
        assert_eq!(stream_of(text, 252), Ok(Address::Path(text.to_owned())), "{text}");
    }
    assert_eq!(stream_of("@a b", 252), Ok(Address::Abstract("a b")));
    assert_eq!(stream_of("80", 252), Ok(Address::Port(80)));
    let v4 = IpAddr::V4(Ipv4Addr::new(1, 2, 3, 4));
    assert_eq!(stream_of("1.2.3.4:0x50", 252), Ok(Address::Ip(v4, 80, None)));
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    assert_eq!(stream_of("[::1]:80%lo", 252), Ok(Address::Ip(v6, 80, Some("lo"))));
    assert_eq!(stream_of("vsock::80", 252), Ok(Address::Vsock(None, 80)));
    assert_eq!(stream_of("vsock:0x2:0x50", 252), Ok(Address::Vsock(Some(2), 80)));
    let bad = [
        "/",
        "@",
        "a",
        "./a",
        "0",
        "080",
        "1.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:0",
        "01.2.3.4:80",
        "1.2.3:80",
        "1.2.3.4: 80",
        "1.2.3.4 :80",
        "[::1]",
        "[::1]:0",
        "[::1]80",
        "::1:80",
        "::1",
        "[::1%lo]:80",
        "[1.2.3.4]:80",
        "[]:80",
        "[foo]:80",
        "[::1]:80%",
        "[::1]:80%a b",
        "[::1]:80#x",
        "localhost:80",
        "*:80",
        ":80",
        "80%lo",
        "vsock:2:",
        "vsock:2",
        "vsock:2:3:4",
        "VSOCK:2:80",
        "\"80\"",
        "80 # x",
        &long(107),
    ];
    for text in bad {
        assert_eq!(stream_of(text, 252), Err(BadAddress::Syntax), "{text}");
    }
    for text in ["65536", "-1", "1.2.3.4:65536", "[::1]:65536", "vsock:-1:80", "vsock:4294967296:80"] {
        assert_eq!(stream_of(text, 252), Err(BadAddress::Range), "{text}");
    }
    assert_eq!(stream_of("vsock:host:80", 252), Err(BadAddress::Syntax));
    assert_eq!(stream_of("vsock:host:80", 257), Ok(Address::Vsock(Some(2), 80)));
    assert_eq!(stream_of("vsock-stream:2:80", 252), Err(BadAddress::Syntax));
    assert_eq!(stream_of("vsock-stream:2:80", 257), Ok(Address::Vsock(Some(2), 80)));
    assert_eq!(stream_of("vsock:2:4294967295", 252), Ok(Address::Vsock(Some(2), u32::MAX)));
    assert_eq!(stream_of("vsock:2:4294967295", 257), Err(BadAddress::Syntax));
}

#[test]
fn other_sockets() {
    let packet = |text| socket_address(Listen::SequentialPacket, text, at(252));
    assert!(packet("/a").is_ok() && packet("@a").is_ok());
    assert_eq!((packet("80"), packet("[::1]:80")), (Err(BadAddress::Family), Err(BadAddress::Family)));
    assert_eq!((packet("foo"), packet("vsock:2:80")), (Err(BadAddress::Syntax), Err(BadAddress::Family)));

    let path = |listen, text, version| socket_address(listen, text, at(version)).err();
    let bad = |bad| Some(BadAddress::Path(bad));
    for listen in [Listen::Fifo, Listen::Special, Listen::MessageQueue, Listen::UsbFunction] {
        assert_eq!(path(listen, "/a b", 252), None);
        assert_eq!(path(listen, "@a", 252), bad(BadPath::NotAbsolute));
        assert_eq!(path(listen, "/a/../b", 252), bad(BadPath::NotNormalized));
        let api = if listen == Listen::Special { None } else { bad(BadPath::ApiVfs) };
        assert_eq!((path(listen, "/proc/x", 252), path(listen, "/dev/x", 257)), (None, api));
    }

    let netlink = |text| socket_address(Listen::Netlink, text, at(252));
    for (text, family, group) in
        [("kobject-uevent 1", 15, 1), ("route", 0, 0), ("route \t 0x5", 0, 5), ("31", 31, 0), ("rou\\te", 0, 0)]
    {
        assert_eq!(netlink(text), Ok(Address::Netlink(family, group)), "{text}");
    }
    for text in ["foo", "Route 1", "route 5 6", "-1", "2147483648", "crypto", "route \"5\""] {
        assert_eq!(netlink(text), Err(BadAddress::Syntax), "{text}");
    }
    assert_eq!(netlink("route -1"), Err(BadAddress::Range));
}

#[test]
fn interfaces() {
    for good in ["lo", "eth0.1", "1a", "all1", "@", "\"a\"", "-1", "0x0", "+0", "0b", "aaaaaaaaaaaaaaa"] {
        assert!(is_interface(good, SHORT_NAME), "{good}");
    }
    for bad in [
        "",
        ".",
        "..",
        "all",
        "default",
        "0",
        "12",
        "0x1",
        "+1",
        "08",
        "4294967296",
        "a:b",
        "a/b",
        "a b",
        "ä",
        "%n",
        "aaaaaaaaaaaaaaaa",
    ] {
        assert!(!is_interface(bad, SHORT_NAME), "{bad}");
    }
    assert!(is_interface(&"a".repeat(127), restrict_name_length(at(257))));
    assert!(!is_interface(&"a".repeat(16), restrict_name_length(at(252))));
}

#[test]
fn bind_rules() {
    let rule = |ip_version, tcp, ports| Some(BindRule { ip_version, tcp, ports });
    let table = [
        ("any", rule(None, None, None)),
        ("ipv4", rule(Some(4), None, None)),
        ("TCP", rule(None, Some(true), None)),
        ("ipv6:udp:any", rule(Some(6), Some(false), None)),
        ("ipv4:tcp:1-2", rule(Some(4), Some(true), Some((1, 2)))),
        ("ipv4: 80", rule(Some(4), None, Some((80, 80)))),
        ("ipv4:6", rule(Some(4), None, Some((6, 6)))),
    ];
    for (text, rule) in table {
        assert_eq!(socket_bind_rule(text), rule, "{text}");
    }
    for bad in [
        "IPv4",
        "ANY",
        "any:80",
        "any any",
        "tcp:ipv4:80",
        "tcp:udp",
        "ipv4:",
        "ipv4::80",
        ":80",
        "80:",
        "tcp:80:1",
        "ipv4\\:80",
        "6:80",
        "sctp",
        "any:",
    ] {
        assert_eq!(socket_bind_rule(bad), None, "{bad}");
    }
}

#[test]
fn kernel_tables() {
    let set = nft_set("cgroup:inet:filter:my_set").unwrap();
    assert_eq!((set.source, set.family, &*set.table, &*set.set), ("cgroup", "inet", "filter", "my_set"));
    assert!(nft_set("user::ip:t:s").is_some());
    for bad in [
        "prefix:inet:t:s",
        "cgroup:ipv4:t:s",
        "cgroup:inet:t",
        "cgroup:inet:t:s:x",
        "cgroup:inet:1t:s",
        "cgroup:inet:t:a-b",
    ] {
        assert_eq!(nft_set(bad), None, "{bad}");
    }
    assert_eq!(bpf_program("ingress:/a:b"), Ok(("ingress", "/a:b")));
    assert_eq!(bpf_program("ingress::/a"), Ok(("ingress", "/a")));
    for (bad, what) in [
        ("ingress:", BadProgram::Syntax),
        (":/a", BadProgram::Syntax),
        ("Ingress:/a", BadProgram::AttachType),
        ("sock_release:/a", BadProgram::AttachType),
    ] {
        assert_eq!(bpf_program(bad), Err(what), "{bad}");
    }
}

#[test]
fn names() {
    for good in ["a.b", "-a.b", "a.b-c", ":1.5", ":a.b", "_a._b"] {
        assert!(bus_name(good).is_some(), "{good}");
    }
    for bad in ["", "a", "a..b", ".a.b", "a.b.", "1a.b", "a.1b", "a.b c", ":1", ":1.", "::a.b", "ä.b", "a/b.c", "."] {
        assert!(bus_name(bad).is_none(), "{bad}");
    }
    for good in ["http://a", "https://a\"b\"", "file:/a", "file://", "info:a", "man:a(1),b", "man:\\"] {
        assert!(documentation_url(good).is_some(), "{good}");
    }
    for bad in ["", "http://", "HTTP://a", "file:a", "file:/", "man:", "info:", "ftp://a", "man:ä", "www.a"] {
        assert!(documentation_url(bad).is_none(), "{bad}");
    }
    assert!(fd_name("a b").is_some() && fd_name(&"a".repeat(255)).is_some());
    assert!(fd_name("a:b").is_none() && fd_name("ä").is_none() && fd_name("a\tb").is_none());
    for good in ["a", "a.b", "a@b", "a:b", "-", &"a".repeat(222)] {
        assert!(log_namespace(good).is_some(), "{good}");
    }
    for bad in ["", ".", "..", "a b", "a/b", "ä", "a\\x2db", "a%", "~", &"a".repeat(223)] {
        assert!(log_namespace(bad).is_none(), "{bad}");
    }
    assert!(hostname("a-b.c").is_some() && hostname(&"a".repeat(64)).is_some());
    for bad in ["", "-a", "a-", "a..b", ".a", "a.", "a_b", "ä", &"a".repeat(65)] {
        assert!(hostname(bad).is_none(), "{bad}");
    }
    assert_eq!(xattr_assignment("user.varlink=a=b"), Some(("user.varlink", "a=b")));
    assert!(xattr_assignment("user.=a").is_none() && xattr_assignment("trusted.a=b").is_none());
}

#[test]
fn fields_and_variables() {
    assert_eq!(journal_field("A_1==b"), Ok(("A_1", "=b")));
    assert_eq!(journal_field("A"), Err(BadField::NoValue));
    for bad in ["=1", "a=1", "_A=1", "1A=1", "A-B=1", "A.B=1", "Ä=1"] {
        assert_eq!(journal_field(bad), Err(BadField::Name), "{bad}");
    }
    assert_eq!(env_assignment("_a=\u{1}=b"), Some(("_a", "\u{1}=b")));
    for bad in ["=1", "A", "1A=1", "A-B=1", "A+=1", "A =1", "Ä=1"] {
        assert_eq!(env_assignment(bad), None, "{bad}");
    }
    assert_eq!(env_name_or_assignment("A"), Some(("A", None)));
    assert_eq!(env_name_or_assignment("A="), Some(("A", Some(""))));
    assert_eq!((env_name(""), env_name("A=b"), env_name("_")), (None, None, Some("_")));
    assert_eq!((env_file("-/a b"), env_file("--a")), ((true, "/a b"), (true, "-a")));
}

#[test]
fn streams() {
    assert_eq!(standard_input("fd"), Some(Stream::Word("fd")));
    assert_eq!((standard_input("fd:"), standard_input("file: a")), (Some(Stream::Fd("")), Some(Stream::File(" a"))));
    assert_eq!(standard_output("truncate:/a"), Some(Stream::Truncate("/a")));
    assert_eq!(standard_output("syslog"), Some(Stream::Word("syslog")));
    for bad in ["NULL", "inherit", "append:/a", "journal", "FILE:/a", "append"] {
        assert_eq!(standard_input(bad), None, "{bad}");
    }
    for bad in ["Journal", "data", "tty-force", "syslog+", "console"] {
        assert_eq!(standard_output(bad), None, "{bad}");
    }
}

#[test]
fn devices() {
    let old = at(252);
    assert_eq!(device("//dev/./a/", old), Ok(Device::Node("/dev/a".into())));
    assert_eq!(
        (device("char-*", old), device("block-", old)),
        (Ok(Device::Char("*".into())), Ok(Device::Block(String::new())))
    );
    for bad in ["foo", "/a", "/devx", "dev/a", "Char-a"] {
        assert_eq!(device(bad, old), Err(BadDevice::NotDevice), "{bad}");
    }
    for bad in ["/dev/../a", "/run/systemd/inaccessible/../x"] {
        assert_eq!(device(bad, old), Err(BadDevice::Path(BadPath::NotNormalized)), "{bad}");
    }
    assert_eq!(device_rights("rr"), Some(DeviceRights { read: true, write: false, mknod: false }));
    assert_eq!(device_rights(""), device_rights("wmr"));
    for bad in ["R", "x", "r w", "-", "\"r\""] {
        assert_eq!(device_rights(bad), None, "{bad}");
    }
}

#[test]
fn patterns() {
    use PatternFault::{Backslash, Class, Parenthesis, Quantifier};
    assert!(regex_pattern("~a").deny && regex_pattern("~a").text == "a");
    let bad = [
        ("(", Parenthesis),
        ("a)", Parenthesis),
        ("(?:a", Parenthesis),
        ("[", Class),
        ("[]a", Class),
        ("[^]a", Class),
        ("*a", Quantifier),
        ("a**", Quantifier),
        ("(a|*)", Quantifier),
        ("a\\", Backslash),
    ];
    for (text, fault) in bad {
        assert_eq!(regex_pattern(text).fault, Some(fault), "{text}");
    }
    for good in [
        "",
        "a*?b++",
        "[]a]",
        "[^]a]",
        "[[:alpha:])]",
        "(?<n>a)\\)",
        "\\Q(",
        "(?#()",
        "(?x)a # (",
        "a|b",
        "{",
        "(a(?+1)?)",
        "[\\]]",
    ] {
        assert_eq!(regex_pattern(good).fault, None, "{good}");
    }
}
