//! Rows of a table at secret positions: a row of zeros with a single one for each position, times the table.

use crypten_ring::Error as RingError;
use ndarray::Array1;

use crate::error::Error;
use crate::plain::{Operand, Side};
use crate::tensor::CrypTensor;
use crate::tensor::compare::eq;
use crate::tensor::linear::matmul;

/// The rows of a table at secret positions: an embedding whose index nobody sees. The index holds whole numbers; one
/// outside `0..n` gives a row of zeros.
///
/// # Shapes
/// A table `[n, ...]` and an index `[i, ...]` give `[i, ..., ...]`: the axes of the index, then those of a row.
///
/// # Rounds
/// Four, of 10.625 bytes for each position and row; one more, of 8 for each of these and each word of the table, if the
/// table is secret. One more each, of 8 bytes, for an index and a table that are products and not rounded yet.
///
/// # Domain
/// Every table; a number of a public one that is not whole is off by at most half a unit. An index is exactly a whole
/// number: one that is off by a unit gives zeros.
///
/// # Security
/// Opens nothing but masked words: neither the positions nor which rows are read.
///
/// # Errors
/// If the table has no axes, the operands belong to different sessions, or a peer or the network fails.
pub fn lookup(table: impl Operand, index: &CrypTensor) -> Result<CrypTensor, Error> {
    let table = table.operand();
    let shape = match &table {
        Side::Secret(table) => table.shape().to_vec(),
        Side::Public(table) => table.shape().to_vec(),
    };
    let [rows, row @ ..] = &shape[..] else {
        return Err(RingError::AxisOutOfRange { axis: 0, dims: 0 }.into());
    };
    let matrix = [*rows, row.iter().product()];
    let choice = index.one_hot(*rows)?.reshaped(&[index.numel(), *rows])?;
    let found = match table {
        Side::Secret(table) => matmul(choice, table.reshaped(&matrix)?)?,
        Side::Public(table) => {
            matmul(choice, table.values().to_shape(matrix).expect("as many elements as before"))?
        }
    };
    found.reshaped(&[index.shape(), row].concat())
}

impl CrypTensor {
    /// The rows of a table at the positions that this tensor holds; see [`lookup`](crate::lookup).
    ///
    /// # Errors
    /// As [`lookup`](crate::lookup).
    pub fn lookup(&self, table: impl Operand) -> Result<Self, Error> {
        lookup(table, self)
    }

    /// A new last axis of length `classes` that is 1 at the position the element says and 0 elsewhere. The elements are
    /// whole numbers; one outside `0..classes` gives zeros.
    ///
    /// # Rounds
    /// Four, of 10.625 bytes for each element and class; one more, of 8, for a product that is not rounded yet.
    ///
    /// # Domain
    /// Every number; exact, so that one that is off by a unit gives zeros.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn one_hot(&self, classes: usize) -> Result<Self, Error> {
        eq(self.unsqueeze(-1)?, Array1::from_iter(0..classes))
    }
}
