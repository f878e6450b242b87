//! The unit itself: what it runs, the variables that it sets, and what follows from all together.

use super::{AF_PACKET, Role, Walk, base};
use crate::evidence::{Evidence, Seen, What, knowledge, text};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{command, key};

impl Walk<'_, '_> {
    pub(super) fn unit(&mut self, unit: &Unit) {
        self.environment(unit);
        self.names_by_network();
        if unit.has_own_root() {
            self.doubt("the unit has a root directory of its own".into());
        }
        let name = unit.name.to_string();
        for id in command::KEYS {
            let Value::Commands(commands) = unit.value(id) else { continue };
            // what has no sandbox needs none
            for command in commands.iter().filter(|c| !c.full_privileges) {
                if command.shell || command.program.contains('$') {
                    self.evidence
                        .unseen
                        .insert(format!("{}= of {name} runs what a shell or a variable says", id.name()));
                    continue;
                }
                let before = self.evidence.programs.len() + self.waiting.len();
                self.command(&command.program, &command.args, &name, Role::Command);
                let program = base(&command.program);
                let is_known = knowledge::program(program, &command.args).is_some() && !knowledge::is_tool(program);
                if id == key::EXEC_START && is_known && !knowledge::wraps(program) {
                    let path = self.find(&command.program);
                    self.waiting.extend(path.map(|p| (p, command.args.clone(), Role::Main)));
                }
                // what a script may take as a command
                let commands = command.args.iter().filter(|a| !a.contains('/') && self.find(a).is_some());
                for arg in commands.cloned().collect::<Vec<_>>() {
                    self.command(&arg, &[], &name, Role::Named);
                }
                let found =
                    self.evidence.programs.len() + self.waiting.len() > before || self.seen.contains(&command.program);
                let tool = knowledge::program(base(&command.program), &command.args).is_some();
                if !found && !tool && !command.ignore_failure {
                    self.doubt(format!("{} is not there to be looked at", command.program));
                }
            }
        }
        for id in [key::ENVIRONMENT_FILE, key::ENVIRONMENT, key::PAM_NAME] {
            let Value::List(list) = unit.value(id) else { continue };
            for word in list {
                for path in text::paths(word) {
                    self.named(&name, path.to_owned());
                }
            }
        }
    }

    /// The variables that the unit sets.
    pub(super) fn environment(&mut self, unit: &Unit) {
        let list = |id| match unit.value(id) {
            Value::List(list) => list.to_vec(),
            _ => Vec::new(),
        };
        let mut lines: Vec<String> = list(key::ENVIRONMENT).iter().map(|l| (**l).to_owned()).collect();
        for file in list(key::ENVIRONMENT_FILE) {
            let found = self.look(file.trim_start_matches('-')).found();
            lines.extend(found.and_then(|n| self.text(&n)).iter().flat_map(|t| t.lines()).map(str::to_owned));
        }
        for (name, value) in lines.iter().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('=')) {
            self.variables.entry(name.trim().to_owned()).or_default().push(value.trim_matches(['"', '\'']).to_owned());
        }
    }

    /// Whether users are looked up over the network.
    pub(super) fn names_by_network(&mut self) {
        const FILE: &str = "/etc/nsswitch.conf";
        let Some(text) = self.look(FILE).found().and_then(|n| self.text(&n)) else { return };
        let users =
            text.lines().filter(|l| ["passwd:", "group:", "shadow:"].iter().any(|k| l.trim_start().starts_with(k)));
        if let Some(word) =
            users.flat_map(str::split_whitespace).find(|w| ["ldap", "nis", "nisplus", "hesiod", "winbind"].contains(w))
        {
            self.evidence.add_named("network", Seen { file: FILE.into(), what: What::Setting(word.to_owned()) });
        }
    }

    /// A profile of AppArmor under which what a program starts gets another one: not without new privileges.
    pub(super) fn profile(&mut self, program: &str) {
        let file = format!("/etc/apparmor.d/{}", program.trim_start_matches('/').replace('/', "."));
        let Some(text) = self.look(&file).found().and_then(|n| self.text(&n)) else { return };
        let changes = |line: &str| {
            line.split_whitespace().any(|w| ["px,", "Px,", "cx,", "Cx,", "pix,", "Pix,"].iter().any(|x| w.ends_with(x)))
        };
        if text.lines().any(changes) {
            let seen = Seen { file, what: What::Setting("another profile for what the program starts".into()) };
            self.evidence.add_named("security-labels", seen);
        }
    }

    /// What follows from all together.
    pub(super) fn conclude(&mut self, unit: &Unit) {
        self.missing_modules();
        let evidence = &mut self.evidence;
        let has = |e: &Evidence, act: &str| e.named(act).cloned();
        if unit.word(key::KILL_MODE) == "process" && self.starts && has(evidence, "change-user").is_some() {
            let seen = Seen {
                file: unit.name.to_string(),
                what: What::Setting("KillMode=process: what it starts lives on".into()),
            };
            evidence.add_named("run-anything", seen);
        }
        if let Some(seen) = has(evidence, "login-sessions") {
            evidence.add_named("home", seen.clone());
            evidence.add_named("shared-tmp", seen);
        }
        // for the filters of a unit with User=, systemd gives CAP_SETUID away, which execve() gives back to root, but not
        // where it may gain nothing (exec_invoke() of src/core/exec-invoke.c)
        let is_root = matches!(unit.value(key::USER).text(), Some("root" | "0"));
        if let Some(seen) = has(evidence, "change-user").filter(|_| is_root) {
            if unit.is_on(key::NO_NEW_PRIVILEGES) && !unit.is_filtered() {
                let why = "has User=root and NoNewPrivileges=, next to which the first filter takes CAP_SETUID away";
                evidence.unseen.insert(format!("{} {why}", unit.name));
            }
            evidence.add_named("change-user-of-root", seen);
        }
        // sockets of a family that was not told, by a program that works below the internet protocols
        if let Some(seen) = evidence
            .untold_sockets
            .clone()
            .filter(|_| has(evidence, "raw-packets").is_some() || has(evidence, "link-layer").is_some())
        {
            evidence.families.entry(AF_PACKET).or_insert(seen);
        }
        for family in evidence.families.clone() {
            // local, internet, and the two ways to ask the kernel about the network
            if ![1, 2, 10, 16].contains(&family.0) {
                evidence.add_named("rare-sockets", family.1);
            }
        }
    }
}
