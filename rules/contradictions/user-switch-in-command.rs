//! Programs that change the user before they run the one that is meant, on lines that run as root or as that user
//! already. Which user that is has to stand in the line.

use crate::evidence::base;
use crate::rule::program::{Role, Run, each_run_of};
use crate::rule::shell::{commands, is_shell, script};
use crate::rule::{Fix, Hit, Level, Safety};
use crate::text::Marks;
use crate::unit::Unit;
use crate::vocab::{Scope, key};

/// What a program needs to be read.
struct Switch {
    name: &'static str,
    /// options of one letter that take a value
    valued: &'static str,
    /// long ones that take a value as the next word
    long: &'static [&'static str],
    /// those of them that name the user
    user: &'static [&'static str],
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// only an option names the user; without it, root
    Option,
    /// the first word that is no option names it, wherever that stands; without it, root
    Anywhere,
    /// an option or the first word that is no option
    Either,
    /// the first word that is no option
    First,
    /// only an option; without it nothing is changed
    Asked,
}

/// Nearly every command line has none of these names and is done with.
static NAMES: Marks = Marks::new(&NAMED);

const NAMED: [&str; SWITCHES.len()] = {
    let mut names = [""; SWITCHES.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = SWITCHES[i].name;
        i += 1;
    }
    names
};

const SWITCHES: [Switch; 12] = [
    Switch { name: "chpst", valued: "uUbenmdopfcrt/", long: &[], user: &["-u"], how: How::Asked },
    Switch { name: "doas", valued: "uC", long: &[], user: &["-u"], how: How::Option },
    Switch { name: "gosu", valued: "", long: &[], user: &[], how: How::First },
    Switch { name: "pkexec", valued: "", long: &["--user"], user: &["--user"], how: How::Option },
    Switch {
        name: "runuser",
        valued: "ucsgGw",
        long: &["--user", "--command", "--shell", "--group", "--supp-group"],
        user: &["-u", "--user"],
        how: How::Either,
    },
    Switch { name: "s6-setuidgid", valued: "", long: &[], user: &[], how: How::First },
    Switch {
        name: "setpriv",
        valued: "",
        long: &[
            "--reuid",
            "--regid",
            "--groups",
            "--ruid",
            "--euid",
            "--rgid",
            "--egid",
            "--inh-caps",
            "--bounding-set",
        ],
        user: &["--reuid"],
        how: How::Asked,
    },
    Switch { name: "setuidgid", valued: "", long: &[], user: &[], how: How::First },
    Switch {
        name: "start-stop-daemon",
        valued: "xnpcsuadgrRNPIkO",
        long: &[
            "--exec",
            "--name",
            "--pidfile",
            "--chuid",
            "--startas",
            "--chdir",
            "--chroot",
            "--nicelevel",
            "--umask",
        ],
        user: &["-c", "--chuid"],
        how: How::Asked,
    },
    Switch {
        name: "su",
        valued: "csgGwT",
        long: &["--command", "--shell", "--group", "--supp-group"],
        user: &[],
        how: How::Anywhere,
    },
    Switch { name: "su-exec", valued: "", long: &[], user: &[], how: How::First },
    Switch {
        name: "sudo",
        valued: "ugpCDhrtTUR",
        long: &["--user", "--group", "--chdir", "--chroot", "--prompt", "--host", "--close-from", "--role", "--type"],
        user: &["-u", "--user"],
        how: How::Option,
    },
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    let named = NAMES.may_be_in(unit.command_traces());
    if !named || unit.scope == Scope::User || unit.is_on(key::DYNAMIC_USER) {
        return hits;
    }
    each_run_of(unit, |text| NAMES.are_in(text), |run| hits.extend(judge(unit, run)));
    hits
}

fn judge(unit: &Unit, run: &Run<'_>) -> Option<Hit> {
    let part = run.parts().into_iter().rfind(|p| p.role != Role::Script)?;
    let (words, at): (Vec<&str>, _) = if is_shell(base(part.text)) {
        let script = script(run.line)?;
        let mut all = commands(&run.line.words[script].text);
        let first = all.next()?;
        // a script with more in it is not one program of another user
        if all.next().is_some() {
            return None;
        }
        (first, run.at(script))
    } else {
        (std::iter::once(part.text).chain(run.behind(&part)).collect(), part.at)
    };
    let name = base(words.first()?);
    let switch = SWITCHES.iter().find(|s| s.name == name)?;
    let user = user_of(switch, &words[1..])?;
    let hit = |state| Hit::at(at).state(state).word("program", name);
    if !run.is_root(unit) {
        // another user is nothing that User= can do
        let same = unit.value(key::USER).text() == Some(user);
        return same.then(|| hit("same").word("user", user).at_most(Level::Note));
    }
    if !unit.is_privileged() {
        return None;
    }
    if matches!(user, "root" | "0") {
        return (!is_plain(switch)).then(|| hit("needless").at_most(Level::Note));
    }
    let user =
        user.split(':').next().filter(|u| u.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.%@".contains(&b)))?;
    // these are gone when the program runs
    let plain = is_plain(switch);
    // what runs for a moment loses less, and other commands of the unit may need root
    let main = run.key == key::EXEC_START && unit.word(key::TYPE_SERVICE) != "oneshot";
    let most = if main && !plain { Level::Warn } else { Level::Note };
    let hit = hit(if plain { "plain" } else { "" }).word("user", user).at_most(most);
    let hit = hit.fix(Fix::line(format!("User={user}"), Safety::Display));
    Some(hit.help("lines that need root get the prefix +"))
}

/// Whether it is gone when the program runs.
fn is_plain(switch: &Switch) -> bool {
    matches!(switch.how, How::First | How::Asked)
}

/// The user that is changed to; `None` where nothing is changed, or nobody can tell.
fn user_of<'w>(switch: &Switch, words: &[&'w str]) -> Option<&'w str> {
    let mut named = None;
    let mut first = None;
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        at += 1;
        if word == "--" || word == "-" && switch.name != "su" && switch.name != "runuser" {
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((word, None), |(n, v)| (&word[..n.len() + 2], Some(v)));
            let takes = switch.long.contains(&name);
            let value = value.or_else(|| if takes { words.get(at).copied().inspect(|_| at += 1) } else { None });
            if switch.user.contains(&name) {
                named = value;
            }
        } else if let Some(letters) = word.strip_prefix('-') {
            let Some(i) = letters.find(|c| switch.valued.contains(c)) else { continue };
            let (letter, rest) = (&letters[i..=i], &letters[i + 1..]);
            let value = if rest.is_empty() { words.get(at).copied().inspect(|_| at += 1) } else { Some(rest) };
            if switch.user.iter().any(|u| u.strip_prefix('-') == Some(letter)) {
                named = value;
            }
        } else if switch.how == How::Option && word.contains('=') {
            // variables for the command
        } else {
            first = first.or(Some(word));
            if switch.how != How::Anywhere {
                break;
            }
        }
    }
    match switch.how {
        How::Option => named.or(Some("root")),
        How::Anywhere => first.or(Some("root")),
        How::Either => named.or(first),
        How::First => first,
        How::Asked => named,
    }
}
