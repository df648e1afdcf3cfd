//! Positive numbers as a number in `[1, 4)` times a power of four, found by two searches among breakpoints.
//!
//! The first finds `j` with `2^(10 j) <= X < 2^(10 j + 10)` for the ring integer `X`, and multiplies by `2^(30 - 10
//! j)`; the second finds `k` with `u = 4^-k` times that in `[1, 4)`, looking only at the 16 bits that can tell, so that
//! `u` may be off the interval by 1 in 256. Then `X = u 2^(10 j + 2 k)`.

use crate::correlation::Window;
use crate::error::Error;
use crate::party::Party;
use crate::protocol::piecewise::{Line, piecewise};
use crate::share::ArithmeticShare;

/// Fractional bits of `u`.
pub(super) const UNIT_BITS: u32 = 38;

/// Values of `j` and of `k`.
pub(super) const COARSE: usize = 4;
pub(super) const FINE: usize = 5;

/// The interval in which `u` lies, with what a narrow comparison may be off.
pub(super) const INTERVAL: [f64; 2] = [0.99, 4.03];

/// A normalised tensor with a public function of `j` and one of `k`.
pub(super) struct Normalized {
    /// `u`, with [`UNIT_BITS`] fractional bits; zero for zero.
    pub(super) unit: ArithmeticShare,
    pub(super) coarse: ArithmeticShare,
    pub(super) fine: ArithmeticShare,
}

/// Normalises `0 <= X < 2^40`; if `signed`, also `-2^40 < X < 0`, whose `u` is that of `-X` and whose `coarse` is
/// negative.
///
/// Seven rounds; 32.25 bytes an element, signed 49.25 bytes.
pub(super) async fn normalize(
    party: &mut Party,
    x: &ArithmeticShare,
    signed: bool,
    coarse: impl Fn(u32) -> i64,
    fine: impl Fn(u32) -> i64,
) -> Result<Normalized, Error> {
    let shift = |j: u32| Line::new(1 << (30 - 10 * j), 0);
    let mut breakpoints: Vec<i64> = (1..COARSE as u32).map(|j| 1 << (10 * j)).collect();
    let mut shifts: Vec<Line> = (0..COARSE as u32).map(shift).collect();
    let mut weights: Vec<Line> = (0..COARSE as u32).map(|j| Line::constant(coarse(j))).collect();
    if signed {
        let mirror = |lines: &mut Vec<Line>, negate: fn(&Line) -> Line| {
            *lines = lines.iter().rev().map(negate).chain(lines.iter().copied()).collect();
        };
        mirror(&mut shifts, |line| Line { slope: line.slope.wrapping_neg(), ..*line });
        mirror(&mut weights, |line| Line { intercept: line.intercept.wrapping_neg(), ..*line });
        // Below a breakpoint means strictly below, so the mirrored ones lie one unit higher.
        let below = breakpoints.iter().rev().map(|t| 1 - t);
        breakpoints = below.chain([0]).chain(breakpoints.iter().copied()).collect();
    }
    let [shifted, coarse] = piecewise(party, x, Window::Full, &breakpoints, &[&shifts, &weights]).await?;

    let breakpoints: Vec<i64> = (1..FINE as u32).map(|k| 1 << (30 + 2 * k)).collect();
    let shifts: Vec<Line> = (0..FINE as u32).map(|k| Line::new(1 << (8 - 2 * k), 0)).collect();
    let weights: Vec<Line> = (0..FINE as u32).map(|k| Line::constant(fine(k))).collect();
    let window = Window::Narrow { low: 24 };
    let [unit, fine] = piecewise(party, &shifted, window, &breakpoints, &[&shifts, &weights]).await?;
    Ok(Normalized { unit, coarse, fine })
}
