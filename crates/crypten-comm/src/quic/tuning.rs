//! The knobs of the transport, and what is chosen by path: loopback, or a network.
//!
//! On loopback a datagram may be as long as UDP allows and nothing is gained by slowing down, so the window
//! is fixed at what the receiver's socket buffer holds. Elsewhere the length is discovered and Cubic decides.

use std::any::Any;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quinn::congestion::{BbrConfig, Controller, ControllerFactory, CubicConfig};
use quinn::{AckFrequencyConfig, MtuDiscoveryConfig, TransportConfig, VarInt};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Protocol, Socket, Type};

/// The longest UDP payload that QUIC knows.
pub(super) const MAX_DATAGRAM: u16 = 65_527;

/// The datagram on loopback: Linux has a loopback MTU of 65536, others limit datagrams to about 9 KiB.
const LOOPBACK_DATAGRAM: u16 = if cfg!(target_os = "linux") { 65_000 } else { 9_000 };

/// The datagram with which every connection starts: QUIC writes the length of a handshake packet in 14 bits.
const FIRST_DATAGRAM: u16 = 16_000;

/// The longest datagram that is tried on a network with jumbo frames: a segmented send of ten still fits 64 KiB.
const JUMBO_DATAGRAM: u16 = 6_500;

/// Datagrams that quinn may hand to the system as one segmented send.
const SEGMENTS: u32 = 10;

/// Every connection must be alive at least this long without a packet; shorter is taken for loss under load.
const MIN_IDLE: Duration = Duration::from_secs(2);
const MAX_IDLE: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_millis(500);

/// Buffers, windows and datagrams. The defaults are meant for fast networks and few peers.
///
/// What each knob gains is measured; see `benches/README.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tuning {
    /// Bytes of the socket's send and receive buffers; the system may grant less (`net.core.rmem_max`).
    /// A burst that does not fit is lost and repeated. Measured: see `benches/README.md`.
    pub socket_buffer: usize,
    /// Bytes of UDP payload that every path carries. `None` chooses by path: as long as possible on loopback,
    /// 1200 and discovery of more elsewhere. Measured: see `benches/README.md`.
    pub datagram: Option<u16>,
    /// Bytes that a peer may send on a stream before they are read. Should be at least bandwidth times round
    /// trip. Measured: see `benches/README.md`.
    pub stream_window: u32,
    /// The same for a connection; there is one stream, so this is best equal.
    pub connection_window: u32,
    /// Bytes that may be on the way to a peer, unacknowledged. Measured: see `benches/README.md`.
    pub send_window: u64,
    /// How fast one sends. Measured: see `benches/README.md`.
    pub congestion: Congestion,
    /// How many packets a peer may receive before it must acknowledge them at once; 1 leaves QUIC's own
    /// rule, every second packet. On loopback fewer, if the socket's buffer holds less than four times as many long
    /// datagrams. Measured: see `benches/README.md`.
    pub acknowledge_every: u32,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            socket_buffer: 4 << 20,
            datagram: None,
            stream_window: 64 << 20,
            connection_window: 64 << 20,
            send_window: 64 << 20,
            congestion: Congestion::ByPath,
            acknowledge_every: 8,
        }
    }
}

/// How fast a node sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Congestion {
    /// [`Fixed`](Self::Fixed) on loopback, [`Cubic`](Self::Cubic) elsewhere.
    #[default]
    ByPath,
    /// RFC 9438: fair to others, slower after losses.
    Cubic,
    /// Model of the path's bandwidth; experimental in quinn.
    Bbr,
    /// As much on the way as the socket buffer holds, whatever is lost. Only for a network of one's own.
    Fixed,
}

/// A bound socket.
pub(super) struct Bound {
    pub(super) socket: UdpSocket,
    /// How many bytes its receive buffer has been granted.
    pub(super) buffer: usize,
}

impl Tuning {
    pub(super) fn bind(&self, listen: SocketAddr) -> io::Result<Bound> {
        let socket = Socket::new(Domain::for_address(listen), Type::DGRAM, Some(Protocol::UDP))?;
        // Systems that refuse a large buffer instead of granting less keep their default.
        let results = [
            socket.set_recv_buffer_size(self.socket_buffer),
            socket.set_send_buffer_size(self.socket_buffer),
        ];
        for error in results.into_iter().filter_map(Result::err) {
            tracing::debug!(%error, bytes = self.socket_buffer, "the socket keeps its default buffer");
        }
        socket.bind(&listen.into())?;
        socket.set_nonblocking(true)?;
        let buffer = socket.recv_buffer_size()?;
        Ok(Bound { socket: socket.into(), buffer })
    }

