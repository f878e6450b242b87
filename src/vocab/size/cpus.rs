//! CPU and NUMA node numbers: class cpu_set and its sisters (systemd.exec(5), `cpu-set-util.c`).

use super::Bad;
use super::number::unsigned;
use crate::vocab::Model;
use crate::vocab::words::{Cursor, Split};
use std::ops::Range;

/// `N` or `LOW-HIGH`; whether LOW is the smaller one is not looked at (`parse_range()`).
pub fn range(text: &str) -> Result<(u32, u32), Bad> {
    let mut words = Cursor::new(text);
    let low = words.next(Split::COLON.at(b"-")).ok().flatten().ok_or(Bad::Syntax)?;
    let low = unsigned(&low.text)?;
    let high = words.rest().map_or(Ok(low), unsigned)?;
    Ok((low, high))
}

/// What is wrong with an item of a CPU set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCpu {
    /// an open quote, or a backslash at the end
    Quoting,
    /// neither a number nor a range
    Item,
    /// the range runs backwards
    Reversed,
    /// beyond 8191
    TooLarge,
}

/// What a line adds to a CPU set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuLine {
    /// first and last CPU of each item
    pub cpus: Vec<(u32, u32)>,
    /// what is wrong, and where
    pub faults: Vec<(BadCpu, Range<usize>)>,
    /// the line counts for nothing
    pub ignored: bool,
    /// the line has no item: it empties the set up to 257, and changes nothing since
    pub blank: bool,
}

/// CPU numbers and ranges: class cpu_set. Up to 257 one bad item spoils the line, and a range that runs backwards
/// is skipped; since 258 bad items are skipped one by one (`parse_cpu_set_extend()`, `config_parse_cpu_set()`).
pub fn cpu_set(text: &str, model: Model) -> CpuLine {
    const HOW: Split = Split::UNQUOTE.at(b" \t\n\r,");
    const COUNT: u32 = 8192;
    let stops = model.number() < 258;
    let mut line = CpuLine { blank: true, ..CpuLine::default() };
    let mut words = Cursor::new(text);
    loop {
        let start = words.word_start(words.offset(), HOW);
        let (fault, at) = match words.next(HOW) {
            Ok(None) => return line,
            Err(_) => (BadCpu::Quoting, start..text.len()),
            Ok(Some(word)) => match range(&word.text) {
                Err(_) => (BadCpu::Item, word.at),
                // the loop of old releases never reaches this one
                Ok((u32::MAX, _)) if stops => continue,
                Ok((low, high)) if low > high => (BadCpu::Reversed, word.at),
                Ok((_, high)) if high >= COUNT => (BadCpu::TooLarge, word.at),
                Ok(cpus) => {
                    line.blank = false;
                    line.cpus.push(cpus);
                    continue;
                }
            },
        };
        line.blank = false;
        line.ignored = fault == BadCpu::Quoting || (stops && fault != BadCpu::Reversed);
        line.faults.push((fault, at));
        if line.ignored {
            line.cpus.clear();
            return line;
        }
    }
}

/// As a CPU set; `None` for `all`: class numa_mask (`config_parse_numa_mask()`).
pub fn numa_mask(text: &str, model: Model) -> Option<CpuLine> {
    (text != "all").then(|| cpu_set(text, model))
}

/// `CPUAffinity=`: as a CPU set; `None` for `numa` (`config_parse_exec_cpu_affinity()`).
pub fn cpu_affinity(text: &str, model: Model) -> Option<CpuLine> {
    (text != "numa").then(|| cpu_set(text, model))
}
