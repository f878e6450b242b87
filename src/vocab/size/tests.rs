//! Numbers as systemd takes and refuses them.

use super::Bad::{Range as TooLarge, Syntax};
use super::*;
use crate::vocab::{Model, time};

#[test]
fn numbers() {
    let all = [
        ("0", Ok(0)),
        ("+5", Ok(5)),
        ("-0", Ok(0)),
        ("010", Ok(8)),
        ("0x10", Ok(16)),
        ("0B11", Ok(3)),
        ("0O17", Ok(15)),
        ("4294967295", Ok(u32::MAX)),
        ("4294967296", Err(TooLarge)),
        ("99999999999999999999", Err(TooLarge)),
        ("-1", Err(TooLarge)),
        ("", Err(Syntax)),
        ("+", Err(Syntax)),
        ("08", Err(Syntax)),
        ("0x", Err(Syntax)),
        ("-0b1", Err(Syntax)),
        ("5 ", Err(Syntax)),
        ("1.5", Err(Syntax)),
        ("5K", Err(Syntax)),
        ("infinity", Err(Syntax)),
    ];
    for (text, number) in all {
        assert_eq!(unsigned(text), number, "{text}");
    }
    assert_eq!((unsigned_or_infinity("infinity"), unsigned_or_infinity("7")), (Ok(None), Ok(Some(7))));
    assert_eq!((integer("-2147483648"), integer("2147483648")), (Ok(i32::MIN), Err(TooLarge)));
    assert_eq!((integer_64("-9223372036854775808"), integer_64("9223372036854775808")), (Ok(i64::MIN), Err(TooLarge)));
    assert_eq!((integer_in("-20", (-20, 19)), integer_in("+20", (-20, 19))), (Ok(-20), Err(TooLarge)));
    assert_eq!((exit_number("0xff"), exit_number("256")), (Ok(255), Err(TooLarge)));
}

#[test]
fn words_or_numbers() {
    assert_eq!(
        (log_level("crit"), log_level("7"), log_level("8"), log_level("ERR"), log_level("error")),
        (Some(2), Some(7), None, None, None)
    );
    assert_eq!(
        (log_facility("local7"), log_facility("127"), log_facility("128"), log_facility("12")),
        (Some(23), Some(127), None, Some(12))
    );
    let class = |text| word_or_number(text, &["none", "realtime"], number_fallback("IOSchedulingClass").unwrap());
    assert_eq!((class("realtime"), class("8"), class("9")), (Some(1), Some(8), None));
    assert_eq!(number_fallback("NUMAPolicy"), None);
}

#[test]
fn sizes() {
    let all = [
        ("1K", Ok(1024)),
        ("1B", Ok(1)),
        ("1 K", Ok(1024)),
        ("1.5K", Ok(1536)),
        ("1.K", Ok(1024)),
        ("1G500M", Ok((1 << 30) + (500 << 20))),
        ("1K 5", Ok(1029)),
        ("15.9E", Err(TooLarge)),
        ("16383P", Ok(16383 << 50)),
        ("16384P", Err(TooLarge)),
        ("18446744073709551615", Ok(u64::MAX)),
        ("-1K", Err(TooLarge)),
        ("-0", Err(TooLarge)),
        ("500M 1G", Err(Syntax)),
        ("1K1K", Err(Syntax)),
        ("5 5", Err(Syntax)),
        ("1k", Err(Syntax)),
        ("1KB", Err(Syntax)),
        ("1KiB", Err(Syntax)),
        (".5K", Err(Syntax)),
        ("1.5.5K", Err(Syntax)),
        ("0x10", Err(Syntax)),
        ("", Err(Syntax)),
    ];
    for (text, size) in all {
        assert_eq!(bytes(text, 1024), size, "{text}");
    }
    assert_eq!((bytes("1.5M", 1000), iec_size("2M")), (Ok(1_500_000), Ok(2 << 20)));
}

#[test]
fn shares() {
    let all = [
        ("0%", Ok(0)),
        ("5.5%", Ok(550)),
        ("5.55%", Ok(555)),
        ("0x10%", Ok(1600)),
        ("-0.5%", Ok(50)),
        ("5.5‰", Ok(55)),
        ("5‱", Ok(5)),
        ("101%", Err(TooLarge)),
        ("-5%", Err(TooLarge)),
        ("5.%", Err(Syntax)),
        (".5%", Err(Syntax)),
        ("5.555%", Err(Syntax)),
        ("5.5‱", Err(Syntax)),
        ("5 %", Err(Syntax)),
        ("5", Err(Syntax)),
        ("%", Err(Syntax)),
    ];
    for (text, share) in all {
        assert_eq!(permyriad(text), share, "{text}");
    }
    assert_eq!((permille("5.5%"), permille("1000‰"), permille("5.55%")), (Ok(55), Ok(1000), Err(Syntax)));
    assert_eq!((cpu_quota("250%"), cpu_quota("0%"), cpu_quota("infinity")), (Ok(25000), Err(TooLarge), Err(Syntax)));
    assert_eq!(
        (permyriad_unbounded("21474836.47%"), permyriad_unbounded("21474836.48%")),
        (Ok(i32::MAX as u32), Err(TooLarge))
    );
}

