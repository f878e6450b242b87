//! Times as systemd takes and refuses them.

use super::date::{date, days};
use super::*;
use crate::vocab::size::Bad;

#[test]
fn time_spans() {
    let good = [
        ("5", 5 * SECOND),
        ("1h30min", 5400 * SECOND),
        ("1 h 30 min", 5400 * SECOND),
        (".5h", 1800 * SECOND),
        ("5 5", 10 * SECOND),
        ("+3s", 3 * SECOND),
        ("5M", 5 * 2_629_800 * SECOND),
        ("5m", 300 * SECOND),
        ("1y", 31_557_600 * SECOND),
        ("5\u{b5}s 5\u{3bc}s", 10),
        ("0.0000001s", 0),
        ("12.34 .5", 12_840_000),
        ("1.5s.5", 2 * SECOND),
        ("infinity ", INFINITY),
    ];
    for (text, span) in good {
        assert_eq!(timespan(text, SECOND), Ok(span), "{text}");
    }
    let unclear = [
        "",
        "5S",
        "5ns",
        "1.5.5",
        "5.",
        "3.sec",
        "3. 1",
        "infinityx",
        "5 infinity",
        "5hrs",
        "1e3",
        "0x10",
        "Infinity",
        "+ 3",
    ];
    for text in unclear {
        assert_eq!(timespan(text, SECOND), Err(Bad::Syntax), "{text}");
    }
    for text in ["-1", "-0", "1h -5", "584555y", "18446744073709551s 1s", "99999999999999999999"] {
        assert_eq!(timespan(text, SECOND), Err(Bad::Range), "{text}");
    }
}

#[test]
fn time_spans_in_nanoseconds() {
    let all = [("5", Ok(5)), ("5ns", Ok(5)), ("1us 1nsec", Ok(1001)), ("1.5us", Ok(1500)), ("585y", Err(Bad::Range))];
    for (text, span) in all {
        assert_eq!(timespan_nsec(text), span, "{text}");
    }
    assert_eq!(timespan_nsec("infinity"), Ok(INFINITY));
}

#[test]
fn calendar_expressions() {
    let good = [
        "daily",
        "Yearly",
        "anually",
        "semi-annually",
        "daily UTC",
        "hourly Europe/Berlin",
        "Mon",
        "mon..FRI",
        "Mon-Fri,Sun",
        "Mon,Tue,",
        "Mon..Mon",
        "Mon  12:00",
        "12-25 10:00",
        "*:0/15",
        "*:*",
        "*-*-* *:*:*",
        "1..1:00",
        "1..5/10:00",
        "*-*~07/1",
        "02~03",
        "*-*~1..3",
        "@1395716396",
        "@+1",
        "2003-02..04-05",
        "69-01-01",
        "*:*:0.5/0.5",
        "0:0:59.999999",
        "*:*:0/59.999999",
        "2024-02-31",
        "12:00 utc",
        "daily posix/Europe/Berlin",
        "12:00:00.1234567890123",
        "*-01,07-01",
    ];
    for text in good {
        assert!(Calendar::parse(text).is_some(), "{text}");
    }
    let bad = [
        "",
        "dayly",
        "daily 10:00",
        "daily europe/berlin",
        "daily Foo/Bar",
        "UTC",
        "Europe/Berlin",
        "Mond",
        "Mon..",
        "Mon.Fri",
        "Fri..Mon",
        ",Mon",
        "Mon..Wed..Fri",
        "Mon, Tue",
        "Mon Tue",
        "*",
        "12",
        "24:00",
        "*:0/0",
        "*:00/60",
        "5..1:00",
        "1,,2:00",
        "1,:00",
        "100-01-01",
        "2200-01-01",
        "1969-01-01",
        "2024-13-01",
        "2024-01-01T10:00",
        "2024-01-01 10:00:00 Z",
        "2024~01-01",
        "*-*~29",
        "*-*~3..1",
        "@",
        "@-1",
        "@1 10:00",
        "@1.5",
        "@7258118400",
        "0:0:59.9999999",
        "0:0:0.",
        "-1:00",
        "0x10:00",
        "10::10",
        "*,1:00",
        "*/2-*-*",
        "0 0 * * *",
        "12:00  UTC",
        "hourly 5",
    ];
    for text in bad {
        assert_eq!(Calendar::parse(text), None, "{text}");
    }
    let list = |n| vec!["1"; n].join(",") + ":00";
    assert!(Calendar::parse(&list(241)).is_some() && Calendar::parse(&list(242)).is_none());
}

#[test]
fn calendar_expressions_are_normalized() {
    let one = |start| Component { start, stop: None, repeat: 0 };
    let c = Calendar::parse("Mon..Wed,Sun 24..26-3,1,1-1..10/4 1:30:0.5 Asia/Kolkata").unwrap();
    assert_eq!(c.weekdays, 0b100_0111);
    assert_eq!(c.year, [Component { start: 2024, stop: Some(2026), repeat: 1 }]);
    assert_eq!((&c.month[..], &c.hour[..], &c.minute[..]), (&[one(1), one(3)][..], &[one(1)][..], &[one(30)][..]));
    assert_eq!(c.day, [Component { start: 1, stop: Some(9), repeat: 4 }]);
    assert_eq!((c.microsecond, c.zone), (vec![one(500_000)], Zone::Named("Asia", "Kolkata")));
    let stamp = Calendar::parse("@951782400").unwrap();
    assert_eq!((stamp.year, stamp.month, stamp.day), (vec![one(2000)], vec![one(2)], vec![one(29)]));
    assert_eq!(Calendar::parse("Sun..Sun,Mon..Sat").unwrap().weekdays, 0);
}

#[test]
fn a_weekday_contradicts_a_date() {
    let conflicts = [
        ("Thu 2027-01-01", Some(Weekday::Friday)),
        ("Mon,Tue 27-1-1 12:00 UTC", Some(Weekday::Friday)),
        ("Sat,Sun 2024-02-29", Some(Weekday::Thursday)),
        ("Thu 2027-01-01..1", Some(Weekday::Friday)),
        ("Fri 2027-01-01", None),
        ("2027-01-01", None),
        ("Thu *-01-01", None),
        ("Thu 2027-01-01,02", None),
        ("Thu 2027-01~01", None),
        ("Thu 2027-02-31", None),
    ];
    for (text, day) in conflicts {
        assert_eq!(Calendar::parse(text).unwrap().weekday_conflict(), day, "{text}");
    }
    assert_eq!(Weekday::Friday.short(), "Fri");
}

#[test]
fn days_and_dates_agree() {
    assert_eq!((days(1970, 1, 1), days(2000, 3, 1), date(11_016)), (0, 11_017, (2000, 2, 29)));
    assert!((0..84_000).all(|n| {
        let (y, m, d) = date(n);
        days(y, m, d) == n
    }));
}
