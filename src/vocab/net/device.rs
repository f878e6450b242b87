//! The device and the rights of `DeviceAllow=` (systemd.resource-control(5)).

use crate::vocab::Model;
use crate::vocab::path::{self, BadPath};

/// Which device a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// a node below /dev, in its simple form
    Node(String),
    /// `block-GLOB`
    Block(String),
    /// `char-GLOB`
    Char(String),
}

/// What is wrong with the device of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDevice {
    /// neither below /dev nor a group of devices
    NotDevice,
    /// an unusable path
    Path(BadPath),
}

/// The first word of `DeviceAllow=`, expanded (`config_parse_device_allow()`). The empty word gives a bad path.
///
/// # Errors
/// When there can be no such device.
pub fn device(text: &str, model: Model) -> Result<Device, BadDevice> {
    if let Some(glob) = text.strip_prefix("block-") {
        return Ok(Device::Block(glob.to_owned()));
    }
    if let Some(glob) = text.strip_prefix("char-") {
        return Ok(Device::Char(glob.to_owned()));
    }
    if text.is_empty() {
        return Err(BadDevice::Path(BadPath::NotAbsolute));
    }
    let simple = path::simplify(text, model);
    let below = |dir: &str| simple.strip_prefix(dir).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    if !below("/dev") && !below("/run/systemd/inaccessible") {
        return Err(BadDevice::NotDevice);
    }
    path::absolute(text, model).map(Device::Node).map_err(BadDevice::Path)
}

/// What a rule allows to do with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRights {
    /// `r`
    pub read: bool,
    /// `w`
    pub write: bool,
    /// `m`
    pub mknod: bool,
}

/// What follows the device in `DeviceAllow=`: `r`, `w` and `m` in any order and number; nothing stands for all of them.
pub fn device_rights(text: &str) -> Option<DeviceRights> {
    let has = |letter: u8| text.is_empty() || text.bytes().any(|b| b == letter);
    let good = text.bytes().all(|b| b"rwm".contains(&b));
    good.then(|| DeviceRights { read: has(b'r'), write: has(b'w'), mknod: has(b'm') })
}
