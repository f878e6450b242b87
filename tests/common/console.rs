//! Pages that show real output: every `$ COMMAND` of a console block is run, and what stands below is compared.

/// The page with the output of each command as it is now. A line `…` stands for lines that are left out, `[..]` for the rest of a
/// line or a part of it that another machine has otherwise; where the rest still fits, it stays as it is.
pub(crate) fn renewed(page: &str, mut run: impl FnMut(&[String]) -> String) -> String {
    let mut out = String::new();
    let mut lines = page.lines().peekable();
    let mut inside = false;
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("```") {
            inside = line == "```console";
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| inside) else { continue };
        let mut old = Vec::new();
        while let Some(next) = lines.next_if(|l| !l.starts_with("```") && !l.starts_with("$ ")) {
            old.push(next);
        }
        let shown = run(&words(command));
        let new: Vec<&str> = shown.lines().collect();
        let kept = if fits(&old, &new) { old } else { shortened(&old, new) };
        out.extend(kept.iter().map(|l| format!("{l}\n")));
    }
    out
}

/// The words of a command; one in single quotes is one word.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in command.split('\'').enumerate() {
        if n % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn fits(old: &[&str], new: &[&str]) -> bool {
    match old.split_first() {
        None => new.is_empty(),
        Some((&"…", rest)) => (0..=new.len()).any(|n| fits(rest, &new[n..])),
        Some((line, rest)) => {
            new.split_first().is_some_and(|(shown, others)| line_fits(line, shown) && fits(rest, others))
        }
    }
}

fn line_fits(line: &str, mut shown: &str) -> bool {
    let mut parts = line.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(rest) = shown.strip_prefix(first) else { return false };
    shown = rest;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return shown.is_empty() };
    for part in parts {
        let Some((_, rest)) = shown.split_once(part) else { return false };
        shown = rest;
    }
    shown.ends_with(last)
}

/// As many lines before and behind what is left out as were shown.
fn shortened<'a>(old: &[&'a str], new: Vec<&'a str>) -> Vec<&'a str> {
    let Some(head) = old.iter().position(|line| *line == "…") else { return new };
    let tail = new.len().saturating_sub(old.len() - head - 1);
    new.iter().take(head).copied().chain(std::iter::once("…")).chain(new[tail..].iter().copied()).collect()
}

#[test]
fn output_is_compared_with_what_is_left_out() {
    let page = "```console\n$ show 'a b' c\none 1[..]2\n…\nlast\n```\n";
    let told = |shown: &'static str| move |_: &[String]| shown.to_owned();
    assert_eq!(renewed(page, told("one 1x2\ntwo\nthree\nlast\n")), page);
    assert_eq!(renewed(page, told("one\ntwo\nlast\n")), "```console\n$ show 'a b' c\none\n…\nlast\n```\n");
    assert!(renewed("```console\n$ show 'a b' c\n```\n", |words| words.join("|")).contains("show|a b|c"));
    assert!(!line_fits("a[..]b", "a") && line_fits("a[..]", "a") && !line_fits("ab", "abc"));
}
