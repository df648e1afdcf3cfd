//! Declared rounds and bytes, asserted from the counters of both parties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/parties.rs"]
mod parties;

use crypten_ring::{Conv2d, RingTensor, Scale};
use crypten_shares::fixed::{self, FixedOperand};
use crypten_shares::reciprocal::Sign;
use crypten_shares::{
    ArithmeticShare, Kind, Party, ProviderKind, Rank, SignUse, Width, Window, bounded, compare, convert,
    exponential, logarithm, maximum, product, reciprocal, reveal, root, tell, trigonometry, truncate,
};
use parties::{Setting, parties, share};

/// Runs a protocol on two sharings of `shape` and checks what it costs each of two parties.
fn costs(
    shape: &[usize],
    rounds: u64,
    bytes: f64,
    protocol: impl AsyncFn(&mut Party, &ArithmeticShare) + Sync,
) {
    let value = RingTensor::full(shape, 5);
    let elements = value.len() as f64;
    let spent = parties(SETTING, async |party| {
        let x = share(party, &value).await;
        let before = party.stats();
        protocol(party, &x).await;
        party.stats() - before
    });
    for spent in spent {
        assert_eq!(spent.rounds, rounds, "rounds");
        assert_eq!(spent.bytes_sent as f64 / elements, bytes, "bytes an element");
        assert_eq!(spent.bytes_received, spent.bytes_sent, "both parties send alike");
    }
}

const SETTING: Setting = Setting { parties: 2, provider: ProviderKind::InsecureFirstParty, quic: false };
const N: &[usize] = &[64, 128];

#[test]
fn products_cost_what_is_declared() {
    costs(N, 1, 16.0, async |party, x| drop(product::multiply(party, x, x, None).await.unwrap()));
    costs(N, 2, 24.0, async |party, x| drop(product::multiply(party, x, x, Some(16)).await.unwrap()));
    costs(N, 1, 8.0, async |party, x| drop(product::square(party, x, None).await.unwrap()));
    costs(N, 2, 16.0, async |party, x| drop(product::square(party, x, Some(16)).await.unwrap()));
    costs(&[64, 64], 1, 16.0, async |party, x| drop(product::matmul(party, x, x, None).await.unwrap()));
    costs(&[64, 64], 2, 24.0, async |party, x| drop(product::matmul(party, x, x, Some(16)).await.unwrap()));
    costs(&[4, 4, 3, 3], 2, 18.0 - 2.0 / 9.0 + 2.0 / 9.0 + 6.0, async |party, x| {
        drop(product::conv2d(party, x, x, Conv2d::padded(1), Some(16)).await.unwrap());
    });
}

#[test]
fn products_with_fixed_operands_cost_what_is_declared() {
    let (value, weight) = (RingTensor::full(&[64, 32], 5), RingTensor::full(&[32, 16], 3));
    let spent = parties(SETTING, async |party| {
        let (x, w) = (share(party, &value).await, share(party, &weight).await);
        let w = FixedOperand::new(party, &w).await.unwrap();
        let (mut before, mut costs) = (party.stats(), Vec::new());
        for truncation in [None, None, Some(16)] {
            fixed::matmul(party, &x, &w, false, truncation).await.unwrap();
            let spent = party.stats() - before;
            costs.push((spent.rounds, spent.bytes_sent));
            before = party.stats();
        }
        costs
    });
    let (x, w, out) = (8 * 64 * 32, 8 * 32 * 16, 8 * 64 * 16);
    for costs in spent {
        assert_eq!(costs, [(1, x + w), (1, x), (2, x + out)]);
    }
}

#[test]
fn truncation_costs_one_round_and_8_bytes() {
    costs(N, 1, 8.0, async |party, x| drop(truncate::truncate(party, x, 16).await.unwrap()));
    costs(N, 1, 8.0, async |party, x| drop(truncate::divide(party, x, 1500).await.unwrap()));
}

#[test]
fn comparisons_cost_four_rounds_and_twelve_and_a_quarter_bytes() {
    costs(N, 3, 12.125, async |party, x| drop(compare::sign_bit(party, x).await.unwrap()));
    costs(N, 4, 12.25, async |party, x| drop(compare::negative(party, x).await.unwrap()));
    costs(N, 4, 12.25, async |party, x| drop(compare::relu(party, x).await.unwrap()));
    costs(N, 4, 12.25, async |party, x| drop(compare::relu_truncated(party, x, 16).await.unwrap()));
    costs(N, 4, 10.625, async |party, x| drop(compare::is_zero(party, x).await.unwrap()));
}

