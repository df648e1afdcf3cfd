//! Shapes that do not fit each other are an engine's errors, never its panics and never broadcast otherwise.

use ndarray::ArrayD;

use crate::{Computed, Engine, PlainTensor};

/// Checks that operations on shapes that do not fit fail.
pub(super) fn are_refused<E: Engine>(
    engine: &E,
    enter: impl Fn(usize, PlainTensor) -> Computed<E>,
) -> Result<(), E::Error> {
    let ones = |shape: &[usize]| enter(0, ArrayD::ones(shape).into_shared());
    let (pair, triple, square) = (ones(&[2])?, ones(&[3])?, ones(&[2, 2])?);
    let (row, tall) = (ones(&[1, 3])?, ones(&[4, 2])?);
    let refused = [
        ("add", engine.add(&pair, &triple)),
        ("mul", engine.mul(&pair, &triple)),
        ("lt", engine.lt(&pair, &triple)),
        ("matmul", engine.matmul(&square, &row)),
        ("reshape", engine.reshape(&pair, &[3])),
        ("index_add", engine.index_add(&square, 0, &[0], &tall)),
        ("cat", engine.cat(&[&square, &row], 0)),
        ("expand", engine.expand(&pair, &[3])),
    ];
    for (operation, outcome) in refused {
        assert!(outcome.is_err(), "{operation} of shapes that do not fit is no error");
    }
    Ok(())
}
