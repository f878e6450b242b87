//! `unitlint explain`

use super::args::{ExplainArgs, Format};
use super::settings::{tell, without_units};
use super::{Outcome, Trouble, paint, print};
use crate::emit::docs;
use crate::{suggest, vocab};

pub(super) fn run(args: &ExplainArgs) -> Result<Outcome, Trouble> {
    let word = args.what.trim_end_matches('=');
    let paint = paint(args.color);
    let config = without_units(&args.config)?;
    // the rule that is asked for may be one that could not be read
    tell(&config.findings);
    let rules = config.rules;
    if let Some(rule) = rules.find(word) {
        let text = if args.format == Format::Json { docs::json(&[rule]) } else { docs::rule(rule, paint) };
        print(&text)?;
        return Ok(Outcome::Clean);
    }
    let keys: Vec<&vocab::Key> = vocab::KEYS.iter().filter(|k| k.name.eq_ignore_ascii_case(word)).collect();
    if keys.is_empty() {
        let names = rules.all().map(|r| r.id).chain(vocab::KEYS.iter().map(|k| k.name));
        let hint = suggest::nearest(word, names).map_or(String::new(), |n| format!("; did you mean {n}?"));
        return Err(format!("{} is neither a rule nor a directive{hint}", args.what).into());
    }
    if args.format == Format::Json {
        print(&docs::directives_json(&keys))?;
        return Ok(Outcome::Clean);
    }
    let texts: Vec<String> = keys.into_iter().map(|k| docs::directive(k, paint)).collect();
    print(&texts.join("\n"))?;
    Ok(Outcome::Clean)
}
