//! Orders that look random and are public: every process makes the same one of the same seed.

use crypten::autograd::{Engine, Plain};

/// The numbers below `count` in an order that follows from a seed.
#[must_use]
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let keys = Plain::new(seed).uniform(&[count]).expect("the plaintext engine draws any number of numbers");
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&left, &right| keys[[left]].total_cmp(&keys[[right]]));
    order
}

#[cfg(test)]
mod tests {
    use super::shuffled;

    #[test]
    fn every_number_occurs_once_and_the_seed_decides_where() {
        let order = shuffled(100, 1);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, Vec::from_iter(0..100));
        assert_eq!(order, shuffled(100, 1));
        assert_ne!(order, shuffled(100, 2));
        assert_ne!(order, sorted);
    }
}
