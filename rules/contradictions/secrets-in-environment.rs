//! Secrets in the values of variables and options, told by the names of these, and in URLs. A value that is a path, a variable,
//! a word such as yes, or asks to be filled in is none. The secret itself is never put into a message.

use crate::evidence::base;
use crate::rule::exec::MANY;
use crate::rule::named::each_command_of;
use crate::rule::shell::{is_assignment, pieces, script};
use crate::rule::{Hit, Level};
use crate::text::Marks;
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::key;
use crate::vocab::net::env_assignment;
use crate::vocab::words::{Split, Word, words};

/// How the names of variables and options with a secret end, in small letters and without what separates words.
const NAMES: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "secretkeybase",
    "secretaccesskey",
    "clientsecret",
    "token",
    "apikey",
    "authkey",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "mysqlpwd",
    "pgpassword",
];

/// The same, as a word of its own only: a compass and an oven have one, too.
const WORDS: [&str; 3] = ["pass", "pwd", "pw"];

/// Nearly every command line has none of it and is done with.
static MARKS: Marks = Marks::new(&[
    "://", "pass", "PASS", "oken", "TOKEN", "ecret", "SECRET", "key", "KEY", "_PW", " -p", " -u", "Bearer ", "Basic ",
]);

const CREDENTIAL: &str = "hand it over as a file: LoadCredential= or LoadCredentialEncrypted=, which are below %d, or EnvironmentFile= with mode 0600";

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    for entry in unit.counted(key::ENVIRONMENT) {
        for word in words(entry.text(), Split::UNQUOTE_C).map_while(Result::ok) {
            let Some((name, value)) = env_assignment(&word.text) else { continue };
            let found = if is_secret_name(name) { told(value) } else { None };
            let state = if found.is_some() { "variable" } else { "url" };
            let Some(level) = found.or_else(|| url(value)) else { continue };
            hits.push(hit(&entry, &word, state, name, level));
        }
    }
    if MARKS.may_be_in(unit.command_traces()) {
        let marked = |text: &str| text.contains(' ') && MARKS.are_in(text);
        each_command_of(unit, marked, |entry, line| hits.extend(arguments(entry, line)));
    }
    hits
}

fn hit(entry: &Entry<'_>, word: &Word<'_>, state: &'static str, name: &str, level: Level) -> Hit {
    Hit::at(entry.part(word.at.clone())).state(state).word("name", name).at_most(level).help(CREDENTIAL)
}

/// The secrets among the arguments of a command, and in the script that a shell is given.
fn arguments(entry: &Entry<'_>, line: &Line<'_>) -> Vec<Hit> {
    if let Some(script) = script(line) {
        return in_script(entry, &line.words[script]);
    }
    let program = line.program_name();
    let found = |(i, word): (usize, &Word<'_>)| {
        let next = line.words.get(i + 1).map(|w| &*w.text).filter(|w| !w.starts_with('-'));
        let (state, name, level) = argument(program, &word.text, next)?;
        Some(hit(entry, word, state, &name, level))
    };
    line.words.iter().enumerate().skip(1).filter_map(found).collect()
}

/// The secrets of a script, as far as its words can be told without a shell's grammar.
fn in_script(entry: &Entry<'_>, script: &Word<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for piece in pieces(&script.text) {
        let words: Vec<&str> = piece.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
        let program = words.iter().find(|w| !is_assignment(w)).map_or("", |w| base(w));
        for (i, word) in words.iter().enumerate() {
            let next = words.get(i + 1).copied().filter(|w| !w.starts_with('-'));
            let Some((state, name, level)) = argument(program, word, next) else { continue };
            // the word itself, where quotes and escapes do not hide it
            let raw = &entry.text()[script.at.clone()];
            let at = raw
                .find(word)
                .map_or(script.at.clone(), |from| script.at.start + from..script.at.start + from + word.len());
            let hit = Hit::at(entry.part(at)).state(state).word("name", name).at_most(level).help(CREDENTIAL);
            hits.push(hit);
            if hits.len() == MANY {
                return hits;
            }
        }
    }
    hits
}

