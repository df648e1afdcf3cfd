//! Words of 64 bits that nobody sees, shared by exclusive or: bitwise logic and exact whole numbers modulo 2^64.

mod arithmetic; // logic, sums, shifts
mod compare; // comparisons, selection
mod operand; // what is public beside it
mod operators; // & | ^ ! + - << >> between everything
mod shape; // shapes, positions, joining

use crypten_ring::{RingTensor, Scale};
use crypten_shares::{BinaryShare, convert, reveal};
use ndarray::{ArrayD, IxDyn};

use crate::error::Error;
use crate::session::Session;
use crate::tensor::CrypTensor;

pub use operand::{BinaryOperand, BinarySide, Integer, Integers};

/// A tensor of words of 64 bits that no party can see. Plain values beside it are signed integers, `i64`.
///
/// Logic and shifts by public numbers are cheap: exclusive or, negation, shifts, and anything beside a public operand
/// cost nothing. Sums, differences and comparisons are circuits of six or seven rounds; they wrap like
/// `i64::wrapping_add`. Every operation is exact for all words, and one that states no rounds sends nothing.
///
/// Operations see words, whatever those stand for. A tensor remembers how many of its bits are fractional, the larger
/// number of its operands, for [`BinaryTensor::to_arithmetic`] alone.
///
/// ```
/// use crypten::ndarray::array;
///
/// # fn main() -> Result<(), crypten::Error> {
/// let opened = crypten::local(2, crypten::ProviderKind::InsecureFirstParty, |session| {
///     let x = session.binary(array![5, -3], 0)?;
///     let y = session.binary(array![3, 4], 1)?;
///     ((&x & &y)? + 1)?.get_plain_text()
/// })?;
/// assert_eq!(opened[0], array![2_i64, 5].into_dyn());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BinaryTensor {
    session: Session,
    share: BinaryShare,
    content: Content,
}

/// What the words stand for; the later one tells less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    /// Zeros and ones.
    Bits,
    /// Numbers of this scale.
    Words(Scale),
}

impl Content {
    /// Any whole numbers.
    const INTEGERS: Self = Self::Words(Scale::INTEGER);

    /// What public words are.
    fn of(words: &RingTensor) -> Self {
        if words.words().iter().all(|&word| word <= 1) { Self::Bits } else { Self::INTEGERS }
    }

    fn scale(self) -> Scale {
        match self {
            Self::Bits => Scale::INTEGER,
            Self::Words(scale) => scale,
        }
    }
}

impl Session {
    /// Encrypts integers that party `src` owns, as words of 64 bits. Every party calls it with an array of the same
    /// shape; only the values of `src` are used.
    ///
    /// # Rounds
    /// None: sharing sends no message.
    ///
    /// # Errors
    /// If there is no party `src`.
    pub fn binary(&self, x: impl Integers, src: usize) -> Result<BinaryTensor, Error> {
        let x = x.words();
        self.share_binary(src, x.shape(), (src == self.rank()).then_some(&x))
    }

    /// The part of [`Session::binary`] of a party that owns nothing: it knows the shape only.
    ///
    /// # Errors
    /// If there is no party `src`, or it is this one.
    pub fn binary_of(&self, shape: &[usize], src: usize) -> Result<BinaryTensor, Error> {
        self.share_binary(src, shape, None)
    }

    /// Uniformly random integers of the lowest `bits` bits, at most 64, that no party knows.
    ///
    /// # Rounds
    /// None: every party draws a share of its own.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn binary_rand(&self, shape: &[usize], bits: u32) -> Result<BinaryTensor, Error> {
        let mask = 1_u64.checked_shl(bits).map_or(u64::MAX, |end| end - 1);
        let share = self.perform("rand", async |party| party.random_binary(shape))?;
        let content = if bits <= 1 { Content::Bits } else { Content::INTEGERS };
        Ok(BinaryTensor::new(self, share.linear(|own| own.map(|word| word & mask)), content))
    }

    fn share_binary(
        &self,
        src: usize,
        shape: &[usize],
        words: Option<&RingTensor>,
    ) -> Result<BinaryTensor, Error> {
        let owner = self.place().party(src)?;
        let share =
            self.perform("cryptensor", async |party| party.share_binary(owner, shape, words).await)?;
        Ok(BinaryTensor::new(self, share, Content::INTEGERS))
    }
}

