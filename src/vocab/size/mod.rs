//! Numbers with a range or a unit: sizes, limits, weights, CPU sets, signals, exit statuses (`parse-util.c`,
//! `percent-util.c`, `rlimit-util.c`, `cpu-set-util.c`, `signal-util.c`, `exit-status.c`).

mod bytes;
mod cpus;
mod device;
mod limit;
mod number;
mod rlimit;
mod share;
mod signal;
mod status;
mod words;

pub use bytes::{bytes, iec_size};
pub use cpus::{BadCpu, CpuLine, cpu_affinity, cpu_set, numa_mask, range};
pub use device::{BadDevice, IoDevice, io_device};
pub use limit::{
    Limit, cpu_quota, cpu_weight, disk_quota, io_limit, memory_limit, memory_takes_zero, tasks_max, weight,
};
pub(super) use number::scan;
pub use number::{exit_number, integer, integer_64, integer_in, unsigned, unsigned_64, unsigned_or_infinity};
pub use rlimit::{BadRlimit, RLIM_INFINITY, Rlimit, RlimitUnit, rlimit};
pub use share::{permille, permille_unbounded, permyriad, permyriad_unbounded};
pub use signal::{signal, signal_name};
pub use status::{ExitWord, exit_word};
pub use words::{Errno, coredump_word, errno, log_facility, log_level, number_fallback, word_or_number};

/// Why a number is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// not understood (`EINVAL`)
    Syntax,
    /// understood, and too large or too small (`ERANGE`)
    Range,
}

/// The blanks that systemd skips in front of numbers and words (`WHITESPACE`).
pub(super) const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// A number up to `most`.
fn at_most<T: PartialOrd>(number: T, most: T) -> Result<T, Bad> {
    if number > most { Err(Bad::Range) } else { Ok(number) }
}

#[cfg(test)]
mod tests;
