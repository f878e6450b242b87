//! Command lines of `ExecStart=` and its sisters: systemd.service(5), "Command lines", and `config_parse_exec()`.

use super::message::Fault;
use super::specifier::{self, Subject};
use super::words::{Split, Word, words};
use super::{KeyId, Message, Model, Specifiers, key, path};
use std::ops::Range;

/// The keys of a service that hold command lines (systemd.service(5)).
pub const KEYS: [KeyId; 9] = [
    key::EXEC_CONDITION,
    key::EXEC_START_PRE,
    key::EXEC_START,
    key::EXEC_START_POST,
    key::EXEC_RELOAD,
    key::EXEC_RELOAD_POST,
    key::EXEC_STOP_PRE,
    key::EXEC_STOP,
    key::EXEC_STOP_POST,
];

/// One command of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// the program: an absolute path, or a bare name that is searched
    pub program: String,
    /// the arguments, specifiers expanded, without `argv[0]`
    pub args: Vec<String>,
    /// `-`: a failure is ignored
    pub ignore_failure: bool,
    /// `+`: no sandbox at all
    pub full_privileges: bool,
    /// `!` or `!!`: the credentials stay
    pub keep_credentials: bool,
    /// `:`: variables are left alone
    pub no_variables: bool,
    /// `|`: run through the shell of the user
    pub shell: bool,
    /// where the program stands in the value
    pub at: Range<usize>,
}

/// What an assignment came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// these commands are added (none for a lone `;`)
    Commands(Vec<Command>),
    /// the rest of the line is ignored; what stood before counts
    Ignored(Vec<Command>),
    /// the unit is refused
    Fatal,
}

#[derive(Default)]
struct Prefixes {
    dash: bool,
    at: bool,
    colon: bool,
    plus: bool,
    bangs: u8,
    shell: bool,
    len: usize,
}

fn prefixes(word: &str, has_shell: bool) -> Prefixes {
    let mut p = Prefixes::default();
    for c in word.bytes() {
        match c {
            b'-' if !p.dash => p.dash = true,
            b'@' if !p.at => p.at = true,
            b':' if !p.colon => p.colon = true,
            b'+' if !p.plus && p.bangs == 0 => p.plus = true,
            b'!' if !p.plus && p.bangs < 2 => p.bangs += 1,
            b'|' if has_shell && !p.shell => p.shell = true,
            _ => break,
        }
        p.len += 1;
    }
    p
}

/// The words of a command as they are written, for who looks at what was meant: prefixes still at the program, specifiers
/// not expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// how many bytes of the first word are prefixes
    pub prefixes: usize,
    /// the prefix `:` is among them: variables are left alone
    pub no_variables: bool,
    /// the prefix `-` is among them: a failure is ignored
    pub ignore_failure: bool,
    /// the prefix `|` is among them: a shell reads the command
    pub shell: bool,
    /// program and arguments, without quotes and escapes; `@` is not looked at
    pub words: Vec<Word<'a>>,
}

impl Line<'_> {
    /// The same without the value.
    pub fn into_owned(self) -> Line<'static> {
        let Self { prefixes, no_variables, ignore_failure, shell, words } = self;
        let words = words.into_iter().map(Word::into_owned).collect();
        Line { prefixes, no_variables, ignore_failure, shell, words }
    }

    /// The program without its prefixes.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", |w| &w.text[self.prefixes..])
    }

    /// The last component of the program.
    pub fn program_name(&self) -> &str {
        self.program().rsplit('/').next().unwrap_or_default()
    }
}

/// Few commands have more words.
const MANY: usize = 8;

/// The commands of a value, as far as its quotes are closed.
pub fn lines(text: &str, model: Model) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut line = Line::default();
    for word in words(text, Split::COMMAND).map_while(Result::ok) {
        // only a bare semicolon ends a command
        if &text[word.at.clone()] == ";" {
            out.push(std::mem::take(&mut line));
            continue;
        }
        if line.words.is_empty() {
            line.words.reserve(MANY);
            let p = prefixes(&word.text, model.number() >= 258);
            (line.prefixes, line.no_variables, line.ignore_failure, line.shell) = (p.len, p.colon, p.dash, p.shell);
        }
        line.words.push(word);
    }
    out.push(line);
    out.retain(|l| !l.words.is_empty());
    out
}

/// What a dollar sign of a word is to systemd when it starts the command (`replace_env_argv()`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dollar {
    /// `${NAME}`: replaced, by nothing where there is no such variable or the braces hold no name
    Braced,
    /// `${` up to a colon, as in `${NAME:-word}`: stays as it is
    Extended,
    /// `$$`: becomes one dollar sign
    Doubled,
    /// any other; it stays, save where it begins a word: then the rest of the word is the name
    Plain,
}

