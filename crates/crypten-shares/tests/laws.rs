//! The laws of the shares layer: what is revealed is what plain arithmetic gives, for 1 to 5 parties and every
//! provider, over random and corner words and shapes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/parties.rs"]
mod parties;

use crypten_laws::{broadcastable_pair, small, word, words};
use crypten_ring::{BitTensor, Conv2d, Prg, RingTensor, Seed};
use crypten_shares::fixed::{self, FixedOperand};
use crypten_shares::product::Factors;
use crypten_shares::{
    ArithmeticShare, BitShare, Party, ProviderKind, Rank, compare, convert, maximum, product, reveal,
    truncate,
};
use parties::{Setting, parties, share};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn settings() -> impl Strategy<Value = Setting> {
    let dealt = [ProviderKind::InsecureFirstParty, ProviderKind::Dealer];
    let dealt = (select(vec![1, 2, 2, 3, 5]), select(dealt.to_vec()));
    let kinds = prop_oneof![3 => dealt, 2 => Just((3, ProviderKind::Replicated))];
    (kinds, select(vec![false, false, false, true])).prop_map(|((parties, provider), quic)| Setting {
        parties,
        provider,
        quic,
    })
}

/// Runs `program` on a sharing of each input; all parties must open the same tensor, which is returned.
fn opened(
    setting: Setting,
    inputs: &[&RingTensor],
    program: impl AsyncFn(&mut Party, Vec<ArithmeticShare>) -> ArithmeticShare + Sync,
) -> RingTensor {
    let results = parties(setting, async |party| {
        let mut shares = Vec::new();
        for (i, input) in inputs.iter().enumerate() {
            let owner = party.place().party(i % setting.parties).unwrap();
            let own = (party.place().rank() == owner).then_some(*input);
            shares.push(party.share(owner, input.shape(), own).await.unwrap());
        }
        let result = program(party, shares).await;
        reveal::reveal(party, &result).await.unwrap()
    });
    assert!(results.iter().all(|result| *result == results[0]), "all parties open the same");
    results.into_iter().next().unwrap()
}

fn column(words: Vec<u64>) -> RingTensor {
    RingTensor::from_vec(&[words.len()], words)
}

fn signed(tensor: &RingTensor) -> Vec<i64> {
    tensor.words().iter().map(|word| word.cast_signed()).collect()
}

fn random(shape: &[usize], index: u64) -> RingTensor {
    Prg::new(&Seed::from_words([3; 4]), index).tensor(shape)
}

fn half_open(values: &[i64]) -> RingTensor {
    column(values.iter().map(|value| value.cast_unsigned()).collect())
}

/// Within `[exact, exact + 1]`: rounded down, or one unit more.
fn truncated_well(value: i64, quotient: i64, bits: u32) -> bool {
    (0..=1).contains(&(quotient - (value >> bits)))
}