/// The state, the name and the level of what an argument tells.
fn argument(program: &str, word: &str, next: Option<&str>) -> Option<(&'static str, String, Level)> {
    // there it is the name of a secret
    let named = matches!(program, "podman" | "docker" | "nerdctl") && word.starts_with("--secret");
    if let Some(long) = word.strip_prefix("--").filter(|_| !named) {
        let (name, value) = long.split_once('=').map_or((long, next), |(name, value)| (name, Some(value)));
        if let Some(level) = value.filter(|_| is_secret_name(name)).and_then(told) {
            return Some(("option", format!("--{name}"), level));
        }
    }
    // `env A=B PROGRAM` and `podman run -e A=B`
    let variable = env_assignment(word).filter(|(name, _)| name.bytes().all(|b| !b.is_ascii_lowercase()));
    let variable = variable.filter(|(name, _)| is_secret_name(name));
    if let Some((name, level)) = variable.and_then(|(name, value)| Some((name, told(value)?))) {
        return Some(("variable", name.to_owned(), level));
    }
    // `Authorization: Bearer TOKEN`, in one word or in several
    let scheme = ["Bearer", "Basic"]
        .into_iter()
        .find_map(|s| word.rsplit_once(s).filter(|(before, _)| before.is_empty() || before.ends_with(' ')));
    if let Some((_, rest)) = scheme {
        let token = if rest.is_empty() { next } else { rest.strip_prefix(' ') };
        if let Some(level) = token.and_then(told) {
            return Some(("option", "Authorization:".to_owned(), level));
        }
    }
    let short = short(program, word, next).map(|(name, level)| ("option", name.to_owned(), level));
    short.or_else(|| Some(("url", String::new(), url(word)?)))
}

/// Options of one letter, of programs that are known for them.
fn short(program: &str, word: &str, next: Option<&str>) -> Option<(&'static str, Level)> {
    let attached = word.strip_prefix("-p").filter(|v| !v.is_empty());
    match program {
        "mysql" | "mysqladmin" | "mysqldump" | "mysqlcheck" | "mariadb" | "mariadb-admin" | "mariadb-dump" => {
            Some(("-p", told(attached?)?))
        }
        "sshpass" => Some(("-p", told(attached.or_else(|| next.filter(|_| word == "-p"))?)?)),
        "curl" if matches!(word, "-u" | "--user") => Some(("-u", told(next?.split_once(':')?.1)?)),
        _ => None,
    }
}

/// Whether what is called so is a secret, by the end of its name.
fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let last = name.rsplit(['_', '-', '.']).next().unwrap_or_default().to_ascii_lowercase();
    let alone = WORDS.contains(&&*last) && last.len() < plain.len();
    alone || NAMES.iter().any(|end| plain.ends_with(end))
}

/// How bad a literal value is; `None` for what is no secret.
fn told(value: &str) -> Option<Level> {
    let lower = value.to_ascii_lowercase();
    let open = value.contains(['$', '%', '<', '{', ' ']) || value.contains("://") || value.contains("...");
    let place = value.starts_with(['/', '.', '~', '@', '-']);
    let number = value.len() < 6 && value.bytes().all(|b| b.is_ascii_digit());
    const SWITCHES: [&str; 14] = [
        "yes", "no", "true", "false", "on", "off", "none", "null", "auto", "default", "prompt", "stdin", "file",
        "disabled",
    ];
    if value.len() < 4
        || open
        || place
        || number
        || SWITCHES.contains(&&*lower)
        || value.bytes().all(|b| b == value.as_bytes()[0])
    {
        return None;
    }
    const ASKS: [&str; 14] = [
        "change",
        "your",
        "example",
        "placeholder",
        "replace",
        "insert",
        "todo",
        "dummy",
        "xxx",
        "pass",
        "secret",
        "test",
        "demo",
        "foobar",
    ];
    Some(if ASKS.iter().any(|ask| lower.contains(ask)) { Level::Note } else { Level::Warn })
}

/// The password of `SCHEME://USER:PASSWORD@HOST`.
fn url(text: &str) -> Option<Level> {
    let (_, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#', ' ', '"', '\'']).next()?;
    let (user, _) = host.rsplit_once('@')?;
    told(user.split_once(':')?.1)
}
