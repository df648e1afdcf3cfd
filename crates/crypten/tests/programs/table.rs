//! Rows of a table at secret positions.

use crate::dice::Kind;
use crate::draft::{Draft, Planned, one};
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, built};

pub(crate) fn operations() -> Vec<Operation> {
    vec![Operation::new("lookup", lookup), Operation::new("one_hot", one_hot)]
}

/// Secret whole numbers, which are certain.
fn index(draft: &mut Draft) -> (usize, Twin) {
    draft.secret([0, 2], Kind::Whole, |twin| twin.len() <= 10 && twin.iter().all(|x| x.is_whole()))
}

fn one_hot(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = index(draft);
    let classes = draft.dice.between(1, 5);
    let axes = x.ndim();
    let twin = built(&[x.shape(), &[classes]].concat(), |at| x[&at[..axes]].is_position(at[axes]));
    one(format!("#{index}, {classes}"), twin, move |pool| pool[index].one_hot(classes))
}

/// Where the index is outside the table, zeros.
fn lookup(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = index(draft);
    let rows = draft.dice.between(1, 4);
    let mut shape = vec![rows];
    shape.extend((0..draft.dice.below(3)).map(|_| 2));
    let (table, rows_of_table) = draft.operand(&shape, Kind::Any);
    let axes = x.ndim();
    let twin = built(&[x.shape(), &shape[1..]].concat(), |at| {
        let row = x[&at[..axes]];
        let element = |place: usize| rows_of_table[[&[place][..], &at[axes..]].concat().as_slice()];
        let place = (0..rows).find(|&place| row.is_position(place) == Number::bit(true));
        if row.is_exact() { place.map_or(Number::ZERO, element) } else { Number::UNKNOWN }
    });
    one(format!("#{index}, {table}"), twin, move |pool| pool[index].lookup(table.of(pool)))
}
