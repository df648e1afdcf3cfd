//! Two parties add tensors that neither may see: `cargo run --release --example hello`.
#![expect(clippy::print_stdout, reason = "an example that prints its result")]

use crypten::ndarray::array;

fn main() -> anyhow::Result<()> {
    // The first process starts the parties (and a dealer) and shows their output; each of them joins the session.
    let Some(session) = crypten::init_or_start(2)? else {
        return Ok(());
    };

    let x = session.cryptensor(array![1, 2, 3], 0)?; // party 0's
    let y = session.cryptensor(array![2, 3, 4], 1)?; // party 1's
    let sum = (&x + &y)?;

    println!("{sum:?}");
    println!("{}", sum.get_plain_text()?);
    Ok(())
}