    /// The transport of one kind of path. `buffer` is shared by `peers`.
    pub(super) fn transport(
        &self,
        loopback: bool,
        deadline: Duration,
        buffer: usize,
        peers: usize,
    ) -> Arc<TransportConfig> {
        // A lost peer is noticed before those who wait for one another give each other up.
        let idle = (deadline / 2).clamp(MIN_IDLE, MAX_IDLE);
        let milliseconds = u32::try_from(idle.as_millis()).unwrap_or(u32::MAX);
        let mut config = TransportConfig::default();
        config
            .max_concurrent_bidi_streams(VarInt::from_u32(1))
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .datagram_receive_buffer_size(None)
            .max_idle_timeout(Some(VarInt::from_u32(milliseconds).into()))
            .keep_alive_interval(Some(KEEP_ALIVE))
            .initial_rtt(Duration::from_millis(if loopback { 10 } else { 100 }))
            .stream_receive_window(VarInt::from_u32(self.stream_window))
            .receive_window(VarInt::from_u32(self.connection_window))
            .send_window(self.send_window)
            .congestion_controller_factory(self.controller(loopback, buffer, peers));
        let mut discovery = MtuDiscoveryConfig::default();
        match self.datagram {
            Some(datagram) => {
                config.initial_mtu(datagram.min(FIRST_DATAGRAM)).min_mtu(datagram.min(FIRST_DATAGRAM));
                discovery.upper_bound(datagram);
            }
            None if loopback => {
                config.initial_mtu(FIRST_DATAGRAM);
                discovery.upper_bound(LOOPBACK_DATAGRAM);
            }
            None => {
                config.initial_mtu(1200);
                discovery.upper_bound(JUMBO_DATAGRAM);
            }
        }
        // A segmented send of long datagrams would overflow what one system call carries, and none would leave.
        let longest = self.datagram.or(loopback.then_some(LOOPBACK_DATAGRAM)).unwrap_or(JUMBO_DATAGRAM);
        config.enable_segmentation_offload(u32::from(longest) * SEGMENTS < u32::from(u16::MAX));
        config.mtu_discovery_config(Some(discovery));
        // On loopback a window may be a few long datagrams, which must be acknowledged without delay; a wide one has time
        // for four acknowledgements.
        let (every, delay) = match loopback {
            true => {
                let datagrams = Fixed::share(buffer, peers).window / u64::from(longest);
                let most = u64::from(self.acknowledge_every);
                ((datagrams / 4).clamp(1, most.max(1)) as u32, Some(Duration::from_millis(2)))
            }
            false => (self.acknowledge_every, None),
        };
        if loopback || every > 1 {
            let mut acknowledge = AckFrequencyConfig::default();
            acknowledge.ack_eliciting_threshold(VarInt::from_u32(every)).max_ack_delay(delay);
            config.ack_frequency_config(Some(acknowledge));
        }
        Arc::new(config)
    }

    fn controller(
        &self,
        loopback: bool,
        buffer: usize,
        peers: usize,
    ) -> Arc<dyn ControllerFactory + Send + Sync + 'static> {
        match self.congestion {
            Congestion::Fixed => Arc::new(Fixed::share(buffer, peers)),
            Congestion::ByPath if loopback => Arc::new(Fixed::share(buffer, peers)),
            Congestion::Bbr => Arc::new(BbrConfig::default()),
            Congestion::ByPath | Congestion::Cubic => Arc::new(CubicConfig::default()),
        }
    }
}

/// A window that nothing moves.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    window: u64,
}

impl Fixed {
    /// Half the buffer, as the system counts its own overhead too, divided among the peers.
    fn share(buffer: usize, peers: usize) -> Self {
        let share = buffer / 2 / peers.max(1);
        Self { window: share.max(2 * usize::from(MAX_DATAGRAM)) as u64 }
    }
}

impl ControllerFactory for Fixed {
    fn build(self: Arc<Self>, _now: Instant, _current_mtu: u16) -> Box<dyn Controller> {
        Box::new(*self)
    }
}

impl Controller for Fixed {
    fn on_congestion_event(&mut self, _now: Instant, _sent: Instant, _persistent: bool, _lost: u64) {}

    fn on_mtu_update(&mut self, _new_mtu: u16) {}

    fn window(&self) -> u64 {
        self.window
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(*self)
    }

    fn initial_window(&self) -> u64 {
        self.window
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_says_what_buffer_it_was_granted() {
        let bound = Tuning::default().bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert!(bound.buffer > 0);
        assert!(bound.socket.local_addr().unwrap().port() > 0);
    }

    #[test]
    fn tuning_can_be_written_in_part() {
        let tuning: Tuning = serde_json::from_str(r#"{ "datagram": 1400, "congestion": "bbr" }"#).unwrap();
        assert_eq!(tuning.datagram, Some(1400));
        assert_eq!(tuning.stream_window, Tuning::default().stream_window);
    }
}
