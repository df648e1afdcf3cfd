//! The weight and the bias of a convolution, transposed or not.

use crypten_autograd::{Engine, Var};

use crate::error::misfit;
use crate::generator::Generator;
use crate::init::reach;

/// The channels of a convolution.
pub(super) struct Channels {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) groups: usize,
}

impl Channels {
    /// A weight `[o, c / groups, window]`, and a bias `[o]`.
    pub(super) fn kernel<E: Engine>(
        &self,
        operation: &'static str,
        generator: &Generator<E>,
        window: &[usize],
    ) -> Result<(Var<E>, Var<E>), E::Error> {
        self.trained(operation, generator, [self.outputs, self.inputs], window)
    }

    /// A weight `[c, o / groups, window]`, and a bias `[o]`.
    pub(super) fn transposed_kernel<E: Engine>(
        &self,
        operation: &'static str,
        generator: &Generator<E>,
        window: &[usize],
    ) -> Result<(Var<E>, Var<E>), E::Error> {
        self.trained(operation, generator, [self.inputs, self.outputs], window)
    }

    fn trained<E: Engine>(
        &self,
        operation: &'static str,
        generator: &Generator<E>,
        [whole, divided]: [usize; 2],
        window: &[usize],
    ) -> Result<(Var<E>, Var<E>), E::Error> {
        let Self { inputs, outputs, groups } = *self;
        if groups == 0 || !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return Err(misfit(operation, &[inputs, outputs], &[groups]));
        }
        let shape = [&[whole, divided / groups][..], window].concat();
        let weight = generator.within(&shape, reach(&shape))?;
        Ok((weight, generator.within(&[outputs], reach(&shape))?))
    }
}
