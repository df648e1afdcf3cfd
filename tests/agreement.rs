//! Parties that run the same program all end well, with the same results.

use anyhow::{Context, Result};
use crypten::ProviderKind;

use crate::harness::{End, Node, Stage};

#[test]
fn two_parties_agree_over_quic() -> Result<()> {
    agree(2, ProviderKind::Dealer, "relu")?;
    agree(2, ProviderKind::InsecureFirstParty, "matmul")
}

#[test]
fn three_parties_agree_over_quic() -> Result<()> {
    agree(3, ProviderKind::Dealer, "matmul")?;
    agree(3, ProviderKind::InsecureFirstParty, "relu")
}

#[test]
fn three_parties_agree_without_a_dealer() -> Result<()> {
    agree(3, ProviderKind::Replicated, "matmul")?;
    agree(3, ProviderKind::Replicated, "relu")
}

#[test]
fn five_parties_agree_over_quic() -> Result<()> {
    agree(5, ProviderKind::Dealer, "relu")?;
    agree(5, ProviderKind::Dealer, "matmul")
}

#[test]
fn nodes_may_start_in_any_order() -> Result<()> {
    let stage = Stage::new(3, ProviderKind::Dealer)?;
    let start = |rank| stage.start(rank, "--rounds 1");
    for node in [3, 1, 0, 2].map(start) {
        node?.end()?.succeeded();
    }
    Ok(())
}

/// Three rounds; each party has compared its results with those of the same program in the clear.
fn agree(parties: usize, provider: ProviderKind, program: &str) -> Result<()> {
    let stage = Stage::new(parties, provider)?;
    let nodes = stage.start_all(&format!("--program {program} --rounds 3"))?;
    let ends: Vec<End> = nodes.into_iter().map(Node::end).collect::<Result<_>>()?;
    for end in &ends {
        end.succeeded();
    }
    let first = ends.first().context("party 0 was started")?;
    assert_eq!(first.lines.len(), 5, "{first:?}");
    for party in &ends[..parties] {
        assert_eq!(party.lines, first.lines);
    }
    Ok(())
}
