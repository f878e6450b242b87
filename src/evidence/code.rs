//! Which calls of a program have arguments that can be told, and which system calls it makes by itself: its instructions read
//! one after another, with what is known of the registers. Only for x86-64; of other processors nothing is known.

use super::elf::Machine;
use iced_x86::{Code as Op, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use object::read::elf::{ElfFile, FileHeader};
use object::{Endianness, Object, ObjectSection, ObjectSymbol, ObjectSymbolTable, RelocationTarget, SectionKind};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// A call of a function of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    /// its name
    pub(super) function: &'static str,
    /// the first three arguments; `None` for what cannot be told
    pub(super) args: [Option<u64>; 3],
}

/// Functions whose arguments say what a program wants.
const WATCHED: [&str; 14] = [
    "socket",
    "ioctl",
    "setsockopt",
    "prctl",
    "syscall",
    "unshare",
    "setns",
    "clone",
    "getsockopt",
    "chmod",
    "fchmod",
    "fchmodat",
    "mkdir",
    "mkdirat",
];

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct Code {
    pub(super) machine: Machine,
    /// the compiler of Go has its own ways to call
    pub(super) is_go: bool,
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) calls: Vec<Call>,
    pub(super) direct: BTreeSet<u32>,
    pub(super) unknown_direct: bool,
}

/// What the registers hold that arguments and numbers of system calls are in: rdi, rsi, rdx, rax.
#[derive(Clone, Copy, Default)]
struct Registers([Option<u64>; 4]);

fn slot(register: Register) -> Option<usize> {
    match register.full_register() {
        Register::RDI => Some(0),
        Register::RSI => Some(1),
        Register::RDX => Some(2),
        Register::RAX => Some(3),
        _ => None,
    }
}

/// Reads the code of a file.
pub(super) fn look<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>, code: Code) -> Found {
    let mut found = Found::default();
    if code.machine != Machine::X86_64 {
        return found;
    }
    let slots = slots(file);
    let is_dynamic = !slots.is_empty();
    let sections: Vec<(u64, &[u8], bool)> = file
        .sections()
        .filter(|s| s.kind() == SectionKind::Text)
        .filter_map(|s| Some((s.address(), s.data().ok()?, s.name().is_ok_and(|n| n.starts_with(".plt")))))
        .collect();
    let mut stubs = BTreeMap::new();
    for (address, data, _) in sections.iter().filter(|(_, _, plt)| *plt) {
        read_stubs(*address, data, &slots, &mut stubs);
    }
    let mut calls = BTreeSet::new();
    for (address, data, _) in sections.iter().filter(|(_, _, plt)| !plt) {
        // who calls the kernel through a library has nothing else to look for
        if is_dynamic && stubs.is_empty() && slots.is_empty() {
            continue;
        }
        let reader = Reader { slots: &slots, stubs: &stubs, is_go: code.is_go };
        reader.read(*address, data, &mut calls, &mut found);
    }
    found.calls = calls.into_iter().collect();
    found
}

/// Where the linker puts the addresses of watched functions.
fn slots<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>) -> BTreeMap<u64, &'static str> {
    let (Some(table), Some(relocations)) = (file.dynamic_symbol_table(), file.dynamic_relocations()) else {
        return BTreeMap::new();
    };
    let name = |target| match target {
        RelocationTarget::Symbol(index) => {
            let symbol = table.symbol_by_index(index).ok().filter(|s| s.is_undefined())?;
            let name = symbol.name().ok()?;
            WATCHED.iter().copied().find(|w| *w == name)
        }
        _ => None,
    };
    relocations.filter_map(|(at, relocation)| Some((at, name(relocation.target())?))).collect()
}

/// The pieces of code that jump to watched functions.
fn read_stubs(address: u64, data: &[u8], slots: &BTreeMap<u64, &'static str>, stubs: &mut BTreeMap<u64, &'static str>) {
    let mut decoder = Decoder::with_ip(64, data, address, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    let mut begin = None;
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        if instruction.mnemonic() == Mnemonic::Endbr64 {
            begin = Some(instruction.ip());
            continue;
        }
        if let Some(name) = through_slot(&instruction).and_then(|at| slots.get(&at)) {
            stubs.insert(instruction.ip(), name);
            stubs.extend(begin.map(|at| (at, *name)));
        }
        begin = None;
    }
}

