//! Finding each other: nodes dial those of lower rank, say their own rank, and wait for those of higher rank.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crypten_shares::Place;

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

const MAGIC: [u8; 4] = *b"CTCP";

/// The connections to all nodes in rank order, with nothing at the own rank.
pub(crate) fn everyone(place: Place, addresses: &[SocketAddr]) -> io::Result<Vec<Option<TcpStream>>> {
    let (own, until) = (place.rank().index(), Instant::now() + PATIENCE);
    let listen = addresses.get(own).ok_or(ErrorKind::InvalidInput)?;
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;

    let mut streams: Vec<Option<TcpStream>> = addresses.iter().map(|_| None).collect();
    for (address, slot) in addresses.iter().zip(&mut streams).take(own) {
        *slot = Some(dial(*address, own, until)?);
    }
    while streams.iter().skip(own + 1).any(Option::is_none) {
        match listener.accept() {
            Ok((stream, _)) => {
                // Whoever does not say hello is not a node.
                if let Ok(Some(rank)) = greet(&stream)
                    && rank > own
                    && let Some(slot) = streams.get_mut(rank)
                    && slot.is_none()
                {
                    *slot = Some(stream);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => pause(until)?,
            Err(error) => return Err(error),
        }
    }
    Ok(streams)
}

fn dial(address: SocketAddr, own: usize, until: Instant) -> io::Result<TcpStream> {
    loop {
        if let Ok(mut stream) = TcpStream::connect_timeout(&address, PATIENCE) {
            stream.set_nodelay(true)?;
            let [low, high, ..] = own.to_le_bytes();
            stream.write_all(&[MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], low, high])?;
            return Ok(stream);
        }
        pause(until)?;
    }
}

/// The rank that a dialling node says it has.
fn greet(mut stream: &TcpStream) -> io::Result<Option<usize>> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut hello = [0; 6];
    stream.read_exact(&mut hello)?;
    stream.set_read_timeout(None)?;
    let [magic @ .., low, high] = hello;
    Ok((magic == MAGIC).then(|| u16::from_le_bytes([low, high]).into()))
}

fn pause(until: Instant) -> io::Result<()> {
    if Instant::now() > until {
        return Err(ErrorKind::TimedOut.into());
    }
    thread::sleep(PAUSE);
    Ok(())
}
