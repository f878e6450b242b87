//! Writes the sources of the book, guides and reference, for mdBook: `cargo run --example book`, then
//! `mdbook build target/book`.

mod pages;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let into = std::env::args_os().nth(1).unwrap_or_else(|| "target/book".into());
    pages::write(Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(&into))
}
