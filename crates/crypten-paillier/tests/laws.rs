//! The laws of the cryptosystem, on numbers, tensors and packed tensors, against num-bigint and ndarray.

use std::collections::HashSet;
use std::sync::LazyLock;

use crypten_paillier::{
    Ciphertext, Encoded, EncryptedTensor, Error, KeyFlaw, KeyLength, KeyPair, PackedTensor, Packing,
    PublicKey,
};
use ndarray::{Array1, Array2, ArrayD, Axis, Ix2, arr0, array};
use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;

/// One short key for all, and another.
static KEYS: LazyLock<[KeyPair; 2]> = LazyLock::new(|| {
    std::array::from_fn(|_| {
        KeyPair::generate(KeyLength::insecure(512).expect("a length for tests")).expect("randomness")
    })
});

fn keys() -> &'static KeyPair {
    &KEYS[0]
}

fn limit() -> BigInt {
    keys().public.limit().into()
}

/// Whole numbers of all sizes, and those at the ends of the range.
fn number() -> impl Strategy<Value = BigInt> {
    prop_oneof![
        (any::<[u8; 60]>(), any::<bool>()).prop_map(|(bytes, negative)| {
            let value = BigInt::from(BigUint::from_bytes_be(&bytes));
            if negative { -value } else { value }
        }),
        any::<i64>().prop_map(BigInt::from),
        prop::sample::select(vec![-2, -1, 0, 1, 2]).prop_map(BigInt::from),
        (0..3_i32, any::<bool>()).prop_map(|(less, negative)| {
            let value = limit() - less;
            if negative { -value } else { value }
        }),
    ]
}

fn encrypt(number: &BigInt) -> Ciphertext {
    keys().public.encrypt(number.clone()).expect("in range")
}

