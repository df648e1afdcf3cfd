//! What an engine finds beside what PyTorch has found, and how far apart that may be.

use crypten_autograd::{Computed, Engine, Var};
use ndarray::ArrayD;

use super::file::Tensor;

/// An engine under test: it takes in plain numbers, hidden as well as it can, and tells results.
pub(crate) trait Tested: Engine {
    /// A tensor of these numbers, which the engine hides if it hides any.
    fn hide(&self, values: ArrayD<f64>) -> Computed<Self>;

    /// The numbers of a tensor.
    fn show(&self, tensor: &Self::Tensor) -> Result<ArrayD<f64>, Self::Error>;

    /// A hidden variable that requires a gradient.
    fn leaf(&self, values: &Tensor) -> Result<Var<Self>, Self::Error> {
        Ok(Var::leaf(self, self.hide(values.array())?))
    }
}

/// Collects what is further from PyTorch's than it may be.
#[derive(Default)]
pub(crate) struct Judge {
    case: String,
    allowed: f64,
    compared: usize,
    faults: Vec<String>,
}

impl Judge {
    /// What comes next belongs to this case, and may be off by so much: absolutely, and of itself.
    pub(crate) fn begin(&mut self, case: &str, allowed: f64) {
        (self.case, self.allowed) = (case.to_owned(), allowed);
    }

    /// Compares a result with what it should be.
    pub(crate) fn compare<E: Tested>(
        &mut self,
        what: &str,
        engine: &E,
        found: &E::Tensor,
        expected: &Tensor,
    ) -> Result<(), E::Error> {
        let found = engine.show(found)?;
        assert_eq!(found.shape(), expected.shape, "shape of the {what} of {}", self.case);
        let pairs = found.iter().zip(&expected.values);
        let offs =
            Vec::from_iter(pairs.map(|(found, expected)| (found - expected).abs() / (1.0 + expected.abs())));
        self.compared += 1;
        // What is no number is not below anything.
        if !offs.iter().all(|&off| off <= self.allowed) {
            let worst = offs.into_iter().fold(0.0, f64::max);
            self.faults
                .push(format!("{what} of {}: off by {worst:.1e}, not {:.0e}", self.case, self.allowed));
        }
        Ok(())
    }

    /// Whether nothing was too far off, among at least so many comparisons.
    #[track_caller]
    pub(crate) fn conclude(self, least: usize) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
        assert!(self.compared >= least, "only {} comparisons", self.compared);
    }
}
