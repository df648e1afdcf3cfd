//! What a run will ask of its source of correlated randomness, found out beforehand.

use crypten_shares::{Plan, ProviderKind};

use crate::error::Error;
use crate::launch::local;
use crate::session::Session;

/// Runs `program` on made-up data, as every party in this process, and returns what it asks for: the plan of any run
/// with the same shapes and public values and as many parties.
///
/// [`crypten::deal`](crate::deal) (or the command `crypten deal`) makes files from it; a session takes them with
/// `preprocessing` in its configuration, or as a [`StoredProvider`](crate::StoredProvider).
///
/// # Errors
/// The first party's error, in rank order.
///
/// # Examples
/// ```
/// use crypten::ndarray::Array1;
///
/// # fn main() -> Result<(), crypten::Error> {
/// let plan = crypten::rehearse(2, |session| {
///     let x = session.cryptensor(Array1::<f64>::zeros(1000), 0)?;
///     x.square()?.get_plain_text()
/// })?;
/// assert_eq!(plan.totals()[0].to_string(), "4 units of square");
/// # Ok(())
/// # }
/// ```
pub fn rehearse<T>(
    parties: usize,
    program: impl Fn(&Session) -> Result<T, Error> + Sync,
) -> Result<Plan, Error> {
    let plans = local(parties, ProviderKind::InsecureFirstParty, |session| {
        session.record();
        program(session)?;
        Ok(session.take_plan())
    })?;
    Ok(plans.into_iter().next().unwrap_or_default())
}
