//! Names that can be files, descriptors, control groups, and the words of `SecureBits=` (systemd.exec(5)).

use crate::vocab::{CONTROLLERS, Model};

/// A name that can be a file in a directory (`filename_is_valid()`).
pub fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains('/') && name.len() <= 255
}

/// A name that can be passed in `$LISTEN_FDNAMES`; the empty one counts (`fdname_is_valid()`).
pub fn is_fd_name(name: &str) -> bool {
    name.len() <= 255 && name.bytes().all(|b| (b' '..0x7f).contains(&b) && b != b':')
}

/// A word of `OOMRules=`: a name that can be a file.
pub fn rule_name(word: &str) -> Option<&str> {
    is_file_name(word).then_some(word)
}

/// `DelegateSubgroup=`: a name that a control group can have as it is (`cg_needs_escape()`).
pub fn cgroup_name(text: &str, model: Model) -> Option<&str> {
    let reserved = text.starts_with(['_', '.'])
        || matches!(text, "notify_on_release" | "release_agent" | "tasks")
        || text.starts_with("cgroup.")
        || CONTROLLERS[model.index()].iter().any(|c| text.strip_prefix(c).is_some_and(|r| r.starts_with('.')));
    (is_file_name(text) && !reserved).then_some(text)
}

/// The words of `SecureBits=` in the order of their bits (`secure_bit_to_string()`).
const SECURE_BITS: [&str; 12] = [
    "noroot",
    "noroot-locked",
    "no-setuid-fixup",
    "no-setuid-fixup-locked",
    "keep-caps",
    "keep-caps-locked",
    "no-cap-ambient-raise",
    "no-cap-ambient-raise-locked",
    "exec-restrict-file",
    "exec-restrict-file-locked",
    "exec-deny-interactive",
    "exec-deny-interactive-locked",
];

/// The bit of a word of `SecureBits=`; an unknown word is passed over without a message
/// (`secure_bits_from_string()`).
pub fn secure_bit(word: &str, model: Model) -> Option<u16> {
    let known = if model.number() > 257 { SECURE_BITS.len() } else { 6 };
    SECURE_BITS[..known].iter().position(|w| *w == word).map(|bit| 1 << bit)
}
