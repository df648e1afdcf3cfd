//! Pads, 16 at a time: `H(i, x)` is the first 64 bits of `SHA-256(i || x || "crypten lookup")`.
//!
//! Tweak, row and label fit into one block with the padding of SHA-256; numbers stand with their highest byte first.
//! With AVX-512 each of 16 lanes computes one hash, which is twice as fast as one hash after the other with the
//! instructions for SHA; other machines use the `sha2` crate. Sources: FIPS 180-4, section 6.2; KK13, section 3.

use crypten_ring::vectorized;
use sha2::block_api::compress256;
use zeroize::Zeroizing;

use super::code::Row;

/// Hashes that are computed side by side.
const LANES: usize = 16;

/// One word of each hash.
type Lanes = [u32; LANES];

/// What separates these pads from other uses of SHA-256.
const LABEL: &[u8; 14] = b"crypten lookup";

/// Words 10 to 15 of every block: the label, the bit that ends it, and its length with tweak and row.
const TAIL: [u32; 6] = tail();

/// The initial state of SHA-256 (FIPS 180-4, section 5.3.3).
#[rustfmt::skip]
const INITIAL: [u32; 8] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
];

/// The constants of the rounds (FIPS 180-4, section 4.2.2).
#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// The hash and its memory, which is zeroized when it is dropped.
pub(super) struct Pads {
    /// The words of each round; the first 16 are the block.
    schedule: Zeroizing<[Lanes; 64]>,
    /// Whether lanes are faster than one hash after the other. The result is the same.
    wide: bool,
}

impl Pads {
    pub(super) fn new() -> Self {
        let mut schedule = Zeroizing::new([[0; LANES]; 64]);
        for (words, word) in schedule[10..16].iter_mut().zip(TAIL) {
            *words = [word; LANES];
        }
        Self { schedule, wide: has_wide_vectors() }
    }

    /// Gives `use_pad` the number and the pad of each of `count` inputs, in order; an input is a tweak and a row.
    pub(super) fn pads(
        &mut self,
        count: usize,
        input: impl Fn(usize) -> (u64, Row),
        mut use_pad: impl FnMut(usize, u64),
    ) {
        for start in (0..count).step_by(LANES) {
            let lanes = LANES.min(count - start);
            // Lanes past the end hash what they hashed before.
            for lane in 0..lanes {
                let (tweak, row) = input(start + lane);
                self.load(lane, tweak, &row);
            }
            let pads = if self.wide { self.lanes() } else { self.one_by_one(lanes) };
            for (lane, &pad) in pads[..lanes].iter().enumerate() {
                use_pad(start + lane, pad);
            }
        }
    }

    #[inline(always)]
    fn load(&mut self, lane: usize, tweak: u64, row: &Row) {
        for (place, word) in [tweak, row[0], row[1], row[2], row[3]].into_iter().enumerate() {
            self.schedule[2 * place][lane] = (word >> 32) as u32;
            self.schedule[2 * place + 1][lane] = word as u32;
        }
    }

    fn lanes(&mut self) -> [u64; LANES] {
        let schedule = &mut *self.schedule;
        vectorized(
            #[inline(always)]
            || compress(schedule),
        )
    }

    fn one_by_one(&self, lanes: usize) -> [u64; LANES] {
        let mut block = Zeroizing::new([0; 64]);
        let mut pads = [0; LANES];
        for (lane, pad) in pads[..lanes].iter_mut().enumerate() {
            for (bytes, words) in block.chunks_exact_mut(4).zip(&self.schedule[..16]) {
                bytes.copy_from_slice(&words[lane].to_be_bytes());
            }
            let mut state = INITIAL;
            compress256(&mut state, std::slice::from_ref(&*block));
            *pad = join(state[0], state[1]);
        }
        pads
    }
}

