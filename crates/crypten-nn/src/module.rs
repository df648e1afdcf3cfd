//! What every part of a network is: something with named parameters, and mostly a function of a tensor.

mod mode; // training or evaluation
mod parts; // what a module is made of

use std::fmt;
use std::sync::Arc;

use crypten_autograd::{Computed, Engine, Error as EngineError, Var};

use crate::error::Error;
use crate::state::{Entry, StateDict};

/// # Examples
/// A unit of a residual network, in which the shortcut may be missing:
/// ```
/// use crypten_autograd::{Engine, Plain, Var};
/// use crypten_nn::{Forward, Generator, Linear, Module};
///
/// #[derive(Module)]
/// struct Residual<E: Engine> {
///     body: Linear<E>,
///     shortcut: Option<Linear<E>>,
///     #[module(parameter)]
///     gain: Var<E>,
///     #[module(skip)]
///     slope: f64,
/// }
///
/// impl<E: Engine> Forward<E> for Residual<E> {
///     fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
///         let short = self.shortcut.as_ref().map_or(Ok(input.clone()), |linear| linear.forward(input))?;
///         self.body.forward(input)?.leaky_relu(self.slope)?.mul(&self.gain)?.add(short)
///     }
/// }
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let engine = Plain::default();
/// let body = Linear::new(&Generator::new(&engine, 1), 2, 2)?;
/// let gain = Var::constant(&engine, ndarray::arr0(1.0))?.requires_grad(true);
/// let unit = Residual { body, shortcut: None, gain, slope: 0.1 };
/// let names = Vec::from_iter(unit.named_parameters().into_iter().map(|(name, _)| name));
/// assert_eq!(names, ["gain", "body.weight", "body.bias"]); // its own first, as in PyTorch
/// # Ok(())
/// # }
/// ```
pub use crypten_nn_derive::Module;
pub use mode::Mode;
pub use parts::Parts;

