//! Reverse-mode automatic differentiation over any arithmetic of tensors, with the words of PyTorch.
//!
//! An [`Engine`] computes with tensors: in the clear ([`Plain`]), or secretly among parties. A [`Var`] is such a tensor
//! that remembers how it was computed; [`Var::backward`] goes back and leaves a gradient in every leaf that requires
//! one. An engine of one's own is checked by [`conformance`].
//!
//! ```text
//!        x.matmul(&w)? ──► Engine::matmul ──► value ─┐
//!              │                                     ├─► Var: value, shape, number, origin
//!              └──► Record: inputs, pullbacks ───────┘          │
//!                                                               │ backward
//!        x.grad ◄── pullback of x ◄─┐                           ▼
//!        w.grad ◄── pullback of w ◄─┴── gradient ◄── latest value first, sums complete
//! ```
//!
//! A result keeps, for each input that requires a gradient, a function from its own gradient to the input's, and in
//! that function what it needs: the mask of a ReLU, the output of a sigmoid, the other factor of a product. So nothing
//! is computed twice, and nothing is kept for inputs that require none. A backward pass uses these functions up, unless
//! it retains the graph.
//!
//! Shapes are ruled by `crypten-ring`, so that all layers agree on them; the ring itself plays no part here.
//!
//! # Examples
//! A linear regression:
//! ```
//! use crypten_autograd::{Plain, Var, no_grad};
//! use ndarray::{Array1, array};
//!
//! # fn main() -> Result<(), crypten_autograd::Error> {
//! let engine = Plain::default();
//! let x = Var::constant(&engine, array![[1.0, 2.0], [2.0, -1.0], [-1.0, 0.5], [3.0, 1.0]])?;
//! let y = Var::constant(&engine, array![9.0, 2.0, 0.5, 10.0])?;
//! let w = Var::constant(&engine, Array1::zeros(2))?.requires_grad(true);
//! let b = Var::constant(&engine, Array1::zeros(1))?.requires_grad(true);
//! for _ in 0..500 {
//!     let loss = (x.matmul(&w)? + &b - &y)?.square()?.mean_all()?;
//!     loss.backward()?;
//!     no_grad(|| {
//!         for parameter in [&w, &b] {
//!             let step = Var::new(&engine, parameter.gradient()?).mul(0.05)?;
//!             parameter.set_value(parameter.sub(&step)?.value())?;
//!             parameter.zero_grad();
//!         }
//!         Ok::<(), crypten_autograd::Error>(())
//!     })?;
//! }
//! assert!((&w - &array![2.0, 3.0])?.abs()?.max_all()?.value().iter().all(|&error| error < 1e-3));
//! # Ok(())
//! # }
//! ```

mod error; // what can go wrong
mod engine; // the port: what an arithmetic must compute
mod plain; // the engine in the clear
mod axes; // one axis, several, or all
mod operand; // tensors, numbers and arrays beside each other
mod var; // the tensor that remembers
mod mode; // whether it does
mod tape; // what it remembers
mod backward; // how gradients go back
mod operation; // what can be differentiated
mod operators; // + - * / in every order
mod function; // functions of one's own
pub mod conformance; // the laws of an engine of one's own
#[cfg(test)]
mod check; // gradients against finite differences

pub use crypten_ring::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Pool1d, Pool2d, Window};

pub use axes::Axes;
pub use engine::{Computed, ComputedPair, Engine, Moments, Pooling};
pub use error::{Error, SettingError};
pub use function::{Context, Function};
pub use mode::{GradGuard, enable_grad, is_grad_enabled, no_grad, set_grad_enabled};
pub use operand::Operand;
pub use operation::{BatchNorm, Norm, RunningStatistics};
pub use plain::{Plain, PlainTensor};
pub use var::Var;