/// The address that a jump or call reads where to go.
fn through_slot(instruction: &Instruction) -> Option<u64> {
    let indirect = matches!(instruction.flow_control(), FlowControl::IndirectBranch | FlowControl::IndirectCall);
    (indirect && instruction.is_ip_rel_memory_operand()).then(|| instruction.ip_rel_memory_address())
}

struct Reader<'a> {
    slots: &'a BTreeMap<u64, &'static str>,
    stubs: &'a BTreeMap<u64, &'static str>,
    is_go: bool,
}

/// So many instructions before a call are looked at for its arguments.
const BEFORE: usize = 24;
/// So many jumps are followed back, one behind another.
const BACK: usize = 3;
/// From more places nobody jumps with the same values.
const SOURCES: usize = 8;
/// So many jumps of a program are kept, and so many times one is followed back.
const JUMPS: usize = 1 << 22;
const FOLLOWED: u32 = 1 << 20;

/// A place in the code with one where its instructions are read from, so that something is known of the registers there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: u32,
    from: u32,
}

/// What one reading of all instructions shows.
#[derive(Default)]
struct Survey {
    /// jumps: where they lead, in order, and where they stand
    jumps: Vec<(u32, Place)>,
    /// where jumps lead, a bit a byte
    targets: Vec<u64>,
    /// what is called, or has its address taken: anybody may come from anywhere
    entries: Vec<u64>,
    /// the calls and system calls that are wanted
    wanted: Vec<Place>,
}

impl Survey {
    /// Whether a jump leads to a place, or a call.
    fn is_target(&self, at: u32) -> bool {
        has(&self.targets, at) || has(&self.entries, at)
    }

    /// The jumps that lead to a place; none where there are too many in all.
    fn sources(&self, at: u32) -> &[(u32, Place)] {
        let begin = self.jumps.partition_point(|(to, _)| *to < at);
        let end = begin + self.jumps[begin..].partition_point(|(to, _)| *to == at);
        &self.jumps[begin..end]
    }
}

impl Reader<'_> {
    fn read(&self, address: u64, data: &[u8], calls: &mut BTreeSet<Call>, found: &mut Found) {
        // places are counted in 32 bits, which no program comes near to
        let data = &data[..data.len().min(u32::MAX as usize)];
        let code = Section { address, data, survey: self.survey(address, data), left: Cell::new(FOLLOWED) };
        let mut instruction = Instruction::default();
        for place in &code.survey.wanted {
            let registers = code.registers(*place, BACK, &mut instruction);
            match self.callee(&instruction) {
                Some(function) => {
                    let [a, b, c, _] = registers.0;
                    calls.insert(Call { function, args: [a, b, c] });
                }
                None => self.direct(&registers, found),
            }
        }
    }

    /// All instructions once.
    fn survey(&self, address: u64, data: &[u8]) -> Survey {
        let bits = || vec![0_u64; data.len().div_ceil(64)];
        let mut out = Survey { targets: bits(), entries: bits(), ..Survey::default() };
        let mut starts = [0_u32; BEFORE];
        let mut decoder = Decoder::with_ip(64, data, address, DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let mut n = 0;
        while decoder.can_decode() {
            decoder.decode_out(&mut instruction);
            let at = (instruction.ip() - address) as u32;
            let flow = instruction.flow_control();
            let near = instruction.op0_kind() == OpKind::NearBranch64;
            if flow != FlowControl::Next {
                let place = Place { at, from: if n < BEFORE { 0 } else { starts[n % BEFORE] } };
                match flow {
                    FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch if near => {
                        let to = instruction.near_branch64().wrapping_sub(address);
                        if mark(&mut out.targets, to) && out.jumps.len() < JUMPS {
                            out.jumps.push((to as u32, place));
                        }
                    }
                    FlowControl::Call if near => {
                        mark(&mut out.entries, instruction.near_branch64().wrapping_sub(address));
                    }
                    _ => {}
                }
                if instruction.code() == Op::Syscall || self.callee(&instruction).is_some() {
                    out.wanted.push(place);
                }
            } else if instruction.mnemonic() == Mnemonic::Lea && instruction.is_ip_rel_memory_operand() {
                mark(&mut out.entries, instruction.ip_rel_memory_address().wrapping_sub(address));
            }
            starts[n % BEFORE] = at;
            n += 1;
        }
        if out.jumps.len() == JUMPS || out.wanted.is_empty() {
            out.jumps.clear();
        }
        out.jumps.sort_unstable();
        out
    }

    fn callee(&self, instruction: &Instruction) -> Option<&'static str> {
        match instruction.flow_control() {
            FlowControl::Call | FlowControl::UnconditionalBranch if instruction.op0_kind() == OpKind::NearBranch64 => {
                self.stubs.get(&instruction.near_branch64()).copied()
            }
            FlowControl::IndirectCall | FlowControl::IndirectBranch => {
                self.slots.get(&through_slot(instruction)?).copied()
            }
            _ => None,
        }
    }

    /// A system call. The runtime of Go has one place for all of them, so that no number is there.
    fn direct(&self, registers: &Registers, found: &mut Found) {
        match registers.0[3] {
            Some(number) if number < 1024 => {
                found.direct.insert(number as u32);
            }
            _ if self.is_go => {}
            _ => found.unknown_direct = true,
        }
    }
}

