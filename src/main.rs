//! The `unitlint` program.

fn main() -> std::process::ExitCode {
    unitlint::cli::main()
}
