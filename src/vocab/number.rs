//! Booleans and numbers: systemd.syntax(7), `parse-util.c`.

use super::size;

/// `1 yes y true t on` or `0 no n false f off`, in any case.
pub fn boolean(text: &str) -> Option<bool> {
    const TRUE: [&str; 6] = ["1", "yes", "y", "true", "t", "on"];
    const FALSE: [&str; 6] = ["0", "no", "n", "false", "f", "off"];
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(text));
    if is(&TRUE) { Some(true) } else { is(&FALSE).then_some(false) }
}

/// A file mode: octal up to 07777 (`parse_mode()`).
pub fn mode(text: &str) -> Option<u32> {
    let octal = !text.is_empty() && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    octal.then(|| u32::from_str_radix(text, 8).ok())?.filter(|m| *m <= 0o7777)
}

/// A signed number with the prefixes of C: 0x, 0b, 0o, or a leading 0 for octal (`safe_atoi()`).
pub fn integer(text: &str) -> Option<i64> {
    size::integer_64(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        assert_eq!(boolean("oN"), Some(true));
        assert_eq!(boolean("F"), Some(false));
        for bad in ["", "enable", "yes;", "01", "\"yes\""] {
            assert_eq!(boolean(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(mode("077"), Some(0o77));
        assert_eq!(mode("0000077"), Some(0o77));
        for bad in ["", "888", "u=rwx", "17777", "+7"] {
            assert_eq!(mode(bad), None, "{bad}");
        }
        assert_eq!(
            (integer("0x10"), integer("010"), integer("-3"), integer("0")),
            (Some(16), Some(8), Some(-3), Some(0))
        );
        assert_eq!((integer("--3"), integer("1a"), integer("")), (None, None, None));
    }
}