/// Bytes of correction an element: the table of `src/correlation.rs`.
#[test]
fn corrections_are_as_long_as_their_table_says() {
    let narrow = |signs| Kind::Sign { signs, window: Window::Narrow { low: 24 }, used: SignUse::Relu };
    let full = |signs, used| Kind::Sign { signs, window: Window::Full, used };
    for (kind, bytes) in [
        (Kind::And, 8.0),
        (Kind::Bit, 8.0),
        (Kind::Mask, 8.0),
        (Kind::Product, 8.0),
        (Kind::Square, 8.0),
        (Kind::Truncation { bits: 16 }, 16.0),
        (Kind::Equality, 30.0 + 9.375 + 8.0),
        (full(1, SignUse::Bit), 29.125 + 12.0 + 8.0),
        (full(1, SignUse::Relu), 29.125 + 12.0 + 16.0),
        (full(1, SignUse::TruncatedRelu { bits: 16 }), 29.125 + 12.0 + 40.0),
        (full(3, SignUse::Relu), 29.125 + 3.0 * (12.0 + 16.0)),
        (narrow(4), 7.625 + 4.0 * (1.875 + 16.0)),
        (Kind::Maximum, 6.0 * 49.125 + 3.0 * 88.0),
        (Kind::Power { fraction: 36, bits: 26 }, 64.0),
        (Kind::Harmonics { terms: 3, bits: 20, width: Width::Bits40 }, 3.0 * 10.0),
        (Kind::Harmonics { terms: 3, bits: 20, width: Width::Bits48 }, 3.0 * 12.0),
        (Kind::Harmonics { terms: 3, bits: 20, width: Width::Bits64 }, 3.0 * 16.0),
    ] {
        assert_eq!(8.0 * kind.correction_words() as f64 / 256.0, bytes, "{kind}");
    }
}

/// What a dealer sends party 0 for an element.
fn dealt(protocol: impl AsyncFn(&mut Party, &ArithmeticShare) + Sync) -> f64 {
    let value = RingTensor::full(N, 5 << 16);
    let spent = parties(Setting { provider: ProviderKind::Dealer, ..SETTING }, async |party| {
        let x = share(party, &value).await;
        protocol(party, &x).await;
        party.stats().bytes_dealt
    });
    assert_eq!(spent[1], 0, "party 1 needs no correction");
    spent[0] as f64 / value.len() as f64
}

#[test]
fn a_dealer_sends_what_is_declared() {
    let scale = Scale::default();
    let [compared, rectified] = [
        dealt(async |party, x| drop(compare::negative(party, x).await.unwrap())),
        dealt(async |party, x| drop(compare::relu(party, x).await.unwrap())),
    ];
    assert_eq!([compared, rectified], [49.125, 57.125]);
    let functions = [
        dealt(async |party, x| drop(exponential::exp(party, x, scale).await.unwrap())),
        dealt(async |party, x| drop(logarithm::log(party, x, scale).await.unwrap())),
        dealt(async |party, x| drop(reciprocal::reciprocal(party, x, scale, Sign::Any).await.unwrap())),
        dealt(async |party, x| drop(root::sqrt(party, x, scale).await.unwrap())),
        dealt(async |party, x| drop(bounded::sigmoid(party, x, scale).await.unwrap())),
        dealt(async |party, x| drop(bounded::tanh(party, x, scale).await.unwrap())),
    ];
    // A ReLU and a power of two, or signs, products and a series; each with truncations of 16 bytes.
    let normalized = (29.125 + 3.0 * 28.0) + (7.625 + 4.0 * 17.875);
    let signed = normalized + 4.0 * 28.0;
    assert_eq!(
        functions,
        [
            57.125 + 64.0 + 16.0,
            normalized + 6.0 * 12.0 + 16.0,
            signed + 8.0 + 8.0 * 12.0 + 16.0 + (8.0 + 16.0),
            normalized + 8.0 + 6.0 * 16.0 + (8.0 + 16.0),
            (29.125 + 2.0 * 28.0) + 10.0 * 10.0 + 16.0,
            (29.125 + 2.0 * 28.0) + 11.0 * 10.0 + 16.0,
        ]
    );
}

#[test]
fn maximum_costs_four_rounds_a_level() {
    costs(&[64, 4], 4, 73.5 / 4.0, async |party, x| drop(maximum::maximum(party, x, 1).await.unwrap()));
    costs(&[64, 16], 8, 73.5 * 5.0 / 16.0, async |party, x| {
        drop(maximum::maximum(party, x, 1).await.unwrap())
    });
    costs(&[64, 2], 4, 12.25 / 2.0, async |party, x| drop(maximum::maximum(party, x, 1).await.unwrap()));
    let hundred = (12.25 * 50.0 + 73.5 * (13.0 + 3.0 + 1.0)) / 100.0;
    costs(&[64, 100], 16, hundred, async |party, x| drop(maximum::maximum(party, x, 1).await.unwrap()));
    let places = 48.0 * (13.0 + 3.0 + 1.0) / 100.0;
    costs(&[64, 100], 19, hundred + places, async |party, x| {
        drop(maximum::argmax(party, x, 1).await.unwrap())
    });
}

/// Where bytes count for more than rounds: three levels of pairs, two of groups of four.
#[test]
fn maxima_of_many_elements_cost_four_rounds_more_and_fewer_bytes() {
    let hundred = (12.25 * (50.0 + 25.0 + 12.0) + 73.5 * (3.0 + 1.0)) / 100.0;
    costs(&[512, 100], 20, hundred, async |party, x| drop(maximum::maximum(party, x, 1).await.unwrap()));
    let places = (16.0 * (25.0 + 12.0) + 48.0 * (3.0 + 1.0)) / 100.0;
    costs(&[512, 100], 24, hundred + places, async |party, x| {
        drop(maximum::argmax(party, x, 1).await.unwrap())
    });
}

