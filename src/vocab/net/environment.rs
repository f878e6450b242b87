//! Environment variables and files of them (systemd.exec(5), `env-util.c`).

/// A name of an environment variable, a word of `PassEnvironment=` (`env_name_is_valid()`).
pub fn env_name(word: &str) -> Option<&str> {
    let good = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then_some(word)
}

/// A word of `Environment=`, decoded and expanded: `NAME=VALUE` (`env_assignment_is_valid()`). Any value of valid UTF-8
/// will do.
pub fn env_assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    env_name(name).map(|name| (name, value))
}

/// A word of `UnsetEnvironment=`: a name, or a name and the value that it has to have.
pub fn env_name_or_assignment(word: &str) -> Option<(&str, Option<&str>)> {
    match word.split_once('=') {
        Some((name, value)) => env_name(name).map(|name| (name, Some(value))),
        None => env_name(word).map(|name| (name, None)),
    }
}

/// `EnvironmentFile=`, expanded: whether the file may be missing, and its path or glob, which has to be absolute
/// (`config_parse_unit_env_file()`).
pub fn env_file(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |path| (true, path))
}
