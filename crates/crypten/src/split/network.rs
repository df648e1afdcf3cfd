//! The network of the feature party: any layers, and a linear one at the end.

use crypten_autograd::{Plain, Var};
use crypten_nn::{Forward, Linear, Module};

/// A network in the clear whose last layer is linear. Its parameters are called `body.…`, `head.weight` and `head.bias`.
#[derive(Debug, Module)]
#[module(engine = Plain)]
pub struct SplitNetwork {
    pub(super) body: Box<dyn Forward<Plain>>,
    pub(super) head: Linear<Plain>,
}

impl SplitNetwork {
    /// Layers that give one row of features for each label, and the last one; `Identity` before it makes a linear
    /// model.
    #[must_use]
    pub fn new(body: impl Forward<Plain> + 'static, head: Linear<Plain>) -> Self {
        Self { body: Box::new(body), head }
    }

    /// Outputs and inputs of the last layer; its bias is one input more, which is always 1.
    pub(super) fn head_size(&self) -> [usize; 2] {
        let shape = self.head.weight().shape();
        [shape[0], shape[1] + usize::from(self.head.bias().is_some())]
    }
}

impl Forward<Plain> for SplitNetwork {
    fn forward(&self, input: &Var<Plain>) -> Result<Var<Plain>, crypten_autograd::Error> {
        self.head.forward(&self.body.forward(input)?)
    }
}
