//! The kinds of correlation: layout, completion, and how a request names them.

use crypten_ring::{Conv2d, LANES, UNIT, matmul_shape};

use crate::correlation::Algebra::{Additive, Modulo, Xor};
use crate::correlation::{
    EqualityUnit, Layout, SignRow, Width, Window, maximum, periodic, planes, transposed_shape, words,
};

/// A kind of correlated randomness. Depends on shapes and public settings only, never on data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Words `a`, `b` and their bitwise product, shared by exclusive or.
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
    /// A convolution of a random tensor by the mask of a fixed operand. One unit is one convolution.
    FixedConvolution {
        /// Shape of the input, `[n, c, h, w]`.
        input: [usize; 4],
        /// Shape of the kernel, `[o, c / groups, kh, kw]`.
        kernel: [usize; 4],
        /// Stride, padding, dilation, groups.
        geometry: Conv2d,
        /// Which unit of [`Kind::Operand`] masks the kernel.
        operand: u64,
    },
    /// A matrix product of a random tensor and the mask of a fixed operand. One unit is one product.
    FixedMatmul {
        /// Shape of the left operand.
        left: Vec<usize>,
        /// Shape of the fixed operand.
        right: Vec<usize>,
        /// Whether the fixed operand's last two axes are exchanged.
        transposed: bool,
        /// Which unit of [`Kind::Operand`] masks the fixed operand.
        operand: u64,
    },
    /// A random angle `r`, in turns of 2^64, with cosine and sine of `r`, `2 r`, .. at a scale.
    Harmonics {
        /// How many multiples, at most 256.
        terms: usize,
        /// Fractional bits of cosines and sines, at most 50.
        bits: u32,
        /// How many bits of them are dealt, at least two more.
        width: Width,
    },
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
    /// The mask of an operand that stays. One unit is one mask.
    Operand {
        /// Words of the operand.
        words: usize,
    },
    /// A random word `r`, of which the lowest bits are an exponent `e` of two modulo 64, with `2^-(e mod 8)` in the
    /// one of eight places that `e / 8` says, and zeros in the others.
    Power {
        /// Fractional bits of the exponent, at most 58.
        fraction: u32,
        /// Fractional bits of the power, at most 38.
        bits: u32,
    },
    /// `a`, `b` and `a b`.
    Product,
    /// A random word with what the signs of several of its translates need of its bits.
    Sign {
        /// How many translates, at most 16.
        signs: usize,
        /// Which bits are looked at.
        window: Window,
        /// What the signs are used for.
        used: SignUse,
    },
    /// `a` and `a a`.
    Square,
    /// A random word `r`, `r / divisor` and `r >> 63`.
    Division {
        /// By what, from 2 to `2^62`.
        divisor: u64,
    },
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
    /// What one sign needs.
    #[must_use]
    pub fn sign(used: SignUse) -> Self {
        Self::Sign { signs: 1, window: Window::Full, used }
    }

    /// Elements of a unit; 1 where a unit is a whole product.
    #[must_use]
    pub fn unit_elements(&self) -> usize {
        match self {
            Self::Convolution { .. }
            | Self::FixedConvolution { .. }
            | Self::FixedMatmul { .. }
            | Self::Matmul { .. }
            | Self::Operand { .. } => 1,
            _ => UNIT,
        }
    }

    /// Words of correction that party 0 needs for a unit.
    #[must_use]
    pub fn correction_words(&self) -> usize {
        self.layout().dependent_words()
    }

    /// Which unit of which kind holds the mask of this kind's fixed operand.
    pub(crate) fn fixed_operand(&self) -> Option<(Self, u64)> {
        match self {
            Self::FixedConvolution { kernel, operand, .. } => {
                Some((Self::Operand { words: size(kernel) }, *operand))
            }
            Self::FixedMatmul { right, operand, .. } => {
                Some((Self::Operand { words: size(right) }, *operand))
            }
            _ => None,
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        let (independent, dependent) = match self {
            Self::And => (vec![(Xor, 2 * UNIT)], vec![(Xor, UNIT)]),
            Self::Bit => (vec![(Xor, LANES)], vec![(Additive, UNIT)]),
            Self::Convolution { input, kernel, geometry } => {
                let out = geometry.output_shape(input, kernel).expect(CHECKED);
                (vec![(Additive, size(input) + size(kernel))], vec![(Additive, size(&out))])
            }
            Self::FixedConvolution { input, kernel, geometry, .. } => {
                let out = geometry.output_shape(input, kernel).expect(CHECKED);
                (vec![(Additive, size(input))], vec![(Additive, size(&out))])
            }
            Self::FixedMatmul { left, right, transposed, .. } => {
                let out = matmul_shape(left, &transposed_shape(right, *transposed)).expect(CHECKED);
                (vec![(Additive, size(left))], vec![(Additive, size(&out))])
            }
            Self::Equality => EqualityUnit::runs(),
            Self::Harmonics { terms, width, .. } => {
                (vec![(Additive, UNIT)], vec![(Modulo(*width), 2 * terms * width.row_words())])
            }
            Self::Mask => (vec![(Additive, UNIT)], vec![(Xor, 64 * LANES)]),
            Self::Matmul { left, right } => {
                let out = matmul_shape(left, right).expect(CHECKED);
                (vec![(Additive, size(left) + size(right))], vec![(Additive, size(&out))])
            }
            Self::Maximum => maximum::runs(),
            Self::Operand { words } => (vec![(Additive, *words)], vec![]),
            Self::Power { .. } => (vec![(Additive, UNIT)], vec![(Additive, periodic::PLACES * UNIT)]),
            Self::Product => (vec![(Additive, 2 * UNIT)], vec![(Additive, UNIT)]),
            Self::Sign { signs, window, used } => SignRow::shared(*signs, *window, *used).runs(),
            Self::Square => (vec![(Additive, UNIT)], vec![(Additive, UNIT)]),
            Self::Division { .. } | Self::Truncation { .. } => {
                (vec![(Additive, UNIT)], vec![(Additive, 2 * UNIT)])
            }
        };
        Layout { independent, dependent }
    }

    /// Writes the dependent words that belong to the sum of all parties' independent words, which the mask of a fixed
    /// operand follows.
    pub(crate) fn complete(&self, independent: &[u64], dependent: &mut [u64]) {
        match self {
            Self::And => words::complete_product(independent, dependent, |a, b| a & b),
            Self::Bit => planes::complete_bit(independent, dependent),
            Self::Convolution { input, kernel, geometry }
            | Self::FixedConvolution { input, kernel, geometry, .. } => {
                words::complete_convolution(*input, *kernel, *geometry, independent, dependent);
            }
            Self::Equality => crypten_ring::vectorized(
                #[inline(always)]
                || EqualityUnit::complete(independent, dependent),
            ),
            Self::Harmonics { bits, width, .. } => {
                periodic::complete_harmonics(*bits, *width, independent, dependent);
            }
            Self::Mask => crypten_ring::vectorized(
                #[inline(always)]
                || planes::complete_mask(independent, dependent),
            ),
            Self::FixedMatmul { left, right, transposed, .. } => {
                words::complete_matmul(left, right, *transposed, independent, dependent);
            }
            Self::Matmul { left, right } => {
                words::complete_matmul(left, right, false, independent, dependent);
            }
            Self::Operand { .. } => {}
            Self::Maximum => crypten_ring::vectorized(
                #[inline(always)]
                || maximum::complete(independent, dependent),
            ),
            Self::Power { fraction, bits } => {
                periodic::complete_power(*fraction, *bits, independent, dependent);
            }
            Self::Product => words::complete_product(independent, dependent, u64::wrapping_mul),
            Self::Sign { signs, window, used } => {
                let row = SignRow::shared(*signs, *window, *used);
                crypten_ring::vectorized(
                    #[inline(always)]
                    || row.complete(*used, independent, dependent),
                );
            }
            Self::Square => words::complete_square(independent, dependent),
            Self::Division { divisor } => {
                words::complete_quotient(|r| r / divisor, independent, dependent);
            }
            Self::Truncation { bits } => words::complete_quotient(|r| r >> bits, independent, dependent),
        }
    }

    /// A name that no other kind has, for domain separation.
    pub(crate) fn label(&self) -> Vec<u8> {
        self.to_words().iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The kind as it stands in a request to a dealer.
    pub(crate) fn to_words(&self) -> Vec<u64> {
        let sizes = |shape: &[usize]| shape.iter().map(|&n| n as u64).collect::<Vec<_>>();
        let convolution = |input: &[usize; 4], kernel: &[usize; 4], geometry: &Conv2d| {
            let Conv2d { stride, padding, dilation, groups } = geometry;
            [&input[..], kernel, stride, padding, dilation, &[*groups]].map(sizes).concat()
        };
        match self {
            Self::And => vec![0],
            Self::Bit => vec![1],
            Self::Convolution { input, kernel, geometry } => {
                [vec![2], convolution(input, kernel, geometry)].concat()
            }
            Self::Equality => vec![3],
            Self::Mask => vec![4],
            Self::Matmul { left, right } => [vec![5, left.len() as u64], sizes(left), sizes(right)].concat(),
            Self::Maximum => vec![6],
            Self::Product => vec![7],
            Self::Sign { signs, window, used } => {
                let low = match window {
                    Window::Full => u64::MAX,
                    Window::Narrow { low } => u64::from(*low),
                };
                let used = match used {
                    SignUse::Bit => vec![0],
                    SignUse::Relu => vec![1],
                    SignUse::TruncatedRelu { bits } => vec![2, u64::from(*bits)],
                };
                [vec![8, *signs as u64, low], used].concat()
            }
            Self::Square => vec![9],
            Self::Division { divisor } => vec![16, *divisor],
            Self::Truncation { bits } => vec![10, u64::from(*bits)],
            Self::Harmonics { terms, bits, width } => {
                vec![11, *terms as u64, u64::from(*bits), u64::from(width.bits())]
            }
            Self::Operand { words } => vec![13, *words as u64],
            Self::FixedMatmul { left, right, transposed, operand } => {
                let head = vec![14, *operand, u64::from(*transposed), left.len() as u64];
                [head, sizes(left), sizes(right)].concat()
            }
            Self::FixedConvolution { input, kernel, geometry, operand } => {
                [vec![15, *operand], convolution(input, kernel, geometry)].concat()
            }
            Self::Power { fraction, bits } => vec![12, u64::from(*fraction), u64::from(*bits)],
        }
    }

    /// Reads a kind from a request; `None` if there is no such kind, or if a unit of it would be absurdly large.
    pub(crate) fn from_words(words: &[u64]) -> Option<Self> {
        let size = |&word: &u64| usize::try_from(word).ok().filter(|&n| n <= LARGEST);
        let sizes = |words: &[u64]| words.iter().map(size).collect::<Option<Vec<_>>>();
        let up_to = |most: u32, word: &u64| u32::try_from(*word).ok().filter(|&bits| bits <= most);
        let bits = |word: &u64| up_to(62, word).filter(|&bits| bits > 0);
        let kind = match words {
            [0] => Self::And,
            [1] => Self::Bit,
            [2, shape @ ..] => {
                let (input, kernel, geometry) = convolution(&sizes(shape)?)?;
                Self::Convolution { input, kernel, geometry }
            }
            [3] => Self::Equality,
            [4] => Self::Mask,
            [5, dims, shapes @ ..] => {
                let (left, right) = shapes.split_at_checked(size(dims)?)?;
                Self::Matmul { left: sizes(left)?, right: sizes(right)? }
            }
            [6] => Self::Maximum,
            [7] => Self::Product,
            [8, signs, low, used @ ..] => {
                let window = match *low {
                    u64::MAX => Window::Full,
                    _ => Window::Narrow { low: up_to(46, low)? },
                };
                let used = match used {
                    [0] => SignUse::Bit,
                    [1] => SignUse::Relu,
                    [2, shift] => SignUse::TruncatedRelu { bits: bits(shift)? },
                    _ => return None,
                };
                Self::Sign {
                    signs: size(signs).filter(|signs| (1..=MOST_SIGNS).contains(signs))?,
                    window,
                    used,
                }
            }
            [9] => Self::Square,
            [16, divisor] => {
                Self::Division { divisor: Some(*divisor).filter(|divisor| (2..=1 << 62).contains(divisor))? }
            }
            [10, shift] => Self::Truncation { bits: bits(shift)? },
            [11, terms, bits, width] => {
                let width = Width::from_bits(*width)?;
                Self::Harmonics {
                    terms: size(terms).filter(|terms| (1..=256).contains(terms))?,
                    bits: up_to(50.min(width.bits() - 2), bits)?,
                    width,
                }
            }
            [12, fraction, bits] => Self::Power { fraction: up_to(58, fraction)?, bits: up_to(38, bits)? },
            [13, words] => Self::Operand { words: size(words)? },
            [14, operand, transposed @ (0 | 1), dims, shapes @ ..] => {
                let (left, right) = shapes.split_at_checked(size(dims)?)?;
                let (left, right) = (sizes(left)?, sizes(right)?);
                Self::FixedMatmul { left, right, transposed: *transposed == 1, operand: *operand }
            }
            [15, operand, shape @ ..] => {
                let (input, kernel, geometry) = convolution(&sizes(shape)?)?;
                Self::FixedConvolution { input, kernel, geometry, operand: *operand }
            }
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
            Self::Convolution { input, kernel, geometry }
            | Self::FixedConvolution { input, kernel, geometry, .. } => {
                let out = geometry.output_shape(input, kernel);
                small(input) && small(kernel) && out.is_ok_and(|out| small(&out))
            }
            Self::FixedMatmul { left, right, transposed, .. } => {
                let out = matmul_shape(left, &transposed_shape(right, *transposed));
                small(left) && small(right) && out.is_ok_and(|out| small(&out))
            }
            Self::Matmul { left, right } => {
                small(left) && small(right) && matmul_shape(left, right).is_ok_and(|out| small(&out))
            }
            _ => true,
        }
    }
}

const CHECKED: &str = "shapes are checked when a kind is made";

fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// Shapes and geometry of a convolution from a request.
fn convolution(sizes: &[usize]) -> Option<([usize; 4], [usize; 4], Conv2d)> {
    let &[n, c, h, w, o, i, kh, kw, s0, s1, p0, p1, d0, d1, groups] = sizes else {
        return None;
    };
    let geometry = Conv2d { stride: [s0, s1], padding: [p0, p1], dilation: [d0, d1], groups };
    Some(([n, c, h, w], [o, i, kh, kw], geometry))
}

/// The most elements that one tensor of a unit may have: 1 GiB of words.
const LARGEST: usize = 1 << 27;

/// The most signs that one masked value may have.
pub(crate) const MOST_SIGNS: usize = 16;

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
        let relu = Kind::sign(SignUse::TruncatedRelu { bits: 16 });
        let steps = Kind::Sign { signs: 7, window: Window::Narrow { low: 34 }, used: SignUse::Relu };
        let power = Kind::Power { fraction: 36, bits: 26 };
        let harmonics = Kind::Harmonics { terms: 12, bits: 28, width: Width::Bits40 };
        let fixed = Kind::FixedMatmul { left: vec![5, 3], right: vec![4, 3], transposed: true, operand: 9 };
        for kind in [
            fixed,
            Kind::Operand { words: 12 },
            matmul,
            convolution,
            relu,
            steps,
            power,
            harmonics,
            Kind::Product,
            Kind::Maximum,
            Kind::Truncation { bits: 40 },
            Kind::Division { divisor: 1500 },
        ] {
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
            &[11, 3, 20, 41],
            &[11, 3, 39, 40],
            &[16, 1],
            &[2; 16],
        ] {
            assert_eq!(Kind::from_words(words), None, "{words:?}");
        }
    }
}
