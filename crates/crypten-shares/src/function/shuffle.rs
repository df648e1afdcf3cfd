//! A secret permutation that nobody knows: each party in turn permutes by a Benes network whose switches it alone sets.
//!
//! A switch `s` between wires `a` and `b` adds `s (b - a)` to the one and takes it from the other, so a layer of
//! switches is one product. The permutation of one party is uniformly random and unknown to the others, so that of
//! all parties together is unknown to any of them short of all.
//!
//! Sources: V. E. Benes, "Mathematical Theory of Connecting Networks and Telephone Traffic" (1965); A. Waksman, "A
//! permutation network", J. ACM 15 (1968), for the switch that is spared and the routing by loops; B. Beauquier and
//! E. Darrot, "On arbitrary size Waksman networks and their vulnerability", Parallel Processing Letters 12 (2002), for
//! lengths that are no powers of two.

use crypten_ring::{Prg, RingTensor, normalize_axis};

use crate::error::Error;
use crate::party::{Party, random_seed};
use crate::place::Rank;
use crate::protocol::product::multiply;
use crate::share::ArithmeticShare;

/// The parts of a tensor at the positions of an axis, in a random order that nobody knows.
///
/// # Rounds
/// For each party `2 k - 1` where `k` is the logarithm of the axis to base 2, rounded up; in each round 8 bytes an
/// element, about.
///
/// # Domain
/// Every number; exact.
///
/// # Security
/// Opens differences and switches under uniform masks. Each party knows the permutation that it has chosen, and nothing
/// of the others'.
///
/// # Errors
/// If there is no such axis, the operating system gives no randomness, or the net or the provider fails.
pub async fn shuffle(party: &mut Party, x: &ArithmeticShare, axis: isize) -> Result<ArithmeticShare, Error> {
    let axis = normalize_axis(axis, x.shape().len())?;
    let mut order: Vec<usize> = (0..x.shape().len()).filter(|&other| other != axis).collect();
    order.insert(0, axis);
    let shape: Vec<usize> = order.iter().map(|&other| x.shape()[other]).collect();
    let (length, rest) = (shape[0], shape[1..].iter().product::<usize>());
    let mut rows = x.own().permute(&order)?.reshape(&[length, rest])?;
    for owner in party.place().everyone() {
        rows = permute_by(party, owner, rows).await?;
    }
    // Position `axis` of the result is where the first axis of the rows belongs.
    let mut back: Vec<usize> = (1..shape.len()).collect();
    back.insert(axis, 0);
    Ok(ArithmeticShare::new(rows.reshape(&shape)?.permute(&back)?))
}

/// Applies a random permutation that `owner` chooses to the rows of this party's share.
async fn permute_by(party: &mut Party, owner: Rank, mut rows: RingTensor) -> Result<RingTensor, Error> {
    let &[length, rest] = rows.shape() else { unreachable!("rows have two axes") };
    let is_owner = party.place().rank() == owner;
    let permutation: Vec<usize> = if is_owner { random_permutation(length)? } else { (0..length).collect() };
    let layers = route(&permutation);
    let settings: Vec<u64> = layers.iter().flatten().map(|switch| u64::from(switch.crossed)).collect();
    let settings = RingTensor::from_vec(&[settings.len(), 1], settings);
    let settings = party.share(owner, settings.shape(), is_owner.then_some(&settings)).await?;
    let mut first = 0;
    for layer in &layers {
        let (upper, lower): (Vec<usize>, Vec<usize>) =
            layer.iter().map(|switch| (switch.upper, switch.lower)).unzip();
        let difference = &rows.select(0, &lower)? - &rows.select(0, &upper)?;
        let crossed = settings.linear(|own| own.stride_axis(0, first, 1, layer.len()));
        let moved = multiply(party, &crossed, &ArithmeticShare::new(difference), None).await?;
        first += layer.len();
        let (mut words, moved) = (rows.into_words(), moved.own().words());
        for (i, switch) in layer.iter().enumerate() {
            for column in 0..rest {
                let (upper, lower) = (switch.upper * rest + column, switch.lower * rest + column);
                words[upper] = words[upper].wrapping_add(moved[i * rest + column]);
                words[lower] = words[lower].wrapping_sub(moved[i * rest + column]);
            }
        }
        rows = RingTensor::from_vec(&[length, rest], words);
    }
    Ok(rows)
}