proptest! {
    #![proptest_config(crypten_laws::cases(24))]

    #[test]
    fn reveal_undoes_share(setting in settings(), shape in crypten_laws::shape()) {
        let value = random(&shape, 0);
        prop_assert_eq!(opened(setting, &[&value], async |_, shares| shares[0].clone()), value);
    }

    #[test]
    fn sums_of_shares_are_shares_of_sums(setting in settings(), (a, b, _) in broadcastable_pair(), k in word()) {
        let (a, b) = (random(&a, 1), random(&b, 2));
        let result = opened(setting, &[&a, &b], async |party, s| {
            let sum = &(&s[0] + &s[1]) - &-&s[0];
            sum.linear(|own| own * k).add_public(party.place(), &b)
        });
        prop_assert_eq!(result, &(&(&(&a + &b) + &a) * k) + &b);
    }

    #[test]
    fn products_of_shares_are_shares_of_products(setting in settings(), (a, b, _) in broadcastable_pair()) {
        let (a, b) = (random(&a, 3), random(&b, 4));
        let result = opened(setting, &[&a, &b], async |party, s| {
            product::multiply(party, &s[0], &s[1], None).await.unwrap()
        });
        prop_assert_eq!(result, &a * &b);
    }

    #[test]
    fn squares_are_products(setting in settings(), a in vec(word(), 0..300)) {
        let a = column(a);
        let result = opened(setting, &[&a], async |party, s| product::square(party, &s[0], None).await.unwrap());
        prop_assert_eq!(result, &a * &a);
    }

    #[test]
    fn matrix_products_agree(setting in settings(), (m, k, n) in (1_usize..5, 0_usize..6, 1_usize..5)) {
        let (a, b) = (random(&[2, m, k], 5), random(&[k, n], 6));
        let result = opened(setting, &[&a, &b], async |party, s| {
            product::matmul(party, &s[0], &s[1], None).await.unwrap()
        });
        prop_assert_eq!(result, a.matmul(&b));
    }

    #[test]
    fn products_together_are_each_what_they_are_alone(setting in settings(), (m, k) in (1_usize..5, 0_usize..6)) {
        // Two of one kind, and one of another.
        let (a, b, image) = (random(&[m, k], 15), random(&[k, m], 16), random(&[1, 1, m, m], 17));
        let whole = Conv2d::default();
        let result = opened(setting, &[&a, &b, &image], async |party, s| {
            let first = Factors::matmul(&s[0], &s[1]).unwrap();
            let again = Factors::matmul(&-&s[0], &s[1]).unwrap();
            let square = Factors::conv2d(&s[2], &s[2], whole).unwrap();
            let [first, again, square] = product::together(party, &[first, again, square]).await.unwrap();
            let square = square.linear(|own| own.reshape(&[1, 1]).unwrap());
            let wide = square.linear(|own| own.broadcast_to(&[1, m]).unwrap());
            ArithmeticShare::concatenate(0, &[&first, &again, &wide]).unwrap()
        });
        let (product, square) = (a.matmul(&b), image.conv2d(&image, whole));
        let wide = square.reshape(&[1, 1]).unwrap().broadcast_to(&[1, m]).unwrap();
        prop_assert_eq!(result, RingTensor::concatenate(0, &[&product, &-&product, &wide]).unwrap());
    }

    #[test]
    fn convolutions_agree(setting in settings(), padding in 0_usize..2, groups in 1_usize..3) {
        let geometry = Conv2d { padding: [padding, 1], groups, ..Conv2d::default() };
        let (a, b) = (random(&[2, 2 * groups, 4, 5], 7), random(&[3 * groups, 2, 2, 3], 8));
        let result = opened(setting, &[&a, &b], async |party, s| {
            product::conv2d(party, &s[0], &s[1], geometry, None).await.unwrap()
        });
        prop_assert_eq!(result, a.conv2d(&b, geometry));
    }

    #[test]
    fn truncation_is_off_by_at_most_one(setting in settings(), values in vec(small(61), 1..300), bits in 1_u32..=62) {
        let input = half_open(&values);
        let result = opened(setting, &[&input], async |party, s| {
            truncate::truncate(party, &s[0], bits).await.unwrap()
        });
        for (&value, quotient) in values.iter().zip(signed(&result)) {
            prop_assert!(truncated_well(value, quotient, bits), "{value} >> {bits} gave {quotient}");
        }
    }

    #[test]
    fn truncations_by_several_powers_are_off_by_at_most_one(
        setting in settings(),
        tensors in vec((vec(small(61), 0..300), 1_u32..=62), 0..4),
    ) {
        let inputs = Vec::from_iter(tensors.iter().map(|(values, _)| half_open(values)));
        let result = opened(setting, &Vec::from_iter(&inputs), async |party, s| {
            let parts = Vec::from_iter(s.iter().zip(&tensors).map(|(share, (_, bits))| (share, *bits)));
            let quotients = truncate::truncate_all(party, &parts).await.unwrap();
            let nothing = ArithmeticShare::zeros(&[0]);
            let joined = Vec::from_iter([&nothing].into_iter().chain(&quotients));
            ArithmeticShare::concatenate(0, &joined).unwrap()
        });
        let values = tensors.iter().flat_map(|(values, bits)| values.iter().map(|&value| (value, *bits)));
        prop_assert_eq!(result.len(), values.clone().count());
        for ((value, bits), quotient) in values.zip(signed(&result)) {
            prop_assert!(truncated_well(value, quotient, bits), "{value} >> {bits} gave {quotient}");
        }
    }

    #[test]
    fn signs_and_relu_agree_with_plain(setting in settings(), values in vec(word(), 1..600), bits in 1_u32..=40) {
        let input = column(values);
        let plain = signed(&input);
        let sign = opened(setting, &[&input], async |party, s| compare::negative(party, &s[0]).await.unwrap());
        let relu = opened(setting, &[&input], async |party, s| compare::relu(party, &s[0]).await.unwrap());
        for ((&value, sign), relu) in plain.iter().zip(signed(&sign)).zip(signed(&relu)) {
            prop_assert_eq!(sign, i64::from(value < 0), "sign of {}", value);
            prop_assert_eq!(relu, value.max(0));
        }
        let small = half_open(&plain.iter().map(|value| value >> 2).collect::<Vec<_>>());
        let cut = opened(setting, &[&small], async |party, s| {
            compare::relu_truncated(party, &s[0], bits).await.unwrap()
        });
        for (value, cut) in signed(&small).into_iter().zip(signed(&cut)) {
            prop_assert!(truncated_well(value.max(0), cut, bits), "relu({value}) >> {bits} gave {cut}");
        }
        let both = opened(setting, &[&small], async |party, s| {
            let (relu, mask) = compare::relu_truncated_with_mask(party, &s[0], bits).await.unwrap();
            ArithmeticShare::concatenate(0, &[&relu, &mask]).unwrap()
        });
        let (both, count) = (signed(&both), plain.len());
        for ((value, cut), mask) in signed(&small).into_iter().zip(&both[..count]).zip(&both[count..]) {
            prop_assert!(truncated_well(value.max(0), *cut, bits), "relu({value}) >> {bits} gave {cut}");
            prop_assert_eq!(*mask, i64::from(value > 0), "whether {} is positive", value);
        }
    }

    #[test]
    fn sign_bits_are_the_highest_bits(setting in settings(), values in vec(word(), 1..300)) {
        let input = column(values.clone());
        let results = parties(setting, async |party| {
            let shared = share(party, &input).await;
            let bits = compare::sign_bit(party, &shared).await.unwrap();
            let flipped = bits.not(party.place());
            let bits = reveal::reveal_bits(party, &(&bits ^ &flipped)).await.unwrap();
            let negative = reveal::reveal_bits(party, &flipped).await.unwrap();
            (bits, negative)
        });
        let expected: Vec<bool> = values.iter().map(|word| word >> 63 == 0).collect();
        for (ones, not_negative) in results {
            prop_assert!(ones.bits().all(|bit| bit));
            prop_assert_eq!(not_negative, BitTensor::from_bits(&[values.len()], &expected));
        }
    }

    #[test]
    fn only_zero_is_zero(setting in settings(), values in vec(prop_oneof![word(), Just(0)], 1..400)) {
        let input = column(values.clone());
        let result = opened(setting, &[&input], async |party, s| compare::is_zero(party, &s[0]).await.unwrap());
        let expected: Vec<u64> = values.iter().map(|&value| u64::from(value == 0)).collect();
        prop_assert_eq!(&result.words()[..], &expected[..]);
    }

    #[test]
    fn maximum_and_argmax_agree_with_plain(
        setting in settings(), (rows, count) in (1_usize..5, 1_usize..23), low in small(3), index in any::<u64>(),
    ) {
        // Few distinct values, so that there are ties.
        let spread = random(&[rows, count], index).map(|word| (word % 5).wrapping_add(low.cast_unsigned()));
        let plain = signed(&spread);
        for axis in [1, -2] {
            let results = parties(setting, async |party| {
                let shared = share(party, &spread).await;
                let (value, position) = maximum::argmax(party, &shared, axis).await.unwrap();
                let lone = maximum::maximum(party, &shared, axis).await.unwrap();
                let lone = reveal::reveal(party, &lone).await.unwrap();
                let value = reveal::reveal(party, &value).await.unwrap();
                assert_eq!(value, lone);
                let (with, one_hot) = maximum::max_with_one_hot(party, &shared, axis).await.unwrap();
                assert_eq!(reveal::reveal(party, &with).await.unwrap(), lone);
                let one_hot = reveal::reveal(party, &one_hot).await.unwrap();
                (value, reveal::reveal(party, &position).await.unwrap(), one_hot)
            });
            let lines: Vec<Vec<i64>> = if axis == 1 {
                plain.chunks(count).map(<[i64]>::to_vec).collect()
            } else {
                (0..count).map(|c| (0..rows).map(|r| plain[r * count + c]).collect()).collect()
            };
            for (value, position, one_hot) in results {
                prop_assert_eq!(one_hot.shape(), [rows, count]);
                for (i, line) in lines.iter().enumerate() {
                    let best = *line.iter().max().unwrap();
                    let first = line.iter().position(|&v| v == best).unwrap();
                    prop_assert_eq!(signed(&value)[i], best);
                    prop_assert_eq!(signed(&position)[i] as usize, first);
                    for place in 0..line.len() {
                        let at = if axis == 1 { i * count + place } else { place * count + i };
                        prop_assert_eq!(signed(&one_hot)[at], i64::from(place == first));
                    }
                }
            }
        }
    }

    #[test]
    fn converting_there_and_back_changes_nothing(setting in settings(), values in words(70)) {
        let input = column(values);
        let results = parties(setting, async |party| {
            let shared = share(party, &input).await;
            let binary = convert::to_binary(party, &shared).await.unwrap();
            let back = convert::to_arithmetic(party, &binary).await.unwrap();
            (reveal::reveal_binary(party, &binary).await.unwrap(), reveal::reveal(party, &back).await.unwrap())
        });
        for (binary, back) in results {
            prop_assert_eq!(&binary, &input);
            prop_assert_eq!(&back, &input);
        }
    }

    #[test]
    fn bits_become_numbers(setting in settings(), bits in vec(any::<bool>(), 1..300)) {
        let packed = BitTensor::from_bits(&[bits.len()], &bits);
        let results = parties(setting, async |party| {
            let own = if party.place().is_first() { packed.clone() } else { BitTensor::zeros(packed.shape()) };
            let numbers = convert::bits_to_arithmetic(party, &BitShare::new(own)).await.unwrap();
            reveal::reveal(party, &numbers).await.unwrap()
        });
        for numbers in results {
            let expected: Vec<u64> = bits.iter().map(|&bit| u64::from(bit)).collect();
            prop_assert_eq!(&numbers.words()[..], &expected[..]);
        }
    }

    #[test]
    fn revealing_to_one_tells_the_others_nothing(setting in settings(), a in vec(word(), 0..50)) {
        let input = column(a);
        let to = Rank::new(setting.parties - 1).unwrap();
        let results = parties(setting, async |party| {
            let shared = share(party, &input).await;
            reveal::reveal_to(party, &shared, to).await.unwrap()
        });
        for (rank, result) in results.into_iter().enumerate() {
            prop_assert_eq!(result, (rank == to.index()).then(|| input.clone()));
        }
    }
}

