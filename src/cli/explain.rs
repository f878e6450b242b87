//! `unitlint explain`
use super::args::ExplainArgs;
use super::{Outcome, Trouble};
pub(super) fn run(_args: &ExplainArgs) -> Result<Outcome, Trouble> {
    Ok(Outcome::Clean)
}
