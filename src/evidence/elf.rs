//! What an ELF file says of itself: the libraries and functions that it asks for, the text in it, and which of its calls have
//! arguments that can be told. Knows no unit and no other file.

use super::code::{self, Call, Code};
use super::{knowledge, text};
use object::elf;
use object::read::elf::{ElfFile, FileHeader, ProgramHeader};
use object::{Endianness, FileKind, Object, ObjectSection, ObjectSymbol, SectionKind};
use std::collections::BTreeSet;

/// For which processor a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Machine {
    /// x86-64
    X86_64,
    /// 32-bit x86
    X86,
    /// another one: its number in the file, and whether it has 64 bits
    Other(u16, bool),
}

/// How a program was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Build {
    /// it asks for libraries
    Dynamic,
    /// it asks for none
    Static,
    /// by the compiler of Go, which calls the kernel by itself
    Go,
    /// packed or damaged: what it does cannot be seen
    Opaque,
}

/// An ELF file.
#[derive(Clone, Debug)]
pub(super) struct Elf {
    /// for which processor
    pub(super) machine: Machine,
    /// how it was built
    pub(super) build: Build,
    /// the libraries that it asks for
    pub(super) needed: Vec<String>,
    /// where it wants them to be looked for first, with `$ORIGIN`
    pub(super) runpath: Vec<String>,
    /// the functions that it asks for, sorted
    pub(super) imports: Vec<String>,
    /// whether it wants a stack that can be run
    pub(super) executable_stack: bool,
    /// paths in it
    pub(super) paths: BTreeSet<String>,
    /// packages of Go in it that tell something
    pub(super) packages: BTreeSet<&'static str>,
    /// words of its texts that may be names of programs
    pub(super) words: BTreeSet<String>,
    /// calls of functions whose arguments matter
    pub(super) calls: Vec<Call>,
    /// the system calls that it makes without a library, by number
    pub(super) direct: BTreeSet<u32>,
    /// whether it makes one whose number is not plain to see
    pub(super) unknown_direct: bool,
}

/// Functions of Go packages that call the kernel; the linker keeps those that are used.
const GO_PREFIXES: [&str; 2] = ["syscall.", "golang.org/x/sys/unix."];

impl Elf {
    /// Reads a file; `None` for what is no ELF file.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        match FileKind::parse(bytes) {
            Ok(FileKind::Elf64) => Some(of::<elf::FileHeader64<Endianness>>(bytes)),
            Ok(FileKind::Elf32) => Some(of::<elf::FileHeader32<Endianness>>(bytes)),
            _ => bytes.starts_with(b"\x7fELF").then(Self::opaque),
        }
    }

    fn opaque() -> Self {
        Self {
            machine: Machine::Other(0, false),
            build: Build::Opaque,
            needed: Vec::new(),
            runpath: Vec::new(),
            imports: Vec::new(),
            executable_stack: false,
            paths: BTreeSet::new(),
            words: BTreeSet::new(),
            packages: BTreeSet::new(),
            calls: Vec::new(),
            direct: BTreeSet::new(),
            unknown_direct: false,
        }
    }

    /// Whether it asks for a function.
    pub(super) fn imports(&self, function: &str) -> bool {
        self.imports.binary_search_by(|f| f.as_str().cmp(function)).is_ok()
    }
}

