//! Turns the data of `src/vocab/data/` and the rule files of `rules/` into static tables, so that neither costs
//! anything when the program starts. A mistake in either stops the build with the file and what is wrong in it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a build that cannot go on stops")]

use std::path::Path;

#[path = "src/rule/generate.rs"]
mod rules;
#[path = "src/vocab/generate.rs"]
mod vocab;

fn main() {
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    for path in [
        "build.rs",
        "src/vocab/generate.rs",
        "src/vocab/generate_kernel.rs",
        "src/vocab/generate_texts.rs",
        "src/vocab/hash.rs",
        "src/vocab/data",
        "src/rule/generate.rs",
        "src/rule/file.rs",
        "rules",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    let write = |name: &str, text: String| std::fs::write(out.join(name), text).expect("OUT_DIR is writable");
    let words = vocab::generate(Path::new("src/vocab/data"));
    write("vocab.rs", words.code);
    match rules::generate(Path::new("rules"), &words.keys) {
        Ok(code) => write("rules.rs", code),
        Err(problems) => {
            for problem in &problems {
                println!("cargo::error={problem}");
            }
            panic!("{} problem(s) in the rule files", problems.len());
        }
    }
}
