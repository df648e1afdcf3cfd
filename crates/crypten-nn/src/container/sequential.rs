//! Modules one after the other.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module, Parts};

/// Modules of which each takes what the one before it gives. Their names are their positions: `0.weight`.
///
/// # Examples
/// ```
/// use crypten_autograd::Plain;
/// use crypten_nn::{Flatten, Generator, Linear, Module, ReLU, Sequential};
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let generator = Generator::new(&Plain::default(), 1);
/// let network = Sequential::new()
///     .push(Flatten::default())
///     .push(Linear::new(&generator, 4, 8)?)
///     .push(ReLU)
///     .push(Linear::new(&generator, 8, 2)?);
/// assert_eq!(network.named_parameters()[2].0, "3.weight");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sequential<E: Engine> {
    modules: Vec<Box<dyn Forward<E>>>,
}

impl<E: Engine> Sequential<E> {
    /// No modules: gives what it takes.
    #[must_use]
    pub fn new() -> Self {
        Self { modules: Vec::new() }
    }

    /// One module more, at the end.
    #[must_use]
    pub fn push(mut self, module: impl Forward<E> + 'static) -> Self {
        self.modules.push(Box::new(module));
        self
    }

    /// The modules, first to last.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Forward<E>> {
        self.modules.iter().map(Box::as_ref)
    }

    /// How many modules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

impl<E: Engine> Module<E> for Sequential<E> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        for (position, module) in self.modules.iter().enumerate() {
            parts.child(position.to_string(), module);
        }
    }
}

impl<E: Engine> Forward<E> for Sequential<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        self.modules.iter().try_fold(input.clone(), |value, module| module.forward(&value))
    }
}

impl<E: Engine> Default for Sequential<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Engine> FromIterator<Box<dyn Forward<E>>> for Sequential<E> {
    fn from_iter<I: IntoIterator<Item = Box<dyn Forward<E>>>>(modules: I) -> Self {
        Self { modules: modules.into_iter().collect() }
    }
}
