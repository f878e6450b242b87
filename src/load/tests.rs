//! Which files make up a unit. Every row of the tables was confirmed with systemd 252, whose loader names the files that
//! it reads in its warnings.

use super::*;
use crate::tree::Memory;

const A: &str = "/etc/systemd/system";
const R: &str = "/run/systemd/system";
const G: &str = "/usr/local/lib/systemd/system";
const L: &str = "/usr/lib/systemd/system";

/// `E/x` is a name in /etc, `R/` in /run, `G/` in /usr/local/lib, `L/` in /usr/lib, `O/` one outside the search path.
const SHORT: [(&str, &str); 5] = [("E/", A), ("R/", R), ("G/", G), ("L/", L), ("O/", "/opt")];

fn long(text: &str) -> String {
    match SHORT.iter().find_map(|(short, dir)| Some((dir, text.strip_prefix(short)?))) {
        Some((dir, rest)) => format!("{dir}/{rest}"),
        None => text.to_owned(),
    }
}

fn short(path: &Path) -> String {
    let text = path.to_str().unwrap();
    let found = SHORT.iter().find_map(|(short, dir)| Some((short, text.strip_prefix(dir)?.strip_prefix('/')?)));
    found.map_or_else(|| text.to_owned(), |(short, rest)| format!("{short}{rest}"))
}

/// Words: `PATH` is a file with a setting, `PATH=` an empty one, `PATH;` one with a comment alone, `PATH->TARGET` a link,
/// `PATH/` a directory.
fn tree(words: &str) -> Memory {
    let mut tree = Memory::new();
    for word in words.split_whitespace() {
        tree = if let Some((path, target)) = word.split_once("->") {
            tree.link(long(path), long(target))
        } else if let Some(path) = word.strip_suffix('=') {
            tree.file(long(path), "")
        } else if let Some(path) = word.strip_suffix(';') {
            tree.file(long(path), "# nothing\n")
        } else if let Some(path) = word.strip_suffix('/') {
            tree.file(format!("{}/in it", long(path)), "")
        } else {
            tree.file(long(word), "[Unit]\nDescription=x\n")
        };
    }
    tree
}

/// The name that a unit is loaded as, and its files in reading order.
fn told(files: &Files) -> String {
    let read: Vec<String> = files.files.iter().map(|f| short(&f.source.path)).collect();
    match &files.state {
        State::Found => format!("{}: {}", files.name, read.join(" ")),
        State::Masked => format!("{}: masked", files.name),
        State::NotFound => "not found".to_owned(),
        State::Unreadable(e) => format!("{}: {e}", files.name),
    }
}

fn load(tree: &Memory, root: &str, scope: Scope, unit: &str) -> String {
    let catalog = Catalog::read(tree, root, search_path(Path::new(root), scope), scope);
    told(&Loader::new(tree, &catalog).load(&UnitName::parse(unit).unwrap()))
}

