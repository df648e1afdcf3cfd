//! What goes over a connection: a tag byte, then a message (header and words) or the reason of an abort.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, Sender};

use crypten_shares::{Buffers, Fault, FaultKind, HEADER_BYTES, Header, Message, NetError, Rank, payload_of};

const MESSAGE: u8 = 0;
const ABORT: u8 = 1;

/// One thing to send.
#[derive(Debug)]
pub(crate) enum Frame {
    Message(Message),
    /// The last one.
    Abort(Fault),
}

/// Why nothing more will come from a peer.
#[derive(Debug)]
pub(crate) enum Ending {
    Aborted(Fault),
    Left,
    Lost(io::ErrorKind),
    Malformed,
    Oversized(u64),
}

impl Ending {
    pub(crate) fn error(&self, peer: Rank) -> NetError {
        match *self {
            Self::Aborted(fault) => NetError::Aborted { peer, fault },
            Self::Left => NetError::Left { peer },
            Self::Lost(kind) => NetError::Lost { peer, source: Box::new(io::Error::from(kind)) },
            Self::Malformed => NetError::Malformed { peer },
            Self::Oversized(words) => NetError::Oversized { peer, words },
        }
    }
}

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Malformed,
            kind => Self::Lost(kind),
        }
    }
}

/// Writes frames until there are no more, then closes the sending half.
pub(crate) fn write_all(frames: &Receiver<Frame>, stream: TcpStream) {
    let mut out = BufWriter::with_capacity(1 << 16, stream);
    // Whoever finds the connection broken is the reader.
    let _ = write_frames(frames, &mut out).and_then(|()| out.flush());
    let _ = out.get_ref().shutdown(Shutdown::Write);
}

fn write_frames(frames: &Receiver<Frame>, out: &mut impl Write) -> io::Result<()> {
    while let Ok(first) = frames.recv() {
        // One flush for all that is queued.
        for frame in std::iter::once(first).chain(frames.try_iter()) {
            match frame {
                Frame::Message(message) => {
                    out.write_all(&[MESSAGE])?;
                    out.write_all(&message.header())?;
                    out.write_all(message.payload().as_ref())?;
                }
                Frame::Abort(fault) => {
                    let [low, high, ..] = fault.culprit.index().to_le_bytes();
                    return out.write_all(&[ABORT, fault.kind as u8, low, high]);
                }
            }
        }
        out.flush()?;
    }
    Ok(())
}

/// Reads messages until the peer ends, hands over the reason, and then reads on to nowhere.
pub(crate) fn read_all(peer: Rank, arrived: &Sender<Result<Message, Ending>>, stream: TcpStream) {
    let mut input = BufReader::with_capacity(1 << 16, stream);
    let buffers = Buffers::default();
    let ending = loop {
        match read_frame(peer, &mut input, &buffers).map(|message| arrived.send(Ok(message))) {
            Ok(Ok(())) => {}
            // The mesh has been dropped.
            Ok(Err(_)) => break Ending::Left,
            Err(ending) => break ending,
        }
    };
    let _ = arrived.send(Err(ending));
    let _ = io::copy(&mut input, &mut io::sink());
}

fn read_frame(peer: Rank, input: &mut impl Read, buffers: &Buffers) -> Result<Message, Ending> {
    let mut tag = [0];
    // The end of the stream between two frames is the ordinary one.
    if input.read(&mut tag)? == 0 {
        return Err(Ending::Left);
    }
    match tag {
        [MESSAGE] => {
            let mut bytes = [0; HEADER_BYTES];
            input.read_exact(&mut bytes)?;
            let header = Header::decode(bytes).map_err(Ending::Oversized)?;
            let mut words = header.buffer(buffers);
            input.read_exact(payload_of(&mut words))?;
            Ok(Message::new(header.step, words))
        }
        [ABORT] => {
            let mut reason = [0; 3];
            input.read_exact(&mut reason)?;
            let [kind, low, high] = reason;
            let culprit = Rank::new(u16::from_le_bytes([low, high]).into()).unwrap_or(peer);
            Err(Ending::Aborted(Fault { kind: FaultKind::from_code(kind), culprit }))
        }
        _ => Err(Ending::Malformed),
    }
}