#[test]
fn limits() {
    assert_eq!(memory_limit("infinity", false), Ok(Limit::Unlimited));
    assert_eq!(memory_limit("1G", false), Ok(Limit::Absolute(1 << 30)));
    for (text, bad) in [
        ("0", TooLarge),
        ("0.00%", TooLarge),
        ("18446744073709551615", TooLarge),
        ("16E", Syntax),
        ("101%", Syntax),
        ("-1", Syntax),
    ] {
        assert_eq!(memory_limit(text, false), Err(bad), "{text}");
    }
    assert_eq!(memory_limit("0", memory_takes_zero("MemoryLow")), Ok(Limit::Absolute(0)));
    assert_eq!((tasks_max("0%"), tasks_max("0x10")), (Ok(Limit::Share(0)), Ok(Limit::Absolute(16))));
    assert_eq!(
        (tasks_max("0"), tasks_max("18446744073709551615"), tasks_max("1K"), tasks_max("-1")),
        (Err(TooLarge), Err(TooLarge), Err(Syntax), Err(Syntax))
    );
    assert_eq!(
        (disk_quota("off"), disk_quota("5%"), disk_quota("1K")),
        (Ok(Limit::Unlimited), Ok(Limit::Share(500)), Ok(Limit::Absolute(1024)))
    );
    assert_eq!(
        (io_limit("1K"), io_limit("0"), io_limit("infinity")),
        (Ok(Limit::Absolute(1000)), Err(TooLarge), Ok(Limit::Unlimited))
    );
    assert_eq!(
        (weight("10001", (1, 10000)), weight("0x10", (1, 10000)), cpu_weight("idle"), cpu_weight("0")),
        (Err(TooLarge), Ok(16), Ok(0), Err(TooLarge))
    );
}

#[test]
fn resource_limits() {
    let limit = |key, text| rlimit(text, RlimitUnit::of(key)).map(|l| (l.soft, l.hard));
    let all = [
        ("LimitNOFILE", "5", Ok((5, 5))),
        ("LimitNOFILE", "5:6", Ok((5, 6))),
        ("LimitNOFILE", "5:6:", Ok((5, 6))),
        ("LimitNOFILE", r"\5", Ok((5, 5))),
        ("LimitNOFILE", "5:infinity", Ok((5, RLIM_INFINITY))),
        ("LimitNOFILE", "infinity:5", Err(BadRlimit::Order)),
        ("LimitNOFILE", "5:6:7", Err(BadRlimit::Value(Syntax))),
        ("LimitNOFILE", "5:", Err(BadRlimit::Value(Syntax))),
        ("LimitNOFILE", ":5", Err(BadRlimit::Value(Syntax))),
        ("LimitNOFILE", "5::6", Err(BadRlimit::Value(Syntax))),
        ("LimitNOFILE", "5 :6", Err(BadRlimit::Value(Syntax))),
        ("LimitNOFILE", "5: 6", Ok((5, 6))),
        ("LimitNOFILE", "1K", Err(BadRlimit::Value(Syntax))),
        ("LimitNOFILE", "18446744073709551615", Err(BadRlimit::Value(TooLarge))),
        ("LimitNOFILE", "", Err(BadRlimit::Value(Syntax))),
        ("LimitSTACK", "1K:1M", Ok((1024, 1 << 20))),
        ("LimitSTACK", "50%", Err(BadRlimit::Value(Syntax))),
        ("LimitCPU", "1500ms:1min", Ok((2, 60))),
        ("LimitRTTIME", "5:1s", Ok((5, SECOND))),
        ("LimitNICE", "40", Ok((40, 40))),
        ("LimitNICE", "+19:-20", Ok((1, 40))),
        ("LimitNICE", "-20:+19", Err(BadRlimit::Order)),
        ("LimitNICE", "+20", Err(BadRlimit::Value(TooLarge))),
        ("LimitNICE", "infinity", Err(BadRlimit::Value(Syntax))),
    ];
    for (key, text, expected) in all {
        assert_eq!(limit(key, text), expected, "{key}={text}");
    }
}

const SECOND: u64 = time::SECOND;