fn has(bits: &[u64], at: u32) -> bool {
    bits.get(at as usize / 64).is_some_and(|w| w & (1 << (at % 64)) != 0)
}

/// Sets the bit of a place, where that is one of this code.
fn mark(bits: &mut [u64], at: u64) -> bool {
    let word = usize::try_from(at / 64).ok().and_then(|i| bits.get_mut(i));
    word.map(|word| *word |= 1 << (at % 64)).is_some()
}

/// Functions begin at a multiple of this.
const ALIGNED: u64 = 16;

/// A piece of code.
struct Section<'a> {
    address: u64,
    data: &'a [u8],
    survey: Survey,
    /// how often jumps may still be followed
    left: Cell<u32>,
}

impl Section<'_> {
    /// What the registers hold before the instruction at a place, which is decoded last. Where ways join, what all of them
    /// bring.
    fn registers(&self, place: Place, back: usize, instruction: &mut Instruction) -> Registers {
        let ip = self.address + u64::from(place.from);
        let mut decoder = Decoder::with_ip(64, &self.data[place.from as usize..], ip, DecoderOptions::NONE);
        // nothing comes from the instruction before
        let mut is_cut = false;
        let mut registers = Registers::default();
        while decoder.can_decode() {
            decoder.decode_out(instruction);
            let at = (instruction.ip() - self.address) as u32;
            if self.survey.is_target(at) {
                registers = self.joined((!is_cut).then_some(registers), at, back);
            }
            is_cut = false;
            if at >= place.at {
                break;
            }
            match instruction.flow_control() {
                FlowControl::Next => registers.step(instruction),
                FlowControl::ConditionalBranch => {}
                flow => {
                    is_cut = matches!(
                        flow,
                        FlowControl::UnconditionalBranch | FlowControl::IndirectBranch | FlowControl::Return
                    );
                    registers = Registers::default();
                }
            }
        }
        registers
    }

    /// What the registers hold where jumps lead, with what comes from the instruction before.
    fn joined(&self, before: Option<Registers>, at: u32, back: usize) -> Registers {
        let sources = self.survey.sources(at);
        let left = self.left.get();
        // who is reached by nothing before it may be a function that a table or another file names
        let is_entry = has(&self.survey.entries, at)
            || (before.is_none() && (self.address + u64::from(at)).is_multiple_of(ALIGNED));
        let follows = !is_entry && back > 0 && (1..=SOURCES).contains(&sources.len()) && left as usize >= sources.len();
        // what is nowhere known stays so
        if !follows || before.is_some_and(|r| r.0 == [None; 4]) {
            return Registers::default();
        }
        self.left.set(left - sources.len() as u32);
        let ways = sources.iter().map(|(_, source)| self.registers(*source, back - 1, &mut Instruction::default()));
        ways.chain(before).reduce(Registers::joined).unwrap_or_default()
    }
}

