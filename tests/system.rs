//! The whole system: every node is a process, every message goes over QUIC on loopback, every key is a real one.
//!
//! Each test sets a stage with `crypten::provision`, starts the binary `node` there, lets things go well or wrong, and
//! looks at how every process ends: by itself, in time, and with an error that names the culprit and the reason.
//!
//! Not tested here: the command-line tool `crypten`, which belongs to another package and whose path this one is not
//! told; launchers (torchrun, Slurm, MPI), which are imitated where the environment is read; several machines.

mod harness; // stages and processes

mod agreement; // all goes well
mod disagreement; // nodes that were set up differently
mod faults; // nodes that die
mod hostile; // nodes and strangers that mean harm
