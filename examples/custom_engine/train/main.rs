//! How many fractional bits does this training need, and how should they be rounded?
//!
//! `cargo run --release -p crypten-fixed-engine --example custom_engine` trains one small network on two rings of points,
//! in `f64` and in fixed point, and prints the losses side by side.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

mod network;

use anyhow::Result;
use crypten_autograd::{Plain, Var};
use crypten_fixed_engine::{Fixed, Rounding};
use crypten_ring::Scale;
use ndarray::array;

use network::{Run, train};

fn main() -> Result<()> {
    let fixed = |bits, rounding| -> Result<Run> {
        let engine = Fixed::new(Scale::new(bits)?, rounding, 1);
        Ok(train(&engine, |x| x.numbers())?)
    };
    let runs = [
        ("f64", train(&Plain::default(), Clone::clone)?),
        ("16 bits", fixed(16, Rounding::Stochastic)?),
        ("10 bits", fixed(10, Rounding::Stochastic)?),
        ("7 bits", fixed(7, Rounding::Stochastic)?),
        ("7, nearest", fixed(7, Rounding::Nearest)?),
        ("7, down", fixed(7, Rounding::Down)?),
    ];

    println!(
        "Loss of a network on two rings, by fractional bits; rounded as a session rounds unless said otherwise.\n"
    );
    print!("{:>8}", "step");
    runs.iter().for_each(|(name, _)| print!("{name:>12}"));
    println!();
    for (position, step) in network::NOTED.iter().enumerate() {
        print!("{step:>8}");
        runs.iter().for_each(|(_, run)| print!("{:>12.4}", run.losses[position]));
        println!();
    }
    print!("{:>8}", "right");
    runs.iter().for_each(|(_, run)| print!("{:>11.0}%", 100.0 * run.accuracy));
    println!("\n");

    // A session would go on with numbers that mean nothing, and nobody would see it.
    let salaries = Var::constant(&Fixed::default(), array![31_000.0, 47_000.0, 152_000.0])?;
    match salaries.var(0, true) {
        Ok(_) => println!("The variance of these salaries fits 16 bits."),
        Err(error) => println!("The variance of salaries does not fit 16 bits: {error}. Take thousands."),
    }
    Ok(())
}