impl CrypTensor {
    /// The same numbers as words of 64 bits, in fixed point at the session's precision.
    ///
    /// # Rounds
    /// Seven, 104 bytes an element; one more, of 8, for a product that is not rounded yet.
    ///
    /// # Domain
    /// Every number in range; exact, but a product is off by less than a unit once it is rounded.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn to_binary(&self) -> Result<BinaryTensor, Error> {
        let (share, scale) = self.at_session_scale()?;
        let words =
            self.session().perform("to_binary", async |party| convert::to_binary(party, &share).await)?;
        Ok(BinaryTensor::new(self.session(), words, Content::Words(scale)))
    }
}

impl BinaryTensor {
    fn new(session: &Session, share: BinaryShare, content: Content) -> Self {
        Self { session: session.clone(), share, content }
    }

    /// Words that every party knows, as a tensor of this one's session.
    fn of_public(&self, words: &RingTensor) -> Self {
        let zeros = BinaryShare::new(RingTensor::zeros(words.shape()));
        let share = zeros.xor_public(self.session.place(), words);
        Self::new(&self.session, share, Content::of(words))
    }

    /// The lengths of the axes. Shapes are public.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.share.shape()
    }

    /// The number of axes.
    #[must_use]
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    #[must_use]
    pub fn numel(&self) -> usize {
        self.shape().iter().product()
    }

    /// The session that the tensor belongs to.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Opens the words to all parties, as signed integers.
    ///
    /// # Rounds
    /// One, 8 bytes an element to each peer.
    ///
    /// # Security
    /// Every party learns the values.
    ///
    /// # Errors
    /// If a peer or the network fails.
    #[track_caller]
    pub fn get_plain_text(&self) -> Result<ArrayD<i64>, Error> {
        let opened = self.session.disclose(async |party| reveal::reveal_binary(party, &self.share).await)?;
        Ok(signed(&opened))
    }

    /// Opens the words to party `dst` only; the others get `None`. Every party calls it.
    ///
    /// # Rounds
    /// One, 8 bytes an element, to `dst`.
    ///
    /// # Security
    /// Party `dst` learns the values, nobody else anything.
    ///
    /// # Errors
    /// If there is no party `dst`, or a peer or the network fails.
    #[track_caller]
    pub fn get_plain_text_to(&self, dst: usize) -> Result<Option<ArrayD<i64>>, Error> {
        let to = self.session.place().party(dst)?;
        let opened =
            self.session.disclose(async |party| reveal::reveal_binary_to(party, &self.share, to).await)?;
        Ok(opened.as_ref().map(signed))
    }

    /// The same words as a tensor of numbers: what came from [`CrypTensor::to_binary`] is in fixed point, all else
    /// whole.
    ///
    /// # Rounds
    /// One, 8 bytes an element; 1 bit for the outcome of a comparison.
    ///
    /// # Domain
    /// Every word; exact, but words of `2^62` and above in magnitude are beyond the range of a [`CrypTensor`].
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn to_arithmetic(&self) -> Result<CrypTensor, Error> {
        let share = self.session.perform("to_arithmetic", async |party| match self.content {
            Content::Bits => convert::bits_to_arithmetic(party, &self.share.lowest_bits()).await,
            Content::Words(_) => convert::to_arithmetic(party, &self.share).await,
        })?;
        Ok(CrypTensor::new(&self.session, share, self.content.scale()))
    }
}

impl std::fmt::Debug for BinaryTensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BinaryTensor(shape={:?}, encrypted)", self.shape())
    }
}

fn signed(words: &RingTensor) -> ArrayD<i64> {
    let values = words.words().iter().map(|word| word.cast_signed()).collect();
    ArrayD::from_shape_vec(IxDyn(words.shape()), values).expect("as many words as the shape has elements")
}