/// A part of a network. Behaves like `torch.nn.Module`.
///
/// A module says what it is made of; all else follows. What it computes is [`Forward`]'s to say, or a method of its own
/// where it takes or gives more than one tensor. Names are PyTorch's: the parts of a child have the child's name and a
/// dot in front. A clone of a module shares its parameters, as handles to them.
///
/// # Examples
/// ```
/// use crypten_autograd::{Engine, Plain, Var};
/// use crypten_nn::{Forward, Generator, Linear, Module};
///
/// #[derive(Module)]
/// struct Perceptron<E: Engine> {
///     hidden: Linear<E>,
///     output: Linear<E>,
/// }
///
/// impl<E: Engine> Forward<E> for Perceptron<E> {
///     fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
///         self.output.forward(&self.hidden.forward(input)?.relu()?)
///     }
/// }
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let generator = Generator::new(&Plain::default(), 1);
/// let hidden = Linear::new(&generator, 2, 8)?;
/// let network = Perceptron { hidden, output: Linear::new(&generator, 8, 1)? };
/// let names = Vec::from_iter(network.named_parameters().into_iter().map(|(name, _)| name));
/// assert_eq!(names, ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module over `{E}`",
    note = "in a `#[derive(Module)]`, a field that is no module takes `#[module(parameter)]`, `#[module(buffer)]` or \
            `#[module(skip)]`, and a struct with parts of one engine only takes `#[module(engine = ..)]`"
)]
pub trait Module<E: Engine>: Send + Sync {
    /// Lists parameters, buffers and children, in the order in which PyTorch registers them.
    ///
    /// `#[derive(Module)]` writes it.
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>);

    /// What is trained, with its names.
    fn named_parameters(&self) -> Vec<(String, Var<E>)> {
        parts::named(self, |kind| kind == Entry::Parameter)
    }

    /// What is trained.
    fn parameters(&self) -> Vec<Var<E>> {
        self.named_parameters().into_iter().map(|(_, parameter)| parameter).collect()
    }

    /// What belongs to the state and is not trained, with its names: running statistics.
    fn named_buffers(&self) -> Vec<(String, Var<E>)> {
        parts::named(self, |kind| kind == Entry::Buffer)
    }

    /// The modules right within this one, with their names. One that is optional and not there counts as one without parts.
    fn named_children(&self) -> Vec<(String, &dyn Module<E>)> {
        parts::children(self)
    }

    /// The modules within this one at any depth, with their whole names, each before those within it.
    fn named_modules(&self) -> Vec<(String, &dyn Module<E>)> {
        let mut named = Vec::new();
        for (name, child) in parts::children(self) {
            let within = child.named_modules().into_iter();
            let within = within.map(|(inner, module)| (format!("{name}.{inner}"), module));
            named.extend([(name.clone(), child)].into_iter().chain(within));
        }
        named
    }

    /// Training: dropout drops, and batches are normalised by their own statistics. So it is at first.
    fn train(&self) {
        parts::set_training(self, true);
    }

    /// Evaluation: dropout is off, and batches are normalised by the running statistics.
    fn eval(&self) {
        parts::set_training(self, false);
    }

    /// Makes all parameters require a gradient, or freezes them.
    fn requires_grad(&self, required: bool) {
        for parameter in self.parameters() {
            let _same = parameter.requires_grad(required);
        }
    }

    /// Forgets the gradients of all parameters.
    fn zero_grad(&self) {
        for parameter in self.parameters() {
            parameter.zero_grad();
        }
    }

    /// The values of all parameters and buffers, with their names. Later training does not change them.
    fn state_dict(&self) -> StateDict<E::Tensor> {
        parts::named(self, |_| true).into_iter().map(|(name, var)| (name, var.value())).collect()
    }

    /// Replaces the values of all parameters and buffers.
    ///
    /// # Errors
    /// [`Error::State`] with every name that is missing, unexpected, of another shape, or no leaf; then nothing has
    /// changed.
    fn load_state_dict(&self, state: &StateDict<E::Tensor>) -> Result<(), Error> {
        Ok(state.load_into(&parts::named(self, |_| true))?)
    }

    /// Checks that [`Module::load_state_dict`] takes a state, and changes nothing.
    ///
    /// # Errors
    /// [`Error::State`] as there.
    fn check_state_dict(&self, state: &StateDict<E::Tensor>) -> Result<(), Error> {
        state.fitted(&parts::named(self, |_| true))?;
        Ok(())
    }

    /// Replaces the value of each parameter and buffer by what a function makes of it and its name: encrypts a module,
    /// where the engine's tensors are public or secret.
    ///
    /// # Errors
    /// If the function fails, or gives another shape; then nothing has changed.
    fn map_state(&self, map: &mut dyn FnMut(&str, &E::Tensor) -> Computed<E>) -> Result<(), E::Error> {
        let named = parts::named(self, |_| true);
        let mut values = Vec::new();
        for (name, var) in &named {
            let value = map(name, &var.value())?;
            let (expected, found) = (var.shape(), var.engine().shape(&value));
            if expected != found {
                return Err(EngineError::mismatch("map_state", expected, found).into());
            }
            values.push(value);
        }
        named.iter().zip(values).try_for_each(|((_, var), value)| var.set_value(value))
    }
}

/// A module that makes one tensor of another: what [`Sequential`](crate::Sequential) is made of.
pub trait Forward<E: Engine>: Module<E> {
    /// What the module makes of an input.
    ///
    /// # Errors
    /// If the shape does not fit, or the engine fails.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error>;
}

impl<E: Engine, M: Module<E> + ?Sized> Module<E> for Box<M> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        (**self).parts(parts);
    }
}

impl<E: Engine, M: Forward<E> + ?Sized> Forward<E> for Box<M> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        (**self).forward(input)
    }
}

impl<E: Engine, M: Module<E> + ?Sized> Module<E> for Arc<M> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        (**self).parts(parts);
    }
}

impl<E: Engine, M: Forward<E> + ?Sized> Forward<E> for Arc<M> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        (**self).forward(input)
    }
}

impl<E: Engine, M: Module<E>> Module<E> for Option<M> {
    /// Those of the module, if it is there.
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        self.iter().for_each(|module| module.parts(parts));
    }
}

impl<E: Engine> fmt::Debug for dyn Module<E> {
    /// Names and shapes; never the values, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = parts::named(self, |_| true);
        f.debug_map().entries(named.iter().map(|(name, var)| (name, var.shape()))).finish()
    }
}

impl<E: Engine> fmt::Debug for dyn Forward<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module: &dyn Module<E> = self;
        module.fmt(f)
    }
}