proptest! {
    #![proptest_config(crypten_laws::cases(24))]

    #[test]
    fn products_with_fixed_operands_agree(
        setting in settings(),
        (n, k, m) in (1_usize..6, 1_usize..6, 1_usize..6),
        transposed in any::<bool>(),
        index in 0..1000_u64,
    ) {
        let inputs = [random(&[n, k], index), random(&[n, k], index + 1)];
        let weight = random(&if transposed { [m, k] } else { [k, m] }, index + 2);
        let (image, kernel) = (random(&[n, k, 4, 4], index + 3), random(&[m, k, 3, 3], index + 4));
        let opened = parties(setting, async |party| {
            let (w, image, kernel) =
                (share(party, &weight).await, share(party, &image).await, share(party, &kernel).await);
            let (w, kernel) =
                (FixedOperand::new(party, &w).await.unwrap(), FixedOperand::new(party, &kernel).await.unwrap());
            let mut opened = Vec::new();
            for input in &inputs {
                let x = share(party, input).await;
                let product = fixed::matmul(party, &x, &w, transposed, None).await.unwrap();
                opened.push(reveal::reveal(party, &product).await.unwrap());
            }
            let convolved = fixed::conv2d(party, &image, &kernel, Conv2d::padded(1), None).await.unwrap();
            opened.push(reveal::reveal(party, &convolved).await.unwrap());
            opened
        });
        let oriented = if transposed { weight.permute(&[1, 0]).unwrap() } else { weight };
        let expected = [
            inputs[0].matmul(&oriented),
            inputs[1].matmul(&oriented),
            image.conv2d(&kernel, Conv2d::padded(1)),
        ];
        for opened in opened {
            prop_assert_eq!(&opened[..], &expected[..]);
        }
    }

    #[test]
    fn quotients_are_off_by_less_than_two(
        setting in settings(),
        values in vec(-(1_i64 << 62) + 1..1 << 62, 1..300),
        divisor in prop_oneof![1_u64..20, 1_u64..1 << 62, Just(1_u64 << 62), Just(1500_u64)],
    ) {
        let x = half_open(&values);
        let result = opened(setting, &[&x], async |party, s| truncate::divide(party, &s[0], divisor).await.unwrap());
        for (&value, quotient) in values.iter().zip(signed(&result)) {
            let exact = i128::from(value);
            let off = i128::from(quotient) * i128::from(divisor) - exact;
            prop_assert!(off.abs() < 2 * i128::from(divisor), "{value} / {divisor} = {quotient}");
        }
    }
}

