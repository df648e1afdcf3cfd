//! What a transport carries on loopback: both directions at once, and the round trip of one word.
//!
//! `cargo run --release -p crypten-benches --bin link -- --net quic --tuning '{"datagram": 1452}'`
#![expect(clippy::print_stdout, reason = "a program that prints its measurements")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use crypten_comm::{MemoryMesh, QuicConfig, QuicMesh, Tuning};
use crypten_shares::{MAX_WORDS, Message, Net, Operation, Place, Rank, Step};
use crypten_tcp_transport::TcpMesh;

#[derive(Parser)]
struct Options {
    /// Which transport.
    #[arg(long, value_enum, default_value = "quic")]
    net: Transport,
    /// MiB in each direction.
    #[arg(long, default_value_t = 64)]
    mib: usize,
    /// Words in a message.
    #[arg(long, default_value_t = 1 << 15)]
    words: usize,
    /// Tuning of QUIC, in JSON; what is left out keeps its default.
    #[arg(long, default_value = "{}")]
    tuning: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Transport {
    Memory,
    Quic,
    Tcp,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let deadline = Duration::from_secs(60);
    match options.net {
        Transport::Memory => measure(&options, MemoryMesh::new(2, deadline)?),
        Transport::Tcp => {
            let ports = [0; 2].map(|_| std::net::TcpListener::bind("127.0.0.1:0"));
            let addresses =
                ports.into_iter().map(|port| Ok(port?.local_addr()?)).collect::<Result<Vec<SocketAddr>>>()?;
            let connect =
                |rank| TcpMesh::connect(Place::new(rank, 2).expect("two parties"), &addresses, deadline);
            let nodes = std::thread::scope(|scope| {
                let other = scope.spawn(|| connect(1));
                Ok::<_, anyhow::Error>(vec![connect(0)?, other.join().expect("connecting does not panic")?])
            })?;
            measure(&options, nodes)
        }
        Transport::Quic => {
            let tuning: Tuning = serde_json::from_str(&options.tuning).context("--tuning")?;
            let configs = QuicConfig::local(2, false)?
                .into_iter()
                .map(|config| QuicConfig { tuning: tuning.clone(), ..config });
            let connecting: Vec<_> =
                configs.map(|config| std::thread::spawn(move || QuicMesh::connect(config))).collect();
            let nodes =
                connecting.into_iter().map(|node| Ok(node.join().expect("connecting does not panic")?));
            measure(&options, nodes.collect::<Result<Vec<_>>>()?)
        }
    }
}

fn measure<N: Net + 'static>(options: &Options, nodes: Vec<N>) -> Result<()> {
    let pieces = (options.mib << 17).div_ceil(options.words.min(MAX_WORDS));
    let words = options.words.min(MAX_WORDS);
    let running: Vec<_> = nodes
        .into_iter()
        .map(|mut net| {
            std::thread::spawn(move || {
                pollster::block_on(async move {
                    let peer = net.place().peers().next().unwrap_or(Rank::FIRST);
                    let step = Step { sequence: 0, operation: Operation::new("measure") };
                    let (mut best, mut trip) = (f64::MAX, f64::MAX);
                    for _ in 0..5 {
                        let payload = vec![7; words];
                        let start = Instant::now();
                        for _ in 0..pieces {
                            net.send(peer, Message::new(step, payload.clone())).await?;
                        }
                        for _ in 0..pieces {
                            net.receive(peer).await?;
                        }
                        best = best.min(start.elapsed().as_secs_f64());
                        let start = Instant::now();
                        for _ in 0..200 {
                            net.send(peer, Message::new(step, vec![1])).await?;
                            net.receive(peer).await?;
                        }
                        trip = trip.min(start.elapsed().as_secs_f64() / 200.0);
                    }
                    Ok::<_, anyhow::Error>((best, trip))
                })
            })
        })
        .collect();
    for (rank, node) in running.into_iter().enumerate() {
        let (seconds, trip) = node.join().expect("no node panics")?;
        let rate = (pieces * words * 8) as f64 / seconds / 1e9;
        println!("node {rank}: {rate:.2} GB/s each way, exchange of 8 bytes {:.0} us", trip * 1e6);
    }
    Ok(())
}
