//! The chores of the workspace: `cargo xtask ci` and `cargo xtask tidy`.

#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod ci;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
The chores of the workspace.

Usage: cargo xtask <COMMAND>

Commands:
  ci     Run all that continuous integration runs, cheapest first
  tidy   Check the rules of the house that no compiler knows
  help   Print this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["ci"] => ci::run(root()),
        ["tidy"] => tidy::run(root()),
        [] | ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("error: there is no command `{}`\n\n{HELP}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies below the root of the workspace")
}
