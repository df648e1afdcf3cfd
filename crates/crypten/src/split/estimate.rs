//! What was multiplied: given rows `B` and `S = Rᵀ B + noise`, the matrix `R` that explains `S` best.
//!
//! `R` is the minimum of `‖Bᵀ R - Sᵀ‖² + λ ‖R‖²`, with `λ` the variance of the noise over that of an element of `R`: the
//! linear estimate of the least mean square error (A. Hoerl and R. Kennard, 1970). Where rows are dependent, or more than
//! they have elements, it is the shortest of all that explain `S`; and no direction that the rows hardly have makes more
//! of the noise than there is to learn, as plain least squares does. `λ` is never zero, since shares are rounded.
//!
//! The rows, or their transpose, over `√λ` times the identity have full rank, so that there is nothing to decide about
//! ranks, and a few lines of Gram and Schmidt replace a library. They run twice, which is enough (L. Giraud, J. Langou,
//! M. Rozložník, 2005), in `2 (n + m) k²` products with `k` the smaller of the numbers of rows `n` and of their elements
//! `m`.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, concatenate, s};

/// The standard deviation of what a label adds: that of a bit that is 1 as often as 0.
const SPREAD: f64 = 0.5;

/// `R`, `[n, k]`, from rows `[n, m]`, sums `[k, m]` and the standard deviation of the noise on each sum, above 0.
pub(super) fn summed(rows: &ArrayView2<'_, f64>, sums: &ArrayView2<'_, f64>, deviation: f64) -> Array2<f64> {
    let ridge = deviation / SPREAD;
    let [count, length] = [rows.nrows(), rows.ncols()];
    if count <= length {
        // B Bᵀ + λ = Uᵀ U and Bᵀ = Q U, so R = (Uᵀ U)⁻¹ B Sᵀ = U⁻¹ Qᵀ Sᵀ.
        let Factors { q_transposed, u } = Factors::of(&rows.t(), ridge);
        let mut unknown = q_transposed.dot(&sums.t());
        for row in (0..count).rev() {
            solve(&mut unknown, row, u.row(row), row + 1..count);
        }
        unknown
    } else {
        // Bᵀ B + λ = Uᵀ U and B = Q U, so R = B (Uᵀ U)⁻¹ Sᵀ = Q U⁻ᵀ Sᵀ.
        let Factors { q_transposed, u } = Factors::of(rows, ridge);
        let mut unknown = sums.t().to_owned();
        for row in 0..length {
            solve(&mut unknown, row, u.column(row), 0..row);
        }
        q_transposed.t().dot(&unknown)
    }
}

/// A matrix `Q U` over `ridge` times the identity, the columns of all that orthonormal; `Q` without the lower part.
struct Factors {
    q_transposed: Array2<f64>,
    /// Upper triangular; no element of the diagonal is below the ridge.
    u: Array2<f64>,
}

impl Factors {
    fn of(matrix: &ArrayView2<'_, f64>, ridge: f64) -> Self {
        let [height, width] = [matrix.nrows(), matrix.ncols()];
        // Transposed, so that columns lie in one piece.
        let below = Array2::eye(width) * ridge;
        let mut columns = concatenate![Axis(1), matrix.t(), below];
        let mut u = Array2::zeros((width, width));
        for column in 0..width {
            let (earlier, mut later) = columns.view_mut().split_at(Axis(0), column);
            let mut own = later.row_mut(0);
            // Twice, so that columns which nearly depend on earlier ones become orthogonal to them too.
            for _ in 0..2 {
                let along = earlier.dot(&own);
                own -= &along.dot(&earlier);
                let mut above = u.slice_mut(s![..column, column]);
                above += &along;
            }
            let length = own.dot(&own).sqrt();
            own /= length;
            u[[column, column]] = length;
        }
        columns.slice_collapse(s![.., ..height]);
        Self { q_transposed: columns, u }
    }
}

/// Row `row` of a triangular system whose rows `known` are solved.
fn solve(
    unknown: &mut Array2<f64>,
    row: usize,
    coefficients: ArrayView1<'_, f64>,
    known: std::ops::Range<usize>,
) {
    let mut own = unknown.row(row).to_owned();
    for other in known {
        own.scaled_add(-coefficients[other], &unknown.row(other));
    }
    own /= coefficients[row];
    unknown.row_mut(row).assign(&own);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypten_laws::cases;
    use ndarray::{Array1, array};
    use proptest::prelude::*;

    const FINE: f64 = 1e-9;

    fn matrix(height: usize, width: usize, turn: f64) -> Array2<f64> {
        Array2::from_shape_fn((height, width), |(i, j)| ((i * width + j) as f64 * 1.7 + turn).sin())
    }

    fn close(found: &Array2<f64>, expected: &Array2<f64>, error: f64) {
        assert_eq!(found.dim(), expected.dim());
        let off = (found - expected).fold(0.0_f64, |most, off| most.max(off.abs()));
        assert!(off < error, "off by {off}: {found}, not {expected}");
    }

    proptest! {
        #![proptest_config(cases(32))]
        #[test]
        fn as_many_features_as_rows_tell_everything(count in 1_usize..6, more in 0_usize..4, turn in 0.0_f64..6.0) {
            let (rows, unknown) = (matrix(count, count + more, turn) , matrix(count, 2, turn + 1.0));
            // Rows that are nearly dependent are another law's.
            let rows = rows + Array2::from_shape_fn((count, count + more), |(i, j)| if i == j { 3.0 } else { 0.0 });
            let sums = unknown.t().dot(&rows);
            close(&summed(&rows.view(), &sums.view(), FINE), &unknown, 1e-6);
        }

        #[test]
        fn the_estimate_is_where_the_gradient_vanishes(
            count in 1_usize..7, length in 1_usize..7, turn in 0.0_f64..6.0, deviation in 0.01_f64..2.0,
        ) {
            let (rows, sums) = (matrix(count, length, turn), matrix(3, length, turn + 2.0));
            let found = summed(&rows.view(), &sums.view(), deviation);
            let ridge = (deviation / SPREAD).powi(2);
            let gradient = rows.dot(&(rows.t().dot(&found) - sums.t())) + &found * ridge;
            close(&gradient, &Array2::zeros((count, 3)), 1e-9);
        }
    }

    #[test]
    fn dependent_rows_share_what_they_have_in_common() {
        let rows = array![[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]];
        let sums = array![[0.6, 1.2]];
        close(&summed(&rows.view(), &sums.view(), FINE), &array![[0.3], [0.3], [0.0]], 1e-6);
        let wide = array![[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]];
        let sums = Array1::from(vec![0.5, 1.0, 7.0]).insert_axis(Axis(0));
        close(&summed(&wide.view(), &sums.view(), FINE), &array![[0.1], [0.2]], 1e-6);
    }

    #[test]
    fn noise_makes_no_more_of_a_weak_direction_than_there_is_to_learn() {
        let rows = array![[1.0, 0.0], [0.0, 1e-3]];
        let sums = array![[0.5, 0.8]];
        let found = summed(&rows.view(), &sums.view(), 1.0);
        assert!(found[[1, 0]].abs() < 1e-3, "{found}: plain least squares would say 800");
    }
}