/// A permutation of `0..length`, all equally likely: the shuffle of R. A. Fisher and F. Yates (1938), in the version of
/// R. Durstenfeld (1964), with choices from this party's own generator.
fn random_permutation(length: usize) -> Result<Vec<usize>, Error> {
    let mut stream = Prg::new(&random_seed()?.derive(b"shuffle"), 0);
    let mut permutation: Vec<usize> = (0..length).collect();
    for last in (1..length).rev() {
        let draw = || {
            let mut word = [0];
            stream.fill(&mut word);
            word[0]
        };
        permutation.swap(last, below(last + 1, draw));
    }
    Ok(permutation)
}

/// A number below `bound`, all equally likely: words that would favour the small ones are drawn again.
fn below(bound: usize, mut draw: impl FnMut() -> u64) -> usize {
    let bound = bound as u64;
    // The words from 2^64 mod bound on are a multiple of the bound in number.
    let favoured = bound.wrapping_neg() % bound;
    loop {
        let word = draw();
        if word >= favoured {
            return (word % bound) as usize;
        }
    }
}

/// A switch between two wires: what comes in on one goes out on the other if it is crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Switch {
    upper: usize,
    lower: usize,
    crossed: bool,
}

/// The layers of switches through which wire `o` gets what came in on wire `permutation[o]`. Which wires a switch joins
/// depends on the length only; the switches of a layer share no wire.
fn route(permutation: &[usize]) -> Vec<Vec<Switch>> {
    let wires: Vec<usize> = (0..permutation.len()).collect();
    let mut layers = vec![Vec::new(); depth(permutation.len())];
    add_switches(&wires, permutation, &mut layers);
    layers
}

/// How many layers a network of this many wires has.
fn depth(wires: usize) -> usize {
    let doublings = wires.next_power_of_two().trailing_zeros() as usize;
    (2 * doublings).saturating_sub(1)
}

/// Adds the network of these wires to the layers: a layer of switches between neighbours, a network of all upper wires
/// beside one of all lower wires, and a layer of switches again.
///
/// A wire without neighbour is lower. An even number of wires needs no last switch behind the two networks.
fn add_switches(wires: &[usize], permutation: &[usize], layers: &mut [Vec<Switch>]) {
    let (pairs, last) = (wires.len() / 2, depth(wires.len()).saturating_sub(1));
    if pairs == 0 {
        return;
    }
    let is_lower = halves(permutation);
    let switch =
        |pair: usize, crossed: bool| Switch { upper: wires[2 * pair], lower: wires[2 * pair + 1], crossed };
    layers[0].extend((0..pairs).map(|pair| switch(pair, is_lower[2 * pair])));
    if wires.len() == 2 {
        return;
    }
    // Of the positions 2 k and 2 k + 1, on either side, one is joined to place k of the upper network, one of the
    // lower.
    let half = |lower: bool| -> Vec<usize> {
        let input = |place: usize| {
            let other = is_lower[permutation[2 * place]] != lower;
            permutation[2 * place + usize::from(other)]
        };
        let places = if lower { wires.len() - pairs } else { pairs };
        (0..places).map(|place| input(place) / 2).collect()
    };
    let upper: Vec<usize> = wires[..2 * pairs].iter().copied().step_by(2).collect();
    let mut lower: Vec<usize> = wires[1..].iter().copied().step_by(2).collect();
    lower.extend(&wires[2 * pairs..]);
    add_switches(&upper, &half(false), &mut layers[1..last]);
    add_switches(&lower, &half(true), &mut layers[1..last]);
    let behind = pairs - usize::from(wires.len().is_multiple_of(2));
    layers[last].extend((0..behind).map(|pair| switch(pair, is_lower[permutation[2 * pair]])));
}

