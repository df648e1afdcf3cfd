//! What all parties pass alike before they train, and say to each other: who has what, and the options. The feature
//! party alone adds the size of its last layer.
//!
//! An option that one party reads differently promises what another does not keep: rows that are not shortened, noise
//! that is not drawn. So options are compared first, and checked when they are the same, so that every party finds the
//! same mistake.

use crypten_shares::tell;

use crate::error::Error;
use crate::session::Session;

use super::error::SplitError;
use super::options::DPSplitOptions;

/// The word for an option that is off: as a number it is none, which is never allowed.
const NONE: u64 = u64::MAX;

/// The size of the last layer, outputs and inputs, that the feature party passes, if everybody else passes the same.
///
/// # Rounds
/// One, of 80 bytes.
///
/// # Errors
/// [`SplitError::OptionDiffers`] and [`SplitError::NoNetwork`], at every party; if there is no such party, or the
/// network of parties fails.
pub(super) fn reached(
    session: &Session,
    [feature_src, label_src]: [usize; 2],
    options: &DPSplitOptions,
    size: Option<[usize; 2]>,
) -> Result<[u64; 2], Error> {
    let sources = [("feature_src", feature_src as u64), ("label_src", label_src as u64)];
    let alike = [&sources[..], &words(options)].concat();
    let size = size.map_or([NONE; 2], |size| size.map(|length| length as u64));
    let own: Vec<u64> = size.into_iter().chain(alike.iter().map(|&(_, word)| word)).collect();
    let said = session.perform("tell", async |party| tell::exchange(party, &own).await)?;
    for (place, &(option, _)) in alike.iter().enumerate() {
        let said: Vec<_> = said.iter().map(|words| vec![words[size.len() + place]]).collect();
        if let Some(odd) = tell::odd_one_out(&said) {
            return Err(SplitError::OptionDiffers { rank: odd.index(), option }.into());
        }
    }
    let owner = session.place().party(feature_src)?;
    match said[owner.index()][..] {
        [outputs, inputs, ..] if outputs != NONE => Ok([outputs, inputs]),
        _ => Err(SplitError::NoNetwork.into()),
    }
}

/// Every option, and what it is.
fn words(options: &DPSplitOptions) -> [(&'static str, u64); 6] {
    let DPSplitOptions {
        noise_magnitude,
        noise_src,
        max_row_norm,
        randomized_response_prob,
        rappor_prob,
        skip_forward,
    } = *options;
    let number = |number: Option<f64>| number.map_or(NONE, f64::to_bits);
    [
        ("noise_magnitude", noise_magnitude.to_bits()),
        ("noise_src", noise_src.map_or(NONE, |src| src as u64)),
        ("max_row_norm", number(max_row_norm)),
        ("randomized_response_prob", number(randomized_response_prob)),
        ("rappor_prob", number(rappor_prob)),
        ("skip_forward", u64::from(skip_forward)),
    ]
}
