//! The kernels by instruction set, chosen once for a modulus.

#[cfg(target_arch = "x86_64")]
use super::ifma::Ifma;
use super::octet::Octet;
use super::portable;
#[cfg(test)]
use super::trace::{Operation, record};

/// Who multiplies.
#[derive(Clone, Copy)]
pub(super) enum Kernel {
    /// Words and products of 128 bits.
    Portable,
    /// Vectors of eight limbs.
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
}

/// What a multiplication knows of its modulus.
#[derive(Clone, Copy)]
pub(super) struct Constants<'a> {
    /// The odd modulus, as long as the factors.
    pub(super) n: &'a [Octet],
    /// `-1 / n mod 2^52`.
    pub(super) n_prime: u64,
}

impl Kernel {
    /// The fastest kernel of this machine.
    pub(super) fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return Self::Ifma(ifma);
        }
        Self::Portable
    }

    /// `a = a b / R`, below `2 n` for factors whose product is below `R n`.
    pub(super) fn multiply(self, a: &mut [Octet], b: &[Octet], constants: Constants<'_>) {
        #[cfg(test)]
        record(Operation::Multiply);
        match self {
            Self::Portable => portable::multiply(a, b, constants),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.multiply(a, b, constants),
        }
    }

    /// `a = a^2 / R`, under the same conditions.
    pub(super) fn square(self, a: &mut [Octet], constants: Constants<'_>) {
        #[cfg(test)]
        record(Operation::Multiply);
        match self {
            Self::Portable => portable::square(a, constants),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.square(a, constants),
        }
    }

    /// `out = table[digit]`, by reading the whole table of numbers as long as `out`.
    pub(super) fn select(self, out: &mut [Octet], table: &[Octet], digit: u64) {
        #[cfg(test)]
        record(Operation::Select { n_octets: table.len() });
        match self {
            Self::Portable => portable::select(out, table, digit),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.select(out, table, digit),
        }
    }
}
