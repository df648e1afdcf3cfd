//! Nodes of one process that are connected over real sockets.

use std::thread;

use crypten_comm::{Error, QuicConfig, QuicMesh};

/// Connects all nodes at once, each in a thread of its own.
pub(crate) fn connect_all(configs: Vec<QuicConfig>) -> Vec<Result<QuicMesh, Error>> {
    let threads: Vec<_> =
        configs.into_iter().map(|config| thread::spawn(move || QuicMesh::connect(config))).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}