/// The product of two numbers of 30 and 31 bits, a million times: none is off by more than one unit.
#[test]
fn a_million_truncated_products_never_fail() {
    let values = |index| random(&[1_000_000], index).map(|word| (word.cast_signed() >> 34).cast_unsigned());
    let (a, b) = (values(20), values(21));
    let result = opened(
        Setting { parties: 2, provider: ProviderKind::InsecureFirstParty, quic: false },
        &[&a, &b],
        async |party, s| product::multiply(party, &s[0], &s[1], Some(16)).await.unwrap(),
    );
    let exact = &a * &b;
    let worst =
        signed(&exact).into_iter().zip(signed(&result)).filter(|&(e, q)| !truncated_well(e, q, 16)).count();
    assert_eq!(worst, 0, "products off by more than one unit");
}

/// A tensor of so many elements that pairs are compared on several levels; many equals among them.
#[test]
fn maxima_of_many_elements_agree_with_plain() {
    let x = random(&[330, 100], 60).map(|word| (word.cast_signed() >> 58).cast_unsigned());
    let setting = Setting { parties: 2, provider: ProviderKind::InsecureFirstParty, quic: false };
    let [value, place] = [0, 1].map(|which| {
        opened(setting, &[&x], async |party, s| {
            let (value, place) = maximum::argmax(party, &s[0], 1).await.unwrap();
            if which == 0 { value } else { place }
        })
    });
    let words = x.words();
    for (row, (value, place)) in words.chunks(100).zip(signed(&value).into_iter().zip(signed(&place))) {
        let row: Vec<i64> = row.iter().map(|word| word.cast_signed()).collect();
        let best = *row.iter().max().unwrap();
        assert_eq!(value, best);
        assert_eq!(place, row.iter().position(|&word| word == best).unwrap() as i64);
    }
}

