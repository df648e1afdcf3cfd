//! Modules whose parameters nobody sees: one party's numbers become shared ones, and shared ones plain.

use crypten_autograd::PlainTensor;
use crypten_nn::{Module, StateDict};
use ndarray::ArrayD;

use crate::engine::Value;
use crate::error::Error;
use crate::session::Session;
use crate::tensor::{CrypTensor, get_plain_text_batch, get_plain_text_batch_to};

/// Hides and opens the parameters and buffers of a module. Every module of a session does.
///
/// All parties build the same module, so that names and shapes agree; its first values are public. What is public in a
/// module computes with secret inputs too, and costs less.
///
/// # Examples
/// Party 0 has trained a model in the clear; the others know its layers only.
/// ```
/// use crypten::autograd::{Plain, Var};
/// use crypten::nn::{Forward, Generator, Linear, Module};
/// use crypten::{Encrypt, PlainText, ndarray::array};
///
/// # fn main() -> Result<(), crypten::Error> {
/// # crypten::local(2, crypten::ProviderKind::InsecureFirstParty, |session| {
/// # let session = session.clone();
/// let trained = match session.rank() {
///     0 => Some(Linear::new(&Generator::new(&Plain::default(), 7), 3, 1)?.state_dict()),
///     _ => None,
/// };
/// let model = Linear::new(&Generator::new(&session, 0), 3, 1)?;
/// model.encrypt_state(trained.as_ref(), 0)?;
/// let patient = session.cryptensor(array![[0.5, 1.0, -2.0]], 1)?;
/// let risk = model.forward(&Var::from(&patient))?;
/// println!("{:.3}", risk.get_plain_text()?);
/// # Ok(())
/// # })?;
/// # Ok(())
/// # }
/// ```
pub trait Encrypt: Module<Session> {
    /// Encrypts what is public among the parameters and buffers: the values at party `src` count. What is secret already
    /// stays as it is.
    ///
    /// # Rounds
    /// None: sharing sends no message.
    ///
    /// # Errors
    /// As [`Session::cryptensor`].
    fn encrypt(&self, src: usize) -> Result<(), Error> {
        let Some(session) = session_of(self) else { return Ok(()) };
        self.map_state(&mut |_, value| match value {
            Value::Public(x) => Ok(session.cryptensor(x.view(), src)?.into()),
            Value::Secret(_) => Ok(value.clone()),
        })
    }

    /// Replaces all parameters and buffers by a state that party `src` has, encrypted. The others pass nothing; what they
    /// pass is not looked at. Nor is any state by a module without parameters and buffers, which belongs to no session.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// As [`Session::cryptensor`]; and at `src`, if it has no state, or the state does not fit the module: then with every
    /// name that is missing, unexpected or misshapen. Only `src` notices that. In any case, nothing has changed then.
    fn encrypt_state(&self, state: Option<&StateDict<PlainTensor>>, src: usize) -> Result<(), Error> {
        let Some(session) = session_of(self) else { return Ok(()) };
        let own = state.filter(|_| session.rank() == src);
        if let Some(own) = own {
            self.check_state_dict(&own.try_map(|_, x| Ok::<_, Error>(Value::Public(x.clone())))?)?;
        }
        self.map_state(&mut |name, value| {
            let shared = match own.and_then(|own| own.tensor(name)) {
                Some(x) => session.cryptensor(x.view(), src),
                None => session.cryptensor_of(value.shape(), src),
            };
            Ok(shared?.into())
        })
    }

    /// Opens all parameters and buffers to all parties; then they are public.
    ///
    /// # Rounds
    /// One for all, 8 bytes an element to each peer; none if nothing is secret.
    ///
    /// # Security
    /// Every party learns the model.
    ///
    /// # Errors
    /// If a peer or the network fails.
    #[track_caller]
    fn decrypt(&self) -> Result<(), Error> {
        let state = self.state_dict();
        let mut opened = get_plain_text_batch(&secrets(&state))?.into_iter();
        self.map_state(&mut |_, value| Ok(plain(value, &mut opened).into()))
    }

    /// Opens all parameters and buffers to party `dst`, which gets them as a state; the others get `None`, unless nothing
    /// is secret. The module stays as it is.
    ///
    /// # Rounds
    /// One for all, 8 bytes an element, to `dst`; none if nothing is secret.
    ///
    /// # Security
    /// Party `dst` learns the model, nobody else anything.
    ///
    /// # Errors
    /// If there is no party `dst`, or a peer or the network fails.
    #[track_caller]
    fn decrypt_to(&self, dst: usize) -> Result<Option<StateDict<PlainTensor>>, Error> {
        let state = self.state_dict();
        let Some(opened) = get_plain_text_batch_to(&secrets(&state), dst)? else { return Ok(None) };
        let mut opened = opened.into_iter();
        Ok(Some(state.iter().map(|(name, value)| (name.to_owned(), plain(value, &mut opened))).collect()))
    }
}

impl<M: Module<Session> + ?Sized> Encrypt for M {}

/// The session of a module that has a parameter or a buffer.
fn session_of<M: Module<Session> + ?Sized>(module: &M) -> Option<Session> {
    let named = module.named_parameters().into_iter().chain(module.named_buffers());
    named.map(|(_, var)| var.engine().clone()).next()
}

fn secrets(state: &StateDict<Value>) -> Vec<&CrypTensor> {
    let values = state.iter().map(|(_, value)| value);
    values
        .filter_map(|value| match value {
            Value::Secret(x) => Some(x),
            Value::Public(_) => None,
        })
        .collect()
}

/// A public value, or the next of those that were opened, which are as many as the secrets.
fn plain(value: &Value, opened: &mut impl Iterator<Item = ArrayD<f64>>) -> PlainTensor {
    match value {
        Value::Public(x) => x.clone(),
        Value::Secret(_) => opened.next().expect("one was opened for each secret").into_shared(),
    }
}
