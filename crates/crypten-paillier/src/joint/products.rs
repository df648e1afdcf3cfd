//! Sums of products of two parties' words: `sum_i x_i y_i + a`, which the party that has `x` learns; here it is called
//! party 0.
//!
//! Party 0 sends its words `x` under its own key. Party 1 makes each sum as a product of powers, puts several into one
//! ciphertext, and adds to each a mask, the addend in its lowest 64 bits and random bits above. Party 0 decrypts.
//!
//! With a shift `s`, the mask is `2^s (a + 2^64 R) + t` for random `R` and `t < 2^s`; what party 0 sees, shifted, is the
//! shifted sum plus `a`, up to a carry from the lowest bits. There, words are signed: party 1 takes `y + 2^63` for an
//! exponent, and party 0 takes `2^63 sum_i x_i` away.
//!
//! # Security
//! Party 1 sees encryptions under party 0's key. Party 0 sees each sum under a mask of 40 bits more than the sum has,
//! which hides it to within `2^-40`, but for the lowest bits, which are its output; and noise that is uniform whatever
//! the exponents are. All exponents take the same multiplications and memory accesses.

use crypten_ring::Prg;
use crypten_shares::{Bilinear, Error, Misuse, Net, Operation};
use num_bigint::{BigInt, BigUint};

use crate::joint::wire::{Wire, own_failure, refuse};
use crate::key::{KeyPair, PublicKey};
use crate::montgomery::{Powers, Residue};
use crate::packed::signed_slots;
use crate::parallel::Workers;
use crate::random::{generator, number};

const WORDS: Operation = Operation::new("encrypted words");
const SUMS: Operation = Operation::new("encrypted sums");

/// By how many bits a mask is longer than what it hides.
const STATISTICAL_BITS: u64 = 40;

/// Encrypted words that travel at a time: often enough that nobody is taken for dead.
const WORDS_AT_A_TIME: usize = 1 << 10;

/// Ciphertexts of sums that travel at a time, at most, and the products in them: a second of work.
const SUMS_AT_A_TIME: usize = 1 << 6;
const PRODUCTS_AT_A_TIME: usize = 1 << 15;

/// Words that one call may have encrypted: a table of each takes 10 KiB at 2048 bits.
const MOST_WORDS: usize = 1 << 18;

/// How sums lie in ciphertexts.
struct Slots {
    /// Bits of a mask.
    mask_bits: u64,
    /// Bits of a slot: of a masked sum, and a sign.
    slot_bits: u64,
    /// Sums in a ciphertext.
    count: usize,
    /// Ciphertexts that travel together.
    together: usize,
}

impl Slots {
    fn new(key: &PublicKey, form: &Bilinear, shift: u32) -> Result<Self, Error> {
        if form.left() > MOST_WORDS {
            return Err(Misuse::TooMuchRandomness { limit: MOST_WORDS as u64 }.into());
        }
        let terms = form.most_terms().max(1);
        let sum_bits = 128 + u64::from(terms.next_power_of_two().trailing_zeros());
        // A word and 40 bits above it, where the shift is long.
        let mask_bits = (sum_bits + STATISTICAL_BITS).max(u64::from(shift) + 64 + STATISTICAL_BITS);
        let slot_bits = mask_bits + 2;
        let count = ((key.limit().bits() - 1) / slot_bits) as usize;
        assert!(count > 0, "a key of {} bits is too short for sums of products", key.bits());
        let together = (PRODUCTS_AT_A_TIME / (count * terms)).clamp(1, SUMS_AT_A_TIME);
        Ok(Self { mask_bits, slot_bits, count, together })
    }
}

