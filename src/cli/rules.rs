//! `unitlint rules`
use super::args::RulesArgs;
use super::{Outcome, Trouble};
pub(super) fn run(_args: &RulesArgs) -> Result<Outcome, Trouble> {
    Ok(Outcome::Clean)
}
