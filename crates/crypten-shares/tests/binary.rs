//! The laws of words shared by exclusive or, for two and three parties and both providers, and what they cost.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/parties.rs"]
mod parties;

use crypten_laws::{broadcastable_pair, word, words};
use crypten_ring::{Prg, RingTensor, Seed};
use crypten_shares::{BinaryShare, Party, ProviderKind, Rank, binary, convert, reveal};
use parties::{Setting, parties, share};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn settings() -> impl Strategy<Value = Setting> {
    let first = ProviderKind::InsecureFirstParty;
    let kinds = [
        (2, first),
        (3, first),
        (2, ProviderKind::Dealer),
        (3, ProviderKind::Dealer),
        (3, ProviderKind::Replicated),
    ];
    select(kinds.to_vec()).prop_map(|(parties, provider)| Setting { parties, provider, quic: false })
}

/// Pairs of words of which every other is a pair of equals, or one apart.
fn pairs() -> impl Strategy<Value = (RingTensor, RingTensor)> {
    let pair = (word(), word(), 0..4_u64)
        .prop_map(|(x, y, near)| (x, if near < 2 { x.wrapping_add(near) } else { y }));
    vec(pair, 1..300).prop_map(|pairs| {
        let (x, y): (Vec<u64>, Vec<u64>) = pairs.into_iter().unzip();
        (column(x), column(y))
    })
}

fn column(words: Vec<u64>) -> RingTensor {
    RingTensor::from_vec(&[words.len()], words)
}

/// The sharing by exclusive or of words that party 0 owns.
async fn shared(party: &mut Party, value: &RingTensor) -> BinaryShare {
    let own = party.place().is_first().then_some(value);
    party.share_binary(Rank::FIRST, value.shape(), own).await.unwrap()
}

/// Runs `program` on sharings of `x` and `y` and checks what every party opens.
fn check(
    setting: Setting,
    (x, y): (&RingTensor, &RingTensor),
    expected: &[RingTensor],
    program: impl AsyncFn(&mut Party, BinaryShare, BinaryShare) -> Vec<BinaryShare> + Sync,
) {
    let opened = parties(setting, async |party| {
        let (x, y) = (shared(party, x).await, shared(party, y).await);
        let mut opened = Vec::new();
        for result in program(party, x, y).await {
            opened.push(reveal::reveal_binary(party, &result).await.unwrap());
        }
        opened
    });
    for opened in opened {
        assert_eq!(opened.len(), expected.len());
        for (number, (opened, expected)) in opened.iter().zip(expected).enumerate() {
            assert_eq!(opened.shape(), expected.shape(), "shape of result {number}");
            assert_eq!(opened.words(), expected.words(), "result {number}");
        }
    }
}

/// The outcome of a comparison of signed numbers.
fn compared(x: &RingTensor, y: &RingTensor, f: fn(&i64, &i64) -> bool) -> RingTensor {
    x.zip(y, "compare", |x, y| u64::from(f(&x.cast_signed(), &y.cast_signed())))
}

