//! How connections end: application code 0 says goodbye, code 1 says why the session stops.
//!
//! The reason of code 1 is 3 bytes: the kind of fault (1) and the rank of the culprit (2, little endian).

use crypten_shares::{Fault, FaultKind, Rank};
use quinn::{Connection, ConnectionError, VarInt};

use crate::error::Error;
use crate::lane::Ending;

/// An ordinary end.
pub(super) const LEFT: VarInt = VarInt::from_u32(0);

/// The session stops because of a fault.
const ABORTED: VarInt = VarInt::from_u32(1);

/// Codes of TLS alerts in QUIC (RFC 9001, 4.8).
const ALERTS: std::ops::Range<u64> = 0x100..0x200;

pub(super) fn abort(connection: &Connection, fault: Fault) {
    connection.close(ABORTED, &encode(fault));
}

/// Tells everyone that this endpoint has reached.
pub(super) fn abort_all(endpoint: &quinn::Endpoint, fault: Fault) {
    endpoint.close(ABORTED, &encode(fault));
}

/// What the end of a running connection means to the receiver. `nodes` is how many ranks there are.
pub(super) fn ending(peer: Rank, nodes: usize, error: ConnectionError) -> Ending {
    match error {
        ConnectionError::ApplicationClosed(close) if close.error_code == ABORTED => {
            Ending::Aborted(decode(peer, nodes, &close.reason))
        }
        ConnectionError::ApplicationClosed(close) if close.error_code == LEFT => Ending::Left,
        other => Ending::Lost(other),
    }
}

/// What the end of a connection means while the nodes are connecting.
pub(super) fn error(peer: Rank, nodes: usize, error: ConnectionError) -> Error {
    match error {
        ConnectionError::ApplicationClosed(close) if close.error_code == ABORTED => {
            Error::Aborted { peer, fault: decode(peer, nodes, &close.reason) }
        }
        ConnectionError::ConnectionClosed(close) if ALERTS.contains(&u64::from(close.error_code)) => {
            Error::Refused { peer }
        }
        source => Error::Lost { peer, source },
    }
}

fn encode(fault: Fault) -> [u8; 3] {
    // A rank is at most 64.
    let [low, high, ..] = fault.culprit.index().to_le_bytes();
    [fault.kind as u8, low, high]
}

/// Reads a reason. The peer may be hostile: what makes no sense is the peer's own fault.
fn decode(peer: Rank, nodes: usize, reason: &[u8]) -> Fault {
    let &[kind, low, high] = reason else {
        return Fault { kind: FaultKind::Failed, culprit: peer };
    };
    let culprit = usize::from(u16::from_le_bytes([low, high]));
    let culprit = Rank::new(culprit).filter(|_| culprit < nodes).unwrap_or(peer);
    Fault { kind: FaultKind::from_code(kind), culprit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_survives_the_wire() {
        let (peer, culprit) = (Rank::new(1).unwrap(), Rank::new(2).unwrap());
        let fault = Fault { kind: FaultKind::Silent, culprit };
        assert_eq!(decode(peer, 3, &encode(fault)), fault);
    }

    #[test]
    fn a_reason_that_makes_no_sense_is_the_peers_own_fault() {
        let peer = Rank::new(1).unwrap();
        let own = Fault { kind: FaultKind::Failed, culprit: peer };
        for reason in [&b""[..], b"x", b"long enough to be a story", &[77, 3, 0], &[1, 255, 255]] {
            assert_eq!(decode(peer, 3, reason), own);
        }
    }
}