#[test]
fn cpu_sets() {
    let (old, new) = (Model::nearest(257), Model::LATEST);
    let line = cpu_set("0-3,5 '7'", old);
    assert_eq!((line.cpus, line.faults, line.ignored), (vec![(0, 3), (5, 5), (7, 7)], vec![], false));
    let line = cpu_set("0 a 1 3-0 8192", old);
    assert_eq!((line.cpus, line.faults, line.ignored), (vec![], vec![(BadCpu::Item, 2..3)], true));
    let line = cpu_set("0 a 1 3-0 8192", new);
    assert_eq!(line.cpus, [(0, 0), (1, 1)]);
    assert_eq!(line.faults, [(BadCpu::Item, 2..3), (BadCpu::Reversed, 6..9), (BadCpu::TooLarge, 10..14)]);
    let line = cpu_set("3-0 1", old);
    assert_eq!((line.cpus, line.faults, line.ignored), (vec![(1, 1)], vec![(BadCpu::Reversed, 0..3)], false));
    assert!(cpu_set("1 '2", new).ignored);
    assert!(cpu_set(" , ", old).blank && !cpu_set("3-0", old).blank);
    for bad in ["", "-", "-0", "0-", "0-1-2", "0--1", "1-2x", "^1"] {
        assert!(range(bad).is_err(), "{bad}");
    }
    assert_eq!((range("1-+2"), range("0x3"), range("3-0")), (Ok((1, 2)), Ok((3, 3)), Ok((3, 0))));
    assert_eq!((numa_mask("all", new), cpu_affinity("numa", new)), (None, None));
}

#[test]
fn devices() {
    let device = io_device("\"/dev/s da\"  5 6").unwrap();
    assert_eq!((&*device.path.text, device.value, device.at), ("/dev/s da", "5 6", 13..16));
    assert_eq!(io_device("/dev/sda"), Err(BadDevice::Incomplete));
    assert_eq!(io_device("\"/dev/sda 5"), Err(BadDevice::Quoting));
}

#[test]
fn signals() {
    let good = [
        ("SIGTERM", 15),
        ("TERM", 15),
        ("64", 64),
        ("0x9", 9),
        ("RTMIN", 34),
        ("SIGRTMIN+30", 64),
        ("RTMIN+0x5", 39),
        ("RTMAX-30", 34),
        ("STKFLT", 16),
    ];
    for (text, number) in good {
        assert_eq!(signal(text), Some(number), "{text}");
    }
    let bad = [
        "",
        "0",
        "65",
        "-1",
        "term",
        "SIGSIGHUP",
        "SIG",
        "POLL",
        "RTMIN+",
        "RTMIN-1",
        "RTMIN+31",
        "RTMIN5",
        "RTMAX+1",
        "RTMIN+ 5",
    ];
    for text in bad {
        assert_eq!(signal(text), None, "{text}");
    }
    assert_eq!((signal_name(9), signal_name(0), signal_name(40)), (Some("KILL"), None, None));
}

#[test]
fn exit_statuses() {
    let (old, new) = (Model::nearest(252), Model::LATEST);
    let all = [
        ("255", Some(ExitWord::Status(255))),
        ("9", Some(ExitWord::Status(9))),
        ("TEMPFAIL", Some(ExitWord::Status(75))),
        ("SIGKILL", Some(ExitWord::Signal(9))),
        ("HUP", Some(ExitWord::Signal(1))),
        ("256", None),
        ("-1", None),
        ("EXIT_SUCCESS", None),
        ("success", None),
    ];
    for (word, meaning) in all {
        assert_eq!(exit_word(word, old), meaning, "{word}");
    }
    assert_eq!((exit_word("KSM", old), exit_word("KSM", new)), (None, Some(ExitWord::Status(245))));
}

#[test]
fn error_numbers() {
    let all = [
        ("kill", Ok(Errno::Kill)),
        ("eperm", Ok(Errno::Name("EPERM"))),
        ("0x10", Ok(Errno::Number(16))),
        ("0", Err(TooLarge)),
        ("4096", Err(TooLarge)),
        ("KILL", Err(Syntax)),
        ("EFOO", Err(Syntax)),
        ("EDEADLK", Ok(Errno::Name("EDEADLK"))),
        ("EHWPOISON", Ok(Errno::Name("EHWPOISON"))),
        ("EFTYPE", Ok(Errno::Name("EFTYPE"))),
    ];
    // seen: 252 and 257 do not know it
    assert_eq!(errno("EFTYPE", Model::nearest(257)), Err(Syntax));
    for (text, number) in all {
        assert_eq!(errno(text, Model::LATEST), number, "{text}");
    }
}

#[test]
fn coredump_words() {
    let all = [
        ("private-huge", Ok(32)),
        ("default", Ok(0x33)),
        ("33", Ok(0x33)),
        ("0xFF", Ok(255)),
        ("all", Ok(0xffff_ffff)),
    ];
    for (word, mask) in all {
        assert_eq!(coredump_word(word), mask, "{word}");
    }
    for word in ["", "private_huge", "DEFAULT", "xyz", "0b2g"] {
        assert!(coredump_word(word).is_err(), "{word}");
    }
}
