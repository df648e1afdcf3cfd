//! All that continuous integration runs, cheapest first; the first stage that fails is the last.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::tidy;

/// Runs every stage in the workspace at `root`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let begin = Instant::now();
    stage("format", || finish(&mut cargo(root, "fmt --all --check")))?;
    stage("tidy", || tidy::run(root))?;
    stage("lints", || finish(&mut cargo(root, "clippy --workspace --all-targets -- -D warnings")))?;
    stage("tests", || finish(&mut cargo(root, "test --workspace")))?;
    stage("documentation", || {
        finish(cargo(root, "doc --workspace --no-deps").env("RUSTDOCFLAGS", "-Dwarnings"))
    })?;
    println!("\n== all stages passed in {:.1} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// Does one stage's work between its headline and the time that it took.
fn stage(headline: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {headline}");
    let begin = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "passed" } else { "failed" };
    println!("== {headline} {verdict} in {:.1} s", begin.elapsed().as_secs_f64());
    outcome.with_context(|| format!("the stage `{headline}` failed"))
}

/// Cargo with these arguments, which contain no blanks, in the workspace at `root`.
pub(crate) fn cargo(root: &Path, arguments: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root).args(arguments.split(' '));
    command
}

fn finish(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?} did not start"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