/// Party 0's side.
pub(super) async fn multiply(
    wire: &mut Wire,
    net: &mut dyn Net,
    keys: &KeyPair,
    workers: &Workers<'_>,
    form: &Bilinear,
    shift: u32,
    own: &[u64],
) -> Result<Vec<u64>, Error> {
    let slots = Slots::new(&keys.public, form, shift)?;
    let integer = |word: u64| if shift == 0 { BigInt::from(word) } else { BigInt::from(word.cast_signed()) };
    for own in own.chunks(WORDS_AT_A_TIME) {
        let encrypted = workers.map_portions(own.len(), generator, |rng, portion| {
            let numbers: Vec<BigInt> = own[portion].iter().map(|&word| integer(word)).collect();
            keys.public.hide_all(&numbers, rng)
        });
        let encrypted = encrypted.map_err(own_failure)?;
        wire.send_ciphertexts(net, WORDS, &keys.public, &encrypted).await?;
    }
    let mut results = Vec::with_capacity(form.outputs());
    while results.len() < form.outputs() {
        let count = (form.outputs() - results.len()).div_ceil(slots.count).min(slots.together);
        let sums = wire.receive_ciphertexts(net, SUMS, &keys.public, count).await?;
        let decrypted =
            workers.map(count, || Ok(()), |(), i| keys.secret.reveal(&keys.public, &sums[i], 0, i));
        for plain in decrypted.map_err(|error| refuse(net, error))? {
            let last = slots.count.min(form.outputs() - results.len());
            for masked in signed_slots(plain.value, slots.slot_bits, last) {
                let offset: BigInt = match shift {
                    0 => BigInt::ZERO,
                    _ => {
                        form.terms(results.len()).iter().map(|&(i, _)| integer(own[i])).sum::<BigInt>() << 63
                    }
                };
                results.push(lowest_word(&((masked - offset) >> shift)));
            }
        }
    }
    Ok(results)
}

/// Party 1's side.
#[expect(
    clippy::too_many_arguments,
    reason = "two words of state, the public form, and what this party knows"
)]
pub(super) async fn assist(
    wire: &mut Wire,
    net: &mut dyn Net,
    key: &PublicKey,
    workers: &Workers<'_>,
    form: &Bilinear,
    shift: u32,
    own: &[u64],
    addend: &[u64],
) -> Result<(), Error> {
    let slots = Slots::new(key, form, shift)?;
    let mut tables = Vec::with_capacity(form.left());
    while tables.len() < form.left() {
        let count = WORDS_AT_A_TIME.min(form.left() - tables.len());
        let encrypted = wire.receive_ciphertexts(net, WORDS, key, count).await?;
        let powers = workers.map(count, || Ok(()), |(), i| Ok(Powers::new(key.square(), &encrypted[i])));
        tables.extend(powers.map_err(own_failure)?);
    }
    let exponent = |word: u64| if shift == 0 { word } else { word ^ 1 << 63 };
    let sum = |output: usize| {
        let factors = form.terms(output).into_iter().map(|(i, l)| (&tables[i], exponent(own[l])));
        Powers::product(key.square(), &factors.collect::<Vec<_>>())
    };
    let ciphertexts = form.outputs().div_ceil(slots.count);
    for start in (0..ciphertexts).step_by(slots.together) {
        let packed = workers.map(slots.together.min(ciphertexts - start), generator, |rng, i| {
            let first = (start + i) * slots.count;
            let outputs = first..(first + slots.count).min(form.outputs());
            let mut masks = BigInt::ZERO;
            let mut packed = key.square().one();
            for output in outputs.rev() {
                (0..slots.slot_bits).for_each(|_| key.square().square_into(&mut packed));
                key.square().multiply_into(&mut packed, &sum(output));
                masks = (masks << slots.slot_bits) + mask(addend[output], shift, &slots, rng);
            }
            key.square().multiply_into(&mut packed, &key.bare(&masks)?);
            key.square().multiply_into(&mut packed, &key.hiding_noise(rng));
            Ok::<Residue, crate::Error>(packed)
        });
        let packed = packed.map_err(own_failure)?;
        wire.send_ciphertexts(net, SUMS, key, &packed).await?;
    }
    Ok(())
}

/// `2^shift (addend + 2^64 R) + t`, of 40 bits more than a sum.
fn mask(addend: u64, shift: u32, slots: &Slots, rng: &mut Prg) -> BigInt {
    let above = slots.mask_bits - 64 - u64::from(shift);
    let middle: BigUint = (number(above as usize, rng) << 64_u32) + addend;
    let mask: BigUint = (middle << shift) + number(shift as usize, rng);
    mask.into()
}

/// The lowest 64 bits in two's complement.
fn lowest_word(number: &BigInt) -> u64 {
    let word = number.magnitude().iter_u64_digits().next().unwrap_or(0);
    if number.sign() == num_bigint::Sign::Minus { word.wrapping_neg() } else { word }
}
