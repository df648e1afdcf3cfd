//! What the ring kernels do on one core, beside ndarray's own product.
//!
//! `cargo run --release -p crypten-benches --bin kernels`
#![expect(clippy::print_stdout, reason = "a program that prints its measurements")]

use std::hint::black_box;
use std::time::Instant;

use crypten_ring::{Conv2d, Prg, RingTensor, Seed, UNIT, kernel_name, planes_of, vectorized};
use ndarray::Array2;

fn main() {
    let mut prg = Prg::new(&Seed::from_words([1, 2, 3, 4]), 0);
    println!("kernel {}", kernel_name());
    for (m, k, n) in
        [(1024, 1024, 1024), (512, 512, 512), (128, 3072, 768), (16, 8192, 150), (6, 576, 25), (1, 800, 500)]
    {
        let (a, b) = (prg.tensor(&[m, k]), prg.tensor(&[k, n]));
        let work = (m * k * n) as f64 / 1e9;
        let rate = work / seconds(work, || a.matmul(&b));
        println!("matmul {:22} {rate:7.2} G multiply-adds/s", format!("{m}x{k}x{n}"));
    }
    let plain = |tensor: RingTensor| {
        let shape = (tensor.shape()[0], tensor.shape()[1]);
        Array2::from_shape_vec(shape, tensor.words().iter().map(|&w| w as u32 as i64).collect())
            .expect("as many words as elements")
    };
    let (a, b) = (plain(prg.tensor(&[512, 512])), plain(prg.tensor(&[512, 512])));
    let work = 512.0 * 512.0 * 512.0 / 1e9;
    println!("ndarray dot, i64, 512         {:7.2} G multiply-adds/s", work / seconds(work, || a.dot(&b)));
    let (x, kernel) = (prg.tensor(&[1, 64, 56, 56]), prg.tensor(&[64, 64, 3, 3]));
    let work = 64.0 * 64.0 * 9.0 * 56.0 * 56.0 / 1e9;
    let rate = work / seconds(work, || x.conv2d(&kernel, Conv2d::padded(1)));
    println!("conv2d 64x56x56 by 64x3x3     {rate:7.2} G multiply-adds/s");
    let mut words = vec![0; 2048];
    let rate = 8.0 * 2048.0 / 1e9 / seconds(1e-4, || prg.fill(&mut words));
    println!("stream of ChaCha12            {rate:7.2} GB/s");
    let unit: [u64; UNIT] = prg.words(UNIT).try_into().expect("a unit of words");
    let time = seconds(1e-4, || vectorized(|| planes_of(black_box(&unit))));
    println!("bit planes                    {:7.2} ns an element", time * 1e9 / UNIT as f64);
}

/// Seconds of one call, the best of fifteen batches; `weight` grows with the work, so that a batch takes a while.
fn seconds<R>(weight: f64, mut work: impl FnMut() -> R) -> f64 {
    let repetitions = ((0.2 / weight) as usize).clamp(1, 20_000);
    let batch = |_| {
        let started = Instant::now();
        (0..repetitions).for_each(|_| drop(black_box(work())));
        started.elapsed().as_secs_f64() / repetitions as f64
    };
    (0..15).map(batch).fold(f64::MAX, f64::min)
}
