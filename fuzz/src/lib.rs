//! What the targets share: how bytes become files, and what holds for every finding.
//!
//! Files are written down as text, so that whatever a fuzzer cuts out, doubles or swaps is again a few files:
//!
//! ```text
//! systemd=257 user
//! ==> /etc/systemd/system/a.service
//! [Service]
//! ExecStart=/bin/true
//! ==> /etc/systemd/system/b.service -> a.service
//! ==> 4755 /usr/bin/sudo
//! ```

mod files;
mod found;

pub use files::{Document, Part};
pub use found::{content, has_all_places, session, told};
