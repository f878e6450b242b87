//! `LogFilterPatterns=`: what is wrong with a pattern, as far as it shows without PCRE (systemd.exec(5), pcre2pattern(3)).

/// What can be said of a pattern without PCRE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// a parenthesis that is not closed or not open
    Parenthesis,
    /// a character class that is not closed
    Class,
    /// `*`, `+` or `?` with nothing to repeat
    Quantifier,
    /// a backslash at the end
    Backslash,
}

/// A line of `LogFilterPatterns=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    /// `~`: drops what matches
    pub deny: bool,
    /// the pattern
    pub text: &'a str,
    /// what is certainly wrong with it; systemd logs that without file and line, and drops the pattern
    pub fault: Option<PatternFault>,
}

/// `[~]PATTERN` (`config_parse_log_filter_patterns()`). Only some mistakes are found.
pub fn regex_pattern(text: &str) -> Pattern<'_> {
    let (deny, text) = text.strip_prefix('~').map_or((false, text), |r| (true, r));
    Pattern { deny, text, fault: pattern_fault(text) }
}

/// Something that is certainly wrong. A pattern with constructs that change what characters mean is passed over.
fn pattern_fault(text: &str) -> Option<PatternFault> {
    // literal runs, comments, options and verbs change what characters mean
    if ["\\Q", "\\c", "(?#", "(?C", "(*"].iter().any(|s| text.contains(s)) || has_extended_option(text) {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut depth, mut i, mut repeatable) = (0_usize, 0, false);
    while let Some(b) = bytes.get(i) {
        i += 1;
        match b {
            b'\\' if i == bytes.len() => return Some(PatternFault::Backslash),
            b'\\' => {
                i += 1;
                repeatable = true;
            }
            b'[' => {
                match class_end(bytes, i) {
                    Some(end) => i = end,
                    None => return Some(PatternFault::Class),
                }
                repeatable = true;
            }
            b'(' => {
                depth += 1;
                // what makes a group special is skipped: (?:, (?=, (?<name>, (?+1)
                if bytes.get(i) == Some(&b'?') {
                    i += 1 + usize::from(matches!(bytes.get(i + 1), Some(b'+' | b'*')));
                }
                repeatable = false;
            }
            b')' if depth == 0 => return Some(PatternFault::Parenthesis),
            b')' => {
                depth -= 1;
                repeatable = true;
            }
            b'|' | b'^' => repeatable = false,
            b'*' | b'+' | b'?' if !repeatable => return Some(PatternFault::Quantifier),
            b'*' | b'+' | b'?' => {
                i += usize::from(matches!(bytes.get(i), Some(b'+' | b'?')));
                repeatable = false;
            }
            _ => repeatable = true,
        }
    }
    (depth > 0).then_some(PatternFault::Parenthesis)
}

/// Whether `(?x)` or the like makes blanks and comments meaningless.
fn has_extended_option(text: &str) -> bool {
    text.match_indices("(?").any(|(at, _)| {
        text[at + 2..].bytes().take_while(|b| b.is_ascii_alphabetic() || b"-^".contains(b)).any(|b| b == b'x')
    })
}

/// The end of the character class that starts at `i`, behind its bracket.
fn class_end(bytes: &[u8], mut i: usize) -> Option<usize> {
    i += usize::from(bytes.get(i) == Some(&b'^'));
    let first = i;
    loop {
        match *bytes.get(i)? {
            b']' if i > first => return Some(i + 1),
            b'\\' => i += 2,
            b'[' if bytes.get(i + 1) == Some(&b':') => {
                let name = bytes[i + 2..].iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'^').count();
                let named = bytes[i + 2 + name..].starts_with(b":]");
                i += if named { name + 4 } else { 1 };
            }
            _ => i += 1,
        }
    }
}
