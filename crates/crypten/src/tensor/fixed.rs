//! Weights that stay: products with them send the other operand only.

use crypten_ring::Conv2d;
use crypten_shares::ArithmeticShare;
use crypten_shares::fixed::{self, FixedOperand};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{product_scale, same_session};

impl CrypTensor {
    /// The same tensor, for many products: as the right operand of [`matmul`](crate::matmul), as the weight of
    /// [`linear`](crate::linear) or as the kernel of [`conv2d`](crate::conv2d) it is masked once, in the first of them.
    /// Every later product sends the other operand only. What a party needs of the mask is kept as long as the tensor.
    ///
    /// # Rounds
    /// None; one, of 8 bytes, for a product that is not rounded yet.
    ///
    /// # Domain
    /// Every number in range; exact, but a product is off by less than a unit once it is rounded.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn fixed(&self) -> Result<Self, Error> {
        let (share, scale) = self.rounded()?;
        let operand = self.session.perform("fixed", async |party| FixedOperand::new(party, share).await)?;
        Ok(Self::with_operand(&self.session, share.clone(), scale, Some(operand)))
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
    let Some(operand) = &y.value.operand else {
        return Ok(None);
    };
    same_session(x, y)?;
    let (share, scale) = x.rounded()?;
    let scale = product_scale(scale, y.scale())?;
    let product = x.session.perform(operation, async |party| protocol(party, share, operand).await)?;
    Ok(Some(CrypTensor::new(&x.session, product, scale)))
}
