//! Laws of residues, for every kernel of this machine.

use super::*;
use proptest::prelude::*;

/// Lengths around whole octets, with and without the spare bits, and those of Paillier's moduli.
const LENGTHS: [u64; 16] = [2, 51, 53, 64, 256, 411, 412, 413, 416, 417, 1024, 2048, 3324, 4096, 6144, 8192];

/// The modulus, once for each kernel.
pub(super) fn all_kernels(n: &BigUint) -> Vec<Modulus> {
    let kernels = [Kernel::Portable, Kernel::fastest()];
    kernels.map(|kernel| Modulus::with_kernel(n, kernel).expect("odd and not too long")).into()
}

/// An odd number of exactly so many bits.
pub(super) fn odd(bits: u64, seed: u64) -> BigUint {
    let mut n = random(bits, seed);
    n.set_bit(0, true);
    n.set_bit(bits - 1, true);
    n
}

/// A number of at most so many bits.
pub(super) fn random(bits: u64, seed: u64) -> BigUint {
    // The finalizer of SplitMix64, by G. Steele, D. Lea, C. Flood, 2014.
    let word = |index: u64| {
        let mut x = seed.wrapping_mul(1 << 32).wrapping_add(index).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x >> 32) as u32
    };
    BigUint::new((0..bits.div_ceil(32)).map(word).collect()) % (BigUint::from(1_u32) << bits)
}

/// A residue and its integer.
pub(super) fn residue(modulus: &Modulus, seed: u64) -> (Residue, BigUint) {
    let x = random(modulus.value().bits() + 10, seed) % modulus.value();
    (modulus.enter(&x), x)
}

fn corners(n: &BigUint) -> Vec<BigUint> {
    let one = BigUint::from(1_u32);
    let mut corners = vec![BigUint::ZERO, one.clone(), n - 1_u32, n >> 1, one << (n.bits() - 1)];
    corners.extend((0..3).map(|seed| random(n.bits() + 9, seed) % n));
    corners
}

#[test]
fn products_equal_those_of_integers() {
    for bits in LENGTHS {
        let all_ones = (BigUint::from(1_u32) << bits) - 1_u32;
        let sparse = (BigUint::from(1_u32) << (bits - 1)) + 1_u32;
        for n in [odd(bits, 1), odd(bits, 2), all_ones, sparse] {
            for modulus in all_kernels(&n) {
                assert_eq!(modulus.value(), n);
                for a in corners(&n) {
                    let mut square = modulus.enter(&a);
                    assert_eq!(modulus.leave(&square), a);
                    modulus.square_into(&mut square);
                    assert_eq!(modulus.leave(&square), &a * &a % &n);
                    for b in corners(&n) {
                        let product = modulus.multiply(&modulus.enter(&a), &modulus.enter(&b));
                        assert_eq!(modulus.leave(&product), &a * b % &n);
                    }
                }
            }
        }
    }
}

#[test]
fn kernels_agree_on_every_limb() {
    for bits in LENGTHS {
        let n = odd(bits, 3);
        let [portable, fastest] = all_kernels(&n).try_into().expect("two kernels");
        // Whatever is below `4 n`, all ones as far as possible.
        let limit = (&n << 2) - 1_u32;
        let ones = (BigUint::from(1_u32) << (bits + 1)) - 1_u32;
        for x in [BigUint::ZERO, n.clone(), limit, ones, random(bits, 4)] {
            for y in corners(&n) {
                let [x, y] = [&x, &y].map(|x| pieces(x, portable.n.len()).swap_remove(0));
                let products = [&portable, &fastest].map(|modulus| {
                    let product = modulus.multiply(&Residue(x.clone()), &Residue(y.clone()));
                    limbs(&product.0).to_vec()
                });
                assert_eq!(products[0], products[1]);
                assert!(products[1].iter().all(|limb| *limb <= LIMB_MASK));
            }
        }
    }
}

#[test]
fn factors_stay_in_bounds_through_many_multiplications() {
    for bits in [412, 413, 2048] {
        let n = (BigUint::from(1_u32) << bits) - 1_u32;
        for modulus in all_kernels(&n) {
            let (mut residue, mut x) = residue(&modulus, 5);
            for _ in 0..200 {
                modulus.square_into(&mut residue);
                x = &x * &x % &n;
                assert!(integer(&residue.0) < &n << 1);
            }
            assert_eq!(modulus.leave(&residue), x);
        }
    }
}

#[test]
fn selections_find_every_entry() {
    for octets in 1..=MOST_OCTETS {
        let table: Vec<Octet> = (0..9 * octets as u64).map(|index| Octet([index; 8])).collect();
        for digit in 0..9 {
            let mut out = vec![Octet([7; 8]); octets];
            Kernel::fastest().select(&mut out, &table, digit as u64);
            assert_eq!(limbs(&out), limbs(&table[digit * octets..][..octets]));
        }
    }
}

#[test]
fn even_small_and_too_long_numbers_are_no_moduli() {
    for n in [0_u32, 1, 2, 10] {
        assert!(Modulus::new(&BigUint::from(n)).is_none());
    }
    assert!(Modulus::new(&odd(8316, 1)).is_some());
    assert!(Modulus::new(&odd(8317, 1)).is_none());
}

#[test]
fn nothing_is_said_of_a_residue() {
    let modulus = Modulus::new(&odd(100, 1)).expect("odd");
    assert_eq!(format!("{:?}", modulus.one()), "Residue { .. }");
    assert_eq!(format!("{modulus:?}"), "Modulus { .. }");
}

proptest! {
    #[test]
    fn leave_undoes_enter_for_integers_of_any_length(
        words in proptest::collection::vec(any::<u32>(), 0..200),
        bits in 2_u64..2500,
    ) {
        let (x, n) = (BigUint::new(words), odd(bits, 6));
        for modulus in all_kernels(&n) {
            prop_assert_eq!(modulus.leave(&modulus.enter(&x)), &x % &n);
        }
    }

    #[test]
    fn products_of_random_residues_equal_those_of_integers(
        a in proptest::collection::vec(any::<u32>(), 0..130),
        b in proptest::collection::vec(any::<u32>(), 0..130),
        bits in 2_u64..4200,
    ) {
        let (a, b, n) = (BigUint::new(a), BigUint::new(b), odd(bits, 8));
        for modulus in all_kernels(&n) {
            let product = modulus.multiply(&modulus.enter(&a), &modulus.enter(&b));
            prop_assert_eq!(modulus.leave(&product), &a * &b % &n);
        }
    }
}
