//! How many fractional bits does this training need, and how should they be rounded?
//!
//! `cargo run --release -p crypten-fixed-engine --example custom_engine` trains one small network on two rings of points,
//! in `f64` and in fixed point, and prints the losses side by side.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

mod network;

use anyhow::Result;
use crypten_autograd::Plain;
use crypten_fixed_engine::{Fixed, Rounding};
use crypten_ring::Scale;

use network::{Run, train};

fn main() -> Result<()> {
    let fixed = |bits, rounding| -> Result<Run> {
        let engine = Fixed::new(Scale::new(bits)?, rounding, 1);
        Ok(train(&engine, 1.0, |x| x.numbers())?)
    };
    let runs = [
        ("f64", train(&Plain::default(), 1.0, Clone::clone)?),
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
    match train(&Fixed::default(), 50_000.0, |x| x.numbers()) {
        Ok(_) => println!("Features of 50000 fit 16 bits."),
        Err(error) => println!("Features of 50000 do not fit 16 bits: {error}."),
    }
    Ok(())
}
