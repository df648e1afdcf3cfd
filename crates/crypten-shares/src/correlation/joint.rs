//! Completion by two parties without a dealer: party 0 learns the corrections of units of which each party knows only
//! its own words.
//!
//! Party 0 knows its independent words `x_0`, party 1 its own `x_1` and, from the same seed, its share `d_1` of the
//! dependent words. Party 0 is to learn `complete(x_0 + x_1) - d_1`, which is uniformly random to it, and party 1
//! nothing. Every dependent word is a lookup in a table that party 1 masks by `d_1`, or a sum of products to which
//! party 1 adds `-d_1`; what lies between is shared under fresh masks. The parties are honest but curious.
//!
//! What a batch of units costs in calls of a [`Joint`], and each element in lookups and in outputs of products:
//!
//! | kind | calls | lookups | outputs |
//! |---|---|---|---|
//! | product, square | 1 | 0 | 1 |
//! | truncation by 16 bits | 18 | 18 | 0 |
//! | division by 1500 | 21 | 27 | 0 |
//! | sign | 19 | 22 | 0 |
//! | sign for ReLU, and with truncation | 21, 24 | 24, 27 | 0 |
//! | equality | 18 | 22 | 0 |
//! | maximum of four | 27 | 186 | 0 |
//! | bits of a mask | 16 | 16 | 0 |
//! | bit | 1 | 1 | 0 |
//! | product of words of 64 bits | 1 | 32 | 0 |
//! | cosines and sines, 12 terms | 1 | 0 | 24 |
//! | power of two, 36 fractional bits | 17 | 29 | 2 |
//!
//! A product of matrices or a convolution is one call with an output for each element of the result.

mod side; // what one party does: lookups, selections, products
mod carry; // the bits of a sum
mod words; // products and truncation
mod planes; // algebra on shared bits
mod sign; // signs and ReLU
mod equal; // comparison with zero
mod maximum; // four-way tournaments
mod periodic; // angles and powers of two
#[cfg(test)]
mod law; // the parts add up, for every kind

use crypten_ring::{Seed, UNIT};

use crate::correlation::{Kind, SignRow};
use crate::error::Error;
use crate::joint::{Bilinear, Joint};
use crate::net::Net;
use side::Side;

const CHECKED: &str = "shapes are checked when a kind is made";

/// Words of the units of one batch (4 MiB): enough that rounds are spent well. A call has no more lookups than that.
const BATCH_WORDS: usize = 1 << 19;

/// Sums of products of one batch: these cost milliseconds each, and a caller wants to see progress.
const BATCH_OUTPUTS: usize = 1 << 13;

/// How many units of a kind are completed at a time. The rounds of a batch do not depend on it.
pub(crate) fn batch_units(kind: &Kind) -> usize {
    if kind.unit_elements() == 1 {
        return 1;
    }
    let units = match kind {
        Kind::And => BATCH_WORDS / (64 * UNIT),
        Kind::Product | Kind::Square => BATCH_OUTPUTS / UNIT,
        Kind::Harmonics { terms, .. } => BATCH_OUTPUTS / (2 * terms * UNIT),
        Kind::Power { .. } => BATCH_OUTPUTS / (2 * UNIT),
        _ => BATCH_WORDS / kind.layout().words(),
    };
    units.max(1)
}

/// Completes units `first..first + units` together with the peer; `seed` is this party's own.
/// Party 0 gets the corrections, party 1 nothing.
pub(crate) async fn complete_jointly(
    joint: &mut dyn Joint,
    net: &mut dyn Net,
    kind: &Kind,
    seed: &Seed,
    first: u64,
    units: usize,
) -> Result<Vec<u64>, Error> {
    if kind.correction_words() == 0 || units == 0 {
        return Ok(Vec::new());
    }
    let mut side = Side::new(joint, net, kind, seed, first, units)?;
    complete(&mut side, kind).await?;
    Ok(side.corrections())
}

async fn complete(side: &mut Side<'_>, kind: &Kind) -> Result<(), Error> {
    match kind {
        Kind::And => planes::complete_and(side).await,
        Kind::Bit => planes::complete_bit(side).await,
        Kind::Mask => planes::complete_mask(side).await,
        Kind::Equality => equal::complete(side).await,
        Kind::Maximum => maximum::complete(side).await,
        Kind::Sign { signs, window, used } => {
            sign::complete(side, SignRow::shared(*signs, *window, *used), *used).await
        }
        Kind::Truncation { bits } => words::complete_truncation(side, *bits).await,
        Kind::Division { divisor } => words::complete_division(side, *divisor).await,
        Kind::Harmonics { terms, bits, width } => {
            periodic::complete_harmonics(side, *terms, *bits, *width).await
        }
        Kind::Power { fraction, bits } => periodic::complete_power(side, *fraction, *bits).await,
        Kind::Product => words::complete_products(side, kind).await,
        Kind::Square => words::complete_squares(side, kind).await,
        Kind::Matmul { left, right } => {
            let form = Bilinear::matmul(left, right, false).expect(CHECKED);
            words::complete_bilinear(side, kind, form).await
        }
        Kind::FixedMatmul { left, right, transposed, .. } => {
            let form = Bilinear::matmul(left, right, *transposed).expect(CHECKED);
            words::complete_bilinear(side, kind, form).await
        }
        Kind::Convolution { input, kernel, geometry }
        | Kind::FixedConvolution { input, kernel, geometry, .. } => {
            let form = Bilinear::conv2d(*input, *kernel, *geometry).expect(CHECKED);
            words::complete_bilinear(side, kind, form).await
        }
        Kind::Operand { .. } => Ok(()),
    }
}