/// The dollar signs of a word, with what is between the braces included in their place. A word that begins with
/// [`Dollar::Plain`] is replaced as a whole.
pub fn dollars(word: &str) -> impl Iterator<Item = (Dollar, Range<usize>)> {
    let bytes = word.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + memchr::memchr(b'$', bytes.get(at..)?)?;
        let (dollar, end) = match bytes.get(start + 1) {
            Some(b'$') => (Dollar::Doubled, start + 2),
            Some(b'{') => match memchr::memchr2(b'}', b':', &bytes[start + 2..]) {
                Some(n) if bytes[start + 2 + n] == b'}' => (Dollar::Braced, start + 3 + n),
                Some(n) => (Dollar::Extended, start + 3 + n),
                // an open brace takes the rest of the word with it
                None => (Dollar::Plain, bytes.len()),
            },
            _ => (Dollar::Plain, start + 1),
        };
        at = end;
        Some((dollar, start..end))
    })
}

/// Parses a value that is not empty.
pub fn parse(text: &str, subject: &Subject<'_>, faults: &mut Vec<Fault>) -> Parsed {
    let mut commands = Vec::new();
    let mut start = 0;
    loop {
        match one(text, start, subject, faults) {
            Ok(Some((command, next))) => {
                commands.extend(command);
                match next {
                    Some(next) => start = next,
                    None => return Parsed::Commands(commands),
                }
            }
            Ok(None) => return Parsed::Commands(commands),
            Err(true) => return Parsed::Ignored(commands),
            Err(false) => return Parsed::Fatal,
        }
    }
}

/// A command and where the next one begins.
type Step = Option<(Option<Command>, Option<usize>)>;

/// Parses one command from `start`. `Err(true)`: the line is ignored; `Err(false)`: the unit is refused.
fn one(text: &str, start: usize, subject: &Subject<'_>, faults: &mut Vec<Fault>) -> Result<Step, bool> {
    let has_shell = subject.model.number() >= 258;
    let mut rest = words(&text[start..], Split::COMMAND);
    let first = match rest.next() {
        None => return Ok(None),
        Some(Err(bad)) => {
            faults.push(fault(Message::ExecUnbalancedQuotes, start + bad.at.start..text.len(), text));
            return Err(true);
        }
        Some(Ok(word)) => word,
    };
    let at = start + first.at.start..start + first.at.end;
    note_escape(first.unknown_escape, &at, text, faults);
    let next = |rest: &str| (!rest.is_empty()).then(|| text.len() - rest.len());
    if first.text == ";" {
        return Ok(Some((None, next(rest.rest()))));
    }
    let p = prefixes(&first.text, has_shell);
    let name = &first.text[p.len..];
    let refuse = |message, faults: &mut Vec<Fault>, about: &str| {
        faults.push(fault(message, at.clone(), about));
        Err(p.dash)
    };
    if p.bangs == 2 && has_shell {
        faults.push(fault(Message::ExecBangbangRemoved, at.clone(), &first.text));
    }
    let program = match specifier::expand(name, Specifiers::Path, subject) {
        Ok(program) => program.into_owned(),
        Err(_) => return refuse(Message::SpecifierUnresolvable, faults, name),
    };
    if !p.shell {
        if program.is_empty() {
            return refuse(Message::ExecEmptyPath, faults, text);
        }
        if program.bytes().any(|b| b < b' ' || b == 0x7f || b"\"'\\".contains(&b)) {
            return refuse(Message::ExecSpecialCharacters, faults, &program);
        }
        if names_directory(&program, subject) {
            return refuse(Message::ExecDirectory, faults, &program);
        }
        let good =
            if program.starts_with('/') { program.len() < 4096 } else { !program.contains('/') && program.len() < 256 };
        if !good {
            return refuse(Message::ExecNotAbsolute, faults, &program);
        }
    }
    let mut command = Command {
        program: if p.shell { program } else { path::simplify(&program, subject.model) },
        ignore_failure: p.dash,
        full_privileges: p.plus,
        keep_credentials: p.bangs > 0,
        no_variables: p.colon,
        shell: p.shell,
        at: at.clone(),
        ..Command::default()
    };
    let mut following = None;
    let mut from = next(rest.rest());
    while let Some(begin) = from {
        let here = &text[begin..];
        let blank = |s: &str| s.is_empty() || s.starts_with([' ', '\t']);
        let skip = |s: &str| text.len() - s.trim_start_matches([' ', '\t']).len();
        if let Some(after) = here.strip_prefix(';').filter(|s| blank(s)) {
            following = Some(skip(after));
            break;
        }
        if let Some(after) = here.strip_prefix("\\;").filter(|s| blank(s)) {
            command.args.push(";".into());
            from = Some(skip(after)).filter(|at| *at < text.len());
            continue;
        }
        let mut rest = words(here, Split::COMMAND);
        match rest.next() {
            None => break,
            Some(Err(bad)) => {
                faults.push(fault(Message::ExecUnbalancedQuotes, begin + bad.at.start..text.len(), text));
                return Err(p.dash);
            }
            Some(Ok(word)) => {
                let at = begin + word.at.start..begin + word.at.end;
                note_escape(word.unknown_escape, &at, text, faults);
                match specifier::expand(&word.text, Specifiers::Full, subject) {
                    Ok(arg) => command.args.push(arg.into_owned()),
                    Err(_) => {
                        faults.push(fault(Message::SpecifierUnresolvable, at, &word.text));
                        return Err(p.dash);
                    }
                }
                from = next(rest.rest());
            }
        }
    }
    if p.at && !p.shell {
        if command.args.is_empty() {
            return refuse(Message::ExecEmptyArgv0, faults, text);
        }
        command.args.remove(0);
    }
    Ok(Some((Some(command), following.filter(|at| *at < text.len()))))
}

