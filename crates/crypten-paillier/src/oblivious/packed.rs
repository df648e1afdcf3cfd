//! Values of `width` bits without gaps: value `n` stands at the bits `n * width..(n + 1) * width`, lowest first.

/// Words that so many values need.
pub(super) fn words(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(64)
}

/// The lowest `width` bits.
pub(super) fn mask(width: u32) -> u64 {
    u64::MAX >> (64 - width)
}

/// Writes a value of at most `width` bits to a place that is still zero.
pub(super) fn put(words: &mut [u64], index: usize, width: u32, value: u64) {
    let (word, shift) = place(index, width);
    words[word] |= value << shift;
    if shift + width > 64 {
        words[word + 1] |= value >> (64 - shift);
    }
}

/// Reads a value.
pub(super) fn take(words: &[u64], index: usize, width: u32) -> u64 {
    let (word, shift) = place(index, width);
    let mut value = words[word] >> shift;
    if shift + width > 64 {
        value |= words[word + 1] << (64 - shift);
    }
    value & mask(width)
}

/// The word that a value begins in, and its lowest bit there.
fn place(index: usize, width: u32) -> (usize, u32) {
    let bit = index * width as usize;
    (bit / 64, (bit % 64) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn take_undoes_put() {
        for width in 1..=64 {
            let value = |index: u64| (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask(width);
            let mut packed = vec![0; words(100, width)];
            (0..100).for_each(|index| put(&mut packed, index, width, value(index as u64)));
            assert!((0..100).all(|index| take(&packed, index, width) == value(index as u64)));
        }
    }
}
