//! A tensor spread over three parties, for products.

use std::sync::OnceLock;

use crypten_ring::RingTensor;

use crate::share::ArithmeticShare;

/// What party `i` holds of `x = x_0 + x_1 + x_2`: `x_i`, and `x_{i+1}` with indices modulo 3.
#[derive(Clone)]
pub(crate) struct Spread {
    pub(crate) own: RingTensor,
    pub(crate) next: RingTensor,
}

/// The same tensor spread, once a product has needed it.
pub(super) type Cache = OnceLock<Spread>;

impl ArithmeticShare {
    /// The same tensor spread over three parties, if a product has needed it.
    pub(crate) fn spread(&self) -> Option<&Spread> {
        self.spread.get()
    }

    /// Keeps the tensor spread. Whoever was first wins; all are sharings of the same tensor.
    pub(crate) fn set_spread(&self, spread: Spread) {
        let _ = self.spread.set(spread);
    }
}
