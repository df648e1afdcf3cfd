//! Small programs, one for every operation that can be differentiated, with the error that values and gradients may
//! have at 16 fractional bits.

use crypten_ring::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Pool1d, Pool2d};
use ndarray::{array, s};

use super::Row;
use crate::{BatchNorm, Engine, Norm, Var};

/// What one unit of rounding here and there makes: 1e-3 is 65 units.
const TYPICAL: f64 = 1e-3;
/// Where a function with an error of its own, 1e-4, is multiplied by others and summed.
const SUMMED: f64 = 2e-3;
/// Where a logarithm is multiplied and exponentiated, or roots of small numbers are divided by.
const STEEP: f64 = 6e-3;

macro_rules! rows {
    ($($name:literal [$($shape:expr),*] $low:literal..$high:literal, $off:expr, |$x:ident| $body:expr;)*) => {
        vec![$(Row {
            name: $name,
            shapes: vec![$($shape.to_vec()),*],
            range: [$low, $high],
            off: $off,
            plain: |$x| $body,
            program: |$x| $body,
        }),*]
    };
}

/// Sums, products, quotients, powers, and what is made of them.
#[must_use]
pub fn arithmetic<E: Engine>() -> Vec<Row<E>> {
    rows! {
        "add" [[2, 3], [3]] -2.0..2.0, TYPICAL, |x| x[0].add(&x[1]);
        "sub" [[3], [2, 1]] -2.0..2.0, TYPICAL, |x| x[0].sub(&x[1]);
        "neg" [[3]] -2.0..2.0, TYPICAL, |x| x[0].neg();
        "numbers" [[3]] -2.0..2.0, TYPICAL, |x| (0.3 - x[0].mul(1.7)?.div(3.0)?)? + 2;
        "mul" [[2, 3], [2, 1]] -2.0..2.0, TYPICAL, |x| x[0].mul(&x[1]);
        "mul_mask" [[2, 3], [2, 3]] -2.0..2.0, TYPICAL, |x| x[0].mul_mask(&x[1].gt(0.0)?)?.add(&x[1]);
        "div" [[2, 3], [3]] 0.5..2.0, TYPICAL, |x| x[0].div(&x[1]);
        "reciprocal" [[3]] -2.0..-0.5, TYPICAL, |x| x[0].reciprocal();
        "reciprocal_of_positive" [[3]] 0.5..2.0, TYPICAL, |x| x[0].reciprocal_of_positive();
        "square" [[3]] -2.0..2.0, TYPICAL, |x| x[0].square();
        "pow" [[3]] -1.5..1.5, TYPICAL, |x| x[0].pow(5);
        "negative pow" [[3]] 0.7..1.5, SUMMED, |x| x[0].pow(-2);
        "pos_pow" [[3], [3]] 0.5..1.5, STEEP, |x| x[0].pos_pow(&x[1]);
        "polynomial" [[3], [4]] -1.0..1.0, TYPICAL, |x| x[0].polynomial(&x[1]);
        "prod" [[2, 4]] 0.5..1.5, TYPICAL, |x| x[0].prod(1);
        "matmul" [[2, 3], [3, 2]] -2.0..2.0, TYPICAL, |x| x[0].matmul(&x[1]);
        "batches of matmul" [[2, 2, 3], [3, 2]] -2.0..2.0, TYPICAL, |x| x[0].matmul(&x[1]);
        "matmul twice" [[2, 2], [2, 2]] -2.0..2.0, TYPICAL, |x| x[0].matmul(&x[1])?.matmul(&x[0]);
        "linear" [[4, 3], [2, 3], [2]] -2.0..2.0, TYPICAL, |x| x[0].linear(&x[1], Some(&x[2]));
        "outer" [[3], [2]] -2.0..2.0, TYPICAL, |x| x[0].outer(&x[1]);
        "sum" [[2, 3, 2]] -2.0..2.0, TYPICAL, |x| x[0].sum([0, 2]);
        "mean" [[2, 3, 2]] -2.0..2.0, TYPICAL, |x| x[0].mean(1)?.add(&x[0].mean_all()?);
        "var" [[2, 3, 2]] -2.0..2.0, TYPICAL, |x| x[0].var([0, 2], true);
        "std" [[4, 3]] -2.0..2.0, TYPICAL, |x| x[0].std(0, false);
        "cumsum" [[2, 3]] -2.0..2.0, TYPICAL, |x| x[0].cumsum(1);
        "trace" [[3, 3]] -2.0..2.0, TYPICAL, |x| x[0].trace();
        "norm 1" [[2, 3]] 0.5..2.0, TYPICAL, |x| x[0].norm(Norm::One, 1);
        "norm 2" [[2, 3]] 0.5..2.0, TYPICAL, |x| x[0].norm(Norm::Two, 1);
        "norm 3" [[2, 3]] 0.5..1.5, STEEP, |x| x[0].norm(Norm::P(3.0), 1);
        "normalize" [[2, 3]] 0.5..2.0, TYPICAL, |x| x[0].normalize(Norm::Two, -1);
        "cosine_similarity" [[2, 3], [2, 3]] 0.5..2.0, TYPICAL, |x| x[0].cosine_similarity(&x[1], 1);
        "cross_entropy" [[3, 4], [3, 4]] -2.0..2.0, SUMMED, |x| x[0].cross_entropy(&x[1].softmax(1)?);
        "binary_cross_entropy" [[4], [4]] 0.2..0.8, STEEP, |x| x[0].binary_cross_entropy(&x[1]);
        "binary_cross_entropy_with_logits" [[4], [4]] -3.0..3.0, TYPICAL, |x| {
            x[0].binary_cross_entropy_with_logits(&x[1])
        };
        "rappor_loss" [[4]] -2.0..2.0, STEEP, |x| x[0].rappor_loss(&x[0].detach().gt(0.0)?, 0.8, None);
    }
}