impl Registers {
    /// What two ways have in common.
    fn joined(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].filter(|_| self.0[i] == other.0[i])))
    }

    /// What an instruction does to them.
    fn step(&mut self, instruction: &Instruction) {
        // what is compared or pushed stays as it is
        if matches!(
            instruction.mnemonic(),
            Mnemonic::Cmp | Mnemonic::Test | Mnemonic::Push | Mnemonic::Nop | Mnemonic::Endbr64
        ) {
            return;
        }
        if instruction.op_count() == 0 || instruction.op0_kind() != OpKind::Register {
            self.implicit(instruction);
            return;
        }
        let Some(to) = slot(instruction.op0_register()) else {
            self.implicit(instruction);
            return;
        };
        let wide = instruction.op0_register().size() >= 4;
        let from = |i: u32| (instruction.op_kind(i) == OpKind::Register).then(|| instruction.op_register(i));
        self.0[to] = match instruction.mnemonic() {
            Mnemonic::Xor | Mnemonic::Sub if wide && from(1) == Some(instruction.op0_register()) => Some(0),
            Mnemonic::Mov if wide => match instruction.op1_kind() {
                OpKind::Immediate32 | OpKind::Immediate32to64 | OpKind::Immediate64 => {
                    let value = instruction.immediate(1);
                    Some(if instruction.op0_register().size() == 4 { value & 0xffff_ffff } else { value })
                }
                OpKind::Register => slot(instruction.op1_register()).and_then(|s| self.0[s]),
                _ => None,
            },
            _ => None,
        };
    }

    /// Instructions that write registers which they do not name.
    fn implicit(&mut self, instruction: &Instruction) {
        match instruction.mnemonic() {
            Mnemonic::Mul
            | Mnemonic::Imul
            | Mnemonic::Div
            | Mnemonic::Idiv
            | Mnemonic::Cqo
            | Mnemonic::Cdq
            | Mnemonic::Cpuid
            | Mnemonic::Rdtsc
            | Mnemonic::Xchg
            | Mnemonic::Cmpxchg => {
                self.0[2] = None;
                self.0[3] = None;
            }
            Mnemonic::Movsb
            | Mnemonic::Movsd
            | Mnemonic::Movsq
            | Mnemonic::Stosb
            | Mnemonic::Stosd
            | Mnemonic::Stosq
            | Mnemonic::Scasb
            | Mnemonic::Cmpsb => {
                self.0[0] = None;
                self.0[1] = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_places_where_ways_join() {
        let (slots, stubs) = (BTreeMap::new(), BTreeMap::new());
        let reader = Reader { slots: &slots, stubs: &stubs, is_go: false };
        let futex = [0xb8, 0xca, 0, 0, 0];
        let read = [0xb8, 0, 0, 0, 0];
        // over what follows
        let (je, jmp, syscall) = ([0x74, 5], [0xeb, 1], [0x0f, 0x05]);
        for (code, numbers, unknown) in [
            // the same from both sides
            ([&futex[..], &je, &futex, &[0x90], &syscall].concat(), vec![202], false),
            ([&futex[..], &je, &read, &[0x90], &syscall].concat(), vec![], true),
            // nothing falls through
            ([&futex[..], &jmp, &[0xc3], &syscall].concat(), vec![202], false),
            // what nobody is seen to jump to
            ([&futex[..], &[0xc3], &syscall].concat(), vec![], true),
            // a function that others call, take the address of, or may know from a table
            ([&futex[..], &jmp, &[0xc3], &syscall, &[0xc3], &[0xe8, 0xf8, 0xff, 0xff, 0xff]].concat(), vec![], true),
            ([&futex[..], &jmp, &[0xc3], &syscall, &[0x48, 0x8d, 0x3d, 0xf7, 0xff, 0xff, 0xff]].concat(), vec![], true),
            ([&[0x90; 8][..], &futex, &jmp, &[0xc3], &syscall].concat(), vec![], true),
            // a loop that changes nothing, and one that does
            ([&futex[..], &[0x90], &syscall, &[0x74, 0xfb]].concat(), vec![], true),
            ([&futex[..], &syscall, &[0x74, 0xf7]].concat(), vec![202], false),
        ] {
            let (mut calls, mut found) = (BTreeSet::new(), Found::default());
            reader.read(0x1000, &code, &mut calls, &mut found);
            assert_eq!((Vec::from_iter(found.direct), found.unknown_direct), (numbers, unknown), "{code:x?}");
        }
    }
}
