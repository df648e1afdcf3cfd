//! The kinds of correlation: layout, completion, and how a request names them.

use crypten_ring::{Conv2d, LANES, UNIT, matmul_shape};

use crate::correlation::Algebra::{Additive, Xor};
use crate::correlation::{EqualityUnit, Layout, SignUnit, maximum, planes, words};

/// A kind of correlated randomness. Depends on shapes and public settings only, never on data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Bits `a`, `b` and `a b`, shared by exclusive or.
    And,
    /// A random bit, shared by exclusive or and modulo 2^64.
    Bit,
    /// A convolution of two random tensors. One unit is one convolution.
    Convolution {
        /// Shape of the input, `[n, c, h, w]`.
        input: [usize; 4],
        /// Shape of the kernel, `[o, c / groups, kh, kw]`.
        kernel: [usize; 4],
        /// Stride, padding, dilation, groups.
        geometry: Conv2d,
    },
    /// A random word with what a comparison with zero needs of its bits.
    Equality,
    /// A random word and its 64 bits, shared by exclusive or.
    Mask,
    /// A matrix product of two random tensors. One unit is one product.
    Matmul {
        /// Shape of the left operand.
        left: Vec<usize>,
        /// Shape of the right operand.
        right: Vec<usize>,
    },
    /// What a tournament among four candidates needs: six signs and their joint outcomes.
    Maximum,
    /// `a`, `b` and `a b`.
    Product,
    /// A random word with what a sign needs of its bits.
    Sign(SignUse),
    /// `a` and `a a`.
    Square,
    /// A random word `r`, `r >> bits` and `r >> 63`.
    Truncation {
        /// By how many bits.
        bits: u32,
    },
}

/// What is done with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignUse {
    /// The sign itself.
    Bit,
    /// The value, or zero where it is negative.
    Relu,
    /// The same, divided by a power of two.
    TruncatedRelu {
        /// By how many bits.
        bits: u32,
    },
}

impl Kind {
    /// Elements of a unit; 1 where a unit is a whole product.
    #[must_use]
    pub fn unit_elements(&self) -> usize {
        match self {
            Self::Convolution { .. } | Self::Matmul { .. } => 1,
            _ => UNIT,
        }
    }

    /// Words of correction that party 0 needs for a unit.
    #[must_use]
    pub fn correction_words(&self) -> usize {
        self.layout().dependent_words()
    }

    pub(crate) fn layout(&self) -> Layout {
        let (independent, dependent) = match self {
            Self::And => (vec![(Xor, 2 * LANES)], vec![(Xor, LANES)]),
            Self::Bit => (vec![(Xor, LANES)], vec![(Additive, UNIT)]),
            Self::Convolution { input, kernel, geometry } => {
                let out = geometry.output_shape(input, kernel).expect("checked when the kind was made");
                let size = |shape: &[usize]| shape.iter().product::<usize>();
                (vec![(Additive, size(input) + size(kernel))], vec![(Additive, size(&out))])
            }
            Self::Equality => EqualityUnit::runs(),
            Self::Mask => (vec![(Additive, UNIT)], vec![(Xor, 64 * LANES)]),
            Self::Matmul { left, right } => {
                let out = matmul_shape(left, right).expect("checked when the kind was made");
                let size = |shape: &[usize]| shape.iter().product::<usize>();
                (vec![(Additive, size(left) + size(right))], vec![(Additive, size(&out))])
            }
            Self::Maximum => maximum::runs(),
            Self::Product => (vec![(Additive, 2 * UNIT)], vec![(Additive, UNIT)]),
            Self::Sign(used) => SignUnit::runs(*used),
            Self::Square => (vec![(Additive, UNIT)], vec![(Additive, UNIT)]),
            Self::Truncation { .. } => (vec![(Additive, UNIT)], vec![(Additive, 2 * UNIT)]),
        };
        Layout { independent, dependent }
    }

    /// Writes the dependent words that belong to the sum of all parties' independent words.
    pub(crate) fn complete(&self, independent: &[u64], dependent: &mut [u64]) {
        match self {
            Self::And => planes::complete_and(independent, dependent),
            Self::Bit => planes::complete_bit(independent, dependent),
            Self::Convolution { input, kernel, geometry } => {
                words::complete_convolution(*input, *kernel, *geometry, independent, dependent);
            }
            Self::Equality => crypten_ring::vectorized(|| EqualityUnit::complete(independent, dependent)),
            Self::Mask => crypten_ring::vectorized(|| planes::complete_mask(independent, dependent)),
            Self::Matmul { left, right } => words::complete_matmul(left, right, independent, dependent),
            Self::Maximum => crypten_ring::vectorized(|| maximum::complete(independent, dependent)),
            Self::Product => words::complete_product(independent, dependent),
            Self::Sign(used) => {
                crypten_ring::vectorized(|| SignUnit::complete(*used, independent, dependent))
            }
            Self::Square => words::complete_square(independent, dependent),
            Self::Truncation { bits } => words::complete_truncation(*bits, independent, dependent),
        }
    }

