//! `unitlint explain`

use super::args::{ExplainArgs, Format};
use super::settings::{tell, without_units};
use super::{Outcome, Trouble, paint, print};
use crate::emit::{docs, names};
use crate::vocab::kernel;
use crate::{suggest, vocab};

pub(super) fn run(args: &ExplainArgs) -> Result<Outcome, Trouble> {
    let asked = args.what.join(" ");
    let word = asked.trim_end_matches('=');
    let paint = paint(args.color);
    let config = without_units(&args.config)?;
    // the rule that is asked for may be one that could not be read
    tell(&config.findings);
    let rules = config.rules;
    let for_programs = args.format == Format::Json;
    if let Some(rule) = rules.find(word) {
        print(&if for_programs { docs::json(&[rule]) } else { docs::rule(rule, paint) })?;
        return Ok(Outcome::Clean);
    }
    let keys: Vec<&vocab::Key> = vocab::KEYS.iter().filter(|k| k.name().eq_ignore_ascii_case(word)).collect();
    if !keys.is_empty() {
        let texts = || keys.iter().map(|k| docs::directive(k, paint)).collect::<Vec<_>>().join("\n");
        print(&if for_programs { docs::directives_json(&keys) } else { texts() })?;
        return Ok(Outcome::Clean);
    }
    let named = kernel::find(word);
    if !named.is_empty() {
        let lxc =
            kernel::lxc_file(word).map(|(_, file)| format!("{word}: LXC writes it into {file} of the container\n\n"));
        let texts = || named.iter().map(|n| names::text(*n, paint)).collect::<Vec<_>>().join("\n");
        print(&if for_programs { names::json(&named) } else { lxc.unwrap_or_default() + &texts() })?;
        return Ok(Outcome::Clean);
    }
    let all = rules.all().map(|r| r.id).chain(vocab::KEYS.iter().map(|k| k.name())).chain(kernel::candidates());
    let near = match kernel::lxc_file(word) {
        Some((key, file)) => suggest::nearest(file, kernel::candidates()).map(|near| format!("{key}{near}")),
        None => suggest::nearest(word, all).map(str::to_owned),
    };
    let hint = near.map_or(String::new(), |n| format!("; did you mean {n}?"));
    Err(format!("{asked} is neither a rule nor a directive, nor a name of the kernel that is known here{hint}").into())
}