/// The first two words of the hash of each lane.
#[inline(always)]
fn compress(schedule: &mut [Lanes; 64]) -> [u64; LANES] {
    for round in 16..64 {
        let (past, next) = schedule.split_at_mut(round);
        let past: &[Lanes] = &past[round - 16..];
        for lane in 0..LANES {
            let (x, y) = (past[1][lane], past[14][lane]);
            let x = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
            let y = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
            next[0][lane] = past[0][lane].wrapping_add(x).wrapping_add(past[9][lane]).wrapping_add(y);
        }
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = INITIAL.map(|word| [word; LANES]);
    for (words, constants) in schedule.chunks_exact(8).zip(ROUNDS.chunks_exact(8)) {
        round(&a, &b, &c, &mut d, &e, &f, &g, &mut h, &words[0], constants[0]);
        round(&h, &a, &b, &mut c, &d, &e, &f, &mut g, &words[1], constants[1]);
        round(&g, &h, &a, &mut b, &c, &d, &e, &mut f, &words[2], constants[2]);
        round(&f, &g, &h, &mut a, &b, &c, &d, &mut e, &words[3], constants[3]);
        round(&e, &f, &g, &mut h, &a, &b, &c, &mut d, &words[4], constants[4]);
        round(&d, &e, &f, &mut g, &h, &a, &b, &mut c, &words[5], constants[5]);
        round(&c, &d, &e, &mut f, &g, &h, &a, &mut b, &words[6], constants[6]);
        round(&b, &c, &d, &mut e, &f, &g, &h, &mut a, &words[7], constants[7]);
    }
    std::array::from_fn(|lane| join(a[lane].wrapping_add(INITIAL[0]), b[lane].wrapping_add(INITIAL[1])))
}

/// One round, in which only `d` and `h` change; the caller renames the eight words.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the letters of the standard")]
fn round(
    a: &Lanes,
    b: &Lanes,
    c: &Lanes,
    d: &mut Lanes,
    e: &Lanes,
    f: &Lanes,
    g: &Lanes,
    h: &mut Lanes,
    words: &Lanes,
    constant: u32,
) {
    for lane in 0..LANES {
        let (a, b, c, e, f, g) = (a[lane], b[lane], c[lane], e[lane], f[lane], g[lane]);
        let choice = (e & f) ^ (!e & g);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        let upper = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let lower = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let first = h[lane].wrapping_add(lower).wrapping_add(choice);
        let first = first.wrapping_add(constant).wrapping_add(words[lane]);
        d[lane] = d[lane].wrapping_add(first);
        h[lane] = first.wrapping_add(upper).wrapping_add(majority);
    }
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn has_wide_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        // The features that `vectorized` asks for before it compiles for AVX-512.
        is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

const fn tail() -> [u32; 6] {
    let mut tail = [0; 6];
    let mut byte = 0;
    while byte <= LABEL.len() {
        let value = if byte < LABEL.len() { LABEL[byte] } else { 0x80 };
        tail[byte / 4] |= (value as u32) << (24 - 8 * (byte % 4));
        byte += 1;
    }
    tail[5] = 8 * (8 + 32 + LABEL.len() as u32);
    tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn input(number: usize) -> (u64, Row) {
        let word = |place: u64| (5 * number as u64 + place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (word(4), std::array::from_fn(|place| word(place as u64)))
    }

    #[test]
    fn a_pad_is_sha256_of_tweak_row_and_label() {
        let mut pads = Pads::new();
        for wide in [false, true] {
            pads.wide = wide;
            for count in [0, 1, 15, 16, 17, 100] {
                let mut used = 0;
                pads.pads(count, input, |number, pad| {
                    let (tweak, row) = input(number);
                    let mut hash = Sha256::new();
                    hash.update(tweak.to_be_bytes());
                    row.iter().for_each(|word| hash.update(word.to_be_bytes()));
                    hash.update(b"crypten lookup");
                    assert_eq!(pad.to_be_bytes(), hash.finalize()[..8]);
                    assert_eq!(number, used);
                    used += 1;
                });
                assert_eq!(used, count);
            }
        }
    }
}