/// For each input whether it goes through the lower network, such that neighbours never go through the same one,
/// neither where they come in nor where they go out.
///
/// The last output comes from the lower network. Its input's neighbour goes through the upper one then, and so the
/// neighbour of that one's output comes from the lower one again; and so on until the loop closes, or ends at an input
/// without neighbour. Any further loop may go either way round.
fn halves(permutation: &[usize]) -> Vec<bool> {
    let (length, paired) = (permutation.len(), permutation.len() & !1);
    let mut output_of = vec![0; length];
    for (output, &input) in permutation.iter().enumerate() {
        output_of[input] = output;
    }
    let mut is_lower: Vec<Option<bool>> = vec![None; length];
    for start in (0..length).rev() {
        let mut output = start;
        while is_lower[permutation[output]].is_none() {
            let input = permutation[output];
            is_lower[input] = Some(true);
            if input >= paired {
                break;
            }
            is_lower[input ^ 1] = Some(false);
            output = output_of[input ^ 1] ^ 1;
        }
    }
    is_lower.into_iter().map(|half| half == Some(true)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands on the wires behind the network, if wire `i` begins with `i`.
    fn applied(layers: &[Vec<Switch>], length: usize) -> Vec<usize> {
        let mut wires: Vec<usize> = (0..length).collect();
        for switch in layers.iter().flatten().filter(|switch| switch.crossed) {
            wires.swap(switch.upper, switch.lower);
        }
        wires
    }

    fn check(permutation: &[usize]) {
        let layers = route(permutation);
        assert_eq!(applied(&layers, permutation.len()), permutation);
        let identity: Vec<usize> = (0..permutation.len()).collect();
        for (layer, straight) in layers.iter().zip(route(&identity)) {
            let joined = |layer: &[Switch]| -> Vec<(usize, usize)> {
                layer.iter().map(|switch| (switch.upper, switch.lower)).collect()
            };
            assert_eq!(joined(layer), joined(&straight), "the wiring depends on the permutation");
            let mut wires: Vec<usize> =
                layer.iter().flat_map(|switch| [switch.upper, switch.lower]).collect();
            wires.sort_unstable();
            wires.dedup();
            assert_eq!(wires.len(), 2 * layer.len(), "two switches share a wire");
        }
    }

    /// All arrangements of the elements from `fixed` on.
    fn for_every_permutation(elements: &mut [usize], fixed: usize, check: &mut impl FnMut(&[usize])) {
        if fixed == elements.len() {
            check(&*elements);
        }
        for choice in fixed..elements.len() {
            elements.swap(fixed, choice);
            for_every_permutation(elements, fixed + 1, check);
            elements.swap(fixed, choice);
        }
    }

    #[test]
    fn every_short_permutation_is_realised() {
        for length in 0..=7 {
            let (mut elements, mut count) = ((0..length).collect::<Vec<usize>>(), 0_usize);
            for_every_permutation(&mut elements, 0, &mut |permutation| {
                check(permutation);
                count += 1;
            });
            assert_eq!(count, (1..=length).product::<usize>());
        }
    }

    #[test]
    fn long_permutations_are_realised() {
        for length in [8, 9, 31, 32, 33, 100, 127, 1000, 1025] {
            for _ in 0..10 {
                check(&random_permutation(length).unwrap());
            }
        }
    }

    #[test]
    fn networks_are_as_deep_and_as_large_as_is_known() {
        // Waksman's count of switches: the sum of the logarithms of 1 to n, each rounded up.
        for (length, layers, switches) in
            [(0, 0, 0), (1, 0, 0), (2, 1, 1), (3, 3, 3), (4, 3, 5), (5, 5, 8), (8, 5, 17)]
        {
            let network = route(&(0..length).collect::<Vec<_>>());
            assert_eq!(network.len(), layers);
            assert_eq!(network.iter().map(Vec::len).sum::<usize>(), switches, "switches of {length} wires");
        }
    }

    #[test]
    fn a_word_that_would_favour_small_numbers_is_drawn_again() {
        // 2^64 is one more than a multiple of three.
        let mut words = [0, u64::MAX].into_iter();
        assert_eq!(below(3, || words.next().unwrap()), 0);
        assert_eq!(words.next(), None);
        assert_eq!(below(1, || 0), 0);
    }

    /// The number of times that each order comes up, within six standard deviations.
    #[test]
    fn all_orders_are_equally_likely() {
        let mut counts = [0_i32; 256];
        for _ in 0..24_000 {
            let order = random_permutation(4).unwrap();
            counts[order.iter().fold(0, |code, &position| 4 * code + position)] += 1;
        }
        let seen: Vec<i32> = counts.into_iter().filter(|&count| count > 0).collect();
        assert_eq!(seen.len(), 24);
        assert!(seen.iter().all(|count| (count - 1000).abs() < 190), "{seen:?}");
    }
}
