//! Peers with the right certificate that send what they like, strangers, and datagrams from nowhere.

mod raw;

use std::net::{Ipv4Addr, UdpSocket};

use anyhow::Result;
use crypten::ProviderKind;
use crypten_shares::{HEADER_BYTES, Message, Operation, Step};

use self::raw::{Raw, attack};
use crate::harness::{Stage, noise};

/// What a party says first when all are connected; then its program begins.
const JOIN: Step = Step { sequence: 1, operation: Operation::new("join") };

#[test]
fn garbage_instead_of_a_greeting_is_named() -> Result<()> {
    victim_of(
        async |peer| peer.write(&noise(1, 4096)).await,
        "party 1 does not speak the protocol of crypten",
    )
}

#[test]
fn garbage_is_named() -> Result<()> {
    victim_of(
        async |peer| {
            peer.greet().await?;
            peer.write(&message(JOIN, vec![1, 2, 3, 4])).await?;
            peer.write(&noise(2, 4096)).await
        },
        "party 1 announced a message of",
    )
}

#[test]
fn an_oversized_length_is_named() -> Result<()> {
    let mut header = message(JOIN, vec![]);
    header[HEADER_BYTES - 8..].copy_from_slice(&u64::MAX.to_le_bytes());
    victim_of(
        async |peer| {
            peer.greet().await?;
            peer.write(&header).await
        },
        "party 1 announced a message of 18446744073709551615 words",
    )
}

#[test]
fn half_a_message_is_named() -> Result<()> {
    victim_of(
        async |peer| {
            peer.greet().await?;
            peer.write(&message(JOIN, vec![1, 2, 3, 4])[..HEADER_BYTES + 8]).await?;
            peer.finish()
        },
        "party 1 sent bytes that are no message",
    )
}

#[test]
fn a_message_of_another_length_is_named() -> Result<()> {
    victim_of(
        async |peer| {
            peer.greet().await?;
            peer.write(&message(JOIN, vec![1, 2, 3])).await
        },
        "at step 1 (join), party 1 sent 3 words instead of 4",
    )
}

#[test]
fn silence_is_named() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    stage.edit(0, |config| config.deadline_seconds = 3.0)?;
    let victim = stage.start(0, "--program relu")?;
    attack(&stage.config(0)?, &stage.config(1)?, async |peer| peer.greet().await)?;
    victim.end()?.failed(&["party 1 sent nothing for 3s"]);
    Ok(())
}

#[test]
fn a_stranger_is_turned_away_and_does_not_matter() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    let elsewhere = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    let first = stage.start(0, "--rounds 3")?;
    let stranger = attack(&stage.config(0)?, &elsewhere.config(1)?, async |peer| peer.greet().await);
    assert!(stranger.is_err(), "a stranger was greeted");
    let second = stage.start(1, "--rounds 3")?;
    first.end()?.succeeded();
    second.end()?.succeeded();
    Ok(())
}

#[test]
fn a_hostile_datagram_flood_does_not_matter() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    let target = stage.config(0)?.listen;
    let nowhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut nodes = stage.start_all("--program relu --rounds 20")?;
    for node in &mut nodes {
        node.hear("ready")?;
    }
    for round in 1..=20 {
        for number in 50 * (round - 1)..50 * round {
            nowhere.send_to(&datagram(number), target)?;
        }
        nodes[0].hear(&format!("round {round}:"))?;
    }
    for node in nodes {
        node.end()?.succeeded();
    }
    Ok(())
}

/// Any bytes; every other one begins like the first packet of a connection.
fn datagram(number: u64) -> Vec<u8> {
    const INITIAL: [u8; 5] = [0xC0, 0, 0, 0, 1];
    let mut bytes = noise(number, 1200 + usize::from(number as u8));
    if number.is_multiple_of(2) {
        bytes[..INITIAL.len()].copy_from_slice(&INITIAL);
    }
    bytes
}

/// Party 0 of two, with a party 1 that does `what`, ends with an error that says `reason`.
fn victim_of(what: impl AsyncFnOnce(&mut Raw) -> Result<()>, reason: &str) -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    let victim = stage.start(0, "--program relu")?;
    attack(&stage.config(0)?, &stage.config(1)?, what)?;
    victim.end()?.failed(&[reason]);
    Ok(())
}

/// A message as it travels.
fn message(step: Step, words: Vec<u64>) -> Vec<u8> {
    let message = Message::new(step, words);
    [&message.header()[..], message.payload().as_ref()].concat()
}
