//! A transport of one's own keeps the laws of `Net`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use crypten_comm::conformance::conformance;
use crypten_shares::Place;
use crypten_tcp_transport::TcpMesh;

#[test]
fn the_tcp_mesh_conforms() {
    conformance(connect);
}

fn connect(parties: usize, deadline: Duration) -> Vec<TcpMesh> {
    let held: Vec<_> = (0..parties).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let addresses: Vec<SocketAddr> = held.iter().map(|socket| socket.local_addr().unwrap()).collect();
    drop(held);
    let nodes: Vec<_> = (0..parties)
        .map(|rank| {
            let addresses = addresses.clone();
            let place = Place::new(rank, parties).unwrap();
            thread::spawn(move || TcpMesh::connect(place, &addresses, deadline).unwrap())
        })
        .collect();
    nodes.into_iter().map(|node| node.join().unwrap()).collect()
}
