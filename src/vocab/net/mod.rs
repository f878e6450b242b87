//! Addresses, interfaces, names and other values that reach outside of the process, one word or line at a time
//! (systemd.exec(5), systemd.socket(5), systemd.resource-control(5)).

mod address;
mod bind_rule;
mod device;
mod environment;
mod interface;
mod kernel;
mod names;
mod netlink;
mod pattern;
mod port;
mod streams;

pub use address::{Address, BadAddress, Listen, socket_address};
pub use bind_rule::{BindRule, socket_bind_rule};
pub use device::{BadDevice, Device, DeviceRights, device, device_rights};
pub use environment::{env_assignment, env_file, env_name, env_name_or_assignment};
pub use interface::{LONG_NAME, SHORT_NAME, is_interface, restrict_name_length};
pub use kernel::{BadProgram, NftSet, bpf_program, nft_set};
pub use names::{
    BadField, bus_name, documentation_url, fd_name, hostname, journal_field, log_namespace, xattr_assignment,
};
pub use pattern::{Pattern, PatternFault, regex_pattern};
pub use port::{BadNumber, port, port_range};
pub use streams::{Stream, replaced_output, standard_input, standard_output};

#[cfg(test)]
mod tests;
