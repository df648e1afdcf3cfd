//! Smooth functions on an interval as Fourier series of a period that is longer than the interval.
//!
//! Outside the interval the series may do what it likes, so that no jump spoils its convergence: the error of the best
//! fit falls geometrically with the number of terms. The factors come from a least-squares fit (Householder), whose
//! arithmetic is additions, products, quotients and square roots of `f64` in a fixed order: every party gets the same
//! bits. Source: D. Huybrechs, "On the Fourier extension of nonperiodic functions", SIAM J. Numer. Anal. 47 (2010).

use crypten_ring::{cos_sin, two_to};

use crate::correlation::Width;
use crate::error::Error;
use crate::party::Party;
use crate::protocol::periodic::{Series, harmonics};
use crate::share::ArithmeticShare;

/// Which functions a series has. A multiple of the argument costs nothing, and takes from the periodic part the jump
/// that it has least use for: fewer terms do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parity {
    /// A constant and cosines.
    Even,
    /// A multiple of the argument and sines.
    Odd,
    /// A constant, cosines and sines.
    Both,
    /// All of them.
    All,
}

/// A function of a real number: a multiple of it, and a Fourier series.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) slope: f64,
    series: Series,
    period: f64,
}

impl Fit {
    /// Fits `function` on an interval by a series with `terms` terms; `also` is an argument outside of it with the
    /// value that is wanted there.
    pub(super) fn new(
        function: impl Fn(f64) -> f64,
        [low, high]: [f64; 2],
        also: Option<(f64, f64)>,
        period: f64,
        terms: usize,
        parity: Parity,
    ) -> Self {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let has_slope = matches!(parity, Parity::Odd | Parity::All);
        let samples = 16 * terms;
        // Chebyshev's points, dense towards the ends.
        let point = |i: usize| middle + half * cos_sin((((i as u64) << 32) / (2 * samples as u64)) << 32).0;
        let points = (0..=samples).map(|i| (point(i), 1.0, function(point(i))));
        let points = points.chain(also.map(|(x, value)| (x, 30.0, value)));
        let row = |x: f64| {
            let mut row = if parity == Parity::Odd { Vec::new() } else { vec![1.0] };
            if has_slope {
                row.push(x);
            }
            for k in 1..=terms {
                let (cosine, sine) = cos_sin(turns(k as f64 * x / period));
                if parity != Parity::Odd {
                    row.push(cosine);
                }
                if parity != Parity::Even {
                    row.push(sine);
                }
            }
            row
        };
        let mut rows = Vec::new();
        for (x, weight, value) in points {
            let mut row = row(x);
            row.push(value);
            row.iter_mut().for_each(|entry| *entry *= weight);
            rows.push(row);
        }
        let factors = least_squares(rows);
        let (constant, rest) =
            if parity == Parity::Odd { (0.0, &factors[..]) } else { (factors[0], &factors[1..]) };
        let (slope, rest) = if has_slope { (rest[0], &rest[1..]) } else { (0.0, rest) };
        let every = |step: usize, first: usize| rest.iter().skip(first).step_by(step).copied().collect();
        let (cosines, sines) = match parity {
            Parity::Even => (every(1, 0), Vec::new()),
            Parity::Odd => (Vec::new(), every(1, 0)),
            Parity::Both | Parity::All => (every(2, 0), every(2, 1)),
        };
        Self { slope, series: Series { constant, cosines, sines }, period }
    }

    /// The values at `x` with `fraction` fractional bits, with `bits` fractional bits, of numbers of `width` bits.
    ///
    /// One round, 8 bytes.
    pub(super) async fn evaluate(
        &self,
        party: &mut Party,
        x: &ArithmeticShare,
        fraction: u32,
        bits: u32,
        width: Width,
    ) -> Result<ArithmeticShare, Error> {
        // The true period is 2^64 units over a whole number, next to the one of the fit: a relative error of 2^-20.
        let factor = (two_to(64 - fraction.cast_signed()) / self.period).round() as u64;
        let [values] = harmonics(party, &x.linear(|own| own * factor), [&self.series], bits, width).await?;
        let slope = (self.slope * two_to(bits.cast_signed() - fraction.cast_signed())).round() as i64;
        Ok(if slope == 0 { values } else { &values + &x.linear(|own| own * slope.cast_unsigned()) })
    }
}

/// A number of turns, without the whole ones, in units of `2^-64`.
fn turns(x: f64) -> u64 {
    ((x - x.floor()) * two_to(53)) as u64 * 2048
}

/// The solution of an overdetermined system by Householder's reflections. The last entry of a row is its right side; a
/// little of the solution's length is minimised too, which keeps it small where it does not matter.
fn least_squares(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    /// Weight of the solution's length.
    const DAMPING: f64 = 1e-6;
    let unknowns = rows[0].len() - 1;
    for i in 0..unknowns {
        let mut row = vec![0.0; unknowns + 1];
        row[i] = DAMPING;
        rows.push(row);
    }
    for column in 0..unknowns {
        let norm = rows[column..].iter().fold(0.0, |sum, row| sum + row[column] * row[column]).sqrt();
        let pivot = rows[column][column];
        let diagonal = if pivot > 0.0 { -norm } else { norm };
        let mut reflector: Vec<f64> = rows[column..].iter().map(|row| row[column]).collect();
        reflector[0] -= diagonal;
        let length = reflector.iter().fold(0.0, |sum, v| sum + v * v);
        for other in column..=unknowns {
            let dot = reflector.iter().zip(&rows[column..]).fold(0.0, |sum, (v, row)| sum + v * row[other]);
            let by = 2.0 * dot / length;
            for (v, row) in reflector.iter().zip(&mut rows[column..]) {
                row[other] -= by * v;
            }
        }
    }
    let mut solution = vec![0.0; unknowns];
    for i in (0..unknowns).rev() {
        let known = (i + 1..unknowns).fold(0.0, |sum, j| sum + rows[i][j] * solution[j]);
        solution[i] = (rows[i][unknowns] - known) / rows[i][i];
    }
    solution
}