fn names_directory(program: &str, subject: &Subject<'_>) -> bool {
    program.ends_with('/') || (subject.model.number() >= 256 && matches!(program.rsplit('/').next(), Some("." | "..")))
}

fn note_escape(unknown: bool, at: &Range<usize>, text: &str, faults: &mut Vec<Fault>) {
    if unknown {
        faults.push(fault(Message::ExecUnknownEscape, at.clone(), &text[at.clone()]));
    }
}

fn fault(message: Message, at: Range<usize>, about: &str) -> Fault {
    Fault { message, at, about: about.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::name::UnitName;
    use super::super::{Arch, Scope};
    use super::*;

    fn run(text: &str, model: u16) -> (Parsed, Vec<Message>) {
        let name = UnitName::parse("foo.service").unwrap();
        let subject = Subject {
            name: &name,
            fragment: "",
            scope: Scope::System,
            model: Model::nearest(model),
            arch: Arch::X86_64,
            deprecated: specifier::Deprecated::default(),
        };
        let mut faults = Vec::new();
        let parsed = parse(text, &subject, &mut faults);
        (parsed, faults.into_iter().map(|f| f.message).collect())
    }

    fn commands(text: &str) -> Vec<(String, Vec<String>)> {
        match run(text, 257) {
            (Parsed::Commands(c), faults) if faults.is_empty() => c.into_iter().map(|c| (c.program, c.args)).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn good_lines() {
        assert_eq!(commands("/bin/true"), [("/bin/true".into(), vec![])]);
        assert_eq!(
            commands("-@/bin//sh sh -c 'a b' %n"),
            [("/bin/sh".into(), vec!["-c".into(), "a b".into(), "foo.service".into()])]
        );
        assert_eq!(
            commands("a x ; b \\; c"),
            [("a".into(), vec!["x".into()]), ("b".into(), vec![";".into(), "c".into()])]
        );
        assert_eq!(commands("a x;y"), [("a".into(), vec!["x;y".into()])]);
        assert_eq!(commands(";"), []);
    }

    #[test]
    fn bad_lines() {
        assert_eq!(run("bin/true", 257), (Parsed::Fatal, vec![Message::ExecNotAbsolute]));
        assert_eq!(run("-bin/true", 257), (Parsed::Ignored(vec![]), vec![Message::ExecNotAbsolute]));
        assert_eq!(run("-", 257), (Parsed::Ignored(vec![]), vec![Message::ExecEmptyPath]));
        assert_eq!(run("@/bin/a", 257), (Parsed::Fatal, vec![Message::ExecEmptyArgv0]));
        assert_eq!(run("/bin/a \"x", 257), (Parsed::Fatal, vec![Message::ExecUnbalancedQuotes]));
        assert_eq!(run("\"/bin/a", 257), (Parsed::Ignored(vec![]), vec![Message::ExecUnbalancedQuotes]));
        assert_eq!(run("/bin/a %1", 257), (Parsed::Fatal, vec![Message::SpecifierUnresolvable]));
        assert_eq!(
            run("|echo", 257),
            (Parsed::Commands(vec![Command { program: "|echo".into(), at: 0..5, ..Command::default() }]), vec![])
        );
        assert!(matches!(run("|\"a='b'\" c", 257), (Parsed::Fatal, _)));
        assert!(matches!(run("|\"a='b'\" c", 262), (Parsed::Commands(_), _)));
    }

    #[test]
    fn dollars_are_what_they_are_to_systemd() {
        let all = |word| dollars(word).map(|(d, at): (_, Range<usize>)| (d, &word[at])).collect::<Vec<_>>();
        assert_eq!(all("a${b}c"), [(Dollar::Braced, "${b}")]);
        assert_eq!(all("${b:-${c}}"), [(Dollar::Extended, "${b:"), (Dollar::Braced, "${c}")]);
        assert_eq!(all("${b%:*} $${c}"), [(Dollar::Extended, "${b%:"), (Dollar::Doubled, "$$")]);
        assert_eq!(all("$$$b $"), [(Dollar::Doubled, "$$"), (Dollar::Plain, "$"), (Dollar::Plain, "$")]);
        assert_eq!(all("${b ${c"), [(Dollar::Plain, "${b ${c")]);
        assert_eq!(all("${b ${c}"), [(Dollar::Braced, "${b ${c}")]);
    }

    #[test]
    fn unknown_escapes_are_kept() {
        let (parsed, faults) = run(r"/bin/a x\qy", 257);
        assert_eq!(faults, [Message::ExecUnknownEscape]);
        assert!(matches!(parsed, Parsed::Commands(c) if c[0].args == ["x\\qy"]));
    }
}