/// Rows of: what is looked at, the unit that is asked for, the tree, what is loaded.
fn check(rows: &[[&str; 4]]) {
    let wrong = rows.iter().filter_map(|[what, unit, words, want]| {
        let got = load(&tree(words), "/", Scope::System, unit);
        (got != *want).then(|| format!("{what}\n    tree {words}\n    want {want}\n    got  {got}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[rustfmt::skip]
#[test]
fn fragments() {
    check(&[
        ["/etc first", "a.service", "E/a.service R/a.service G/a.service L/a.service", "a.service: E/a.service"],
        ["then /run", "a.service", "R/a.service G/a.service L/a.service", "a.service: R/a.service"],
        ["then /usr/local/lib", "a.service", "G/a.service L/a.service", "a.service: G/a.service"],
        ["then /usr/lib", "a.service", "L/a.service", "a.service: L/a.service"],
        ["drop-ins alone are no unit", "a.service", "E/a.service.d/x.conf L/b.service", "not found"],
        ["a directory is no unit", "a.service", "E/a.service/ L/a.service", "a.service: L/a.service"],
        ["comments are a unit", "a.service", "E/a.service; L/a.service L/a.service.d/x.conf", "a.service: E/a.service L/a.service.d/x.conf"],
        ["link to null", "a.service", "E/a.service->/dev/null L/a.service", "a.service: masked"],
        ["relative link to null", "a.service", "E/a.service->../../../dev/null L/a.service", "a.service: masked"],
        ["link to another device", "a.service", "E/a.service->/dev/zero L/a.service", "a.service: masked"],
        ["empty file", "a.service", "E/a.service= L/a.service L/a.service.d/x.conf", "a.service: masked"],
        ["link to an empty file", "a.service", "E/a.service->O/x O/x= L/a.service", "a.service: masked"],
        ["masked in a weaker place", "a.service", "E/a.service L/a.service->/dev/null", "a.service: E/a.service"],
        ["masked template", "a@x.service", "E/a@.service->/dev/null L/a@.service", "a@x.service: masked"],
        ["its instance has a file", "a@x.service", "E/a@.service->/dev/null L/a@x.service", "a@x.service: L/a@x.service"],
        ["masked instance", "a@x.service", "E/a@x.service= L/a@.service", "a@x.service: masked"],
        ["its neighbour", "a@y.service", "E/a@x.service= L/a@.service", "a@y.service: L/a@.service"],
        ["an instance's file wins", "a@x.service", "E/a@.service L/a@x.service", "a@x.service: L/a@x.service"],
        ["an instance may hold @", "a@x@y.service", "L/a@.service L/a@x@y.service.d/x.conf", "a@x@y.service: L/a@.service L/a@x@y.service.d/x.conf"],
        ["linked file of any name", "a.service", "E/a.service->O/text O/text L/a.service", "a.service: E/a.service"],
        ["over two links", "a.service", "E/a.service->O/x O/x->y O/y", "a.service: E/a.service"],
        ["and back inside", "a.service", "E/a.service->O/x O/x->L/b.service L/b.service", "a.service: E/a.service"],
        ["linked file is gone", "a.service", "E/a.service->O/text L/a.service", "not found"],
        ["link to itself", "a.service", "E/a.service->a.service", "not found"],
        ["which hides nothing", "a.service", "E/a.service->a.service L/a.service", "a.service: L/a.service"],
        ["link to its own name later", "a.service", "E/a.service->L/a.service L/a.service", "a.service: L/a.service"],
        ["does not jump over what is between", "a.service", "E/a.service->L/a.service R/a.service L/a.service", "a.service: R/a.service"],
        ["nor does a missing one hide", "a.service", "E/a.service->R/a.service L/a.service R/b.service", "a.service: L/a.service"],
        ["own name in a sub-directory", "a.service", "E/a.service->L/sub/a.service L/sub/a.service L/b.service", "not found"],
        ["template the same", "a@x.service", "E/a@.service->L/a@.service L/a@.service", "a@x.service: L/a@.service"],
    ]);
}

#[rustfmt::skip]
#[test]
fn aliases() {
    check(&[
        ["by the alias", "b.service", "L/a.service L/b.service->a.service L/a.service.d/1.conf L/b.service.d/2.conf L/service.d/3.conf", "a.service: L/a.service L/a.service.d/1.conf L/b.service.d/2.conf L/service.d/3.conf"],
        ["by its name", "a.service", "L/a.service L/b.service->a.service L/a.service.d/1.conf L/b.service.d/2.conf L/service.d/3.conf", "a.service: L/a.service L/a.service.d/1.conf L/b.service.d/2.conf L/service.d/3.conf"],
        ["absolute, over directories", "b.service", "E/b.service->L/a.service L/a.service", "a.service: L/a.service"],
        ["the name counts, not the path", "b.service", "E/b.service->L/a.service E/a.service L/a.service", "a.service: E/a.service"],
        ["a prefix of an alias", "a.service", "L/a.service L/p-q.service->a.service L/p-.service.d/x.conf", "a.service: L/a.service L/p-.service.d/x.conf"],
        ["own drop-in before the alias's", "a.service", "L/a.service L/b.service->a.service E/b.service.d/x.conf L/a.service.d/x.conf", "a.service: L/a.service L/a.service.d/x.conf"],
        ["the alias's before the type's", "a.service", "L/a.service L/b.service->a.service L/b.service.d/x.conf E/service.d/x.conf", "a.service: L/a.service L/b.service.d/x.conf"],
        ["chain by its end", "a.service", "L/a.service L/b.service->a.service L/c.service->b.service L/b.service.d/1.conf L/c.service.d/2.conf", "a.service: L/a.service L/b.service.d/1.conf L/c.service.d/2.conf"],
        ["chain by its begin", "c.service", "L/a.service L/b.service->a.service L/c.service->b.service L/b.service.d/1.conf L/c.service.d/2.conf", "a.service: L/a.service L/b.service.d/1.conf L/c.service.d/2.conf"],
        ["loop of two", "a.service", "L/a.service->b.service L/b.service->a.service", "not found"],
        ["loop of three", "a.service", "L/a.service->b.service L/b.service->c.service L/c.service->a.service", "not found"],
        ["a loop hides later files", "a.service", "E/a.service->b.service E/b.service->a.service L/a.service", "not found"],
        ["to nothing", "b.service", "L/b.service->a.service", "not found"],
        ["to a masked unit", "b.service", "E/a.service->/dev/null L/a.service L/b.service->a.service", "a.service: masked"],
        ["to a linked unit", "b.service", "L/b.service->a.service L/a.service->O/x O/x L/b.service.d/x.conf", "a.service: L/a.service L/b.service.d/x.conf"],
        ["masked alias is none", "a.service", "E/b.service->/dev/null L/b.service->a.service L/a.service L/b.service.d/x.conf", "a.service: L/a.service"],
        ["replaced alias is none", "a.service", "E/b.service L/b.service->a.service L/a.service L/b.service.d/x.conf", "a.service: L/a.service"],
        ["alias hides a weaker file", "b.service", "E/b.service->a.service L/a.service L/b.service", "a.service: L/a.service"],
        ["another suffix", "b.socket", "E/b.socket->a.service L/a.service", "not found"],
        ["is passed over", "b.socket", "E/b.socket->a.service L/a.service L/b.socket", "b.socket: L/b.socket"],
        ["mounts have none", "b.mount", "L/b.mount->a.mount L/a.mount", "not found"],
        ["targets have", "b.target", "L/b.target->a.target L/a.target", "a.target: L/a.target"],
        ["template to template", "b@x.service", "L/a@.service L/b@.service->a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf L/b@.service.d/3.conf", "a@x.service: L/a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf L/b@.service.d/3.conf"],
        ["its target's instance", "a@x.service", "L/a@.service L/b@.service->a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf L/b@.service.d/3.conf", "a@x.service: L/a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf L/b@.service.d/3.conf"],
        ["chain of templates", "c@x.service", "L/a@.service L/b@.service->a@.service L/c@.service->b@.service L/b@x.service.d/1.conf L/c@.service.d/2.conf", "a@x.service: L/a@.service L/b@x.service.d/1.conf L/c@.service.d/2.conf"],
        ["not with a file of its own", "a@x.service", "L/a@.service L/b@.service->a@.service L/a@x.service L/b@x.service.d/1.conf", "a@x.service: L/a@x.service"],
        ["alias has a file of its own", "b@x.service", "L/a@.service L/b@.service->a@.service L/b@x.service L/a@x.service.d/1.conf", "b@x.service: L/b@x.service"],
        ["instance to template", "b@x.service", "L/a@.service L/b@x.service->a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf L/b@.service.d/3.conf", "a@x.service: L/a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf L/b@.service.d/3.conf"],
        ["is the instance's alone", "a@y.service", "L/a@.service L/b@x.service->a@.service L/b@x.service.d/1.conf L/b@.service.d/2.conf", "a@y.service: L/a@.service"],
        ["no other instance has it", "b@y.service", "L/a@.service L/b@x.service->a@.service", "not found"],
        ["instance to its own template", "a@x.service", "L/a@.service L/a@x.service->a@.service L/a@x.service.d/x.conf", "a@x.service: L/a@.service L/a@x.service.d/x.conf"],
        ["instance to instance", "b@x.service", "L/a@x.service L/b@x.service->a@x.service L/b@x.service.d/x.conf", "a@x.service: L/a@x.service L/b@x.service.d/x.conf"],
        ["of which only the template is there", "b@x.service", "L/a@.service L/b@x.service->a@x.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf", "a@x.service: L/a@.service L/a@x.service.d/1.conf L/b@x.service.d/2.conf"],
        ["both steps", "b@x.service", "L/a@.service L/b@x.service->a@x.service L/a@x.service->a@.service L/b@x.service.d/x.conf", "a@x.service: L/a@.service L/b@x.service.d/x.conf"],
        ["another instance", "b@y.service", "L/a@x.service L/b@y.service->a@x.service", "not found"],
        ["is passed over too", "b@y.service", "E/b@y.service->a@x.service L/a@x.service L/b@.service", "b@y.service: L/b@.service"],
        ["plain to template", "b.service", "L/a@.service L/b.service->a@.service", "not found"],
        ["template to plain", "b@x.service", "L/a.service L/b@.service->a.service", "not found"],
        ["template to instance", "b@x.service", "L/a@x.service L/b@.service->a@x.service", "not found"],
        ["instance to plain", "b@x.service", "L/a.service L/b@x.service->a.service", "not found"],
    ]);
}

#[rustfmt::skip]
#[test]
fn drop_ins() {
    let rows = [
        ["bytes order", "a.service", "L/a.service L/a.service.d/a.conf L/a.service.d/Z.conf L/a.service.d/9.conf L/a.service.d/10.conf L/a.service.d/_.conf L/a.service.d/-.conf L/a.service.d/#x.conf L/a.service.d/~x.conf L/a.service.d/é.conf", "a.service: L/a.service L/a.service.d/#x.conf L/a.service.d/-.conf L/a.service.d/10.conf L/a.service.d/9.conf L/a.service.d/Z.conf L/a.service.d/_.conf L/a.service.d/a.conf L/a.service.d/~x.conf L/a.service.d/é.conf"],
        ["not by directory", "a.service", "L/a.service E/service.d/99.conf L/a.service.d/50.conf", "a.service: L/a.service L/a.service.d/50.conf E/service.d/99.conf"],
        ["what is none", "a.service", "L/a.service L/a.service.d/x.conf~ L/a.service.d/x.conf.bak L/a.service.d/x.CONF L/a.service.d/.conf L/a.service.d/.x.conf L/a.service.d/sub/x.conf L/a.service.D/x.conf", "a.service: L/a.service"],
        ["same name", "a.service", "L/a.service E/a.service.d/x.conf R/a.service.d/x.conf G/a.service.d/x.conf L/a.service.d/x.conf", "a.service: L/a.service E/a.service.d/x.conf"],
        ["same name, /run", "a.service", "L/a.service R/a.service.d/x.conf G/a.service.d/x.conf L/a.service.d/x.conf", "a.service: L/a.service R/a.service.d/x.conf"],
        ["same name, /usr/local/lib", "a.service", "L/a.service G/a.service.d/x.conf L/a.service.d/x.conf", "a.service: L/a.service G/a.service.d/x.conf"],
        ["hidden by an empty file", "a.service", "L/a.service E/a.service.d/x.conf= L/a.service.d/x.conf", "a.service: L/a.service"],
        ["by null", "a.service", "L/a.service E/a.service.d/x.conf->/dev/null L/a.service.d/x.conf", "a.service: L/a.service"],
        ["by a link to nothing", "a.service", "L/a.service E/a.service.d/x.conf->/nowhere L/a.service.d/x.conf", "a.service: L/a.service"],
        ["by a link to itself", "a.service", "L/a.service E/a.service.d/x.conf->x.conf L/a.service.d/x.conf", "a.service: L/a.service"],
        ["by a link to an empty file", "a.service", "L/a.service E/a.service.d/x.conf->O/x O/x= L/a.service.d/x.conf", "a.service: L/a.service"],
        ["by a directory", "a.service", "L/a.service E/a.service.d/x.conf/ L/a.service.d/x.conf", "a.service: L/a.service"],
        ["by a link to a directory", "a.service", "L/a.service E/a.service.d/x.conf->O/x O/x/ L/a.service.d/x.conf", "a.service: L/a.service"],
        ["not by a comment", "a.service", "L/a.service E/a.service.d/x.conf; L/a.service.d/y.conf", "a.service: L/a.service E/a.service.d/x.conf L/a.service.d/y.conf"],
        ["not by a file in the way", "a.service", "L/a.service E/a.service.d L/a.service.d/x.conf", "a.service: L/a.service L/a.service.d/x.conf"],
        ["linked file", "a.service", "L/a.service E/a.service.d/x.conf->O/x O/x L/a.service.d/x.conf", "a.service: L/a.service E/a.service.d/x.conf"],
        ["linked twice", "a.service", "L/a.service L/a.service.d/x.conf->y.conf L/a.service.d/y.conf", "a.service: L/a.service L/a.service.d/x.conf L/a.service.d/y.conf"],
        ["linked directory", "a.service", "L/a.service E/a.service.d->O/d O/d/x.conf", "a.service: L/a.service O/d/x.conf"],
        ["has the place of its link", "a.service", "L/a.service E/a.service.d->O/d O/d/x.conf L/a.service.d/x.conf", "a.service: L/a.service O/d/x.conf"],
        ["also the weaker one", "a.service", "L/a.service L/a.service.d->O/d O/d/x.conf E/a.service.d/x.conf", "a.service: L/a.service E/a.service.d/x.conf"],
        ["linked to another's", "a.service", "L/a.service E/a.service.d->L/b.service.d L/b.service.d/x.conf R/a.service.d/x.conf", "a.service: L/a.service L/b.service.d/x.conf"],
        ["linked to nothing", "a.service", "L/a.service E/a.service.d->O/d L/a.service.d/x.conf", "a.service: L/a.service L/a.service.d/x.conf"],
        ["a stronger path beats a nearer name", "a-b.service", "L/a-b.service E/a-.service.d/x.conf L/a-b.service.d/x.conf", "a-b.service: L/a-b.service E/a-.service.d/x.conf"],
        ["but the type comes last", "a-b.service", "L/a-b.service E/service.d/x.conf L/a-.service.d/x.conf", "a-b.service: L/a-b.service L/a-.service.d/x.conf"],
        ["another type", "a.service", "L/a.service L/socket.d/x.conf", "a.service: L/a.service"],
        ["another instance", "a@x.service", "L/a@.service L/a@y.service.d/1.conf L/a@x.service.d/2.conf", "a@x.service: L/a@.service L/a@x.service.d/2.conf"],
        ["own file, template's drop-in", "a@x.service", "L/a@.service L/a@x.service L/a@.service.d/x.conf", "a@x.service: L/a@x.service L/a@.service.d/x.conf"],
        ["slices", "a-b.slice", "L/a-b.slice L/a.slice.d/1.conf L/a-.slice.d/2.conf L/slice.d/3.conf", "a-b.slice: L/a-b.slice L/a-.slice.d/2.conf L/slice.d/3.conf"],
    ];
    check(&rows);
}

/// A unit's drop-in directories, the strongest first; the names behind `not` are those of others.
#[rustfmt::skip]
#[test]
fn names_of_drop_in_directories() {
    let rows: &[[&str; 4]] = &[
        ["a-b-c.service", "a-b-c.service", "a-b-c.service a-b-.service a-.service service", "a.service a-b.service b-.service -.service a-b-c-.service"],
        ["a-b@i.service", "a-b@.service", "a-b@i.service a-b@.service a-.service a-@i.service a-@.service service", "a-b.service a@.service a-b@j.service a-b-@.service"],
        ["a-b-c@i.service", "a-b-c@.service", "a-b-c@i.service a-b-c@.service a-b-.service a-.service a-b-@i.service a-b-@.service a-@i.service a-@.service service", "a-b-c.service"],
        ["a@x-y.service", "a@.service", "a@x-y.service a@.service service", "a@x-.service a-.service"],
        ["a--b.service", "a--b.service", "a--b.service a--.service a-.service service", "a.service"],
        ["-a.service", "-a.service", "-a.service service", "-.service"],
        ["--a.service", "--a.service", "--a.service --.service service", "-.service"],
        ["-a-b.service", "-a-b.service", "-a-b.service -a-.service service", "-.service a-.service"],
        ["a-b-.service", "a-b-.service", "a-b-.service a-.service service", "a-b.service -.service"],
        [r"a\x2db.service", r"a\x2db.service", r"a\x2db.service service", r"a-.service a\x2d.service"],
    ];
    for [unit, fragment, names, not] in rows {
        let mut left: Vec<&str> = names.split(' ').collect();
        let others: String = not.split(' ').map(|n| format!("L/{n}.d/x.conf ")).collect();
        // one file name in all of them: the first directory has it; without that one the next, and so on
        while let Some(first) = left.first() {
            let words: String = left.iter().map(|n| format!("L/{n}.d/x.conf ")).collect();
            let got = load(&tree(&format!("L/{fragment} {words} {others}")), "/", Scope::System, unit);
            assert_eq!(got, format!("{unit}: L/{fragment} L/{first}.d/x.conf"));
            left.remove(0);
        }
        let got = load(&tree(&format!("L/{fragment} {others}")), "/", Scope::System, unit);
        assert_eq!(got, format!("{unit}: L/{fragment}"));
    }
}

/// The order of `systemd-analyze unit-paths`; with a unit in all of them the first has it, without that one the next.
#[test]
fn search_paths() {
    let etc = "etc/system.control run/system.control run/transient run/generator.early etc/system etc/system.attached";
    let run = "run/system run/system.attached run/generator usr/local/lib/system lib/system usr/lib/system run/generator.late";
    let user =
        "etc/xdg/user etc/user run/user usr/local/share/user usr/share/user usr/local/lib/user lib/user usr/lib/user";
    for (scope, order) in [(Scope::System, format!("{etc} {run}")), (Scope::User, user.to_owned())] {
        let named = |d: &str| d.rsplit_once('/').map(|(dir, name)| PathBuf::from(format!("/r/{dir}/systemd/{name}")));
        let mut left: Vec<PathBuf> = order.split(' ').filter_map(named).collect();
        while !left.is_empty() {
            let tree = left.iter().fold(Memory::new(), |tree, dir| tree.file(dir.join("a.service"), "# x"));
            let want = format!("a.service: {}/a.service", left.remove(0).display());
            assert_eq!(load(&tree, "/r", scope, "a.service"), want);
        }
    }
}

#[test]
fn scopes_do_not_mix() {
    let both =
        tree("/etc/systemd/user/a.service /usr/lib/systemd/user/a.service.d/x.conf L/a.service E/a.service.d/y.conf");
    let user = "a.service: /etc/systemd/user/a.service /usr/lib/systemd/user/a.service.d/x.conf";
    assert_eq!(load(&both, "/", Scope::User, "a.service"), user);
    assert_eq!(load(&both, "/", Scope::System, "a.service"), "a.service: L/a.service E/a.service.d/y.conf");
}

#[test]
fn merged_directories_count_once() {
    let tree = tree("/lib->usr/lib L/a.service L/a.service.d/x.conf");
    assert_eq!(load(&tree, "/", Scope::System, "a.service"), "a.service: L/a.service L/a.service.d/x.conf");
    // a link that names the other one is an alias all the same
    let alias = self::tree("/lib->usr/lib L/a.service E/b.service->/lib/systemd/system/a.service");
    assert_eq!(load(&alias, "/", Scope::System, "b.service"), "a.service: L/a.service");
    let apart = self::tree("/lib/systemd/system/a.service L/a.service L/b.service");
    assert_eq!(load(&apart, "/", Scope::System, "a.service"), "a.service: /lib/systemd/system/a.service");
}

/// The same words below `/r` and beside it: what a link names is what the root has there.
#[test]
fn links_stay_in_the_root() {
    let rows = [
        ["E/a.service->/opt/x", "/opt/x", "/etc/systemd/system/a.service"],
        ["E/a.service->../../../../../opt/x", "/opt/x", "/etc/systemd/system/a.service"],
        ["L/a.service L/a.service.d/x.conf->/opt/x", "/opt/x", "/usr/lib/systemd/system/a.service.d/x.conf"],
        ["L/a.service L/a.service.d->/opt/d", "/opt/d/x.conf", "/opt/d/x.conf"],
        ["/etc/systemd/system->/opt/d", "/opt/d/a.service", "/opt/d/a.service"],
        ["/usr->/opt/d", "/opt/d/lib/systemd/system/a.service", "/opt/d/lib/systemd/system/a.service"],
        ["/usr->../../../opt/d", "/opt/d/lib/systemd/system/a.service", "/opt/d/lib/systemd/system/a.service"],
    ];
    for [words, target, read] in rows {
        let words = words.split(' ').map(|w| match w.split_once("->") {
            Some((path, to)) => format!("/r{}->{to} ", long(path)),
            None => format!("/r{} ", long(w)),
        });
        let words: String = words.collect();
        let outside = load(&tree(&format!("{words} {target}")), "/r", Scope::System, "a.service");
        assert!(!outside.contains("/opt"), "{words}: {outside}");
        let inside = load(&tree(&format!("{words} {target}= /r{target}")), "/r", Scope::System, "a.service");
        assert!(inside.ends_with(&format!(" /r{read}")), "{words}: {inside}");
    }
}

#[test]
fn drop_ins_without_their_unit() {
    let tree = tree("E/a-b.service.d/1.conf L/a-.service.d/2.conf L/service.d/3.conf R/service.d/2.conf");
    let catalog = Catalog::read(&tree, "/", search_path(Path::new("/"), Scope::System), Scope::System);
    let loader = Loader::new(&tree, &catalog);
    let lone = |unit: &str| told(&loader.load_lone(&UnitName::parse(unit).unwrap()));
    assert_eq!(lone("a-b.service"), "a-b.service: E/a-b.service.d/1.conf L/a-.service.d/2.conf L/service.d/3.conf");
    assert_eq!(lone("b.service"), "b.service: R/service.d/2.conf L/service.d/3.conf");
    assert_eq!(lone("b.socket"), "not found");
}
