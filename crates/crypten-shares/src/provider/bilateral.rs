//! Two parties make all correlated randomness by themselves, without a dealer.
//!
//! Each has a seed of its own that it never sends. Party 0's corrections are computed by both together, over a
//! [`Joint`]: see `correlation/joint.rs`. Semi-honest; nobody but the other party has to be trusted with anything.

use std::collections::HashMap;

use async_trait::async_trait;
use crypten_ring::Seed;

use crate::correlation::{Kind, Supply, batch_units, complete_jointly};
use crate::error::{Error, Misuse};
use crate::joint::Joint;
use crate::net::Net;
use crate::party::random_seed;
use crate::plan::Request;
use crate::provider::first::advance;
use crate::provider::{MOST_WORDS, Provider};

/// How far a supply has come.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Of which kind.
    pub kind: &'a Kind,
    /// How many of its units are done.
    pub done: usize,
    /// How many units there will be.
    pub units: usize,
}

/// What is told how far a supply has come.
type Report = dyn FnMut(Progress<'_>) + Send;

/// The randomness of two parties who compute it together, over `J`.
pub struct Bilateral<J> {
    joint: J,
    name: &'static str,
    /// This party's own; nothing before it has begun.
    seed: Option<Seed>,
    used: HashMap<Kind, u64>,
    report: Option<Box<Report>>,
}

impl<J: Joint> Bilateral<J> {
    /// The provider before it has begun; `name` is what configurations and reports call it.
    #[must_use]
    pub fn new(name: &'static str, joint: J) -> Self {
        Self { joint, name, seed: None, used: HashMap::new(), report: None }
    }

    /// This party's own seed.
    pub(super) fn own_seed(&self) -> &Seed {
        self.seed.as_ref().expect("a party begins before it asks for supplies")
    }

    /// Reserves the next units of a kind, and completes them together with the peer: the number of the first, and at
    /// party 0 the corrections.
    pub(super) async fn complete(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        units: usize,
    ) -> Result<(u64, Vec<u64>), Error> {
        // Both parties come to the same answer, so none is left waiting.
        if !(Request { kind: kind.clone(), units }).is_bounded() {
            return Err(Misuse::TooMuchRandomness { limit: MOST_WORDS }.into());
        }
        let first = advance(&mut self.used, kind, units);
        let seed = self.seed.as_ref().expect("a party begins before it asks for supplies");
        let (mut corrections, mut done) = (Vec::new(), 0);
        if net.place().is_first() {
            // Growing in place would leave parts of it in freed memory.
            corrections.reserve_exact(units * kind.correction_words());
        }
        if let Some(report) = &mut self.report {
            report(Progress { kind, done, units });
        }
        while done < units {
            let batch = batch_units(kind).min(units - done);
            let next = first + done as u64;
            corrections.extend(complete_jointly(&mut self.joint, net, kind, seed, next, batch).await?);
            done += batch;
            if let Some(report) = &mut self.report {
                report(Progress { kind, done, units });
            }
        }
        Ok((first, corrections))
    }

    /// Reports after every batch of units how far the supply has come.
    #[must_use]
    pub fn reporting(self, report: impl FnMut(Progress<'_>) + Send + 'static) -> Self {
        Self { report: Some(Box::new(report)), ..self }
    }
}

#[async_trait]
impl<J: Joint> Provider for Bilateral<J> {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        let parties = net.place().parties();
        if parties != 2 {
            return Err(Misuse::NotTwoParties { parties }.into());
        }
        self.seed = Some(random_seed()?);
        self.joint.begin(net).await
    }

    async fn supply(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        units: usize,
    ) -> Result<Option<Supply>, Error> {
        let (first, corrections) = self.complete(net, kind, units).await?;
        let seed = self.own_seed();
        Ok(Some(if net.place().is_first() {
            Supply::corrected(kind, seed, first, units, corrections)
        } else {
            Supply::expanded(kind, seed, first, units)
        }))
    }
}

impl<J> std::fmt::Debug for Bilateral<J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bilateral({}, ..)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crypten_ring::Scale;
    use ndarray::ArrayD;

    use super::*;
    use crate::joint::ideal::{InsecureInTheClear, two_parties};
    use crate::share::ArithmeticShare;
    use crate::{Party, Place, Rank, bounded, compare, exponential, maximum, product, reveal, truncate};

    fn provider() -> Bilateral<InsecureInTheClear> {
        Bilateral::new("in the clear", InsecureInTheClear::default())
    }

    /// What both parties open of a protocol's result on numbers that party 0 owns.
    fn opened(
        x: &ArrayD<f64>,
        protocol: impl AsyncFn(&mut Party, &ArithmeticShare) -> Result<ArithmeticShare, Error> + Sync,
    ) -> ArrayD<f64> {
        let words = Scale::default().encode(&x.view()).unwrap();
        let [first, second] = two_parties(async |wire| {
            let mut party = Party::join(Box::new(wire), Box::new(provider())).await.unwrap();
            assert_eq!(party.provider_name(), "in the clear");
            let own = party.place().is_first().then_some(&words);
            let x = party.share(Rank::FIRST, words.shape(), own).await.unwrap();
            let result = protocol(&mut party, &x).await.unwrap();
            reveal::reveal(&mut party, &result).await.unwrap()
        });
        assert!(first == second);
        Scale::default().decode(&first)
    }

    #[test]
    fn protocols_run_on_what_two_parties_make() {
        let x = ArrayD::from_shape_fn(vec![20, 20], |at| (at[0] as f64 - 9.5) / 4.0 + at[1] as f64 / 64.0);
        let close = |result: ArrayD<f64>, expected: ArrayD<f64>| {
            assert_eq!(result.shape(), expected.shape());
            let off = (&result - &expected).iter().fold(0.0_f64, |off, x| off.max(x.abs()));
            assert!(off < 2e-3, "off by {off}");
        };
        let scale = Scale::default();
        let matrix = x.clone().into_dimensionality::<ndarray::Ix2>().unwrap();
        close(opened(&x, async |party, x| compare::relu(party, x).await), x.mapv(|x| x.max(0.0)));
        close(
            opened(&x, async |party, x| maximum::maximum(party, x, 1).await),
            x.map_axis(ndarray::Axis(1), |row| row.iter().fold(f64::MIN, |most, &x| most.max(x))),
        );
        close(
            opened(&x, async |party, x| product::matmul(party, x, x, Some(16)).await),
            matrix.dot(&matrix).into_dyn(),
        );
        close(opened(&x, async |party, x| truncate::divide(party, x, 10).await), x.mapv(|x| x / 10.0));
        close(opened(&x, async |party, x| exponential::exp(party, x, scale).await), x.mapv(f64::exp));
        close(
            opened(&x, async |party, x| bounded::sigmoid(party, x, scale).await),
            x.mapv(|x| 1.0 / (1.0 + (-x).exp())),
        );
    }

    #[test]
    fn progress_reaches_the_end() {
        let kind = Kind::Maximum;
        let most = batch_units(&kind);
        two_parties(async |mut wire| {
            let reached = std::sync::Arc::new(AtomicUsize::new(0));
            let here = std::sync::Arc::clone(&reached);
            let mut provider = provider().reporting(move |progress| {
                assert_eq!(progress.units, most + 1);
                here.store(progress.done, Ordering::Relaxed);
            });
            provider.begin(&mut wire).await.unwrap();
            provider.supply(&mut wire, &kind, most + 1).await.unwrap();
            assert_eq!(reached.load(Ordering::Relaxed), most + 1);
        });
    }

    #[test]
    fn other_numbers_of_parties_are_refused() {
        struct Alone;

        #[async_trait]
        impl Net for Alone {
            fn place(&self) -> Place {
                Place::new(0, 3).expect("a place among three")
            }
            async fn send(&mut self, _: Rank, _: crate::Message) -> Result<(), crate::NetError> {
                unreachable!("nothing is sent")
            }
            async fn receive(&mut self, _: Rank) -> Result<crate::Message, crate::NetError> {
                unreachable!("nothing is received")
            }
            async fn abort(&mut self, _: crate::Fault) {}
        }

        let error = pollster::block_on(provider().begin(&mut Alone)).unwrap_err();
        assert!(matches!(error, Error::Misuse(Misuse::NotTwoParties { parties: 3 })));
    }
}