    /// A name that no other kind has, for domain separation.
    pub(crate) fn label(&self) -> Vec<u8> {
        self.to_words().iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The kind as it stands in a request to a dealer.
    pub(crate) fn to_words(&self) -> Vec<u64> {
        let sizes = |shape: &[usize]| shape.iter().map(|&n| n as u64).collect::<Vec<_>>();
        match self {
            Self::And => vec![0],
            Self::Bit => vec![1],
            Self::Convolution { input, kernel, geometry: Conv2d { stride, padding, dilation, groups } } => {
                let sizes = [&input[..], kernel, stride, padding, dilation, &[*groups]].map(sizes).concat();
                [vec![2], sizes].concat()
            }
            Self::Equality => vec![3],
            Self::Mask => vec![4],
            Self::Matmul { left, right } => [vec![5, left.len() as u64], sizes(left), sizes(right)].concat(),
            Self::Maximum => vec![6],
            Self::Product => vec![7],
            Self::Sign(SignUse::Bit) => vec![8, 0],
            Self::Sign(SignUse::Relu) => vec![8, 1],
            Self::Sign(SignUse::TruncatedRelu { bits }) => vec![8, 2, u64::from(*bits)],
            Self::Square => vec![9],
            Self::Truncation { bits } => vec![10, u64::from(*bits)],
        }
    }

    /// Reads a kind from a request; `None` if there is no such kind, or if a unit of it would be absurdly large.
    pub(crate) fn from_words(words: &[u64]) -> Option<Self> {
        let size = |&word: &u64| usize::try_from(word).ok().filter(|&n| n <= LARGEST);
        let sizes = |words: &[u64]| words.iter().map(size).collect::<Option<Vec<_>>>();
        let bits = |&word: &u64| u32::try_from(word).ok().filter(|bits| (1..=62).contains(bits));
        let kind = match words {
            [0] => Self::And,
            [1] => Self::Bit,
            [2, shape @ ..] => {
                let [n, c, h, w, o, i, kh, kw, s0, s1, p0, p1, d0, d1, groups] =
                    sizes(shape)?.try_into().ok()?;
                let geometry = Conv2d { stride: [s0, s1], padding: [p0, p1], dilation: [d0, d1], groups };
                Self::Convolution { input: [n, c, h, w], kernel: [o, i, kh, kw], geometry }
            }
            [3] => Self::Equality,
            [4] => Self::Mask,
            [5, dims, shapes @ ..] => {
                let (left, right) = shapes.split_at_checked(size(dims)?)?;
                Self::Matmul { left: sizes(left)?, right: sizes(right)? }
            }
            [6] => Self::Maximum,
            [7] => Self::Product,
            [8, 0] => Self::Sign(SignUse::Bit),
            [8, 1] => Self::Sign(SignUse::Relu),
            [8, 2, shift] => Self::Sign(SignUse::TruncatedRelu { bits: bits(shift)? }),
            [9] => Self::Square,
            [10, shift] => Self::Truncation { bits: bits(shift)? },
            _ => return None,
        };
        kind.is_bounded().then_some(kind)
    }

    /// Whether the shapes go together and no tensor of a unit has more than [`LARGEST`] elements.
    fn is_bounded(&self) -> bool {
        let small = |shape: &[usize]| {
            // An empty axis must not hide what the others amount to.
            let size = |size: usize, &n: &usize| size.checked_mul(n.max(1)).filter(|&size| size <= LARGEST);
            shape.len() <= MOST_AXES && shape.iter().try_fold(1_usize, size).is_some()
        };
        match self {
            Self::Convolution { input, kernel, geometry } => {
                let out = geometry.output_shape(input, kernel);
                small(input) && small(kernel) && out.is_ok_and(|out| small(&out))
            }
            Self::Matmul { left, right } => {
                small(left) && small(right) && matmul_shape(left, right).is_ok_and(|out| small(&out))
            }
            _ => true,
        }
    }
}

/// The most elements that one tensor of a unit may have: 1 GiB of words.
const LARGEST: usize = 1 << 27;

/// The most axes that a tensor of a unit may have.
const MOST_AXES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_survives_the_wire() {
        let matmul = Kind::Matmul { left: vec![5, 2, 3], right: vec![3, 4] };
        let convolution =
            Kind::Convolution { input: [1, 2, 5, 5], kernel: [3, 2, 2, 2], geometry: Conv2d::padded(1) };
        let relu = Kind::Sign(SignUse::TruncatedRelu { bits: 16 });
        for kind in [matmul, convolution, relu, Kind::Product, Kind::Maximum, Kind::Truncation { bits: 40 }] {
            assert_eq!(Kind::from_words(&kind.to_words()), Some(kind));
        }
    }

    #[test]
    fn what_is_no_kind_is_refused() {
        let huge = 1 << 40;
        for words in [
            &[][..],
            &[99],
            &[0, 0],
            &[5, huge],
            &[5, 2, 1 << 20, 1 << 20, 1 << 20, 1],
            &[5, 3, 0, 1 << 27, 1 << 27, 1 << 27, 0],
            &[10, 0],
            &[2; 16],
        ] {
            assert_eq!(Kind::from_words(words), None, "{words:?}");
        }
    }
}
