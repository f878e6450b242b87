//! Where a rule or a directive is from, as people read it and as a link.

use crate::emit::markdown::{code, inline};

/// What a reference is called, and where it leads; one of both may be empty.
fn parts(reference: &str) -> (String, String) {
    match reference.split_once(':') {
        Some(("man", page)) => (page.replace('#', ", "), manual(page)),
        Some(("cwe", number)) => {
            (format!("CWE-{number}"), format!("https://cwe.mitre.org/data/definitions/{number}.html"))
        }
        Some(("lintian", tag)) => (format!("lintian {tag}"), format!("https://udd.debian.org/lintian-tag/{tag}")),
        Some(("rpmlint", tag)) => (format!("rpmlint {tag}"), String::new()),
        Some(("kernel", page)) => {
            (String::new(), format!("https://docs.kernel.org/{}.html", page.trim_end_matches(".rst")))
        }
        Some(("https", _)) => (String::new(), reference.to_owned()),
        _ => (reference.to_owned(), String::new()),
    }
}

/// Pages of systemd that do not begin with its name.
const SYSTEMD_PAGES: [&str; 11] = [
    "bootup",
    "coredump.conf",
    "daemon",
    "file-hierarchy",
    "journalctl",
    "journald.conf",
    "org.freedesktop.systemd1",
    "pam_systemd",
    "systemctl",
    "udev",
    "user@.service",
];

/// Where a manual page is read: `systemd.exec(5)#PrivateTmp=`.
fn manual(page: &str) -> String {
    let (page, place) = page.split_once('#').map_or((page, None), |(page, place)| (page, Some(place)));
    let (name, section) = page.split_once('(').unwrap_or((page, ""));
    let directories = ["binfmt.d", "modules-load.d", "sysctl.d", "sysusers.d", "tmpfiles.d"];
    let own = ["systemd", "sd_", "sd-"].iter().any(|begin| name.starts_with(begin));
    if own || directories.contains(&name) || SYSTEMD_PAGES.contains(&name) {
        let place = place.map(|place| format!("#{place}")).unwrap_or_default();
        format!("https://www.freedesktop.org/software/systemd/man/latest/{name}.html{place}")
    } else {
        // `name.section`: a bracket would end a link
        format!("https://manpages.debian.org/{name}.{}", section.trim_end_matches(')'))
    }
}

/// `man:systemd.exec(5)#PrivateTmp=` as people read it.
pub fn reference_text(reference: &str) -> String {
    let (name, url) = parts(reference);
    match (reference.starts_with("man:"), name.is_empty(), url.is_empty()) {
        (true, ..) | (_, _, true) => name,
        (_, true, _) => url,
        _ => format!("{name}  {url}"),
    }
}

/// The same as a link of Markdown; code where it leads nowhere, or where a link could be more than one.
pub(super) fn markdown(reference: &str) -> String {
    let (name, url) = parts(reference);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&+,;=%".contains(c);
    if url.is_empty() || !url.chars().all(plain) {
        return code(if name.is_empty() { &url } else { &name });
    }
    let name = if name.is_empty() { url.trim_start_matches("https://").to_owned() } else { name };
    format!("[{}]({url})", inline(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_links() {
        for (reference, link) in [
            (
                "man:systemd.exec(5)#PrivateTmp=",
                "[systemd.exec(5), PrivateTmp=](https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#PrivateTmp=)",
            ),
            ("man:capabilities(7)", "[capabilities(7)](https://manpages.debian.org/capabilities.7)"),
            (
                "man:tmpfiles.d(5)",
                "[tmpfiles.d(5)](https://www.freedesktop.org/software/systemd/man/latest/tmpfiles.d.html)",
            ),
            ("cwe:377", "[CWE-377](https://cwe.mitre.org/data/definitions/377.html)"),
            ("rpmlint:udev-rule-in-etc", "`rpmlint udev-rule-in-etc`"),
            (
                "kernel:filesystems/proc",
                "[docs.kernel.org/filesystems/proc.html](https://docs.kernel.org/filesystems/proc.html)",
            ),
            ("https://a.example/b_c", "[a.example/b\\_c](https://a.example/b_c)"),
            ("https://a.example/) <b>", "`https://a.example/) <b>`"),
            ("our wiki", "`our wiki`"),
        ] {
            assert_eq!(markdown(reference), link);
        }
        assert_eq!(reference_text("man:systemd.exec(5)#PrivateTmp="), "systemd.exec(5), PrivateTmp=");
        assert_eq!(reference_text("cwe:377"), "CWE-377  https://cwe.mitre.org/data/definitions/377.html");
    }
}
