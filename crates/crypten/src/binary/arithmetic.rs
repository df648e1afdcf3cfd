//! Bitwise logic, sums, differences and shifts, with public integers on either side.

use crypten_autograd::Axes;
use crypten_ring::{RingTensor, broadcast_shapes};
use crypten_shares::{BinaryShare, Party, binary};

use crate::binary::{BinaryOperand, BinarySide, BinaryTensor, Content, Integers};
use crate::error::Error;

/// `left & right`.
pub(super) fn bitand(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    // A bit beside whole numbers leaves a bit.
    let joint = |x: Content, y: Content| if x.max(y) == Content::INTEGERS { x.min(y) } else { x.max(y) };
    match (left.side(), right.side()) {
        (BinarySide::Secret(x), BinarySide::Secret(y)) => {
            let content = joint(x.content, y.content);
            together("and", x, y, content, async |party| binary::and(party, &x.share, &y.share).await)
        }
        (BinarySide::Secret(x), BinarySide::Public(y)) | (BinarySide::Public(y), BinarySide::Secret(x)) => {
            x.beside("and", &y, joint(x.content, Content::of(&y)), |share| share.and_public(&y))
        }
        (BinarySide::Public(_), BinarySide::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left | right`.
pub(super) fn bitor(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    match (left.side(), right.side()) {
        (BinarySide::Secret(x), BinarySide::Secret(y)) => {
            let content = x.content.max(y.content);
            together("or", x, y, content, async |party| binary::or(party, &x.share, &y.share).await)
        }
        (BinarySide::Secret(x), BinarySide::Public(y)) | (BinarySide::Public(y), BinarySide::Secret(x)) => {
            let place = x.session.place();
            x.beside("or", &y, x.content.max(Content::of(&y)), |share| share.or_public(place, &y))
        }
        (BinarySide::Public(_), BinarySide::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left ^ right`.
pub(super) fn bitxor(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    match (left.side(), right.side()) {
        (BinarySide::Secret(x), BinarySide::Secret(y)) => {
            same_session(x, y)?;
            x.beside("xor", y.share.own(), x.content.max(y.content), |share| share ^ &y.share)
        }
        (BinarySide::Secret(x), BinarySide::Public(y)) | (BinarySide::Public(y), BinarySide::Secret(x)) => {
            let place = x.session.place();
            x.beside("xor", &y, x.content.max(Content::of(&y)), |share| share.xor_public(place, &y))
        }
        (BinarySide::Public(_), BinarySide::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left + right`.
pub(super) fn add(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    match (left.side(), right.side()) {
        (BinarySide::Secret(x), BinarySide::Secret(y)) => {
            let content = x.number().max(y.number());
            together("add", x, y, content, async |party| binary::add(party, &x.share, &y.share).await)
        }
        (BinarySide::Secret(x), BinarySide::Public(y)) | (BinarySide::Public(y), BinarySide::Secret(x)) => {
            x.plus(&y)
        }
        (BinarySide::Public(_), BinarySide::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left - right`.
pub(super) fn sub(left: impl BinaryOperand, right: impl BinaryOperand) -> Result<BinaryTensor, Error> {
    match (left.side(), right.side()) {
        (BinarySide::Secret(x), BinarySide::Secret(y)) => {
            let content = x.number().max(y.number());
            together("sub", x, y, content, async |party| binary::sub(party, &x.share, &y.share).await)
        }
        (BinarySide::Secret(x), BinarySide::Public(y)) => x.plus(&-&y),
        // Since not y = -y - 1.
        (BinarySide::Public(x), BinarySide::Secret(y)) => y.bitwise_not().plus(&(&x + 1)),
        (BinarySide::Public(_), BinarySide::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left << bits`.
pub(super) fn shl(left: impl BinaryOperand, bits: impl Integers) -> Result<BinaryTensor, Error> {
    let (left, bits) = (secret(&left)?, bits.words());
    left.beside("shift", &bits, left.number(), |share| share.shift_left(&bits))
}

/// `left >> bits`.
pub(super) fn shr(left: impl BinaryOperand, bits: impl Integers) -> Result<BinaryTensor, Error> {
    let (left, bits) = (secret(&left)?, bits.words());
    left.beside("shift", &bits, left.content, |share| share.shift_right(&bits))
}

impl BinaryTensor {
    /// The bitwise product `self & other`, with broadcasting; the other side may be public.
    ///
    /// # Rounds
    /// One, 16 bytes an element; none beside a public operand.
    ///
    /// # Errors
    /// If the shapes do not broadcast, the tensors belong to different sessions, or a peer or the network fails.
    pub fn bitwise_and(&self, other: impl BinaryOperand) -> Result<Self, Error> {
        bitand(self, other)
    }

    /// The bitwise sum `self | other`, with broadcasting; the other side may be public.
    ///
    /// # Rounds
    /// As [`BinaryTensor::bitwise_and`].
    ///
    /// # Errors
    /// As [`BinaryTensor::bitwise_and`].
    pub fn bitwise_or(&self, other: impl BinaryOperand) -> Result<Self, Error> {
        bitor(self, other)
    }

    /// The exclusive or `self ^ other`, with broadcasting; the other side may be public.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the tensors belong to different sessions.
    pub fn bitwise_xor(&self, other: impl BinaryOperand) -> Result<Self, Error> {
        bitxor(self, other)
    }

    /// The negation of all 64 bits; the outcome of a comparison is negated by `1 ^ &bits`.
    ///
    /// # Rounds
    /// None.
    #[must_use]
    pub fn bitwise_not(&self) -> Self {
        Self::new(&self.session, self.share.not(self.session.place()), self.number())
    }

    /// The words shifted to the left by public numbers of bits, with broadcasting. As in PyTorch, numbers outside
    /// `0..64` leave zero.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn bitwise_left_shift(&self, bits: impl Integers) -> Result<Self, Error> {
        shl(self, bits)
    }

    /// The words shifted to the right by public numbers of bits, with broadcasting; the sign moves in. As in PyTorch,
    /// numbers outside `0..64` leave the sign alone, 0 or -1.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn bitwise_right_shift(&self, bits: impl Integers) -> Result<Self, Error> {
        shr(self, bits)
    }

    /// The sum modulo 2^64, with broadcasting; the other side may be public.
    ///
    /// # Rounds
    /// Seven, 112 bytes an element; beside a public operand six, 96 bytes.
    ///
    /// # Errors
    /// If the shapes do not broadcast, the tensors belong to different sessions, or a peer or the network fails.
    pub fn add(&self, other: impl BinaryOperand) -> Result<Self, Error> {
        add(self, other)
    }

    /// The difference modulo 2^64, with broadcasting; the other side may be public.
    ///
    /// # Rounds
    /// As [`BinaryTensor::add`].
    ///
    /// # Errors
    /// As [`BinaryTensor::add`].
    pub fn sub(&self, other: impl BinaryOperand) -> Result<Self, Error> {
        sub(self, other)
    }

    /// The negative modulo 2^64.
    ///
    /// # Rounds
    /// Six, 96 bytes an element.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn neg(&self) -> Result<Self, Error> {
        sub(0, self)
    }

    /// The sum modulo 2^64 over one axis or several, which disappear.
    ///
    /// # Rounds
    /// Seven, and one for each time that a third of the terms goes until two are left: 11 for 8 terms, 18 for 100. 112
    /// bytes a sum, and 16 for each term after the second.
    ///
    /// # Errors
    /// If there is no such axis, or a peer or the network fails.
    pub fn sum(&self, axes: impl Axes) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let others: Vec<usize> = (0..self.ndim()).filter(|axis| !axes.contains(axis)).collect();
        let count: usize = axes.iter().map(|&axis| self.shape()[axis]).product();
        let mut shape: Vec<isize> = others.iter().map(|&axis| self.shape()[axis].cast_signed()).collect();
        shape.push(count.cast_signed());
        let terms = self.permute(&[others, axes].concat())?.reshape(&shape)?;
        let sum = self.session.perform("sum", async |party| binary::sum(party, &terms.share, -1).await)?;
        Ok(Self::new(&self.session, sum, self.number()))
    }

    /// The sum modulo 2^64 over one axis or several, which stay with length 1.
    ///
    /// # Rounds
    /// As [`BinaryTensor::sum`].
    ///
    /// # Errors
    /// As [`BinaryTensor::sum`].
    pub fn sum_keepdim(&self, axes: impl Axes) -> Result<Self, Error> {
        let kept = axes.axes(self.ndim())?;
        kept.iter().try_fold(self.sum(axes)?, |sum, axis| sum.unsqueeze(axis.cast_signed()))
    }

    /// The sum modulo 2^64 over all elements.
    ///
    /// # Rounds
    /// As [`BinaryTensor::sum`].
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn sum_all(&self) -> Result<Self, Error> {
        self.sum(())
    }

    /// The content once bits may have become numbers.
    pub(super) fn number(&self) -> Content {
        self.content.max(Content::INTEGERS)
    }

    /// What every party computes on its share alone, beside words of a shape that broadcasts.
    pub(super) fn beside(
        &self,
        operation: &'static str,
        other: &RingTensor,
        content: Content,
        function: impl FnOnce(&BinaryShare) -> BinaryShare,
    ) -> Result<Self, Error> {
        broadcast_shapes(operation, self.shape(), other.shape())?;
        Ok(Self::new(&self.session, function(&self.share), content))
    }

    fn plus(&self, public: &RingTensor) -> Result<Self, Error> {
        let sum = self
            .session
            .perform("add", async |party| binary::add_public(party, &self.share, public).await)?;
        Ok(Self::new(&self.session, sum, self.number()))
    }
}

/// What a protocol makes of two secrets of one session.
pub(super) fn together(
    operation: &'static str,
    x: &BinaryTensor,
    y: &BinaryTensor,
    content: Content,
    protocol: impl AsyncFnOnce(&mut Party) -> Result<BinaryShare, crypten_shares::Error>,
) -> Result<BinaryTensor, Error> {
    same_session(x, y)?;
    Ok(BinaryTensor::new(&x.session, x.session.perform(operation, protocol)?, content))
}

fn secret(operand: &impl BinaryOperand) -> Result<&BinaryTensor, Error> {
    match operand.side() {
        BinarySide::Secret(tensor) => Ok(tensor),
        BinarySide::Public(_) => Err(Error::NothingSecret),
    }
}

fn same_session(x: &BinaryTensor, y: &BinaryTensor) -> Result<(), Error> {
    if x.session.is_same(&y.session) { Ok(()) } else { Err(Error::OtherSession) }
}
