//! Mounts, images, directories and credentials of a unit (systemd.exec(5)): values that are split in their own way,
//! `load-fragment.c`.
//!
//! A value that expands specifiers piece by piece takes `expand`, which gives `None` for a specifier that cannot be
//! resolved.

mod bind;
mod credentials;
mod directories;
mod encoding;
mod entries;
mod mounts;
mod names;
mod open_file;
mod paths;
mod policy;
mod prefixes;
mod root_hash;

pub use bind::{Bind, bind_paths};
pub use credentials::{
    LoadedCredential, import_credential, is_credential, is_credential_glob, load_credential, set_credential,
};
pub use directories::{Directory, relative_directories};
pub use encoding::{base64, escaped_text};
pub use entries::{Bad, Entries, Problem};
pub use mounts::{Image, PartitionOptions, extension_images, mount_images, partition, root_image_options};
pub use names::{cgroup_name, is_fd_name, is_file_name, rule_name, secure_bit};
pub use open_file::{OpenFile, open_file};
pub use paths::{colon_path_list, relative, temporary_filesystem};
pub use policy::{BadPolicy, ImagePolicy, image_policy};
pub use prefixes::{Condition, Prefixed, condition, prefixed_path, security_label};
pub use root_hash::{BadHash, RootHash, root_hash, root_hash_signature};

/// Expands the specifiers of one piece.
pub type Expand<'e> = &'e dyn Fn(&str) -> Option<String>;

#[cfg(test)]
mod tests;
