//! Limits, quotas and weights of control groups and directories (systemd.resource-control(5)).

use super::Bad;
use super::bytes::bytes;
use super::number::unsigned_64;
use super::share::{permyriad, permyriad_unbounded};

/// A limit that may be a share of what the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `infinity`, or `off` for quotas
    Unlimited,
    /// bytes or tasks
    Absolute(u64),
    /// hundredths of a percent
    Share(u32),
}

/// Whether the memory key takes 0 (`config_parse_memory_limit()`).
pub fn memory_takes_zero(key: &str) -> bool {
    matches!(
        key,
        "MemoryMin"
            | "MemoryLow"
            | "StartupMemoryLow"
            | "MemorySwapMax"
            | "StartupMemorySwapMax"
            | "MemoryZSwapMax"
            | "StartupMemoryZSwapMax"
            | "DefaultMemoryMin"
            | "DefaultMemoryLow"
            | "DefaultStartupMemoryLow"
    )
}

/// A memory limit: class memory_limit; `zero` by [`memory_takes_zero`] (`config_parse_memory_limit()`).
/// [`Bad::Range`] has a message of its own.
pub fn memory_limit(text: &str, zero: bool) -> Result<Limit, Bad> {
    if text == "infinity" {
        return Ok(Limit::Unlimited);
    }
    match share_or_bytes(text) {
        Ok(Limit::Absolute(u64::MAX)) => Err(Bad::Range),
        Ok(Limit::Absolute(0) | Limit::Share(0)) if !zero => Err(Bad::Range),
        Ok(limit) => Ok(limit),
        Err(_) => Err(Bad::Syntax),
    }
}

/// A share of up to 100%, or a size of base 1024.
fn share_or_bytes(text: &str) -> Result<Limit, Bad> {
    permyriad(text).map(Limit::Share).or_else(|_| bytes(text, 1024).map(Limit::Absolute))
}

/// A limit of tasks: class tasks_max (`config_parse_tasks_max()`). [`Bad::Range`] has a message of its own.
pub fn tasks_max(text: &str) -> Result<Limit, Bad> {
    if text == "infinity" {
        return Ok(Limit::Unlimited);
    }
    if let Ok(share) = permyriad(text) {
        return Ok(Limit::Share(share));
    }
    match unsigned_64(text) {
        Ok(0 | u64::MAX) => Err(Bad::Range),
        Ok(tasks) => Ok(Limit::Absolute(tasks)),
        Err(_) => Err(Bad::Syntax),
    }
}

/// A directory quota: class disk_quota (`config_parse_exec_quota()`).
pub fn disk_quota(text: &str) -> Result<Limit, Bad> {
    if text == "off" { Ok(Limit::Unlimited) } else { share_or_bytes(text) }
}

/// A CPU quota in hundredths of a percent of one CPU: class cpu_quota (`config_parse_cpu_quota()`).
pub fn cpu_quota(text: &str) -> Result<u32, Bad> {
    match permyriad_unbounded(text)? {
        0 => Err(Bad::Range),
        share => Ok(share),
    }
}

/// A weight in the range of the key: class weight (`cg_weight_parse()`).
pub fn weight(text: &str, (least, most): (i64, i64)) -> Result<u64, Bad> {
    let weight = unsigned_64(text)?;
    let good = i64::try_from(weight).is_ok_and(|w| (least..=most).contains(&w));
    good.then_some(weight).ok_or(Bad::Range)
}

/// A CPU weight; 0 stands for `idle`: class cpu_weight (`cg_cpu_weight_parse()`).
pub fn cpu_weight(text: &str) -> Result<u64, Bad> {
    if text == "idle" { Ok(0) } else { weight(text, (1, 10000)) }
}

/// The value of an IO limit, base 1000; 0 is refused (`config_parse_io_limit()`).
pub fn io_limit(text: &str) -> Result<Limit, Bad> {
    match text {
        "infinity" => Ok(Limit::Unlimited),
        _ => match bytes(text, 1000)? {
            0 => Err(Bad::Range),
            limit => Ok(Limit::Absolute(limit)),
        },
    }
}
