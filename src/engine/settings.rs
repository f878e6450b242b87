//! What is in force: what a user asks for, over what `unitlint.toml` says, over the defaults.

use super::selection::{RuleSet, Wanted};
use super::suppress::Date;
use super::{Config, FailOn, Policy, Session};
use crate::host::Hosts;
use crate::target::{self, Kernel, Target};
use crate::tree::Tree;
use crate::vocab::Scope;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a user asks for, in the words of the command line; empty where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// a release of systemd or a distribution
    pub systemd: Option<String>,
    /// a kernel series
    pub kernel: Option<String>,
    /// a processor
    pub arch: Option<String>,
    /// whose units they are
    pub scope: Option<Scope>,
    /// only these rules and groups
    pub select: Vec<String>,
    /// these besides
    pub extend: Vec<String>,
    /// not these
    pub ignore: Vec<String>,
    /// new rules as well
    pub preview: bool,
    /// the release of unitlint whose rules are in force
    pub rule_set: Option<String>,
    /// a file with weights of the exposure checks, and its bytes
    pub policy: Option<(PathBuf, Vec<u8>)>,
    /// the machine that will run the units
    pub hosts: Option<Arc<Hosts>>,
    /// the day
    pub today: Option<Date>,
}

/// What is in force.
pub struct Settings {
    /// what the file said, with what is wrong in it
    pub config: Config,
    /// the rules and which of them speak
    pub session: Session,
    /// for whom units are judged
    pub target: Target,
    /// whose they are where the path does not tell
    pub scope: Option<Scope>,
    /// what the file says about the exit status
    pub fail_on: Vec<FailOn>,
}

impl Asked {
    /// Settles what is in force. A machine has its systemd, kernel and processor, which count before those of the file.
    ///
    /// # Errors
    /// A sentence for the user about a word of theirs.
    pub fn over(self, tree: &dyn Tree, mut config: Config) -> Result<Settings, String> {
        let scope = self.scope.or(config.scope.as_ref().map(|said| said.value));
        let host = self.hosts.as_ref().map(|hosts| hosts.of(scope.unwrap_or(Scope::System)));
        let said = config.systemd.as_ref().map(|said| said.value);
        let seen = host.and_then(|h| h.systemd.get()).map(Target::systemd);
        let asked = self.systemd.as_deref().map(Target::parse).transpose()?;
        let mut target = asked.or(seen).or(said).unwrap_or_default();
        let said = config.arch.as_ref().map(|said| said.value);
        let seen = host.and_then(|h| h.arch.get());
        let asked = self.arch.as_deref().map(target::arch).transpose()?;
        target.arch = asked.or(seen).or(said).unwrap_or(target.arch);
        let said = config.kernel.as_ref().map(|said| said.value);
        let seen = host.and_then(|h| h.kernel.get());
        let asked = self.kernel.as_deref().map(Kernel::parse).transpose()?;
        target.kernel = asked.or(seen).or(said).or(target.kernel);
        let mut selection = config.selection();
        let rules = &config.rules;
        let all = |words: &[String]| words.iter().map(|w| Wanted::parse(w, rules)).collect::<Result<Vec<_>, _>>();
        if !self.select.is_empty() {
            selection.select = all(&self.select)?;
            selection.extend.clear();
        }
        selection.extend.extend(all(&self.extend)?);
        selection.ignore.extend(all(&self.ignore)?);
        selection.preview |= self.preview;
        if let Some(word) = &self.rule_set {
            selection.rule_set = Some(RuleSet::parse(word)?);
        }
        let policy = match (self.policy, config.security_policy.clone()) {
            (Some((path, bytes)), _) => policy(&path, Ok(bytes), target)?,
            (None, Some(said)) => policy(&said.value, tree.read(&said.value), target).unwrap_or_else(|what| {
                config.fault(&said.at, what);
                Policy::default()
            }),
            (None, None) => Policy::default(),
        };
        let (rules, fail_on) = (config.rules.clone(), config.fail_on.iter().map(|said| said.value).collect());
        let session = Session { rules, selection, policy, today: self.today, hosts: self.hosts, ..Session::default() };
        Ok(Settings { config, session, target, scope, fail_on })
    }
}

/// Other weights and ranges for the exposure checks.
fn policy(path: &Path, bytes: std::io::Result<Vec<u8>>, target: Target) -> Result<Policy, String> {
    let bytes = bytes.map_err(|e| format!("{}: {e}", path.display()))?;
    Policy::parse(&bytes, target.model).map_err(|e| format!("{}: {e}", path.display()))
}
