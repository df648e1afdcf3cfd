//! The accuracy and the costs that `src/function.rs` states, measured: the table is read from there.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/parties.rs"]
mod parties;

use crypten_ring::{Prg, RingTensor, Scale, Seed};
use crypten_shares::reciprocal::Sign;
use crypten_shares::{
    ArithmeticShare, Error, Party, ProviderKind, Stats, bounded, exponential, logarithm, reciprocal, reveal,
    root, softmax, trigonometry,
};
use ndarray::{ArrayD, Axis};
use parties::{Setting, parties, share};

/// A line of the table.
#[derive(Debug)]
struct Row {
    name: String,
    low: f64,
    high: f64,
    absolute: f64,
    relative: f64,
    rounds: u64,
    bytes: f64,
}

/// A number as the table writes it: `2^-6` is a power.
fn number(text: &str) -> f64 {
    match text.trim_start_matches('-').split_once('^') {
        Some((base, exponent)) => {
            let power = base.parse::<f64>().unwrap().powf(exponent.parse().unwrap());
            if text.starts_with('-') { -power } else { power }
        }
        None => text.parse().unwrap(),
    }
}

fn table() -> Vec<Row> {
    let lines = include_str!("../src/function.rs").lines().filter(|line| line.starts_with("//! | `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches(['/', '!', ' ', '|']).split('|').map(str::trim).collect();
        let (low, high) = cells[1].split_once(" to ").unwrap();
        Row {
            name: cells[0].trim_matches('`').to_owned(),
            low: number(low),
            high: number(high),
            absolute: number(cells[2]),
            relative: number(cells[3]),
            rounds: cells[4].parse().unwrap(),
            bytes: number(cells[5]),
        }
    };
    lines.map(row).collect()
}

const SETTING: Setting = Setting { parties: 2, provider: ProviderKind::InsecureFirstParty, quic: false };

/// Points that cover a domain: its ends, evenly spread ones, and ones spread evenly over the powers of two.
fn points(low: f64, high: f64) -> Vec<f64> {
    const COUNT: usize = 4096;
    let words = Prg::new(&Seed::from_words([5; 4]), 0).tensor(&[3, COUNT]);
    let random: Vec<f64> = words.words().iter().map(|&word| word as f64 / 2.0_f64.powi(64)).collect();
    let mut points = vec![low, high, 0.0, 1.0, -1.0, 0.5, 65536.0_f64.recip(), -65536.0_f64.recip()];
    points.extend(random[..COUNT].iter().map(|x| low + x * (high - low)));
    for (x, sign) in random[COUNT..2 * COUNT].iter().zip(&random[2 * COUNT..]) {
        let magnitude = 2.0_f64.powf(x * (16.0 + low.abs().max(high.abs()).log2()) - 16.0);
        points.push(if *sign < 0.5 { -magnitude } else { magnitude });
    }
    // What the tensor holds is the nearest multiple of a unit.
    let rounded = points.into_iter().map(|x| (x * 65536.0).round() / 65536.0);
    rounded.filter(|x| (low..=high).contains(x)).collect()
}

/// What a protocol makes of numbers, and its cost to each of two parties.
fn measured(
    x: &ArrayD<f64>,
    protocol: impl AsyncFn(&mut Party, &ArithmeticShare) -> Result<ArithmeticShare, Error> + Sync,
) -> (ArrayD<f64>, Stats) {
    let words = Scale::default().encode(&x.view()).unwrap();
    let mut results = parties(SETTING, async |party| {
        let x = share(party, &words).await;
        let before = party.stats();
        let result = protocol(party, &x).await.unwrap();
        let spent = party.stats() - before;
        (reveal::reveal(party, &result).await.unwrap(), spent)
    });
    let (opened, spent): (RingTensor, _) = results.remove(0);
    (Scale::default().decode(&opened), spent)
}

fn evaluated(name: &str, x: &ArrayD<f64>) -> (ArrayD<f64>, Stats) {
    measured(x, async |party, x| {
        let scale = Scale::default();
        match name {
            "exp" => exponential::exp(party, x, scale).await,
            "reciprocal" => reciprocal::reciprocal(party, x, scale, Sign::Any).await,
            "reciprocal of positive" => reciprocal::reciprocal(party, x, scale, Sign::Positive).await,
            "sqrt" => root::sqrt(party, x, scale).await,
            "inv_sqrt" => root::inv_sqrt(party, x, scale).await,
            "log" => logarithm::log(party, x, scale).await,
            "sigmoid" => bounded::sigmoid(party, x, scale).await,
            "tanh" => bounded::tanh(party, x, scale).await,
            "erf" => bounded::erf(party, x, scale).await,
            "gelu" => bounded::gelu(party, x, scale).await,
            "silu" => bounded::silu(party, x, scale).await,
            "sin" => trigonometry::sin(party, x, scale).await,
            "cos" => trigonometry::cos(party, x, scale).await,
            _ => panic!("{name} is not known to this test"),
        }
    })
}

fn plain(name: &str, x: f64) -> f64 {
    match name {
        "exp" => x.exp(),
        "reciprocal" | "reciprocal of positive" => 1.0 / x,
        "sqrt" => x.sqrt(),
        "inv_sqrt" => 1.0 / x.sqrt(),
        "log" => x.ln(),
        "sigmoid" => 1.0 / (1.0 + (-x).exp()),
        "tanh" => x.tanh(),
        "erf" => libm::erf(x),
        "gelu" => 0.5 * x * (1.0 + libm::erf(x / 2.0_f64.sqrt())),
        "silu" => x / (1.0 + (-x).exp()),
        "sin" => x.sin(),
        "cos" => x.cos(),
        _ => panic!("{name} is not known to this test"),
    }
}

#[test]
fn functions_are_as_accurate_and_as_cheap_as_their_table_says() {
    let table = table();
    assert_eq!(table.len(), 15, "rows of the table");
    let mut complaints = Vec::new();
    for row in table {
        let points = points(row.low, row.high);
        let x = ArrayD::from_shape_vec(vec![points.len()], points).unwrap();
        let (found, _) = evaluated(&row.name, &x);
        let mut worst = (0.0, 0.0, 0.0);
        for (&x, &found) in x.iter().zip(&found) {
            let expected = plain(&row.name, x);
            let allowed = row.absolute.max(row.relative * expected.abs());
            let share = (found - expected).abs() / allowed;
            // A result that is no number is the worst.
            if share > worst.0 || share.is_nan() {
                worst = (share, x, found - expected);
            }
        }
        println!("{row:?}: {:.2} of the stated error at {}, {:e}", worst.0, worst.1, worst.2);
        if worst.0 > 1.0 || worst.0.is_nan() {
            complaints.push(format!("{} is off by {:e} at {}", row.name, worst.2, worst.1));
        }
        // Costs by a number of elements that fills whole units.
        let x = ArrayD::from_elem(vec![16, 256], 1.0);
        let (_, spent) = evaluated(&row.name, &x);
        let bytes = spent.bytes_sent as f64 / x.len() as f64;
        if (spent.rounds, bytes) != (row.rounds, row.bytes) {
            complaints.push(format!("{} costs {} rounds and {bytes} bytes", row.name, spent.rounds));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn softmax_and_its_logarithm_are_accurate_and_cheap() {
    for (entries, rounds) in [(10, 28), (100, 36)] {
        let words = Prg::new(&Seed::from_words([6; 4]), 0).tensor(&[64, entries]);
        let spread = |(i, &word): (usize, &u64)| {
            let range = [1.0, 10.0, 100.0, 0.001][i / entries % 4];
            (word as f64 / 2.0_f64.powi(63) - 1.0) * range
        };
        let values = words.words().iter().enumerate().map(spread).collect();
        let x: ArrayD<f64> = ArrayD::from_shape_vec(vec![64, entries], values).unwrap();
        let max = x.fold_axis(Axis(1), f64::NEG_INFINITY, |a, &b| a.max(b)).insert_axis(Axis(1));
        let shifted = &x - &max;
        let sum = shifted.mapv(f64::exp).sum_axis(Axis(1)).insert_axis(Axis(1));
        let logarithm = &shifted - &sum.mapv(f64::ln);
        let (found, spent) =
            measured(&x, async |party, x| softmax::softmax(party, x, -1, Scale::default()).await);
        let error = (&found - &logarithm.mapv(f64::exp)).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
        println!("softmax over {entries}: {error:e}, {} rounds", spent.rounds);
        assert!(error < 1e-4 && spent.rounds == rounds, "{error} in {} rounds", spent.rounds);
        let (found, spent) =
            measured(&x, async |party, x| softmax::log_softmax(party, x, 1, Scale::default()).await);
        let error = (&found - &logarithm).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
        println!("log_softmax over {entries}: {error:e}, {} rounds", spent.rounds);
        assert!(error < 2e-4 && spent.rounds == rounds - 5, "{error} in {} rounds", spent.rounds);
    }
}