proptest! {
    #![proptest_config(crypten_laws::cases(12))]

    #[test]
    fn sharing_by_exclusive_or_is_undone_by_opening(setting in settings(), values in words(70)) {
        let value = column(values);
        let nothing = RingTensor::zeros(value.shape());
        check(setting, (&value, &value), &[value.clone(), nothing], async |_, x, y| vec![x.clone(), &x ^ &y]);
        let last = Rank::new(setting.parties - 1).unwrap();
        let opened = parties(setting, async |party| {
            let x = shared(party, &value).await;
            reveal::reveal_binary_to(party, &x, last).await.unwrap()
        });
        for (rank, opened) in opened.into_iter().enumerate() {
            prop_assert_eq!(opened, (rank == last.index()).then(|| value.clone()));
        }
    }

    #[test]
    fn logic_agrees_with_plain_words(setting in settings(), (a, b, _) in broadcastable_pair()) {
        let random = |shape: &[usize], index| Prg::new(&Seed::from_words([7; 4]), index).tensor(shape);
        let (a, b) = (random(&a, 0), random(&b, 1));
        let and = a.zip(&b, "and", |a, b| a & b);
        let or = a.zip(&b, "or", |a, b| a | b);
        let chosen = a.zip(&b, "select", |a, b| if a & 1 == 1 { a } else { b });
        let expected = [and.clone(), and, or.clone(), or, &a ^ &b, a.map(|word| !word), chosen];
        check(setting, (&a, &b), &expected, async |party, x, y| {
            let place = party.place();
            vec![
                binary::and(party, &x, &y).await.unwrap(),
                x.and_public(&b),
                binary::or(party, &x, &y).await.unwrap(),
                x.or_public(place, &b),
                x.xor_public(place, &b),
                x.not(place),
                binary::select(party, &x, &x, &y).await.unwrap(),
            ]
        });
    }

    #[test]
    fn shifts_agree_with_plain_words(setting in settings(), (x, _) in pairs(), bits in vec(0_u64..70, 1..4)) {
        let amounts = RingTensor::from_vec(&[bits.len(), 1], bits);
        let left = x.zip(&amounts, "shift", |x, bits| if bits < 64 { x << bits } else { 0 });
        let right = x.zip(&amounts, "shift", |x, bits| (x.cast_signed() >> bits.min(63)).cast_unsigned());
        let mask = x.map(|x| if x & 1 == 1 { u64::MAX } else { 0 });
        check(setting, (&x, &x), &[left, right, mask], async |_, x, _| {
            vec![x.shift_left(&amounts), x.shift_right(&amounts), x.mask()]
        });
    }

    #[test]
    fn binary_sums_wrap_like_words(setting in settings(), (x, y) in pairs()) {
        let sum = &x + &y;
        check(setting, (&x, &y), &[sum.clone(), sum, &x - &y], async |party, a, b| {
            vec![
                binary::add(party, &a, &b).await.unwrap(),
                binary::add_public(party, &a, &y).await.unwrap(),
                binary::sub(party, &a, &b).await.unwrap(),
            ]
        });
    }

    #[test]
    fn binary_comparisons_are_signed_and_exact(setting in settings(), (x, y) in pairs()) {
        let (less, more) = (compared(&x, &y, i64::lt), compared(&x, &y, i64::gt));
        let zero = RingTensor::zeros(x.shape());
        let expected = [
            compared(&x, &y, i64::eq), compared(&x, &y, i64::ne), compared(&x, &zero, i64::eq),
            less.clone(), less, more,
        ];
        check(setting, (&x, &y), &expected, async |party, a, b| {
            vec![
                binary::equal(party, &a, &b).await.unwrap(),
                binary::not_equal(party, &a, &b).await.unwrap(),
                binary::is_zero(party, &a).await.unwrap(),
                binary::less_than(party, &a, &b).await.unwrap(),
                binary::less_than_public(party, &a, &y).await.unwrap(),
                binary::greater_than_public(party, &a, &y).await.unwrap(),
            ]
        });
    }

    #[test]
    fn binary_sums_over_axes_agree(setting in settings(), (rows, count) in (1_usize..4, 0_usize..12), index in any::<u64>()) {
        let x = Prg::new(&Seed::from_words([8; 4]), index).tensor(&[rows, count]);
        check(setting, (&x, &x), &[x.sum_axis(0), x.sum_axis(1)], async |party, x, _| {
            vec![binary::sum(party, &x, 0).await.unwrap(), binary::sum(party, &x, -1).await.unwrap()]
        });
    }

    #[test]
    fn both_sharings_add_alike(setting in settings(), (x, y) in pairs()) {
        let sum = &x + &y;
        let opened = parties(setting, async |party| {
            let (x, y) = (share(party, &x).await, share(party, &y).await);
            let x = convert::to_binary(party, &x).await.unwrap();
            let y = convert::to_binary(party, &y).await.unwrap();
            let sum = binary::add(party, &x, &y).await.unwrap();
            let sum = convert::to_arithmetic(party, &sum).await.unwrap();
            let bits = convert::bits_to_arithmetic(party, &x.lowest_bits()).await.unwrap();
            (reveal::reveal(party, &sum).await.unwrap(), reveal::reveal(party, &bits).await.unwrap())
        });
        for (opened, bits) in opened {
            prop_assert_eq!(&opened, &sum);
            prop_assert_eq!(bits, x.map(|x| x & 1));
        }
    }
}