/// Functions of numbers, comparisons, the largest of several, normalisation.
#[must_use]
pub fn functions<E: Engine>() -> Vec<Row<E>> {
    rows! {
        "exp" [[4]] -2.0..2.0, TYPICAL, |x| x[0].exp();
        "log" [[4]] 0.5..4.0, TYPICAL, |x| x[0].log();
        "sqrt" [[4]] 0.5..4.0, TYPICAL, |x| x[0].sqrt();
        // The reciprocal is off by 3e-5, which alone would be 0.3 in the root.
        "large sqrt" [[4]] 9000.0..12000.0, TYPICAL, |x| x[0].sqrt();
        "inv_sqrt" [[4]] 0.5..4.0, TYPICAL, |x| x[0].inv_sqrt();
        "sigmoid" [[4]] -6.0..6.0, TYPICAL, |x| x[0].sigmoid();
        "tanh" [[4]] -3.0..3.0, TYPICAL, |x| x[0].tanh();
        "erf" [[4]] -2.0..2.0, TYPICAL, |x| x[0].erf();
        "gelu" [[4]] -3.0..3.0, TYPICAL, |x| x[0].gelu();
        "silu" [[4]] -3.0..3.0, TYPICAL, |x| x[0].silu();
        "softplus" [[4]] -3.0..3.0, TYPICAL, |x| x[0].softplus();
        "sin" [[4]] -3.0..3.0, TYPICAL, |x| x[0].sin();
        "cos" [[4]] -3.0..3.0, TYPICAL, |x| x[0].cos();
        "cossin" [[4]] -3.0..3.0, TYPICAL, |x| { let (cosine, sine) = x[0].cossin()?; cosine.add(&sine.mul(2)?) };
        "relu" [[4, 5]] -2.0..2.0, TYPICAL, |x| x[0].relu();
        "relu of a product" [[3, 4], [4, 2]] -2.0..2.0, TYPICAL, |x| x[0].matmul(&x[1])?.relu()?.square();
        "leaky_relu" [[6]] -2.0..2.0, TYPICAL, |x| x[0].leaky_relu(0.2);
        "relu6" [[6]] -9.0..9.0, TYPICAL, |x| x[0].relu6();
        "clamp" [[6]] -2.0..2.0, TYPICAL, |x| x[0].clamp(-0.7, 1.1);
        "clamp of a product" [[6], [6]] -2.0..2.0, TYPICAL, |x| x[0].mul(&x[1])?.clamp(-0.7, 1.1);
        "crossed clamp" [[6]] -2.0..2.0, TYPICAL, |x| x[0].clamp(3.0, -3.0);
        "abs" [[6]] -2.0..2.0, TYPICAL, |x| x[0].abs()?.add(&x[0].sign()?);
        "abs of a product" [[6], [6]] -2.0..2.0, TYPICAL, |x| x[0].mul(&x[1])?.abs();
        "comparisons" [[6], [6]] -2.0..2.0, TYPICAL, |x| {
            x[0].add(&x[0].lt(&x[1])?)?.add(&x[0].ge(&x[1])?.mul(2)?)?.sub(&x[1].ne(&x[0])?)
        };
        "where_cond" [[2, 3], [3]] -2.0..2.0, TYPICAL, |x| x[0].gt(0.0)?.where_cond(&x[0].mul(&x[1])?, &x[1]);
        "masked_fill" [[2, 3]] -2.0..2.0, TYPICAL, |x| x[0].masked_fill(&x[0].lt(0.0)?, 7.5);
        "max" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].max(1);
        "min" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].min_keepdim(0);
        "max of one" [[3, 1]] -2.0..2.0, TYPICAL, |x| x[0].max(1);
        "max_all" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].max_all();
        "argmax_one_hot" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].mul_mask(&x[0].argmax_one_hot(1)?);
        "argmax" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].mul(x[0].argmax(1)?.unsqueeze(1)?);
        "softmax" [[2, 4]] -2.0..2.0, TYPICAL, |x| x[0].softmax(1);
        "log_softmax" [[2, 4]] -2.0..2.0, TYPICAL, |x| x[0].log_softmax(0);
        "batchnorm" [[4, 2, 3], [2], [2]] -2.0..2.0, SUMMED, |x| {
            let options = BatchNorm { training: true, ..BatchNorm::default() };
            Ok(x[0].batchnorm(Some(&x[1]), Some(&x[2]), None, None, options)?.0)
        };
        "layer_norm" [[4, 6], [6]] -2.0..2.0, SUMMED, |x| x[0].layer_norm(&[6], Some(&x[1]), None, 1e-5);
        "group_norm" [[2, 4, 3], [4]] -2.0..2.0, SUMMED, |x| x[0].group_norm(2, Some(&x[1]), None, 1e-5);
    }
}

