//! Modules, losses and optimisers over any engine: the crate `crypten-nn`, whose derive knows it here by this name.
//!
//! # Examples
//! ```
//! use crypten::Var;
//! use crypten::autograd::{Engine, Plain};
//! use crypten::nn::{Forward, Generator, Linear, Module};
//!
//! #[derive(Module)]
//! struct Net<E: Engine> {
//!     fc1: Linear<E>,
//!     fc2: Linear<E>,
//! }
//!
//! impl<E: Engine> Forward<E> for Net<E> {
//!     fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
//!         self.fc2.forward(&self.fc1.forward(input)?.relu()?)
//!     }
//! }
//!
//! # fn main() -> Result<(), crypten::autograd::Error> {
//! let generator = Generator::new(&Plain::default(), 1);
//! let net = Net { fc1: Linear::new(&generator, 784, 100)?, fc2: Linear::new(&generator, 100, 10)? };
//! assert_eq!(net.state_dict().iter().next().map(|(name, _)| name), Some("fc1.weight"));
//! # Ok(())
//! # }
//! ```

pub use crypten_nn::*;
pub use crypten_nn_derive::ModuleOfFacade as Module;
