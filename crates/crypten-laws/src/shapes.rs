//! Shapes, with the corners that break kernels: no axes, empty axes, axes of length 1.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// A shape of at most four short axes.
pub fn shape() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        6 => vec(1_usize..6, 0..4),
        1 => Just(vec![]),
        1 => Just(vec![0]),
        1 => Just(vec![2, 0, 3]),
        1 => Just(vec![1, 1]),
        1 => Just(vec![257]),
    ]
}

/// Two shapes that broadcast, and the shape they broadcast to.
pub fn broadcastable_pair() -> impl Strategy<Value = (Vec<usize>, Vec<usize>, Vec<usize>)> {
    (shape(), vec(any::<(bool, bool)>(), 4), 0_usize..3, any::<bool>()).prop_map(|(full, flat, cut, left)| {
        let squeeze = |pick: fn(&(bool, bool)) -> bool| -> Vec<usize> {
            full.iter().zip(&flat).map(|(&n, flat)| if pick(flat) { 1 } else { n }).collect()
        };
        // An axis that both sides flatten has length 1 in the result.
        let both: Vec<usize> =
            full.iter().zip(&flat).map(|(&n, flat)| if flat.0 && flat.1 { 1 } else { n }).collect();
        let (mut a, mut b) = (squeeze(|flat| flat.0), squeeze(|flat| flat.1));
        // Leading axes of one side may be missing where they have length 1 there.
        let shorter = if left { &mut a } else { &mut b };
        let droppable = shorter.iter().take_while(|&&n| n == 1).count().min(cut);
        shorter.drain(..droppable);
        (a, b, both)
    })
}
