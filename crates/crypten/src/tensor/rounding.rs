//! Rounding: the scale of products taken back to the session's, of many tensors in one round.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crypten_ring::RingTensor;
use crypten_shares::{ArithmeticShare, truncate};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::same_session;

/// Rounds all that has more fractional bits than the session and is not rounded yet: what asks for it later has it.
///
/// # Rounds
/// One for all of them, of 8 bytes an element; none if there is nothing to round.
///
/// # Errors
/// If they belong to different sessions, or a peer or the network fails.
pub(crate) fn settle(tensors: &[&CrypTensor]) -> Result<(), Error> {
    let Some(first) = tensors.first() else {
        return Ok(());
    };
    let (session, target) = (&first.session, first.session.scale());
    let mut seen = HashSet::new();
    // What is rounded by as many bits travels as one tensor.
    let mut groups: BTreeMap<u32, Vec<&CrypTensor>> = BTreeMap::new();
    for tensor in tensors {
        same_session(first, tensor)?;
        let lies_open = tensor.scale() > target && tensor.value.rounded.get().is_none();
        if lies_open && seen.insert(Arc::as_ptr(&tensor.value)) {
            groups.entry(tensor.scale().bits() - target.bits()).or_default().push(tensor);
        }
    }
    if groups.is_empty() {
        return Ok(());
    }
    let joined = |(&bits, group): (&u32, &Vec<&CrypTensor>)| {
        Ok((end_to_end(group.iter().map(|tensor| tensor.exact()))?, bits))
    };
    let joined = groups.iter().map(joined).collect::<Result<Vec<_>, Error>>()?;
    let parts = Vec::from_iter(joined.iter().map(|(share, bits)| (share, *bits)));
    let rounded = session.perform("rescale", async |party| truncate::truncate_all(party, &parts).await)?;
    for (group, rounded) in groups.values().zip(rounded) {
        let mut start = 0;
        for tensor in group {
            // Another handle may have been quicker: then both are good, and the first one stays.
            let _ = tensor.value.rounded.set(rounded.try_linear(|own| part(own, start, tensor.shape()))?);
            start += tensor.numel();
        }
    }
    Ok(())
}

/// The elements of all shares, one share after the other.
pub(super) fn end_to_end<'a>(
    shares: impl Iterator<Item = &'a ArithmeticShare>,
) -> Result<ArithmeticShare, Error> {
    let flat = |share: &ArithmeticShare| share.try_linear(|own| own.reshape(&[own.len()]));
    let flat = shares.map(flat).collect::<Result<Vec<_>, _>>()?;
    match flat.as_slice() {
        [only] => Ok(only.clone()),
        flat => Ok(ArithmeticShare::concatenate(0, &Vec::from_iter(flat))?),
    }
}

/// What stands in such a row from `start` on, in its shape.
pub(super) fn part(
    row: &RingTensor,
    start: usize,
    shape: &[usize],
) -> Result<RingTensor, crypten_ring::Error> {
    row.stride_axis(0, start, 1, shape.iter().product()).reshape(shape)
}
