//! Values with marks in front of them: paths, conditions, security labels (systemd.exec(5), systemd.unit(5)).

use crate::vocab::size::WHITESPACE;

/// A word of `ReadWritePaths=` and the like: `[-][+]PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixed<'a> {
    /// `-`: may be missing
    pub optional: bool,
    /// `+`: below the root directory of the unit
    pub in_root: bool,
    /// the rest, with its specifiers
    pub path: &'a str,
}

/// Takes `-` and then `+` off a path (`config_parse_namespace_path_strv()`). The rest has to be an absolute path.
pub fn prefixed_path(word: &str) -> Prefixed<'_> {
    let (optional, rest) = word.strip_prefix('-').map_or((false, word), |r| (true, r));
    let (in_root, path) = rest.strip_prefix('+').map_or((false, rest), |r| (true, r));
    Prefixed { optional, in_root, path }
}

/// `SELinuxContext=`, `AppArmorProfile=`, `SmackProcessLabel=`: whether errors are ignored, and the label, which is not
/// checked. A specifier that cannot be resolved refuses the unit unless errors are ignored
/// (`config_parse_exec_selinux_context()`).
pub fn security_label(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |label| (true, label))
}

/// The prefixes of a condition and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// `|`: one of these has to hold
    pub triggering: bool,
    /// `!`: has to be false
    pub negated: bool,
    /// the rest. Only the path of a `condition_path` key is checked when the unit is read: it has to be absolute.
    pub value: &'a str,
}

/// Takes `|` and then `!` off a condition; blanks may follow them unless the value is a path
/// (`config_parse_unit_condition_path()`, `config_parse_unit_condition_string()`).
pub fn condition(text: &str, is_path: bool) -> Condition<'_> {
    let (triggering, rest) = take(text, '|', is_path);
    let (negated, value) = take(rest, '!', is_path);
    Condition { triggering, negated, value }
}

/// Whether a mark stands in front, and what follows it.
fn take(text: &str, mark: char, is_path: bool) -> (bool, &str) {
    match text.strip_prefix(mark) {
        Some(rest) if is_path => (true, rest),
        Some(rest) => (true, rest.trim_start_matches(WHITESPACE)),
        None => (false, text),
    }
}
