//! A .deb: deb(5). An archive of ar with the version of the format, what dpkg is told, and the files.

use super::account::{Account, Ended};
use super::ar::Members;
use super::intake::{Intake, What};
use super::problem::ProblemKind;
use super::unpack::{Packing, sniff, unpack};
use super::{Package, Script, tape};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

/// The scripts that dpkg runs, and the triggers that it reads.
const SCRIPTS: &[&str] = &["preinst", "postinst", "prerm", "postrm", "config", "triggers"];

/// Reads what follows the magic of ar.
pub(super) fn read(from: &mut dyn Read, account: &Account<'_>, package: &mut Package) -> Result<(), Ended> {
    let (mut version, mut control, mut data) = (false, false, false);
    let mut intake = Intake::new(account);
    let told = Members { from, account }.each(&mut |name, member| {
        let named = Some(name.as_bytes());
        let extra = |what: &str| {
            account.tell(ProblemKind::Extra, named, what);
            Ok(true)
        };
        if !version {
            version = true;
            let mut text = Vec::new();
            member.take(64).read_to_end(&mut text).map_err(|e| account.broken(named, &e))?;
            if name != "debian-binary" {
                let what = "the first member is not debian-binary: an archive of ar that is no .deb";
                return Err(account.end(ProblemKind::UnknownFormat, named, what));
            }
            if !text.starts_with(b"2.") {
                let what = "another version of the format than 2";
                return Err(account.end(ProblemKind::UnknownFormat, named, what));
            }
            return Ok(true);
        }
        // what dpkg does not know it passes over when it begins so
        if name.starts_with('_') {
            return Ok(true);
        }
        if name.starts_with("control.tar") {
            if control {
                return extra("a second control.tar, and the first was read");
            }
            control = true;
            if data {
                account.tell(ProblemKind::Extra, named, "control.tar behind data.tar, where dpkg does not read it");
            }
            return archive(name, "control.tar", member, account, &mut |from| {
                let mut facts = Control { package, account };
                tape::read(from, account, &mut |entry, data| facts.take(entry.name, entry.what, entry.size, data))
            });
        }
        if name.starts_with("data.tar") {
            if data {
                return extra("a second data.tar, and the first was read");
            }
            data = true;
            return archive(name, "data.tar", member, account, &mut |from| {
                tape::read(from, account, &mut |entry, data| intake.take(&entry, data))
            });
        }
        extra("a member that no .deb has")
    });
    package.contents = intake.contents;
    told?;
    for (there, what) in [(control, "no control.tar in it"), (data, "no data.tar in it")] {
        if !there {
            account.tell(ProblemKind::Incomplete, None, what);
        }
    }
    if control && !package.fields.contains_key("package") {
        account.tell(ProblemKind::Incomplete, None, "no name of the package in its control file");
    }
    Ok(())
}

/// Unpacks a tar archive that is a member, and goes on.
fn archive(
    name: &str,
    stem: &str,
    member: &mut dyn Read,
    account: &Account<'_>,
    read: &mut dyn FnMut(&mut dyn Read) -> Result<(), Ended>,
) -> Result<bool, Ended> {
    let named = Some(name.as_bytes());
    let broken = |e: &std::io::Error| account.broken(named, e);
    let (head, from) = sniff(member, 512).map_err(|e| broken(&e))?;
    let (packing, suffix) = (Packing::of(&head), name.strip_prefix(stem).unwrap_or_default());
    if head.is_empty() {
        return Err(broken(&std::io::ErrorKind::UnexpectedEof.into()));
    }
    if packing == Packing::Plain && !suffix.is_empty() && !tape::is_header(&head) {
        let what = format!("compressed with {}, which is not known here", suffix.trim_start_matches('.'));
        return Err(account.end(ProblemKind::UnknownCompression, named, what));
    }
    if packing.suffix() != suffix {
        let is = if packing == Packing::Plain { "not compressed" } else { packing.suffix() };
        account.tell(
            ProblemKind::Mismatch,
            named,
            format!("its content is {is}; dpkg goes by the name and cannot read it"),
        );
    }
    read(&mut unpack(from, packing, account).map_err(|e| broken(&e))?)?;
    Ok(true)
}

/// What dpkg is told, on its way into a package.
struct Control<'p, 'a> {
    package: &'p mut Package,
    account: &'a Account<'a>,
}

impl Control<'_, '_> {
    fn take(&mut self, name: &[u8], what: What, size: u64, data: &mut dyn Read) -> Result<(), Ended> {
        let plain = std::str::from_utf8(name).unwrap_or_default().trim_start_matches("./");
        let script = SCRIPTS.contains(&plain);
        if what != What::File || !script && !matches!(plain, "control" | "conffiles") || !self.account.keep(name, size)
        {
            return Ok(());
        }
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).map_err(|e| self.account.broken(Some(name), &e))?;
        let package = &mut *self.package;
        match plain {
            "control" => {
                package.fields = fields(&String::from_utf8_lossy(&bytes));
                let get = |key: &str| package.fields.get(key).cloned();
                package.name = get("package").unwrap_or_else(|| package.name.clone());
                (package.version, package.architecture) = (get("version"), get("architecture"));
                // `Source: name (version)`
                package.source = get("source").map(|s| s.split_whitespace().next().unwrap_or_default().into());
            }
            "conffiles" => {
                let text = String::from_utf8_lossy(&bytes);
                // `remove-on-upgrade /etc/file` names one that is no longer there
                let line = |l: &str| l.starts_with('/').then(|| PathBuf::from(l.trim_end()));
                package.conffiles = text.lines().filter_map(line).collect();
            }
            _ => {
                if package.scripts.iter().any(|s| *s.name == *plain) {
                    self.account.tell(
                        ProblemKind::Duplicate,
                        Some(name),
                        "the name is there twice; the last one was taken",
                    );
                    package.scripts.retain(|s| *s.name != *plain);
                }
                let interpreter = bytes.strip_prefix(b"#!").map(|line| {
                    let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
                    String::from_utf8_lossy(line).trim().into()
                });
                let script = Script::new(&package.root.join("DEBIAN"), plain, interpreter, Vec::new(), bytes);
                package.scripts.push(script);
            }
        }
        Ok(())
    }
}

/// The first paragraph of a control file: keys in lower case, as they are compared; lines that go on are joined as they are.
fn fields(text: &str) -> BTreeMap<Box<str>, Box<str>> {
    let mut out: BTreeMap<Box<str>, String> = BTreeMap::new();
    let mut last: Option<Box<str>> = None;
    for line in text.lines().skip_while(|l| l.trim().is_empty()).take_while(|l| !l.trim().is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some(value) = last.as_ref().and_then(|key| out.get_mut(key)) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) {
            let key: Box<str> = key.trim().to_ascii_lowercase().into();
            out.insert(key.clone(), value.trim().to_owned());
            last = Some(key);
        }
    }
    out.into_iter().map(|(k, v)| (k, v.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_control_file() {
        let read = fields("Package: a\nDescription: short\n long\n .\n# x: y\nDEPENDS: b,\n  c\n\nPackage: other\n");
        let get = |k: &str| read.get(k).map(|v| &**v);
        assert_eq!((get("package"), get("depends")), (Some("a"), Some("b,\nc")));
        assert_eq!(get("description"), Some("short\nlong\n."));
        assert_eq!(read.len(), 3);
    }
}
