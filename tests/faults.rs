//! A node that dies is named by all others, who end in time.

use anyhow::{Context, Result};
use crypten::ProviderKind;

use crate::harness::Stage;

#[test]
fn a_killed_party_is_named_by_all_others() -> Result<()> {
    let stage = Stage::new(3, ProviderKind::InsecureFirstParty)?;
    let mut nodes = stage.start_all("--program relu")?;
    for node in &mut nodes {
        node.hear("ready")?;
        node.hear("round 3:")?;
    }
    nodes.pop().context("party 2 was started")?.kill()?;
    for survivor in nodes {
        // Either its own connection was lost, or the other survivor was quicker and told it.
        survivor.end()?.failed(&["party 2 was lost"]);
    }
    Ok(())
}

#[test]
fn a_killed_first_party_is_named_by_all_others() -> Result<()> {
    let stage = Stage::new(3, ProviderKind::InsecureFirstParty)?;
    let mut nodes = stage.start_all("--program matmul")?;
    for node in &mut nodes {
        node.hear("round 3:")?;
    }
    nodes.remove(0).kill()?;
    for survivor in nodes {
        survivor.end()?.failed(&["party 0 was lost"]);
    }
    Ok(())
}

#[test]
fn a_dealer_that_dies_is_named() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::Dealer)?;
    let mut nodes = stage.start_all("--program relu")?;
    let dealer = nodes.pop().context("the dealer was started")?;
    for party in &mut nodes {
        party.hear("ready")?;
        party.hear("round 3:")?;
    }
    dealer.kill()?;
    for party in nodes {
        // The dealer's rank is 2. Party 0 misses its corrections, and tells party 1, who expects none.
        party.end()?.failed(&["party 2 was lost"]);
    }
    Ok(())
}