/// The plaintext, or `None` for an overflow.
fn decrypt(ciphertext: &Ciphertext) -> Option<BigInt> {
    match keys().secret.decrypt_plain(ciphertext) {
        Ok(plain) => Some(plain.value().clone()),
        Err(Error::Overflow { index: 0 }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// What is left of a number after it has gone around the range of residues.
fn wrapped(value: &BigInt) -> Option<BigInt> {
    let n = BigInt::from(keys().public.modulus().clone());
    let residue = ((value % &n) + &n) % &n;
    let signed = if residue > &n / 2 { residue - n } else { residue };
    (*signed.magnitude() <= keys().public.limit()).then_some(signed)
}

proptest! {
    #![proptest_config(crypten_laws::cases(64))]

    #[test]
    fn decryption_undoes_encryption(m in number()) {
        prop_assert_eq!(decrypt(&encrypt(&m)), Some(m));
    }

    #[test]
    fn sums_of_ciphertexts_encrypt_sums(a in number(), b in number()) {
        let (x, y) = (encrypt(&a), encrypt(&b));
        prop_assert_eq!(decrypt(&(&x + &y).expect("one key")), wrapped(&(&a + &b)));
        prop_assert_eq!(decrypt(&(&x - &y).expect("one key")), wrapped(&(&a - &b)));
        prop_assert_eq!(decrypt(&(-&x)), Some(-a));
    }

    #[test]
    fn plain_numbers_stand_on_either_side(a in number(), k in number()) {
        let x = encrypt(&a);
        prop_assert_eq!(decrypt(&(&x + k.clone()).expect("fits")), wrapped(&(&a + &k)));
        prop_assert_eq!(decrypt(&(k.clone() + &x).expect("fits")), wrapped(&(&a + &k)));
        prop_assert_eq!(decrypt(&(&x - k.clone()).expect("fits")), wrapped(&(&a - &k)));
        prop_assert_eq!(decrypt(&(&x - i64::MIN).expect("fits")), wrapped(&(&a - i64::MIN)));
        prop_assert_eq!(decrypt(&(k.clone() - &x).expect("fits")), wrapped(&(&k - &a)));
        prop_assert_eq!(decrypt(&(&x * k.clone()).expect("fits")), wrapped(&(&a * &k)));
        prop_assert_eq!(decrypt(&(k.clone() * &x).expect("fits")), wrapped(&(&a * &k)));
    }

    #[test]
    fn ciphertexts_are_what_the_paper_says(a in number(), b in number()) {
        let (n, square) = (keys().public.modulus(), keys().public.modulus().pow(2));
        let (x, y) = (encrypt(&a).raw(), encrypt(&b).raw());
        prop_assert!(x < square && x > BigUint::ZERO);
        let sum = (&encrypt(&a) + &encrypt(&b)).expect("one key");
        prop_assert!(sum.raw() < square, "not reduced");
        let x = Ciphertext::from_raw(&keys().public, &x, 0).expect("a ciphertext");
        let y = Ciphertext::from_raw(&keys().public, &y, 0).expect("a ciphertext");
        prop_assert_eq!((&x + &y).expect("one key").raw(), x.raw() * y.raw() % &square);
        prop_assert_eq!((&x * 12345).expect("fits").raw(), x.raw().modpow(&12345_u32.into(), &square));
        prop_assert_eq!((&x + 1).expect("fits").raw(), x.raw() * (n + 1_u32) % &square);
    }

    #[test]
    fn fresh_noise_changes_a_ciphertext_and_not_its_plaintext(m in number()) {
        let ciphertext = encrypt(&m);
        let fresh = ciphertext.rerandomize().expect("randomness");
        prop_assert_ne!(fresh.raw(), ciphertext.raw());
        prop_assert_eq!(decrypt(&fresh), Some(m));
    }

    #[test]
    fn encodings_survive(m in number()) {
        let ciphertext = encrypt(&m);
        let text = serde_json::to_string(&ciphertext.encode()).expect("serialises");
        let read = Ciphertext::decode(&keys().public, &serde_json::from_str(&text).expect("reads")).expect("opens");
        prop_assert_eq!(read.raw(), ciphertext.raw());
    }

    #[test]
    fn real_numbers_come_back_within_half_a_unit(a in -1e6..1e6_f64, b in -1e6..1e6_f64, k in -1e3..1e3_f64) {
        let (x, y) = (keys().public.encrypt(a).expect("fits"), keys().public.encrypt(b).expect("fits"));
        let open = |ciphertext: Result<Ciphertext, Error>| {
            keys().secret.decrypt_f64(&ciphertext.expect("fits")).expect("in range")
        };
        let unit = 1.0 / 65536.0;
        prop_assert!((open(Ok(x.clone())) - a).abs() <= 0.5 * unit);
        prop_assert!((open(&x + &y) - (a + b)).abs() <= unit);
        prop_assert!((open(&x - k) - (a - k)).abs() <= unit);
        prop_assert!((open(k * &x) - k * a).abs() <= (a.abs() + k.abs() + 1.0) * 0.5 * unit);
        let line = open((k * &x).expect("fits") + &y);
        prop_assert!((line - (k * a + b)).abs() <= (a.abs() + k.abs() + 2.0) * 0.5 * unit);
    }

    #[test]
    fn tensors_are_arrays_of_numbers(values in prop::collection::vec(-1000_i64..1000, 6), more in prop::collection::vec(-1000_i64..1000, 3)) {
        let a = Array2::from_shape_vec((2, 3), values).expect("six");
        let b = Array1::from(more);
        let (x, y) = (tensor(&a), tensor(&b));
        prop_assert_eq!(open(&(&x + &y).expect("broadcasts")), (&a + &b).into_dyn());
        prop_assert_eq!(open(&(&y - &x).expect("broadcasts")), (&b - &a).into_dyn());
        prop_assert_eq!(open(&(&x + &b).expect("broadcasts")), (&a + &b).into_dyn());
        prop_assert_eq!(open(&(&b - &x).expect("broadcasts")), (&b - &a).into_dyn());
        prop_assert_eq!(open(&(&b * &x).expect("broadcasts")), (&a * &b).into_dyn());
        prop_assert_eq!(open(&(&x * 7_i64).expect("broadcasts")), (&a * 7).into_dyn());
        prop_assert_eq!(open(&-&x), (-&a).into_dyn());
        prop_assert_eq!(open(&x.sum()), arr0(a.sum()).into_dyn());
        prop_assert_eq!(open(&x.sum_axis(1).expect("an axis")), a.sum_axis(Axis(1)).into_dyn());
        prop_assert_eq!(open(&x.reshape(&[3, 2]).expect("six")), a.to_shape((3, 2)).expect("six").to_owned().into_dyn());
        let joined = EncryptedTensor::concatenate(&[&x, &x], 1).expect("fits");
        prop_assert_eq!(open(&joined), ndarray::concatenate![Axis(1), a, a].into_dyn());
    }

    #[test]
    fn matrix_products_agree_with_plain_ones(
        left in prop::collection::vec(-70000_i64..70000, 6),
        right in prop::collection::vec(-9_i64..9, 12),
    ) {
        let (a, b) = (
            Array2::from_shape_vec((2, 3), left).expect("six"),
            Array2::from_shape_vec((3, 4), right).expect("twelve"),
        );
        prop_assert_eq!(open(&tensor(&b).rmatmul_plain(&a).expect("fits")), a.dot(&b).into_dyn());
        prop_assert_eq!(open(&tensor(&a).matmul_plain(&b).expect("fits")), a.dot(&b).into_dyn());
    }

    #[test]
    fn packed_tensors_equal_unpacked_ones(values in prop::collection::vec(-1023_i64..=1023, 0..40)) {
        let packing = Packing::new(&keys().public, 10, 8).expect("fits");
        let a = Array1::from(values);
        let x = PackedTensor::encrypt(&keys().public, packing, &a).expect("fits");
        let whole = |tensor: &PackedTensor| {
            tensor.decrypt_whole(&keys().secret).expect("in range").mapv(|value| i64::try_from(value).expect("small"))
        };
        prop_assert_eq!(whole(&x), a.clone().into_dyn());
        let sum = x.add(&x).and_then(|sum| sum.add(&x)).expect("room for eight");
        prop_assert_eq!(whole(&sum), (&a * 3).into_dyn());
        prop_assert_eq!(whole(&sum.sub(&x).expect("room")), (&a * 2).into_dyn());
        prop_assert_eq!(whole(&x.mul_plain(-8).expect("room")), (&a * -8).into_dyn());
        prop_assert_eq!(whole(&x.add_plain(&a).expect("room")), (&a * 2).into_dyn());
        let read = PackedTensor::decode(&keys().public, packing, 3, a.shape(), &sum.encode()).expect("opens");
        prop_assert_eq!(whole(&read), (&a * 3).into_dyn());
        let refused = matches!(x.mul_plain(9), Err(Error::NoRoom { room: 8, terms: 9 }));
        prop_assert!(refused);
    }
}

fn tensor<D: ndarray::Dimension>(numbers: &ndarray::Array<i64, D>) -> EncryptedTensor {
    EncryptedTensor::encrypt(&keys().public, numbers).expect("fits")
}

fn open(tensor: &EncryptedTensor) -> ArrayD<i64> {
    let whole = tensor.decrypt_whole(&keys().secret).expect("in range");
    whole.mapv(|value| i64::try_from(value).expect("small"))
}

#[test]
fn means_of_real_columns_come_back() {
    let columns = array![[1.5, -2.0], [0.25, 4.0], [3.0, 0.125]];
    let tensor = EncryptedTensor::encrypt(&keys().public, &columns).expect("fits");
    let means = tensor.mean_axis(0).and_then(|means| means.decrypt(&keys().secret)).expect("in range");
    let plain = columns.mean_axis(Axis(0)).expect("three rows").into_dyn();
    assert!((&means - &plain).iter().all(|off| off.abs() < 1e-8), "{means} instead of {plain}");
    let mean = tensor.mean().and_then(|mean| mean.decrypt(&keys().secret)).expect("in range");
    assert!((mean[[]] - columns.mean().expect("six")).abs() < 1e-8);
}

#[test]
fn tensors_without_elements_stay_so() {
    let empty = tensor(&Array2::<i64>::zeros((0, 3)));
    assert_eq!(open(&(&empty + &empty).expect("fits")).shape(), [0, 3]);
    assert_eq!(open(&empty.sum()), arr0(0).into_dyn());
    let product = empty.matmul_plain(&Array2::<i64>::ones((3, 2))).expect("fits");
    assert_eq!(product.shape(), [0, 2]);
    let hollow = tensor(&Array2::<i64>::zeros((2, 0)));
    let product = hollow.matmul_plain(&Array2::<i64>::ones((0, 3))).expect("fits");
    assert_eq!(open(&product), Array2::<i64>::zeros((2, 3)).into_dyn());
}

#[test]
fn ciphertexts_of_one_number_do_not_repeat() {
    let ciphertexts: HashSet<BigUint> = (0..500).map(|_| encrypt(&BigInt::from(5)).raw()).collect();
    assert_eq!(ciphertexts.len(), 500);
    // Each of the lowest bits is one about half of the time: six standard deviations.
    for bit in 0..64 {
        let ones = ciphertexts.iter().filter(|ciphertext| ciphertext.bit(bit)).count();
        assert!((250 - 68..=250 + 68).contains(&ones), "bit {bit} is one in {ones} of 500");
    }
}

#[test]
fn operands_under_different_keys_are_refused_by_name() {
    let [ours, theirs] = &*KEYS;
    let (x, y) = (ours.public.encrypt(1).expect("fits"), theirs.public.encrypt(2).expect("fits"));
    for result in [&x + &y, &x - &y, x.add(&y)] {
        let error = result.expect_err("two keys");
        let Error::KeysDiffer { left, right } = error else { panic!("{error}") };
        assert_eq!((left, right), (ours.public.fingerprint(), theirs.public.fingerprint()));
        let said = error.to_string();
        assert!(said.contains(&left.to_string()) && said.contains(&right.to_string()), "{said}");
    }
    assert!(matches!(theirs.secret.decrypt_plain(&x), Err(Error::KeysDiffer { .. })));
    let (x, y) = (
        EncryptedTensor::encrypt(&ours.public, &array![1]).expect("fits"),
        EncryptedTensor::encrypt(&theirs.public, &array![1]).expect("fits"),
    );
    assert!(matches!(&x + &y, Err(Error::KeysDiffer { .. })));
    assert!(matches!(EncryptedTensor::concatenate(&[&x, &y], 0), Err(Error::KeysDiffer { .. })));
    assert!(matches!(x.decrypt(&theirs.secret), Err(Error::KeysDiffer { .. })));
    assert!(matches!(EncryptedTensor::decode(&theirs.public, &x.encode()), Err(Error::KeysDiffer { .. })));
}

#[test]
fn what_is_no_ciphertext_is_refused() {
    let key = &keys().public;
    let square = key.modulus().pow(2);
    let shared_factor = BigUint::from_bytes_be(&keys().secret.expose_primes()[..32]);
    for raw in [BigUint::ZERO, square.clone(), &square + 1_u32, key.modulus().clone(), shared_factor] {
        assert!(matches!(Ciphertext::from_raw(key, &raw, 0), Err(Error::NotACiphertext { index: 0, .. })));
    }
    assert!(Ciphertext::from_raw(key, &(square - 1_u32), 0).is_ok());
}

#[test]
fn encodings_of_wrong_length_are_refused() {
    let encoded = tensor(&array![1, 2, 3]).encode();
    let mut value = serde_json::to_value(&encoded).expect("serialises");
    value["shape"] = serde_json::json!([4]);
    let longer: Encoded = serde_json::from_value(value.clone()).expect("reads");
    assert!(matches!(EncryptedTensor::decode(&keys().public, &longer), Err(Error::EncodingLength { .. })));
    value["shape"] = serde_json::json!([usize::MAX, usize::MAX]);
    let absurd: Encoded = serde_json::from_value(value.clone()).expect("reads");
    assert!(matches!(EncryptedTensor::decode(&keys().public, &absurd), Err(Error::EncodingLength { .. })));
}

#[test]
fn shapes_that_no_array_has_are_refused() {
    let empty = tensor(&Array1::<i64>::zeros(0));
    let mut value = serde_json::to_value(empty.encode()).expect("serialises");
    value["shape"] = serde_json::json!([0, usize::MAX]);
    let absurd: Encoded = serde_json::from_value(value).expect("reads");
    assert!(matches!(EncryptedTensor::decode(&keys().public, &absurd), Err(Error::EncodingLength { .. })));
    assert!(matches!(empty.reshape(&[0, usize::MAX]), Err(Error::Shapes { .. })));
    for (value_bits, room) in [(u64::MAX, 1), (10, u64::MAX), (600, 1)] {
        let packing = Packing::new(&keys().public, value_bits, room);
        assert!(value_bits == 10 || matches!(packing, Err(Error::NoSlots { .. })), "{packing:?}");
    }
}

#[test]
fn the_largest_keys_work() {
    let modulus = (BigUint::from(1_u32) << 4096_u32) - 1_u32;
    // Not the product of two primes, but of the right length and without small factors.
    let modulus = (0..).map(|i| &modulus - 2_u32 * i).find_map(|n| PublicKey::from_modulus(n).ok());
    let key = modulus.expect("one in twenty odd numbers has no small factor");
    assert_eq!(key.bits(), 4096);
    let sum = key.encrypt(20).and_then(|x| &x + 22).expect("fits");
    assert!(sum.raw() < key.modulus().pow(2));
}

#[test]
fn numbers_beyond_the_limit_are_refused_and_sums_beyond_it_are_noticed() {
    let most = limit();
    assert!(matches!(keys().public.encrypt(&most + 1), Err(Error::TooLarge { .. })));
    assert!(matches!(keys().public.encrypt(-&most - 1), Err(Error::TooLarge { .. })));
    assert!(matches!(keys().public.encrypt(f64::NAN), Err(Error::NotFinite { .. })));
    let x = encrypt(&most);
    assert_eq!(decrypt(&(&x + 1).expect("one key")), None);
    let column = EncryptedTensor::encrypt(&keys().public, &array![BigInt::from(1), most]).expect("fits");
    let doubled = (&column + &column).expect("one key").decrypt(&keys().secret);
    assert!(matches!(doubled, Err(Error::Overflow { index: 1 })));
}

#[test]
fn keys_survive_their_encoding_and_flawed_ones_are_refused() {
    let keys = keys();
    let bytes = keys.public.to_bytes();
    assert_eq!(PublicKey::from_insecure_bytes(&bytes).expect("a key"), keys.public);
    assert!(matches!(
        PublicKey::from_bytes(&bytes),
        Err(Error::NotAKey { flaw: KeyFlaw::Length { bits: 512, .. } })
    ));
    assert!(matches!(PublicKey::from_insecure_bytes(&bytes[1..]), Err(Error::EncodingLength { .. })));
    let read = KeyPair::from_insecure_exposed_primes(&keys.secret.expose_primes()).expect("a key");
    assert_eq!(read.public, keys.public);
    let [p, q] =
        [&keys.secret.expose_primes()[..32], &keys.secret.expose_primes()[32..]].map(BigUint::from_bytes_be);
    let flaw = |p: &BigUint, q: &BigUint| match KeyPair::from_insecure_primes(p, q) {
        Err(Error::NotAKey { flaw }) => flaw,
        other => panic!("{other:?}"),
    };
    assert_eq!(flaw(&p, &p), KeyFlaw::NotTwoPrimes);
    assert!(matches!(flaw(&p, &(&q + 1_u32)), KeyFlaw::Even));
    assert!(matches!(flaw(&(&p * 3_u32), &q), KeyFlaw::SmallFactor { factor: 3 } | KeyFlaw::Length { .. }));
    let composite = (1_u32..)
        .map(|i| &q + 2 * i)
        .find(|c| c % 3_u32 != BigUint::ZERO && KeyPair::from_insecure_primes(&p, c).is_err());
    assert!(composite.is_some());
    assert!(matches!(
        PublicKey::from_insecure_modulus(p.clone()),
        Err(Error::NotAKey { flaw: KeyFlaw::NotTwoPrimes })
    ));
    let even = BigUint::from(1_u32) << 511_u32;
    assert!(matches!(PublicKey::from_insecure_modulus(even), Err(Error::NotAKey { flaw: KeyFlaw::Even })));
}

#[test]
fn lengths_that_cannot_be_made_are_refused() {
    for bits in [0, 1024, 2046, 2049, 4098, 8192] {
        assert!(matches!(KeyLength::new(bits), Err(Error::KeyLength { .. })), "{bits}");
    }
    for bits in [0, 254, 257, 8194] {
        assert!(matches!(KeyLength::insecure(bits), Err(Error::KeyLength { .. })), "{bits}");
    }
    assert_eq!(KeyLength::default().bits(), 2048);
    assert_eq!(KeyLength::new(4096).map(KeyLength::bits).ok(), Some(4096));
}

#[test]
fn keys_of_other_programs_use_full_noise_and_agree() {
    let foreign = PublicKey::from_insecure_modulus(keys().public.modulus().clone()).expect("a modulus");
    assert!(!foreign.has_short_noise() && keys().public.has_short_noise());
    let raw = foreign.encrypt(-42).expect("fits").raw();
    let ciphertext = Ciphertext::from_raw(&keys().public, &raw, 0).expect("a ciphertext");
    assert_eq!(decrypt(&ciphertext), Some(BigInt::from(-42)));
}

#[test]
fn nothing_secret_is_printed() {
    let keys = keys();
    let printed = format!("{keys:?} {:?} {:?}", encrypt(&BigInt::from(77)), tensor(&array![77]));
    let primes = keys.secret.expose_primes();
    for prime in [&primes[..32], &primes[32..]].map(BigUint::from_bytes_be) {
        assert!(!printed.contains(&prime.to_string()) && !printed.contains(&format!("{prime:x}")));
    }
    assert!(printed.contains(&keys.public.fingerprint().to_string()));
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let x = tensor(&array![[1, 2], [3, 4]]);
    let y = tensor(&array![1, 2, 3]);
    assert!(matches!(&x + &y, Err(Error::Shapes { operation: "add", .. })));
    assert!(matches!(&x * &array![1, 2, 3], Err(Error::Shapes { operation: "mul", .. })));
    assert!(matches!(x.reshape(&[3]), Err(Error::Shapes { operation: "reshape", .. })));
    assert!(matches!(x.sum_axis(2), Err(Error::Axis { axis: 2, .. })));
    assert!(matches!(
        x.matmul_plain(&Array2::<i64>::ones((3, 1))),
        Err(Error::Shapes { operation: "matmul", .. })
    ));
    assert!(matches!(y.matmul_plain(&Array2::<i64>::ones((3, 1))), Err(Error::Shapes { .. })));
    assert!(matches!(EncryptedTensor::concatenate(&[], 0), Err(Error::Shapes { .. })));
    let _ = open(&x).into_dimensionality::<Ix2>().expect("a matrix");
}
