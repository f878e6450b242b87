//! User and group names: `valid_user_group_name()`, and what <https://systemd.io/USER_NAMES> says of it.

/// How good a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// a strict name or a numeric ID
    Good,
    /// accepted with a warning
    Relaxed,
    /// refuses the unit
    Impossible,
}

/// The name of the unprivileged user that is compiled in (Debian's and nearly everyone's).
pub const NOBODY: &str = "nobody";

/// Judges a name or ID of `User=`, `Group=` and the like.
pub fn judge(name: &str) -> Verdict {
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if name.is_empty() {
        return Verdict::Impossible;
    }
    if is_id(name) {
        return Verdict::Good;
    }
    let impossible = digits(name)
        || name.strip_prefix('-').is_some_and(digits)
        || name == "."
        || name == ".."
        || name.starts_with([' ', '\t'])
        || name.ends_with([' ', '\t'])
        || name.contains([':', '/'])
        || name.bytes().any(|b| b < b' ' || b == 0x7f);
    if impossible {
        return Verdict::Impossible;
    }
    let first = name.as_bytes()[0];
    let strict = (first.is_ascii_alphabetic() || first == b'_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && name.len() <= 31;
    if strict { Verdict::Good } else { Verdict::Relaxed }
}

/// A numeric ID in its only form: decimal without leading zeros, and neither of the two that mean "none".
fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain && text.parse::<u32>().is_ok_and(|id| id != u32::MAX && id != 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["root", "_x", "a-b", "1000", "0"] {
            assert_eq!(judge(good), Verdict::Good, "{good}");
        }
        for relaxed in ["foo bar", "some.user", "ü", "1abc", ".x", "\"root\"", "a,b", "-x"] {
            assert_eq!(judge(relaxed), Verdict::Relaxed, "{relaxed}");
        }
        for bad in ["", "65535", "4294967295", "00", "-1", "a:b", "user/x", ".", ".."] {
            assert_eq!(judge(bad), Verdict::Impossible, "{bad}");
        }
    }
}
