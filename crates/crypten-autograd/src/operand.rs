//! What may stand beside a differentiable tensor: another, a number, or a plain array.

use ndarray::{ArrayBase, ArrayD, Data, Dimension, arr0};

use crate::engine::Engine;
use crate::var::Var;

/// A differentiable tensor, or something public that is turned into one when it is needed.
#[derive(Debug)]
pub enum Operand<E: Engine> {
    /// A plain array.
    Array(ArrayD<f64>),
    /// A single number.
    Number(f64),
    /// A differentiable tensor.
    Var(Var<E>),
}

impl<E: Engine> Operand<E> {
    /// The operand as a tensor of an engine.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn into_var(self, engine: &E) -> Result<Var<E>, E::Error> {
        match self {
            Self::Array(array) => Ok(Var::new(engine, engine.constant(array)?)),
            Self::Number(number) => Ok(Var::new(engine, engine.constant(arr0(number).into_dyn())?)),
            Self::Var(var) => Ok(var),
        }
    }
}

impl<E: Engine> From<f64> for Operand<E> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<E: Engine> From<i64> for Operand<E> {
    fn from(number: i64) -> Self {
        Self::Number(number as f64)
    }
}

impl<E: Engine> From<Var<E>> for Operand<E> {
    fn from(var: Var<E>) -> Self {
        Self::Var(var)
    }
}

impl<E: Engine> From<&Var<E>> for Operand<E> {
    fn from(var: &Var<E>) -> Self {
        Self::Var(var.clone())
    }
}

impl<E, T, S, D> From<&ArrayBase<S, D>> for Operand<E>
where
    E: Engine,
    T: Copy + Into<f64>,
    S: Data<Elem = T>,
    D: Dimension,
{
    fn from(array: &ArrayBase<S, D>) -> Self {
        Self::Array(array.mapv(T::into).into_dyn())
    }
}

impl<E, T, S, D> From<ArrayBase<S, D>> for Operand<E>
where
    E: Engine,
    T: Copy + Into<f64>,
    S: Data<Elem = T>,
    D: Dimension,
{
    fn from(array: ArrayBase<S, D>) -> Self {
        Self::from(&array)
    }
}
