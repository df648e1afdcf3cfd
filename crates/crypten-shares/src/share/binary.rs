//! Logic of shared words beside public ones, and shifts: linear over bits, so no message is needed.

use crypten_ring::{BitTensor, RingTensor};

use crate::place::Place;
use crate::share::{BinaryShare, BitShare};

impl BinaryShare {
    /// The negation of every bit.
    #[must_use]
    pub fn not(&self, place: Place) -> Self {
        self.xor_word(place, u64::MAX)
    }

    /// The exclusive or of every word with one public word.
    #[must_use]
    pub fn xor_word(&self, place: Place, public: u64) -> Self {
        self.linear(|own| own ^ (public & ones(place)))
    }

    /// The bitwise product with public words, with broadcasting.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn and_public(&self, public: &RingTensor) -> Self {
        self.linear(|own| own.zip(public, "and", |own, public| own & public))
    }

    /// The bitwise sum with public words, with broadcasting.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn or_public(&self, place: Place, public: &RingTensor) -> Self {
        self.and_public(&public.map(|word| !word)).xor_public(place, public)
    }

    /// The exclusive or with public words, with broadcasting.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn xor_public(&self, place: Place, public: &RingTensor) -> Self {
        let ones = ones(place);
        self.linear(|own| own.zip(public, "xor", |own, public| own ^ (public & ones)))
    }

    /// The words shifted to the left by public numbers of bits, with broadcasting; 64 and more leave nothing.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn shift_left(&self, bits: &RingTensor) -> Self {
        self.linear(|own| own.zip(bits, "shift", |own, bits| if bits < 64 { own << bits } else { 0 }))
    }

    /// The words shifted to the right by public numbers of bits, with broadcasting; the sign moves in, and 64 bits and
    /// more leave nothing else.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn shift_right(&self, bits: &RingTensor) -> Self {
        self.linear(|own| {
            own.zip(bits, "shift", |own, bits| (own.cast_signed() >> bits.min(63)).cast_unsigned())
        })
    }

    /// Words of 64 copies of the lowest bit: what a condition selects with.
    #[must_use]
    pub fn mask(&self) -> Self {
        self.linear(|own| own.map(|word| (word & 1).wrapping_neg()))
    }

    /// The lowest bits alone.
    #[must_use]
    pub fn lowest_bits(&self) -> BitShare {
        let bits: Vec<bool> = self.own.words().iter().map(|word| word & 1 == 1).collect();
        BitShare::new(BitTensor::from_bits(self.shape(), &bits))
    }
}

/// The sharing of a word of ones.
fn ones(place: Place) -> u64 {
    if place.is_first() { u64::MAX } else { 0 }
}
