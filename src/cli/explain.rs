//! `unitlint explain`

use super::args::{ExplainArgs, Format};
use super::settings::rules;
use super::{Outcome, Trouble, paint, print};
use crate::emit::docs;
use crate::{suggest, vocab};

pub(super) fn run(args: &ExplainArgs) -> Result<Outcome, Trouble> {
    let word = args.what.trim_end_matches('=');
    let paint = paint(args.color);
    let (rules, config) = rules(&args.config)?;
    if let Some(rule) = rules.find(word) {
        let text = if args.format == Format::Json { docs::json(&[rule]) } else { docs::rule(rule, paint) };
        print(&text)?;
        return Ok(Outcome::Clean);
    }
    let keys: Vec<&vocab::Key> = vocab::KEYS.iter().filter(|k| k.name.eq_ignore_ascii_case(word)).collect();
    if keys.is_empty() {
        let names = rules.all().map(|r| r.id).chain(vocab::KEYS.iter().map(|k| k.name));
        let hint = suggest::nearest(word, names).map_or(String::new(), |n| format!("; did you mean {n}?"));
        // perhaps it is a rule of one's own that could not be read
        let wrong = config.findings.first().map_or(String::new(), |f| format!("; {}", f.message));
        return Err(format!("{} is neither a rule nor a directive{hint}{wrong}", args.what).into());
    }
    let texts: Vec<String> = keys.into_iter().map(|k| docs::directive(k, paint)).collect();
    print(&texts.join("\n"))?;
    Ok(Outcome::Clean)
}
