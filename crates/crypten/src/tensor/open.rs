//! Several tensors opened at once, and the way between tensors and the protocols below.

use crypten_ring::{RingTensor, Scale};
use crypten_shares::{ArithmeticShare, reveal};
use ndarray::ArrayD;

use crate::error::Error;
use crate::session::Session;
use crate::tensor::CrypTensor;
use crate::tensor::rounding::{end_to_end, part, settle};

/// Opens several tensors to all parties in one round.
///
/// # Rounds
/// One, 8 bytes an element to each peer; one more if there are products that are not rounded yet.
///
/// # Security
/// Every party learns the values. They stand in the ledger as one tensor.
///
/// # Errors
/// If they belong to different sessions, or a peer or the network fails.
#[track_caller]
pub fn get_plain_text_batch(tensors: &[&CrypTensor]) -> Result<Vec<ArrayD<f64>>, Error> {
    let Some(first) = tensors.first() else {
        return Ok(Vec::new());
    };
    let (joined, scales) = joined(tensors)?;
    let opened = first.session.disclose(async |party| reveal::reveal(party, &joined).await)?;
    parted(tensors, &scales, &opened)
}

/// Opens several tensors to party `dst` only, in one round; the others get `None`. Every party calls it. Where there is no
/// tensor, there is nothing to keep from anybody, and every party gets an empty list.
///
/// # Rounds
/// One, 8 bytes an element, to `dst`; one more if there are products that are not rounded yet.
///
/// # Security
/// Party `dst` learns the values, nobody else anything. They stand in the ledger as one tensor.
///
/// # Errors
/// If there is no party `dst`, the tensors belong to different sessions, or a peer or the network fails.
#[track_caller]
pub fn get_plain_text_batch_to(
    tensors: &[&CrypTensor],
    dst: usize,
) -> Result<Option<Vec<ArrayD<f64>>>, Error> {
    let Some(first) = tensors.first() else {
        return Ok(Some(Vec::new()));
    };
    let to = first.session.place().party(dst)?;
    let (joined, scales) = joined(tensors)?;
    let opened = first.session.disclose(async |party| reveal::reveal_to(party, &joined, to).await)?;
    opened.map(|opened| parted(tensors, &scales, &opened)).transpose()
}

/// Several tensors, of which there is at least one, in a row; and the scale of each.
fn joined(tensors: &[&CrypTensor]) -> Result<(ArithmeticShare, Vec<Scale>), Error> {
    settle(tensors)?;
    let rounded = tensors.iter().map(|tensor| tensor.rounded()).collect::<Result<Vec<_>, _>>()?;
    let scales = rounded.iter().map(|&(_, scale)| scale).collect();
    Ok((end_to_end(rounded.into_iter().map(|(share, _)| share))?, scales))
}

/// What was opened of such a row, each tensor in its shape.
fn parted(tensors: &[&CrypTensor], scales: &[Scale], opened: &RingTensor) -> Result<Vec<ArrayD<f64>>, Error> {
    let mut start = 0;
    let mut decoded = |(tensor, scale): (&&CrypTensor, &Scale)| {
        let words = part(opened, start, tensor.shape())?;
        start += tensor.numel();
        Ok(scale.decode(&words))
    };
    tensors.iter().zip(scales).map(&mut decoded).collect()
}

impl CrypTensor {
    /// A tensor of what each party holds of a sharing at a scale: what a protocol under [`Session::run`] returns.
    ///
    /// # Security
    /// Nothing is checked: shares that do not belong together make a tensor of noise. In a replicated session party 2's
    /// share is zero.
    #[must_use]
    pub fn from_share(session: &Session, share: ArithmeticShare, scale: Scale) -> Self {
        Self::new(session, share, scale)
    }

    /// What this party holds, at [`CrypTensor::scale`]: what a protocol under [`Session::run`] takes.
    #[must_use]
    pub fn share(&self) -> &ArithmeticShare {
        self.exact()
    }
}
