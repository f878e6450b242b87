//! Scripts without what was written for people: comments and documentation name modules, programs and calls as well.

use super::knowledge::Language;

/// The code of a script. What cannot be told apart stays.
pub(super) fn removed(text: &str, language: Language) -> String {
    match language {
        Language::Python => python(text).unwrap_or_else(|| text.to_owned()),
        Language::Perl => perl(text),
        _ => text.to_owned(),
    }
}

/// Python without comments and without texts that are statements of their own; `None` where strings or brackets do not
/// close (Python Language Reference, "Lexical analysis").
fn python(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    // what was copied, and where the statement begins
    let (mut copied, mut at) = (0, 0);
    let mut begins = true;
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'#' => {
                out.push_str(&text[copied..at]);
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                copied = at;
            }
            b'\n' | b';' if depth == 0 => {
                begins = true;
                at += 1;
            }
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'\\' => at += 2,
            _ => {
                let open = at + prefix(&bytes[at..]);
                if matches!(bytes.get(open), Some(b'"' | b'\'')) {
                    let end = open + quoted(&bytes[open..])?;
                    if begins && depth == 0 && ends_statement(&bytes[end..]) {
                        out.push_str(&text[copied..at]);
                        out.extend(text[at..end].matches('\n'));
                        copied = end;
                    }
                    at = end;
                } else {
                    match byte {
                        b'(' | b'[' | b'{' => depth += 1,
                        b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
                        _ => {}
                    }
                    at += 1;
                    // letters before a quote are a prefix only where the word begins
                    if is_word(*byte) {
                        at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
                    }
                }
                begins = false;
            }
        }
    }
    out.push_str(&text[copied..]);
    (depth == 0).then_some(out)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The length of what may stand before the quote of a string.
fn prefix(bytes: &[u8]) -> usize {
    bytes.iter().take(2).take_while(|b| matches!(b.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't')).count()
}

/// The length of a string with its quotes; `None` where it does not end.
fn quoted(bytes: &[u8]) -> Option<usize> {
    let quote = bytes[0];
    let long = bytes.starts_with(&[quote; 3]);
    let mut at = if long { 3 } else { 1 };
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' if !long => return None,
            b if b == quote && !long => return Some(at + 1),
            b if b == quote && bytes[at..].starts_with(&[quote; 3]) => return Some(at + 3),
            _ => at += 1,
        }
    }
}

/// Whether nothing of a statement follows.
fn ends_statement(bytes: &[u8]) -> bool {
    bytes.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')).is_none_or(|b| matches!(b, b'\n' | b';' | b'#'))
}

/// The commands of Perl's documentation (perlpod).
const POD: [&str; 9] = ["head", "pod", "over", "item", "back", "begin", "end", "for", "encoding"];

/// Perl without the documentation in it: that begins behind an empty line, and not in a text that the script prints.
fn perl(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut is_pod, mut is_blank) = (false, true);
    // the ends of texts that are open
    let mut here: Vec<&str> = Vec::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if here.is_empty() {
            let command = line.strip_prefix('=').unwrap_or_default();
            is_pod |= is_blank && POD.iter().any(|c| command.starts_with(c));
            if is_pod {
                out.push('\n');
                is_pod = !command.starts_with("cut");
                continue;
            }
            here.extend(line.split("<<").skip(1).filter_map(tag));
        } else {
            here.retain(|end| *end != trimmed);
        }
        out.push_str(line);
        is_blank = trimmed.is_empty();
    }
    // one that never ends was none, and nobody knows what else was read wrongly
    if here.is_empty() { out } else { text.to_owned() }
}

/// The name at which a text in a script ends, by what follows `<<`.
fn tag(text: &str) -> Option<&str> {
    let text = text.strip_prefix('~').unwrap_or(text);
    let name = text.trim_start_matches(['"', '\'']);
    let end = name.bytes().position(|b| !is_word(b)).unwrap_or(name.len());
    (end > 0 && !name.starts_with(|c: char| c.is_ascii_digit())).then(|| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_in_python_is_no_code() {
        for (text, code) in [
            ("\"\"\"Doc\nimport the thing\n\"\"\"\nimport os # import sys\n", "\n\n\nimport os \n"),
            ("def f():\n    r'''say \\''' it''' \n    x = 'import a'\n", "def f():\n     \n    x = 'import a'\n"),
            // a text that is made use of
            ("'import os'.run()\n", "'import os'.run()\n"),
            ("x = f(\n  'a' # no\n  '#b'\n)\n", "x = f(\n  'a' \n  '#b'\n)\n"),
            ("x = [\n'/usr/bin/a'\n]\n", "x = [\n'/usr/bin/a'\n]\n"),
            ("x = \\\n'/usr/bin/a'\n", "x = \\\n'/usr/bin/a'\n"),
            ("a; 'doc'; b", "a; ; b"),
            ("bar'x'\nnumber = 'y' \"#\"\n", "bar'x'\nnumber = 'y' \"#\"\n"),
            ("\"it's\"\nx", "\nx"),
            // nobody knows where this ends
            ("'''doc\nimport os # a", "'''doc\nimport os # a"),
            ("x = 'a\nb'", "x = 'a\nb'"),
            ("f( # a\n", "f( # a\n"),
            ("f() ) # a\n", "f() ) # a\n"),
            ("\\", "\\"),
            ("'\\", "'\\"),
            ("é = 'ü' # ö\n'''ß'''", "é = 'ü' \n"),
        ] {
            assert_eq!(removed(text, Language::Python), code, "{text}");
        }
    }

    #[test]
    fn what_is_said_in_perl_is_no_code() {
        for (text, code) in [
            (
                "use A;\n\n=head1 B\n\nuse C;\n\n=cut\nD;\n$x\n=1;\n__END__\n\n=pod\nE",
                "use A;\n\n\n\n\n\n\nD;\n$x\n=1;\n__END__\n\n\n\n",
            ),
            // what a script prints, and a comparison
            ("print <<\"A\";\n\n=head1 B\nA\nsystem($x);\n", "print <<\"A\";\n\n=head1 B\nA\nsystem($x);\n"),
            ("$x = 1 <<B;\n\n=pod\nC\n", "$x = 1 <<B;\n\n=pod\nC\n"),
            ("$x\n=item($y);\nB", "$x\n=item($y);\nB"),
        ] {
            assert_eq!(removed(text, Language::Perl), code, "{text}");
        }
    }
}
