//! Comparisons of words as signed integers, and selection.

use crypten_ring::broadcast_shapes;
use crypten_shares::binary;

use crate::binary::arithmetic::{bitand, bitxor, together};
use crate::binary::{BinaryOperand, BinarySide, BinaryTensor, Content};
use crate::error::Error;

fn eq(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    let difference = bitxor(left, right)?;
    let equal =
        difference.session.perform("eq", async |party| binary::is_zero(party, &difference.share).await)?;
    Ok(BinaryTensor::new(&difference.session, equal, Content::Bits))
}

fn ne(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    Ok(eq(left, right)?.negated())
}

fn lt(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    let (session, less) = match (left.side(), right.side()) {
        (BinarySide::Secret(x), BinarySide::Secret(y)) => {
            return together("lt", x, y, Content::Bits, async |party| {
                binary::less_than(party, &x.share, &y.share).await
            });
        }
        (BinarySide::Secret(x), BinarySide::Public(y)) => {
            let less =
                x.session.perform("lt", async |party| binary::less_than_public(party, &x.share, &y).await)?;
            (&x.session, less)
        }
        (BinarySide::Public(x), BinarySide::Secret(y)) => {
            let less = y
                .session
                .perform("lt", async |party| binary::greater_than_public(party, &y.share, &x).await)?;
            (&y.session, less)
        }
        (BinarySide::Public(_), BinarySide::Public(_)) => return Err(Error::NothingSecret),
    };
    Ok(BinaryTensor::new(session, less, Content::Bits))
}

fn gt(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    lt(right, left)
}

fn le(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    Ok(gt(left, right)?.negated())
}

fn ge(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    Ok(lt(left, right)?.negated())
}

macro_rules! comparison {
    ($($name:ident $sign:literal $cost:literal),*) => {$(
        #[doc = concat!("Whether `self ", $sign, " other` as signed integers, as secret 0 or 1, with broadcasting; the")]
        /// other side may be public.
        ///
        /// # Rounds
        #[doc = $cost]
        ///
        /// # Errors
        /// If the shapes do not broadcast, the tensors belong to different sessions, or a peer or the network fails.
        pub fn $name(&self, other: impl BinaryOperand) -> Result<Self, Error> {
            $name(self, other)
        }
    )*};
}

impl BinaryTensor {
    comparison!(
        eq "==" "Six, 15.75 bytes an element.",
        ne "!=" "Six, 15.75 bytes an element.",
        lt "<" "Seven, 47.5 bytes an element; beside a public operand six, 31.5 bytes.",
        le "<=" "Seven, 47.5 bytes an element; beside a public operand six, 31.5 bytes.",
        gt ">" "Seven, 47.5 bytes an element; beside a public operand six, 31.5 bytes.",
        ge ">=" "Seven, 47.5 bytes an element; beside a public operand six, 31.5 bytes."
    );

    /// `x` where the lowest bit of this tensor is 1, `y` where it is 0, with broadcasting; either may be public.
    ///
    /// # Rounds
    /// One, 16 bytes an element; none if both are public.
    ///
    /// # Errors
    /// If the shapes do not broadcast, the tensors belong to different sessions, or a peer or the network fails.
    pub fn where_cond(&self, x: impl BinaryOperand, y: impl BinaryOperand) -> Result<Self, Error> {
        let mask = Self::new(&self.session, self.share.mask(), Content::INTEGERS);
        let change = match (x.side(), y.side()) {
            (BinarySide::Public(x), BinarySide::Public(y)) => {
                broadcast_shapes("where", x.shape(), y.shape())?;
                bitand(mask, BinarySide::Public(&x ^ &y))?
            }
            (x, y) => bitand(mask, bitxor(x, y)?)?,
        };
        bitxor(change, y)
    }

    /// `1 - x` for bits.
    fn negated(&self) -> Self {
        Self::new(&self.session, self.share.xor_word(self.session.place(), 1), Content::Bits)
    }
}
