//! The values of a module's parameters and buffers under their names: what is stored, and what engines hand each other.

mod number; // as bytes
mod safetensors; // in files

use std::collections::BTreeMap;
use std::{error, fmt};

use crypten_autograd::{Engine, Var};

pub use safetensors::FloatType;

/// What a name in a state stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Parameter,
    Buffer,
}

/// Tensors under names, in the order of the module or file that they came from. Behaves like PyTorch's `state_dict`.
///
/// # Examples
/// A model carried from one engine to another:
/// ```
/// use crypten_autograd::{Engine, Plain};
/// use crypten_nn::{Generator, Linear, Module};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (ours, theirs) = (Plain::new(1), Plain::new(2));
/// let trained = Linear::new(&Generator::new(&ours, 1), 2, 3)?;
/// let served = Linear::new(&Generator::new(&theirs, 2), 2, 3)?;
/// let state = trained.state_dict().try_map(|_name, tensor| theirs.constant(tensor.to_owned()))?;
/// served.load_state_dict(&state)?;
/// assert_eq!(served.parameters()[0].value(), trained.parameters()[0].value());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StateDict<T> {
    entries: Vec<(String, T)>,
}

impl<T> StateDict<T> {
    /// Names and tensors, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The tensor of a name; the last one, if there are several.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&T> {
        self.entries.iter().rev().find(|(other, _)| other == name).map(|(_, tensor)| tensor)
    }

    /// How many tensors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The state that a function makes of each name and tensor: encrypts a state, decrypts it, or stores it.
    ///
    /// # Errors
    /// If the function fails.
    pub fn try_map<U, X>(&self, mut map: impl FnMut(&str, &T) -> Result<U, X>) -> Result<StateDict<U>, X> {
        self.iter().map(|(name, tensor)| Ok((name.to_owned(), map(name, tensor)?))).collect()
    }

    /// Gives each variable the tensor of its name, or changes none.
    pub(crate) fn load_into<E: Engine<Tensor = T>>(
        &self,
        named: &[(String, Var<E>)],
    ) -> Result<(), StateMismatch>
    where
        T: Clone,
    {
        for (var, tensor) in self.fitted(named)? {
            var.set_value(tensor.clone()).expect("it is a leaf of this shape");
        }
        Ok(())
    }

    /// Each variable with the tensor of its name, if all have one of their shape and can be set, and all are of some
    /// variable.
    pub(crate) fn fitted<'a, E: Engine<Tensor = T>>(
        &'a self,
        named: &'a [(String, Var<E>)],
    ) -> Result<Vec<(&'a Var<E>, &'a T)>, StateMismatch> {
        let mut given: BTreeMap<&str, &T> = self.iter().collect();
        let mut mismatch = StateMismatch::default();
        let mut pairs = Vec::new();
        for (name, var) in named {
            let Some(&tensor) = given.get(name.as_str()) else {
                mismatch.missing.push(name.clone());
                continue;
            };
            let (expected, found) = (var.shape(), var.engine().shape(tensor));
            if expected != found {
                let (expected, found) = (expected.to_vec(), found.to_vec());
                mismatch.misshapen.push(Misshapen { name: name.clone(), expected, found });
            } else if !var.is_leaf() {
                mismatch.computed.push(name.clone());
            }
            pairs.push((var, tensor));
        }
        for (name, _) in named {
            given.remove(name.as_str());
        }
        let unexpected = self.iter().map(|(name, _)| name).filter(|name| given.contains_key(name));
        mismatch.unexpected = unexpected.map(str::to_owned).collect();
        if mismatch == StateMismatch::default() { Ok(pairs) } else { Err(mismatch) }
    }
}

impl<T> FromIterator<(String, T)> for StateDict<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

impl<T> fmt::Debug for StateDict<T> {
    /// Names; never the values, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// All that keeps a state from fitting a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateMismatch {
    /// Names that the module has and the state has not.
    pub missing: Vec<String>,
    /// Names that the state has and the module has not.
    pub unexpected: Vec<String>,
    /// Names with another shape in the state than in the module.
    pub misshapen: Vec<Misshapen>,
    /// Names of what is the result of an operation in the module, so that it cannot be set.
    pub computed: Vec<String>,
}

impl fmt::Display for StateMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missing, unexpected, misshapen, computed } = self;
        let said = [
            (!missing.is_empty()).then(|| format!("missing {missing:?}")),
            (!unexpected.is_empty()).then(|| format!("unexpected {unexpected:?}")),
            (!misshapen.is_empty()).then(|| format!("misshapen {misshapen:?}")),
            (!computed.is_empty()).then(|| format!("computed {computed:?}")),
        ];
        write!(f, "state does not fit: {}", Vec::from_iter(said.into_iter().flatten()).join(", "))
    }
}

impl error::Error for StateMismatch {}

/// A tensor of another shape than the one that it is to replace.
#[derive(Clone, PartialEq, Eq)]
pub struct Misshapen {
    /// Its name.
    pub name: String,
    /// The shape in the module.
    pub expected: Vec<usize>,
    /// The shape in the state.
    pub found: Vec<usize>,
}

impl fmt::Debug for Misshapen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {:?} for {:?}", self.name, self.found, self.expected)
    }
}
