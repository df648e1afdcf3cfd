//! What a node must know before it connects: its place, its identity, everyone's address and fingerprint.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crypten_shares::{Place, Rank};
use serde::{Deserialize, Serialize};

use super::handshake::LIMIT;
use super::tuning::Tuning;
use crate::error::Error;
use crate::identity::{Fingerprint, Identity};
use crate::link::Link;

/// The configuration of one node.
#[derive(Clone, Debug)]
pub struct QuicConfig {
    /// This node's rank and the number of parties.
    pub place: Place,
    /// This node's certificate and key.
    pub identity: Identity,
    /// Where this node's UDP socket is bound.
    pub listen: SocketAddr,
    /// All nodes in rank order, this one included. One more than there are parties if there is a dealer.
    pub nodes: Vec<NodeAddress>,
    /// What all nodes must agree on.
    pub terms: Terms,
    /// How long one waits for a message.
    pub deadline: Duration,
    /// How long one waits for the others to be there.
    pub connect_deadline: Duration,
    /// Buffers, windows and datagrams.
    pub tuning: Tuning,
    /// A slower network to imitate, if any.
    pub link: Option<Link>,
}

/// Where a node is and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeAddress {
    /// Host and port, `example.org:7000`. A name is looked up again on every attempt.
    pub address: String,
    /// The fingerprint of its certificate.
    pub fingerprint: Fingerprint,
}

impl QuicConfig {
    /// A session on this computer: a configuration for every node, with new identities and free ports.
    ///
    /// The ports are free at this moment; nothing keeps them so.
    ///
    /// # Errors
    /// [`Error::Misuse`] if no session has that many parties, [`Error::Generate`] without randomness,
    /// [`Error::Listen`] without free ports.
    pub fn local(parties: usize, dealer: bool) -> Result<Vec<Self>, Error> {
        let last = Place::dealer(parties)?;
        let mut places = (0..parties).map(|rank| Place::new(rank, parties)).collect::<Result<Vec<_>, _>>()?;
        places.extend(dealer.then_some(last));

        let identities = places
            .iter()
            .map(|place| Identity::generate(&format!("crypten node {}", place.rank())))
            .collect::<Result<Vec<_>, _>>()?;
        let ports = free_ports(places.len())?;
        let nodes: Vec<_> = ports
            .iter()
            .zip(&identities)
            .map(|(port, identity)| NodeAddress {
                address: port.to_string(),
                fingerprint: identity.fingerprint(),
            })
            .collect();
        let each = places.into_iter().zip(identities).zip(ports);
        Ok(each
            .map(|((place, identity), listen)| Self {
                place,
                identity,
                listen,
                nodes: nodes.clone(),
                terms: Terms::default(),
                deadline: Duration::from_secs(30),
                connect_deadline: Duration::from_secs(30),
                tuning: Tuning::default(),
                link: None,
            })
            .collect())
    }

    /// Refuses what cannot work, before anything is opened.
    pub(super) fn check(&self) -> Result<(), Error> {
        let (rank, parties, nodes) = (self.place.rank(), self.place.parties(), self.nodes.len());
        if nodes != parties && nodes != parties + 1 {
            return Err(Error::NodeCount { nodes, parties });
        }
        let own = self.identity.fingerprint();
        match self.nodes.get(rank.index()) {
            None => return Err(Error::NodeCount { nodes, parties }),
            Some(listed) if listed.fingerprint != own => {
                return Err(Error::NotThisNode { rank, listed: listed.fingerprint, own });
            }
            Some(_) => {}
        }
        for second in self.ranks() {
            let mut earlier = self.ranks().take(second.index());
            if let Some(first) = earlier.find(|&first| self.pin(first) == self.pin(second)) {
                return Err(Error::Twins { first, second });
            }
        }
        let bytes = serde_json::to_vec(&self.terms).map_or(usize::MAX, |json| json.len());
        if bytes > LIMIT / 2 {
            return Err(Error::TermsTooLong { bytes, limit: LIMIT / 2 });
        }
        Ok(())
    }

    /// The ranks of all nodes.
    pub(super) fn ranks(&self) -> impl Iterator<Item = Rank> + use<> {
        (0..self.nodes.len()).filter_map(Rank::new)
    }

    /// The fingerprint that the node of this rank must show.
    pub(super) fn pin(&self, rank: Rank) -> Option<Fingerprint> {
        self.nodes.get(rank.index()).map(|node| node.fingerprint)
    }
}

/// Names and values that all nodes must agree on, in the order of the names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Terms(BTreeMap<String, String>);

impl Terms {
    /// No terms.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These terms and one more. A name that is there already gets the new value.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.0.insert(name.into(), value.to_string());
        self
    }

    /// The names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first name on which `self` and `other` differ, with both values; an absent value is empty.
    pub(super) fn difference<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str, &'a str)> {
        let value = |terms: &'a Self, name: &str| terms.0.get(name).map_or("", String::as_str);
        let mut names: Vec<&str> = self.0.keys().chain(other.0.keys()).map(String::as_str).collect();
        names.sort_unstable();
        names
            .into_iter()
            .find(|&name| self.0.get(name) != other.0.get(name))
            .map(|name| (name, value(self, name), value(other, name)))
    }
}

/// That many different addresses on this computer that nobody listens at.
fn free_ports(count: usize) -> Result<Vec<SocketAddr>, Error> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listen = |source| Error::Listen { address: any, source };
    let sockets: Vec<_> =
        (0..count).map(|_| UdpSocket::bind(any)).collect::<Result<_, _>>().map_err(listen)?;
    sockets.iter().map(UdpSocket::local_addr).collect::<Result<_, _>>().map_err(listen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_configurations_are_accepted() {
        for config in QuicConfig::local(3, true).unwrap() {
            assert_eq!(config.nodes.len(), 4);
            config.check().unwrap();
        }
    }

    #[test]
    fn a_list_that_does_not_fit_is_refused() {
        let config = QuicConfig::local(3, false).unwrap().remove(0);
        let check = |change: &dyn Fn(&mut QuicConfig)| {
            let mut config = config.clone();
            change(&mut config);
            config.check()
        };
        assert!(matches!(check(&|c| c.nodes.truncate(2)), Err(Error::NodeCount { nodes: 2, parties: 3 })));
        assert!(matches!(check(&|c| c.nodes.swap(0, 1)), Err(Error::NotThisNode { .. })));
        assert!(matches!(check(&|c| c.nodes[2] = c.nodes[1].clone()), Err(Error::Twins { .. })));
        let long = |c: &mut QuicConfig| c.terms = Terms::new().with("x", "x".repeat(LIMIT));
        assert!(matches!(check(&long), Err(Error::TermsTooLong { .. })));
    }

    #[test]
    fn the_first_difference_is_found() {
        let here = Terms::new().with("a", 1).with("b", 2);
        assert_eq!(here.difference(&here), None);
        assert_eq!(here.difference(&Terms::new().with("a", 1).with("b", 3)), Some(("b", "2", "3")));
        assert_eq!(here.difference(&Terms::new().with("b", 2).with("c", 4)), Some(("a", "1", "")));
    }
}