fn of<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Elf {
    let Ok(file) = ElfFile::<H>::parse(bytes) else { return Elf::opaque() };
    let endian = file.endian();
    let machine = match (file.elf_header().e_machine(endian), file.is_64()) {
        (elf::EM_X86_64, true) => Machine::X86_64,
        (elf::EM_386, _) => Machine::X86,
        (other, wide) => Machine::Other(other.0, wide),
    };
    let mut out = Elf { machine, build: Build::Dynamic, ..Elf::opaque() };
    let headers = file.elf_program_headers();
    let stack = headers.iter().find(|p| p.p_type(endian) == elf::PT_GNU_STACK);
    // without a word on it the kernel makes the stack executable on x86
    out.executable_stack = stack.is_some_and(|p| p.p_flags(endian).0 & elf::PF_X.0 != 0);
    dynamic(&file, &mut out);
    let mut imports: BTreeSet<String> = BTreeSet::new();
    for symbol in file.dynamic_symbols().filter(|s| s.is_undefined()) {
        imports.extend(symbol.name().ok().filter(|n| !n.is_empty()).map(str::to_owned));
    }
    let is_go = file.section_by_name(".gopclntab").is_some() || file.section_by_name(".go.buildinfo").is_some();
    if is_go {
        imports.extend(go_functions(&file));
        let table = file.section_by_name(".gopclntab").and_then(|s| s.data().ok()).unwrap_or_default();
        let known = knowledge::go_packages().map(|(_, name)| name).collect::<BTreeSet<_>>();
        let is_there = |name: &&str| memchr::memmem::find(table, name.as_bytes()).is_some();
        out.packages = known.into_iter().filter(is_there).collect();
    }
    out.imports = imports.into_iter().collect();
    let code = Code { machine, is_go };
    let found = code::look(&file, code);
    out.calls = found.calls;
    out.direct = found.direct;
    out.unknown_direct = found.unknown_direct;
    let mut texts = 0;
    for section in file.sections() {
        let is_text =
            matches!(section.kind(), SectionKind::ReadOnlyString | SectionKind::ReadOnlyData | SectionKind::Data);
        let name = section.name().unwrap_or_default();
        // tables of symbols and of unwinding are no text of the program
        if !is_text || [".eh_frame", ".eh_frame_hdr", ".gcc_except_table", ".gopclntab", ".dynstr"].contains(&name) {
            continue;
        }
        texts += 1;
        text::collect(section.data().unwrap_or_default(), is_go, &mut out.paths, &mut out.words);
    }
    let is_static = out.needed.is_empty() && headers.iter().all(|p| p.p_type(endian) != elf::PT_INTERP);
    out.build = match () {
        () if texts == 0 || bytes.get(..4096).is_some_and(|h| memchr::memmem::find(h, b"UPX!").is_some()) => {
            Build::Opaque
        }
        () if is_go => Build::Go,
        () if is_static && file.kind() == object::ObjectKind::Executable => Build::Static,
        () if is_static && out.imports.is_empty() && file.entry() != 0 => Build::Static,
        () => Build::Dynamic,
    };
    out
}

/// The table for the dynamic linker.
fn dynamic<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>, out: &mut Elf) {
    let Ok(table) = file.elf_dynamic_table() else { return };
    for entry in &table {
        let text = || table.string(entry).ok().map(|s| String::from_utf8_lossy(s).into_owned());
        match entry.tag {
            elf::DT_NEEDED => out.needed.extend(text()),
            elf::DT_RUNPATH | elf::DT_RPATH => {
                out.runpath.extend(text().iter().flat_map(|t| t.split(':')).map(str::to_owned));
            }
            _ => {}
        }
    }
}

/// The functions of the kernel's packages among the names that the runtime of Go keeps, without their packages and in the
/// words of the C library: `unix.ClockAdjtime` is `clock_adjtime`.
fn go_functions<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>) -> BTreeSet<String> {
    let Some(table) = file.section_by_name(".gopclntab").and_then(|s| s.data().ok()) else { return BTreeSet::new() };
    let mut out = BTreeSet::new();
    for prefix in GO_PREFIXES {
        for at in memchr::memmem::find_iter(table, prefix.as_bytes()) {
            // a name begins behind the end of another one
            if at > 0 && table[at - 1] != 0 {
                continue;
            }
            let rest = &table[at + prefix.len()..];
            let end = rest.iter().take(64).position(|b| !b.is_ascii_alphanumeric()).unwrap_or(0);
            if rest.first().is_some_and(u8::is_ascii_uppercase) && rest.get(end) == Some(&0) {
                let name = String::from_utf8_lossy(&rest[..end]);
                out.insert(name.to_ascii_lowercase());
                out.insert(snake(&name));
            }
        }
    }
    out
}

/// `ClockAdjtime` as `clock_adjtime`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
