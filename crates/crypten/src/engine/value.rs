//! What a [`Var`] of a session holds, and how secret tensors become one.

use crypten_autograd::{PlainTensor, Var};
use ndarray::ArrayD;

use crate::error::Error;
use crate::plain::{Operand, Plain, Side};
use crate::session::Session;
use crate::tensor::CrypTensor;

/// A tensor of the secret engine: public, which nothing hides, or shared. Cloning copies no elements.
#[derive(Clone)]
pub enum Value {
    /// Numbers that every party knows.
    Public(PlainTensor),
    /// A tensor that no party can see.
    Secret(CrypTensor),
}

impl Value {
    /// The lengths of the axes. Shapes are public.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Public(x) => x.shape(),
            Self::Secret(x) => x.shape(),
        }
    }

    /// The numbers: a secret tensor is opened to all parties, a public one is what it is.
    ///
    /// # Rounds
    /// As [`CrypTensor::get_plain_text`]; none for what is public.
    ///
    /// # Security
    /// Every party learns the values.
    ///
    /// # Errors
    /// If a peer or the network fails.
    #[track_caller]
    pub fn get_plain_text(&self) -> Result<ArrayD<f64>, Error> {
        match self {
            Self::Public(x) => Ok(x.to_owned()),
            Self::Secret(x) => x.get_plain_text(),
        }
    }

    /// The numbers for party `dst` only; the others get `None`. A public tensor is what it is, at every party.
    ///
    /// # Rounds
    /// As [`CrypTensor::get_plain_text_to`]; none for what is public.
    ///
    /// # Security
    /// Party `dst` learns the values, nobody else anything.
    ///
    /// # Errors
    /// If there is no party `dst`, or a peer or the network fails.
    #[track_caller]
    pub fn get_plain_text_to(&self, dst: usize) -> Result<Option<ArrayD<f64>>, Error> {
        match self {
            Self::Public(x) => Ok(Some(x.to_owned())),
            Self::Secret(x) => x.get_plain_text_to(dst),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Public(x) => write!(f, "Value(shape={:?}, public)", x.shape()),
            Self::Secret(x) => write!(f, "Value(shape={:?}, encrypted)", x.shape()),
        }
    }
}

impl From<CrypTensor> for Value {
    fn from(x: CrypTensor) -> Self {
        Self::Secret(x)
    }
}

impl From<PlainTensor> for Value {
    fn from(x: PlainTensor) -> Self {
        Self::Public(x)
    }
}

impl Operand for Value {
    fn operand(&self) -> Side<'_> {
        match self {
            Self::Public(x) => Side::Public(x.plain()),
            Self::Secret(x) => Side::Secret(x),
        }
    }
}

/// What can be opened from the outside of a graph.
pub trait PlainText {
    /// The numbers, as [`Value::get_plain_text`].
    ///
    /// # Rounds
    /// As [`Value::get_plain_text`].
    ///
    /// # Security
    /// Every party learns the values.
    ///
    /// # Errors
    /// As [`Value::get_plain_text`].
    fn get_plain_text(&self) -> Result<ArrayD<f64>, Error>;

    /// The numbers for one party, as [`Value::get_plain_text_to`].
    ///
    /// # Rounds
    /// As [`Value::get_plain_text_to`].
    ///
    /// # Security
    /// Party `dst` learns the values, nobody else anything.
    ///
    /// # Errors
    /// As [`Value::get_plain_text_to`].
    fn get_plain_text_to(&self, dst: usize) -> Result<Option<ArrayD<f64>>, Error>;
}

impl PlainText for Var<Session> {
    #[track_caller]
    fn get_plain_text(&self) -> Result<ArrayD<f64>, Error> {
        self.value().get_plain_text()
    }

    #[track_caller]
    fn get_plain_text_to(&self, dst: usize) -> Result<Option<ArrayD<f64>>, Error> {
        self.value().get_plain_text_to(dst)
    }
}

impl CrypTensor {
    /// The tensor as a leaf of a graph, which requires a gradient or not: what is trained, or what is trained with.
    ///
    /// ```
    /// use crypten::{PlainText, ndarray::array};
    ///
    /// # fn main() -> Result<(), crypten::Error> {
    /// # crypten::local(2, crypten::ProviderKind::InsecureFirstParty, |session| {
    /// let x = session.cryptensor(array![1.0, -2.0, 3.0], 0)?.requires_grad(true);
    /// x.relu()?.square()?.sum_all()?.backward()?;
    /// let gradient = x.gradient()?.get_plain_text()?;
    /// assert!((gradient - array![2.0, 0.0, 6.0].into_dyn()).iter().all(|off| off.abs() < 1e-4));
    /// # Ok(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn requires_grad(&self, required: bool) -> Var<Session> {
        Var::from(self).requires_grad(required)
    }
}

impl From<&CrypTensor> for Var<Session> {
    fn from(x: &CrypTensor) -> Self {
        Self::new(x.session(), Value::Secret(x.clone()))
    }
}

impl From<&CrypTensor> for crypten_autograd::Operand<Session> {
    fn from(x: &CrypTensor) -> Self {
        Self::Var(x.into())
    }
}
