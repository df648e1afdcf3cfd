//! The weight and the bias of a convolution, transposed or not.

use crypten_autograd::{Engine, Error, Var};

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
        Error::divided(operation, whole, self.groups)?;
        let shape = [&[whole, Error::divided(operation, divided, self.groups)?][..], window].concat();
        let weight = generator.within(&shape, reach(&shape))?;
        Ok((weight, generator.within(&[self.outputs], reach(&shape))?))
    }
}