#[test]
fn conversions_cost_what_is_declared() {
    costs(N, 7, 104.0, async |party, x| drop(convert::to_binary(party, x).await.unwrap()));
    costs(N, 8, 112.0, async |party, x| {
        let binary = convert::to_binary(party, x).await.unwrap();
        convert::to_arithmetic(party, &binary).await.unwrap();
    });
    costs(N, 4, 12.125 + 0.125, async |party, x| {
        let bits = compare::sign_bit(party, x).await.unwrap();
        convert::bits_to_arithmetic(party, &bits).await.unwrap();
    });
}

#[test]
fn opening_costs_one_round_and_sharing_nothing() {
    costs(N, 1, 8.0, async |party, x| drop(reveal::reveal(party, x).await.unwrap()));
    costs(N, 1, 8.0, async |party, x| drop(tell::exchange(party, &x.own().words()).await.unwrap()));
    costs(N, 2, 24.0, async |party, x| {
        drop(trigonometry::cos_sin(party, x, Scale::default()).await.unwrap());
    });
    costs(N, 0, 0.0, async |party, x| {
        let own = party.place().is_first().then(|| x.own().clone());
        party.share(Rank::FIRST, x.shape(), own.as_ref()).await.unwrap();
    });
}

#[test]
fn opening_other_sharings_costs_what_is_declared() {
    costs(N, 4, 12.125 + 0.125, async |party, x| {
        let bits = compare::sign_bit(party, x).await.unwrap();
        reveal::reveal_bits(party, &bits).await.unwrap();
    });
    costs(N, 8, 112.0, async |party, x| {
        let binary = convert::to_binary(party, x).await.unwrap();
        reveal::reveal_binary(party, &binary).await.unwrap();
    });
}

#[test]
fn opening_to_one_sends_to_that_one_only() {
    let value = RingTensor::full(N, 5);
    let spent = parties(Setting { parties: 3, ..SETTING }, async |party| {
        let x = share(party, &value).await;
        let before = party.stats();
        reveal::reveal_to(party, &x, Rank::new(1).unwrap()).await.unwrap();
        party.stats() - before
    });
    let bytes = 8 * value.len() as u64;
    assert_eq!(spent.iter().map(|spent| spent.bytes_sent).collect::<Vec<_>>(), [bytes, 0, bytes]);
    assert_eq!(spent.iter().map(|spent| spent.bytes_received).collect::<Vec<_>>(), [0, 2 * bytes, 0]);
    assert!(spent.iter().all(|spent| spent.rounds == 1));
}

/// Rounds and bytes of every party of a replicated session.
fn replicated(
    value: &RingTensor,
    protocol: impl AsyncFn(&mut Party, &ArithmeticShare) + Sync,
) -> Vec<(u64, f64, f64)> {
    let setting = Setting { parties: 3, provider: ProviderKind::Replicated, quic: false };
    let spent = parties(setting, async |party| {
        let x = share(party, value).await;
        let before = party.stats();
        protocol(party, &x).await;
        party.stats() - before
    });
    let each = |bytes: u64| bytes as f64 / value.len() as f64;
    spent.into_iter().map(|spent| (spent.rounds, each(spent.bytes_sent), each(spent.bytes_dealt))).collect()
}

#[test]
fn replicated_products_cost_what_is_declared() {
    let value = RingTensor::full(N, 5);
    let once = replicated(&value, async |party, x| drop(product::multiply(party, x, x, None).await.unwrap()));
    assert_eq!(once, [(2, 8.0, 0.0), (2, 8.0, 0.0), (1, 8.0, 0.0)]);
    // What is spread stays so; party 2 deals the mask of the truncation: two words of correction.
    let later = replicated(&value, async |party, x| {
        product::square(party, x, None).await.unwrap();
        product::multiply(party, x, x, Some(16)).await.unwrap();
    });
    assert_eq!(later, [(4, 16.0, 16.0), (4, 16.0, 0.0), (2, 16.0, 0.0)]);
}

#[test]
fn replicated_sessions_compare_between_two_parties() {
    let value = RingTensor::full(N, 5);
    let relu = replicated(&value, async |party, x| drop(compare::relu(party, x).await.unwrap()));
    assert_eq!(relu, [(4, 12.25, relu[0].2), (4, 12.25, 0.0), (0, 0.0, 0.0)]);
    let third =
        parties(Setting { parties: 3, provider: ProviderKind::Replicated, quic: false }, async |party| {
            let own = (party.place().rank() == Rank::THIRD).then_some(&value);
            let before = party.stats();
            party.share(Rank::THIRD, N, own).await.unwrap();
            let spent = party.stats() - before;
            (spent.rounds, spent.bytes_sent / value.len() as u64)
        });
    assert_eq!(third, [(1, 0), (1, 0), (1, 8)], "sharing what party 2 owns");
}
