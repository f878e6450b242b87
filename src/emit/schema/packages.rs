//! What `audit --format json` and `ndjson` write: packages, and what they come to.

use super::documents::document;
use super::{flag, list, number, object, or_null, rule_id, text, top, word};
use crate::package::Kind;
use crate::rule::Level;
use crate::vocab::Scope;
use serde_json::{Value, json};

fn exposure() -> Value {
    json!({ "type": "number", "minimum": 0 })
}

/// A package, as a line of NDJSON.
fn package() -> Value {
    let check = object([
        ("id", "systemd's name for it", text()),
        ("set", "whether it costs nothing", flag()),
        ("cost?", "what it costs", exposure()),
        ("at?", "the line that decides it", text()),
    ]);
    let step = object([
        ("line", "a line that seldom breaks a service", text()),
        ("to", "the exposure with it and those before it", exposure()),
    ]);
    let unit = object([
        ("name", "its name", text()),
        ("scope", "whose manager it is for", word(Scope::ALL.iter().map(|s| s.word()))),
        ("path", "where it is in the package", text()),
        ("dropins", "its drop-ins", list(text())),
        ("exposure", "its exposure; null for one without a score", or_null(exposure())),
        ("level", "systemd's word for it", or_null(text())),
        ("refused", "why it has no score although it could have one", or_null(text())),
        ("resources", "what it may take of the machine", or_null(exposure())),
        ("checks", "the checks of the score that apply", list(check)),
        ("steps", "the cheapest next steps", list(step)),
    ]);
    let finding = object([
        ("rule", "the rule", rule_id()),
        ("level", "how much it matters", word(Level::ALL.iter().map(|l| l.word()))),
        ("message", "what is wrong", text()),
        ("unit", "the unit; empty where it is about the package", text()),
        ("path", "the file in the package; empty for the package itself", text()),
        ("line", "the line; null for a file as a whole", or_null(number(1))),
        ("column", "the column", or_null(number(1))),
    ]);
    let kinds = [Kind::Deb, Kind::Rpm, Kind::Tar, Kind::Image, Kind::Directory];
    object([
        ("schema", "the version of this schema", number(1)),
        ("path", "where it was read", text()),
        ("format", "what sort it is", word(kinds.iter().map(|k| k.word()))),
        ("name", "its name", text()),
        ("version", "its version", or_null(text())),
        ("architecture", "for which machines", or_null(text())),
        ("source", "what it was built from", or_null(text())),
        ("complete", "whether all of it was seen", flag()),
        ("exposure", "the mean exposure of its units", or_null(exposure())),
        ("units", "its units", list(unit)),
        ("findings", "what was found", list(finding)),
        ("suppressed", "findings that somebody has silenced", number(0)),
        ("failures", "what could not be read", list(text())),
    ])
}

/// A line.
pub(super) fn line() -> Value {
    top("audit-package.schema.json", "unitlint audit --format ndjson", "A package, a line each.", package())
}

/// The document.
pub(super) fn audit() -> Value {
    let level = object([("level", "systemd's word", text()), ("units", "how many units", number(1))]);
    let check = object([
        ("id", "systemd's name of the check", text()),
        ("set", "units of which it costs nothing", number(0)),
        ("open", "units of which it costs something", number(0)),
    ]);
    let rule = object([
        ("rule", "the rule", rule_id()),
        ("level", "how much it matters", word(Level::ALL.iter().map(|l| l.word()))),
        ("findings", "how many there are", number(1)),
    ]);
    let summary = object([
        ("packages", "how many packages", number(0)),
        ("units", "units of all types", number(0)),
        ("refused", "units that the manager would not run", number(0)),
        ("exposure", "the score of the set: the mean exposure of its units", or_null(exposure())),
        ("median", "the exposure of the unit in the middle", or_null(exposure())),
        ("worst", "the worst exposure", or_null(exposure())),
        ("levels", "units by systemd's word, the worst first", list(level)),
        ("checks", "units by check of the exposure score", list(check)),
        ("rules", "findings by rule", list(rule)),
        ("suppressed", "findings that somebody has silenced", number(0)),
    ]);
    document(
        "audit.schema.json",
        "unitlint audit --format json",
        "Packages and what they come to.",
        [("packages", "every package", list(package())), ("summary", "what they come to", summary)],
    )
}