/// What moves elements.
#[must_use]
pub fn shapes<E: Engine>() -> Vec<Row<E>> {
    rows! {
        "reshape" [[2, 3]] -2.0..2.0, TYPICAL, |x| x[0].reshape(&[3, -1])?.unsqueeze(0)?.flatten(1);
        "permute" [[2, 3, 2]] -2.0..2.0, TYPICAL, |x| x[0].permute(&[2, 0, 1]);
        "flip" [[2, 3]] -2.0..2.0, TYPICAL, |x| x[0].flip([0, 1]);
        "expand" [[2, 1]] -2.0..2.0, TYPICAL, |x| x[0].expand(&[4, 2, 3]);
        "repeat" [[2, 1]] -2.0..2.0, TYPICAL, |x| x[0].repeat(&[2, 3]);
        "narrow" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].narrow(1, 1, 3);
        "slice" [[3, 5]] -2.0..2.0, TYPICAL, |x| x[0].slice(s![1.., ..;-2]);
        "split" [[2, 5]] -2.0..2.0, TYPICAL, |x| { let parts = x[0].split(2, 1)?; parts[0].mul(&parts[1]) };
        "pad" [[2, 3]] -2.0..2.0, TYPICAL, |x| x[0].pad(&[(1, 2), (0, 1)], 0.7);
        "pad of a product" [[2, 3], [3]] -2.0..2.0, TYPICAL, |x| x[0].mul(&x[1])?.pad(&[(1, 0)], 0.7);
        "unfold" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].unfold(1, 3, 2);
        "roll" [[2, 5]] -2.0..2.0, TYPICAL, |x| x[0].roll(&[1, -2], &[0, 1]);
        "cat" [[2, 3], [1, 3]] -2.0..2.0, TYPICAL, |x| Var::cat(&[&x[0], &x[1], &x[0]], 0);
        "cat of bits, products and others" [[2, 3], [2, 3]] -2.0..2.0, TYPICAL, |x| {
            Var::cat(&[&x[0].mul(&x[1])?, &x[0].gt(0.0)?, &x[1]], 1)
        };
        "stack" [[3], [3]] -2.0..2.0, TYPICAL, |x| Var::stack(&[&x[0], &x[1]], 1);
        "index_select" [[2, 4]] -2.0..2.0, TYPICAL, |x| x[0].index_select(1, &[2, 0, 2]);
        "index_add" [[2, 4], [2, 3]] -2.0..2.0, TYPICAL, |x| x[0].index_add(1, &[2, 0, 2], &x[1]);
        "take" [[2, 4]] -2.0..2.0, TYPICAL, |x| x[0].take(&array![7, 0, 0]);
        "gather" [[2, 3]] -2.0..2.0, TYPICAL, |x| x[0].gather(1, &array![[2, 0], [1, 1]]);
        "scatter_add" [[2, 3], [2, 2]] -2.0..2.0, TYPICAL, |x| x[0].scatter_add(1, &array![[2, 0], [1, 1]], &x[1]);
        "scatter" [[2, 3], [2, 2]] -2.0..2.0, TYPICAL, |x| x[0].scatter(1, &array![[2, 0], [1, 1]], &x[1]);
        "set_slice" [[2, 3], [2]] -2.0..2.0, TYPICAL, |x| x[0].set_slice(s![.., 1], &x[1]);
        "tril" [[3, 3]] -2.0..2.0, TYPICAL, |x| x[0].tril(0)?.add(&x[0].triu(1)?.mul(2)?);
        "diag" [[3]] -2.0..2.0, TYPICAL, |x| x[0].diag(1);
    }
}

