//! Comparison with zero: `z = 0` exactly where the opened `c = z + r` equals `r` on all 64 bits.

use crypten_ring::{LANES, Plane, RingTensor, UNIT, planes_of, vectorized};

use crate::correlation::{Algebra, EqualityUnit, Kind, spread};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::compare::xor_public;
use crate::protocol::pieces::{lanes, load, pieces, span, take_planes, units_of};
use crate::share::ArithmeticShare;

/// Whether each element is zero, as 0 or 1.
///
/// # Rounds
/// Four, 10.625 bytes an element.
///
/// # Security
/// Opens the value under a uniform mask, and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn is_zero(party: &mut Party, z: &ArithmeticShare) -> Result<ArithmeticShare, Error> {
    let (words, is_first) = (z.own().words(), party.place().is_first());
    let (elements, units) = (words.len(), units_of(words.len()));
    let Some(mut supply) = party.supply(Kind::Equality, units).await? else {
        return Ok(ArithmeticShare::zeros(z.shape()));
    };
    let size = supply.unit_words();
    let mut dealt = party.buffer(units * size);
    let mut masked = Opening::new(party, "equal", Algebra::Additive);
    for piece in pieces(units) {
        let mut message = Vec::with_capacity(piece.len() * UNIT);
        for unit in piece {
            let row = &mut dealt[unit * size..][..size];
            party.expand(&mut supply, row).await?;
            let z = &words[span(unit, elements)];
            message.extend(z.iter().zip(EqualityUnit(row).mask()).map(|(&z, &r)| z.wrapping_add(r)));
        }
        masked.send(party, message).await?;
    }
    let unit_of = |unit: usize| EqualityUnit(&dealt[unit * size..][..size]);
    let lanes_of = |unit: usize| lanes(&span(unit, elements));

    let mut lower = Opening::new(party, "equal wires", Algebra::Xor);
    for piece in pieces(units) {
        let opened = masked.receive(party).await?;
        let (mut opened, mut message) = (&opened[..], Vec::with_capacity(piece.len() * 16 * LANES));
        for unit in piece {
            let (now, later) = opened.split_at(span(unit, elements).len());
            opened = later;
            let mut c = [0; UNIT];
            load(now, &mut c);
            let wires: [Plane; 16] = vectorized(
                #[inline(always)]
                || {
                    let planes = planes_of(&c);
                    std::array::from_fn(|group| {
                        let equal =
                            unit_of(unit).compare_group(group, &planes[4 * group..4 * group + 4], is_first);
                        masked_wire(equal, unit_of(unit).wire_mask(group / 4, group % 4))
                    })
                },
            );
            wires.iter().for_each(|wire| message.extend(&wire[..lanes_of(unit)]));
        }
        lower.send(party, message).await?;
    }

    let mut upper = Opening::new(party, "equal root", Algebra::Xor);
    for piece in pieces(units) {
        let opened = lower.receive(party).await?;
        let (mut opened, mut message) = (&opened[..], Vec::with_capacity(piece.len() * 4 * LANES));
        for unit in piece {
            let wires = take_planes::<16>(&mut opened, 16, lanes_of(unit));
            for node in 0..4 {
                let children = std::array::from_fn(|child| wires[4 * node + child]);
                let equal = unit_of(unit).combine(node, &children, is_first);
                message.extend(&masked_wire(equal, unit_of(unit).wire_mask(4, node))[..lanes_of(unit)]);
            }
        }
        upper.send(party, message).await?;
    }

    let mut last = Opening::new(party, "equal bit", Algebra::Xor);
    for piece in pieces(units) {
        let opened = upper.receive(party).await?;
        let (mut opened, mut message) = (&opened[..], Vec::with_capacity(piece.len() * LANES));
        for unit in piece {
            let wires = take_planes::<4>(&mut opened, 4, lanes_of(unit));
            let equal = unit_of(unit).combine(4, &wires, is_first);
            message.extend(&masked_wire(equal, unit_of(unit).bit())[..lanes_of(unit)]);
        }
        last.send(party, message).await?;
    }

    let mut out = Vec::with_capacity(elements);
    for piece in pieces(units) {
        let opened = last.receive(party).await?;
        let mut opened = &opened[..];
        for unit in piece {
            let [e] = take_planes::<1>(&mut opened, 1, lanes_of(unit));
            let bits = spread(e).into_iter().zip(unit_of(unit).arithmetic_bit());
            let bits = bits.map(|(e, &b)| xor_public(u64::from(is_first), e, b));
            out.extend(bits.take(span(unit, elements).len()));
        }
    }
    party.recycle(dealt);
    Ok(ArithmeticShare::new(RingTensor::from_vec(z.shape(), out)))
}

fn masked_wire(wire: Plane, mask: Plane) -> Plane {
    std::array::from_fn(|lane| wire[lane] ^ mask[lane])
}