/// Operands of other shapes are refused before anything is sent, and the session goes on.
#[test]
fn words_that_do_not_broadcast_are_refused() {
    let setting = Setting { parties: 2, provider: ProviderKind::InsecureFirstParty, quic: false };
    let (long, short) = (column(vec![1, 2, 3]), column(vec![4, 5]));
    let opened = parties(setting, async |party| {
        let (x, y) = (shared(party, &long).await, shared(party, &short).await);
        assert!(binary::and(party, &x, &y).await.is_err());
        assert!(binary::add_public(party, &x, &short).await.is_err());
        assert!(binary::equal(party, &x, &y).await.is_err());
        assert!(binary::less_than_public(party, &x, &short).await.is_err());
        assert!(binary::select(party, &x, &x, &y).await.is_err());
        assert!(binary::sum(party, &x, 1).await.is_err());
        reveal::reveal_binary(party, &x).await.unwrap()
    });
    assert!(opened.into_iter().all(|opened| opened == long));
}

/// Runs a protocol on a sharing of `[1024, 8]` words and checks what it costs each of two parties.
fn costs(rounds: u64, bytes: f64, protocol: impl AsyncFn(&mut Party, &BinaryShare) + Sync) {
    let value = RingTensor::full(&[1024, 8], 5);
    let setting = Setting { parties: 2, provider: ProviderKind::InsecureFirstParty, quic: false };
    let spent = parties(setting, async |party| {
        let x = shared(party, &value).await;
        let before = party.stats();
        protocol(party, &x).await;
        party.stats() - before
    });
    for spent in spent {
        assert_eq!(spent.rounds, rounds, "rounds");
        assert_eq!(spent.bytes_sent as f64 / value.len() as f64, bytes, "bytes an element");
        assert_eq!(spent.bytes_received, spent.bytes_sent, "both parties send alike");
    }
}

#[test]
fn binary_protocols_cost_what_is_declared() {
    let one = RingTensor::scalar(1);
    costs(1, 16.0, async |party, x| drop(binary::and(party, x, x).await.unwrap()));
    costs(1, 16.0, async |party, x| drop(binary::or(party, x, x).await.unwrap()));
    costs(1, 16.0, async |party, x| drop(binary::select(party, x, x, x).await.unwrap()));
    costs(7, 112.0, async |party, x| drop(binary::add(party, x, x).await.unwrap()));
    costs(7, 112.0, async |party, x| drop(binary::sub(party, x, x).await.unwrap()));
    costs(6, 96.0, async |party, x| drop(binary::add_public(party, x, &one).await.unwrap()));
    costs(6, 15.75, async |party, x| drop(binary::equal(party, x, x).await.unwrap()));
    costs(6, 15.75, async |party, x| drop(binary::is_zero(party, x).await.unwrap()));
    costs(7, 47.5, async |party, x| drop(binary::less_than(party, x, x).await.unwrap()));
    costs(6, 31.5, async |party, x| drop(binary::less_than_public(party, x, &one).await.unwrap()));
    costs(6, 31.5, async |party, x| drop(binary::greater_than_public(party, x, &one).await.unwrap()));
    costs(11, (112.0 + 6.0 * 16.0) / 8.0, async |party, x| drop(binary::sum(party, x, 1).await.unwrap()));
}

#[test]
fn logic_beside_public_words_costs_nothing() {
    let one = RingTensor::scalar(1);
    costs(0, 0.0, async |party, x| {
        let place = party.place();
        drop(x.and_public(&one).or_public(place, &one).xor_public(place, &one).not(place));
        drop(x.shift_left(&one).shift_right(&one).mask());
    });
}
