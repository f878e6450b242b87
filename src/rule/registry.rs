//! All rules of a run: those that are built in, and a user's own.

use super::{Check, RULES, Rule};

/// The rules of a run.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    own: Vec<&'static Rule>,
}

impl Registry {
    /// Every rule; the built-in ones first, by group and id.
    pub fn all(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        RULES.iter().chain(self.own.iter().copied())
    }

    /// The user's own rules.
    pub fn own(&self) -> &[&'static Rule] {
        &self.own
    }

    /// The rule of that id.
    pub fn find(&self, id: &str) -> Option<&'static Rule> {
        self.all().find(|r| r.id == id)
    }

    /// The rule that a name stands for: that of a removed rule for its successor.
    pub fn named(&self, id: &str) -> Option<&'static Rule> {
        let mut rule = self.find(id)?;
        // more steps than that are a circle
        for _ in 0..8 {
            match rule.check {
                Check::Removed { successor } => rule = self.find(successor).unwrap_or(rule),
                _ => break,
            }
        }
        Some(rule)
    }

    /// Takes in a rule of the user's. It lives as long as the program: findings point at their rules, and rules are few.
    ///
    /// # Errors
    /// There is one of that id already.
    pub fn add(&mut self, rule: Rule) -> Result<&'static Rule, &'static Rule> {
        if let Some(known) = self.find(rule.id) {
            return Err(known);
        }
        let rule: &'static Rule = Box::leak(Box::new(rule));
        self.own.push(rule);
        Ok(rule)
    }
}
