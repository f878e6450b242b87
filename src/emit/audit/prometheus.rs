//! The census for the textfile collector of the node exporter.

use crate::engine::census::Census;
use crate::engine::score::tenths;
use crate::rule::Level;
use std::fmt::Write as _;

/// The metrics; an exposure is from 0 to 10.
pub fn metrics(packages: usize, incomplete: usize, census: &Census) -> String {
    let mut out = String::new();
    let mut gauge = |name: &str, help: &str, samples: &[(String, String)]| {
        let _ = writeln!(out, "# HELP unitlint_{name} {help}\n# TYPE unitlint_{name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(out, "unitlint_{name}{labels} {value}");
        }
    };
    let one = |value: String| vec![(String::new(), value)];
    gauge("packages", "Packages that were audited.", &one(packages.to_string()));
    gauge("packages_incomplete", "Packages of which not all was read.", &one(incomplete.to_string()));
    gauge("units", "Units of all types.", &one(census.units.to_string()));
    gauge("units_refused", "Units that the manager would not run.", &one(census.refused.to_string()));
    for (name, help, value) in [
        ("exposure_mean", "Mean exposure of the units, the score of the set.", census.score()),
        ("exposure_median", "Exposure of the unit in the middle.", census.median()),
        ("exposure_worst", "Exposure of the worst unit.", census.worst()),
    ] {
        if let Some(value) = value {
            gauge(name, help, &one(tenths(value)));
        }
    }
    let levels = ["DANGEROUS", "UNSAFE", "EXPOSED", "MEDIUM", "OK", "SAFE", "PERFECT"];
    let of = |word: &str| census.levels().iter().find(|(w, _)| *w == word).map_or(0, |(_, n)| *n);
    let levels: Vec<_> = levels.iter().map(|w| (format!("{{level=\"{w}\"}}"), of(w).to_string())).collect();
    gauge("units_by_level", "Units by systemd's word for their exposure.", &levels);
    let found: Vec<_> = [Level::Error, Level::Warn, Level::Note]
        .iter()
        .map(|l| (format!("{{level=\"{}\"}}", l.word()), census.of_level(*l).to_string()))
        .collect();
    gauge("findings", "Findings by level.", &found);
    let rules = census
        .findings
        .iter()
        .map(|((id, level), n)| (format!("{{rule=\"{id}\",level=\"{}\"}}", level.word()), n.to_string()));
    gauge("findings_by_rule", "Findings by rule.", &rules.collect::<Vec<_>>());
    let checks = census.checks.iter().flat_map(|(id, c)| {
        [("set", c.set), ("open", c.open)]
            .map(|(state, n)| (format!("{{check=\"{id}\",state=\"{state}\"}}"), n.to_string()))
    });
    gauge("units_by_check", "Units by check of the exposure score, set or open.", &checks.collect::<Vec<_>>());
    out
}
