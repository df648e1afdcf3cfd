//! Weights that stay: products with them send the other operand only.

use std::sync::atomic::Ordering;

use crypten_ring::Conv2d;
use crypten_shares::ArithmeticShare;
use crypten_shares::fixed::{self, FixedOperand};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{product_scale, same_session};

impl CrypTensor {
    /// This tensor, for many products: as the right operand of [`matmul`](crate::matmul), as the weight of
    /// [`linear`](crate::linear) or as the kernel of [`conv2d`](crate::conv2d) it is masked once, in the first of them.
    /// Every later product sends the other operand only. What a party needs of the mask is kept as long as the tensor.
    ///
    /// The mask belongs to these numbers: what is computed from the tensor has none. A [`Var`](crate::Var) does this by
    /// itself with weights that are not trained.
    #[must_use]
    pub fn fixed(&self) -> Self {
        self.value.fixed.store(true, Ordering::Relaxed);
        self.clone()
    }

    /// The mask that the tensor keeps, if it is to keep one; it is drawn when a product needs it first.
    fn operand(&self) -> Result<Option<&FixedOperand>, Error> {
        if !self.value.fixed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        if self.value.operand.get().is_none() {
            let (share, _) = self.rounded()?;
            let draw = async |party: &mut crypten_shares::Party| FixedOperand::new(party, share).await;
            // Another handle may have been quicker: then the first mask stays.
            let _ = self.value.operand.set(self.session.perform("fixed", draw)?);
        }
        Ok(self.value.operand.get())
    }
}

/// The product of a secret and a fixed operand, or its transpose; `None` if the operand is not fixed.
pub(super) fn matmul(x: &CrypTensor, y: &CrypTensor, transposed: bool) -> Result<Option<CrypTensor>, Error> {
    product("matmul", x, y, async |party, x, y| fixed::matmul(party, x, y, transposed, None).await)
}

/// The convolution of a secret by a fixed kernel; `None` if the kernel is not fixed.
pub(super) fn conv2d(
    x: &CrypTensor,
    kernel: &CrypTensor,
    geometry: Conv2d,
) -> Result<Option<CrypTensor>, Error> {
    product("conv2d", x, kernel, async |party, x, k| fixed::conv2d(party, x, k, geometry, None).await)
}

fn product(
    operation: &'static str,
    x: &CrypTensor,
    y: &CrypTensor,
    protocol: impl AsyncFnOnce(
        &mut crypten_shares::Party,
        &ArithmeticShare,
        &FixedOperand,
    ) -> Result<ArithmeticShare, crypten_shares::Error>,
) -> Result<Option<CrypTensor>, Error> {
    same_session(x, y)?;
    let Some(operand) = y.operand()? else {
        return Ok(None);
    };
    let ((share, x_scale), (_, y_scale)) = (x.rounded()?, y.rounded()?);
    let scale = product_scale(x_scale, y_scale)?;
    let product = x.session.perform(operation, async |party| protocol(party, share, operand).await)?;
    Ok(Some(CrypTensor::new(&x.session, product, scale)))
}
