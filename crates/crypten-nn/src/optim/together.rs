//! Many tensors computed with together: what is secret is laid end to end, so that its rounds of messages are those of
//! one tensor.

use crypten_autograd::{Computed, Engine};

/// What an elementwise function makes of each row of tensors; those of a row have one shape.
///
/// # Rounds
/// Those of the function once, however many rows there are. A row without anything secret is computed by itself, and
/// what comes of it is not secret.
pub(super) fn elementwise<E: Engine, const N: usize>(
    engine: &E,
    rows: &[[&E::Tensor; N]],
    function: impl Fn([&E::Tensor; N]) -> Computed<E>,
) -> Result<Vec<E::Tensor>, E::Error> {
    let is_secret = |row: &[&E::Tensor; N]| row.iter().any(|x| engine.is_secret(x));
    let secret = Vec::from_iter(rows.iter().filter(|row| is_secret(row)));
    let mut computed = match secret.as_slice() {
        [] => Vec::new(),
        [row] => vec![function(**row)?],
        rows => {
            let mut columns = Vec::with_capacity(N);
            for column in 0..N {
                columns.push(end_to_end(engine, rows.iter().map(|row| row[column]))?);
            }
            let joined = function(std::array::from_fn(|column| &columns[column]))?;
            apart(engine, &joined, rows.iter().map(|row| row[0]))?
        }
    }
    .into_iter();
    let mut each = |row: &[&E::Tensor; N]| match is_secret(row) {
        true => Ok(computed.next().expect("one result for each secret row")),
        false => function(*row),
    };
    rows.iter().map(&mut each).collect()
}

/// The elements of all tensors, of which there is at least one, on one axis.
pub(super) fn end_to_end<'a, E: Engine>(
    engine: &E,
    tensors: impl Iterator<Item = &'a E::Tensor>,
) -> Computed<E> {
    let flat = |x: &E::Tensor| engine.reshape(x, &[engine.shape(x).iter().product()]);
    let flat = tensors.map(flat).collect::<Result<Vec<_>, _>>()?;
    engine.cat(&Vec::from_iter(&flat), 0)
}

/// The parts of a joined tensor, of the shapes of others.
pub(super) fn apart<'a, E: Engine>(
    engine: &E,
    joined: &E::Tensor,
    like: impl Iterator<Item = &'a E::Tensor>,
) -> Result<Vec<E::Tensor>, E::Error> {
    let mut start = 0;
    let cut = |like: &E::Tensor| {
        let shape = engine.shape(like);
        let length = shape.iter().product();
        let part = engine.narrow(joined, 0, start, length)?;
        start += length;
        engine.reshape(&part, shape)
    };
    like.map(cut).collect()
}