/// Convolutions and pooling.
#[must_use]
pub fn images<E: Engine>() -> Vec<Row<E>> {
    const STEPS: Conv2d = Conv2d { stride: [2, 3], padding: [1, 0], dilation: [1, 2], groups: 2 };
    const BACK: ConvTranspose2d = ConvTranspose2d {
        stride: [2, 1],
        padding: [1, 0],
        output_padding: [1, 0],
        dilation: [1, 2],
        groups: 2,
    };
    const UNEVEN: Pool2d =
        Pool2d { kernel: [3, 2], stride: [2, 1], padding: [1, 1], dilation: [1, 2], ceil_mode: true };
    rows! {
        "conv2d" [[2, 2, 4, 5], [3, 2, 3, 2]] -1.0..1.0, TYPICAL, |x| x[0].conv2d(&x[1], None, Conv2d::padded(1));
        "conv2d in steps" [[2, 4, 6, 7], [4, 2, 3, 2], [4]] -1.0..1.0, TYPICAL, |x| {
            x[0].conv2d(&x[1], Some(&x[2]), STEPS)
        };
        "conv1d" [[2, 2, 6], [3, 2, 3]] -1.0..1.0, TYPICAL, |x| {
            x[0].conv1d(&x[1], None, Conv1d { stride: 2, padding: 1, ..Conv1d::default() })
        };
        "conv_transpose2d" [[2, 4, 3, 4], [4, 3, 2, 2]] -1.0..1.0, TYPICAL, |x| {
            x[0].conv_transpose2d(&x[1], None, BACK)
        };
        "conv_transpose1d" [[2, 2, 4], [2, 3, 3]] -1.0..1.0, TYPICAL, |x| {
            x[0].conv_transpose1d(&x[1], None, ConvTranspose1d::default())
        };
        "avg_pool2d" [[2, 4, 6]] -2.0..2.0, TYPICAL, |x| x[0].avg_pool2d(Pool2d::square(2));
        "uneven avg_pool2d" [[2, 6, 5]] -2.0..2.0, TYPICAL, |x| x[0].avg_pool2d(UNEVEN);
        "adaptive_avg_pool2d" [[2, 5, 7]] -2.0..2.0, TYPICAL, |x| x[0].adaptive_avg_pool2d([Some(3), None]);
        "max_pool2d" [[2, 4, 6]] -2.0..2.0, TYPICAL, |x| x[0].max_pool2d(Pool2d::square(2));
        "uneven max_pool2d" [[2, 6, 5]] -2.0..2.0, TYPICAL, |x| x[0].max_pool2d(UNEVEN);
        "max_pool1d" [[2, 7]] -2.0..2.0, TYPICAL, |x| x[0].max_pool1d(Pool1d::new(3));
        "adaptive_max_pool2d" [[2, 5, 7]] -2.0..2.0, TYPICAL, |x| x[0].adaptive_max_pool2d([Some(3), Some(2)]);
    }
}
