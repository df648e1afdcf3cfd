//! What a party holds: shares, and the algebra on them that needs no message.

mod binary; // logic beside public words, shifts
mod spread; // what products of three parties need

use crypten_ring::{BitTensor, RingTensor};

use crate::place::Place;

pub(crate) use spread::Spread;

/// This party's part `x_i` of a tensor `x = x_0 + ... + x_{n-1}` over Z/2^64.
///
/// In a replicated session party 2's part is zero, and the tensor is spread over all three parties once a product has
/// needed that.
#[derive(Clone)]
pub struct ArithmeticShare {
    own: RingTensor,
    spread: spread::Cache,
}

impl ArithmeticShare {
    /// Wraps what this party holds of a sharing that was made elsewhere.
    #[must_use]
    pub fn new(own: RingTensor) -> Self {
        Self { own, spread: spread::Cache::new() }
    }

    /// The sum with a public tensor, with broadcasting.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn add_public(&self, place: Place, public: &RingTensor) -> Self {
        if place.is_first() {
            Self::new(&self.own + public)
        } else {
            self.linear(|own| {
                own + &RingTensor::scalar(0).broadcast_to(public.shape()).expect("a scalar broadcasts")
            })
        }
    }
}

/// Implements sum and difference of arithmetic shares, with broadcasting.
macro_rules! operator {
    ($($trait:ident $method:ident),*) => {$(
        impl std::ops::$trait for &ArithmeticShare {
            type Output = ArithmeticShare;

            #[track_caller]
            fn $method(self, other: Self) -> ArithmeticShare {
                ArithmeticShare::new(std::ops::$trait::$method(&self.own, &other.own))
            }
        }
    )*};
}

operator!(Add add, Sub sub);

impl std::ops::Neg for &ArithmeticShare {
    type Output = ArithmeticShare;

    fn neg(self) -> ArithmeticShare {
        self.linear(|own| -own)
    }
}

/// This party's part of a tensor of bits that is the exclusive or of all parts.
#[derive(Clone)]
pub struct BitShare {
    own: BitTensor,
}

impl BitShare {
    /// Wraps what this party holds of a sharing that was made elsewhere.
    #[must_use]
    pub fn new(own: BitTensor) -> Self {
        Self { own }
    }

    /// A part of zeros.
    #[must_use]
    pub fn zeros(shape: &[usize]) -> Self {
        let words = shape.iter().product::<usize>().div_ceil(64);
        Self::new(BitTensor::from_words(shape, vec![0; words]))
    }

    /// The shape of the shared tensor.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.own.shape()
    }

    /// What this party holds.
    #[must_use]
    pub fn own(&self) -> &BitTensor {
        &self.own
    }

    /// The sharing of the negated bits.
    #[must_use]
    pub fn not(&self, place: Place) -> Self {
        Self::new(if place.is_first() { !&self.own } else { self.own.clone() })
    }
}

impl std::ops::BitXor for &BitShare {
    type Output = BitShare;

    #[track_caller]
    fn bitxor(self, other: Self) -> BitShare {
        BitShare::new(&self.own ^ &other.own)
    }
}

impl std::fmt::Debug for BitShare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BitShare(shape={:?}, ..)", self.shape())
    }
}

/// This party's part of a tensor of words that is the exclusive or of all parts.
#[derive(Clone)]
pub struct BinaryShare {
    own: RingTensor,
}

impl BinaryShare {
    /// Wraps what this party holds of a sharing that was made elsewhere.
    #[must_use]
    pub fn new(own: RingTensor) -> Self {
        Self { own }
    }
}

impl std::ops::BitXor for &BinaryShare {
    type Output = BinaryShare;

    #[track_caller]
    fn bitxor(self, other: Self) -> BinaryShare {
        BinaryShare::new(&self.own ^ &other.own)
    }
}

/// Implements what the sharings of words have in common.
macro_rules! words {
    ($($share:ident)*) => {$(
        impl $share {
            /// A part of zeros.
            #[must_use]
            pub fn zeros(shape: &[usize]) -> Self {
                Self::new(RingTensor::zeros(shape))
            }

            /// The shape of the shared tensor.
            #[must_use]
            pub fn shape(&self) -> &[usize] {
                self.own.shape()
            }

            /// What this party holds; says nothing about the secret as long as the other parties keep theirs.
            #[must_use]
            pub fn own(&self) -> &RingTensor {
                &self.own
            }

            /// Applies a function that is linear in the algebra of the sharing, the same one at every party:
            /// reshaping and slicing; sums and public factors modulo 2^64; shifts and public masks of bits.
            #[must_use]
            pub fn linear(&self, function: impl FnOnce(&RingTensor) -> RingTensor) -> Self {
                Self::new(function(&self.own))
            }

            /// Applies a linear function that may refuse the shape.
            ///
            /// # Errors
            /// What the function returns.
            pub fn try_linear<E>(
                &self,
                function: impl FnOnce(&RingTensor) -> Result<RingTensor, E>,
            ) -> Result<Self, E> {
                function(&self.own).map(Self::new)
            }

            /// Joins shares along an axis; see [`RingTensor::concatenate`].
            ///
            /// # Errors
            /// If the shapes do not fit.
            pub fn concatenate(axis: usize, parts: &[&Self]) -> Result<Self, crypten_ring::Error> {
                let parts: Vec<_> = parts.iter().map(|part| &part.own).collect();
                RingTensor::concatenate(axis, &parts).map(Self::new)
            }

            /// Joins shares along a new axis; see [`RingTensor::stack`].
            ///
            /// # Errors
            /// If the shapes do not fit.
            pub fn stack(axis: usize, parts: &[&Self]) -> Result<Self, crypten_ring::Error> {
                let parts: Vec<_> = parts.iter().map(|part| &part.own).collect();
                RingTensor::stack(axis, &parts).map(Self::new)
            }
        }

        impl std::fmt::Debug for $share {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($share), "(shape={:?}, ..)"), self.shape())
            }
        }
    )*};
}

words!(ArithmeticShare BinaryShare);
