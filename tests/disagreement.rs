//! Nodes that were set up differently find out before they compute, and say in what they differ.

use anyhow::{Context, Result};
use crypten::ProviderKind;

use crate::harness::{End, Node, Stage};

const RELU: &str = "--program relu";

#[test]
fn another_precision_is_named() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    stage.edit(1, |config| config.precision = 20)?;
    both_name(&stage, "precision", ["16", "20"])
}

#[test]
fn another_provider_is_named() -> Result<()> {
    // The dealer is listed, but it is not there: who meets whom first does not matter then.
    let stage = Stage::new(2, ProviderKind::Dealer)?;
    stage.edit(1, |config| config.provider = Some(ProviderKind::InsecureFirstParty))?;
    both_name(&stage, "provider", ["dealer", "insecure-first-party"])
}

#[test]
fn replicated_sharing_is_for_three_parties() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::Replicated)?;
    for node in stage.start_all(RELU)? {
        node.end()?.failed(&["replicated sharing is for three parties; this session has 2"]);
    }
    Ok(())
}

#[test]
fn another_program_is_named() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    let nodes = [stage.start(0, RELU)?, stage.start(1, "--program matmul")?];
    let ends: Vec<End> = nodes.into_iter().map(Node::end).collect::<Result<_>>()?;
    // Whoever sees it first says where, and tells the other, who may not have seen it yet.
    let mut seen = 0;
    for (end, (peer, here, there)) in ends.iter().zip([(1, "sign", "matmul"), (0, "matmul", "sign")]) {
        if end.complaints.contains("the programs part: this party is at step") {
            seen += 1;
            end.failed(&[&format!("({here}), party {peer} at step"), &format!("({there})")]);
        } else {
            end.failed(&[&format!(
                "party {peer} stopped the session: party {} runs another program",
                1 - peer
            )]);
        }
    }
    assert_ne!(seen, 0, "{ends:?}");
    Ok(())
}

#[test]
fn a_wrong_certificate_is_named_by_two_parties() -> Result<()> {
    let stage = Stage::new(2, ProviderKind::InsecureFirstParty)?;
    stage.replace_identity(1)?;
    let nodes = [stage.start(0, RELU)?, stage.start(1, RELU)?];
    let [honest, impostor] = nodes.map(Node::end);
    honest?.failed(&["no connection to party 1 before the deadline; 1 strangers were turned away"]);
    impostor?.failed(&["party 0 refused this node's certificate"]);
    Ok(())
}

#[test]
fn a_wrong_certificate_is_named_by_three_parties() -> Result<()> {
    let stage = Stage::new(3, ProviderKind::InsecureFirstParty)?;
    stage.replace_identity(1)?;
    let shown = stage.config(1)?.nodes[1].fingerprint;
    // While party 0 is not there, the impostor waits for it, so party 2 meets the impostor for certain.
    let impostor = stage.start(1, RELU)?;
    stage
        .start(2, RELU)?
        .end()
        .context("party 2")?
        .failed(&["party 1 should show the certificate", &format!("but {shown} was shown")]);
    let first = stage.start(0, RELU)?;
    impostor.end()?.failed(&["party 0 refused this node's certificate"]);
    first.end()?.failed(&["no connection to party 1, party 2 before the deadline; 1 strangers"]);
    Ok(())
}

/// Both parties name the other, the term, and what each of them has; `values` are in rank order.
fn both_name(stage: &Stage, what: &str, values: [&str; 2]) -> Result<()> {
    let nodes = [stage.start(0, RELU)?, stage.start(1, RELU)?];
    let ends = nodes.map(Node::end).into_iter().enumerate();
    for (rank, end) in ends {
        let (peer, here, there) = (1 - rank, values[rank], values[1 - rank]);
        let reason = format!("party {peer} has another {what:?}: {there:?}, where this node has {here:?}");
        end?.failed(&[&reason]);
    }
    Ok(())
}