/// What a dealer sends ahead of a large request may arrive after small ones.
#[test]
fn a_dealer_may_be_asked_for_less_than_before() {
    let setting = Setting { parties: 2, provider: ProviderKind::Dealer, quic: true };
    let sizes = [1000, 200_000, 10, 300, 100_000, 1, 50_000, 3, 400_000, 7];
    let squares = parties(setting, async |party| {
        let mut right = Vec::new();
        for (index, size) in sizes.into_iter().enumerate() {
            let value = random(&[size], 40 + index as u64);
            let x = share(party, &value).await;
            let square = product::square(party, &x, None).await.unwrap();
            right.push(reveal::reveal(party, &square).await.unwrap() == &value * &value);
        }
        right
    });
    assert!(squares.into_iter().flatten().all(|right| right));
}

/// A product that the dealer would refuse is refused by every party alike, and the session goes on.
#[test]
fn too_large_a_request_is_refused_by_every_party() {
    let setting = Setting { parties: 2, provider: ProviderKind::Dealer, quic: false };
    let (tall, wide) = (random(&[1 << 14, 1], 30), random(&[1, 1 << 14], 31));
    let results = parties(setting, async |party| {
        let (x, y) = (share(party, &tall).await, share(party, &wide).await);
        let error = product::matmul(party, &x, &y, None).await.unwrap_err();
        let after = product::multiply(party, &x, &x, None).await.unwrap();
        (error.to_string(), reveal::reveal(party, &after).await.unwrap())
    });
    for (error, after) in results {
        assert!(error.contains("words of randomness that a dealer makes at once"), "{error}");
        assert_eq!(after, &tall * &tall);
    }
}
