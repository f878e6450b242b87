//! `RootImagePolicy=`, `MountImagePolicy=`, `ExtensionImagePolicy=` (systemd.image-policy(7), `image-policy.c`).

use super::mounts::PARTITIONS;
use crate::vocab::Model;
use crate::vocab::size::WHITESPACE;
use crate::vocab::words::{BadSyntax, Cursor, Split};

/// What an image policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImagePolicy {
    /// `-`, or nothing: partitions may exist and are not used
    Ignore,
    /// `*`: everything may be used
    Allow,
    /// `~`: nothing may exist
    Deny,
    /// by partition; an empty name is the default for the others
    Rules(Vec<(String, Vec<String>)>),
}

/// What is wrong with an image policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPolicy {
    /// a part without an equal sign, or a bad escape; an error in every release
    Syntax(String),
    /// two rules for one partition; an error in every release
    Twice(String),
    /// unknown partition; passed over since 262
    Partition(String),
    /// unknown flag; passed over since 262
    Flag(String),
}

/// What a policy can say of a partition (`policy_flag_from_string_one()`).
const POLICY_FLAGS: [&str; 12] = [
    "verity",
    "signed",
    "encrypted",
    "unprotected",
    "unused",
    "absent",
    "open",
    "ignore",
    "read-only-on",
    "read-only-off",
    "growfs-on",
    "growfs-off",
];

/// `RootImagePolicy=` and its sisters (`image_policy_from_string()`).
///
/// # Errors
/// Up to 257 for anything unknown, in newer releases for broken syntax only.
pub fn image_policy(text: &str, model: Model) -> Result<ImagePolicy, BadPolicy> {
    match text {
        "" | "-" => return Ok(ImagePolicy::Ignore),
        "*" => return Ok(ImagePolicy::Allow),
        "~" => return Ok(ImagePolicy::Deny),
        _ => {}
    }
    let graceful = model.number() > 257;
    let broken = |BadSyntax| BadPolicy::Syntax(text.to_owned());
    let equal_sign = Split::COLON.at(b"=");
    let mut rules: Vec<(String, Vec<String>)> = Vec::new();
    let mut outer = Cursor::new(text);
    while let Some(rule) = outer.next(Split::COLON).map_err(broken)? {
        let mut inner = Cursor::new(&rule.text);
        let name = inner.next(equal_sign).map_err(broken)?.unwrap_or_default().text;
        let flags = inner.rest().ok_or_else(|| BadPolicy::Syntax(rule.text.clone().into_owned()))?;
        let name = name.trim_matches(WHITESPACE);
        if !name.is_empty() && !PARTITIONS.contains(&name) {
            if graceful {
                continue;
            }
            return Err(BadPolicy::Partition(name.to_owned()));
        }
        if rules.iter().any(|(n, _)| n == name) {
            return Err(BadPolicy::Twice(name.to_owned()));
        }
        rules.push((name.to_owned(), flags_of(flags.trim_matches(WHITESPACE), graceful)?));
    }
    Ok(ImagePolicy::Rules(rules))
}

/// `FLAG+FLAG`; `-` and nothing stand for none (`policy_flags_from_string()`).
fn flags_of(text: &str, graceful: bool) -> Result<Vec<String>, BadPolicy> {
    if matches!(text, "" | "-") {
        return Ok(Vec::new());
    }
    let flags = text.split('+').map(|flag| flag.trim_matches(WHITESPACE));
    if let Some(unknown) = flags.clone().find(|flag| !graceful && !POLICY_FLAGS.contains(flag)) {
        return Err(BadPolicy::Flag(unknown.to_owned()));
    }
    Ok(flags.filter(|flag| POLICY_FLAGS.contains(flag)).map(str::to_owned).collect())
}
