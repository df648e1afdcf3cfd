//! Operations and their gradients against PyTorch's, which `golden/make.py` has written down with its version.

use crypten_autograd::{
    BatchNorm, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Error, Norm, Plain, PlainTensor, Pool2d, Var,
};
use ndarray::{ArrayD, array, s};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    inputs: Vec<Tensor>,
    output: Tensor,
    gradient: Tensor,
    gradients: Vec<Option<Tensor>>,
}

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Tensor {
    fn tensor(&self) -> PlainTensor {
        ArrayD::from_shape_vec(self.shape.clone(), self.values.clone()).expect("as many values").into_shared()
    }
}

#[test]
fn operations_and_gradients_are_those_of_pytorch() {
    let golden: Golden = serde_json::from_str(include_str!("golden/golden.json")).unwrap();
    assert!(golden.cases.len() > 80);
    for case in &golden.cases {
        let engine = Plain::default();
        let inputs: Vec<Var<Plain>> =
            case.inputs.iter().map(|input| Var::leaf(&engine, input.tensor())).collect();
        let output = compute(&case.name, &inputs).unwrap();
        close(&case.name, "output", &output.value(), &case.output.tensor());
        if output.needs_grad() {
            output.backward_with(&case.gradient.tensor()).unwrap();
        }
        for (input, expected) in inputs.iter().zip(&case.gradients) {
            let zeros = || ArrayD::zeros(input.shape()).into_shared();
            let expected = expected.as_ref().map_or_else(zeros, Tensor::tensor);
            close(&case.name, "gradient", &input.grad().unwrap_or_else(zeros), &expected);
        }
    }
}

fn close(name: &str, what: &str, found: &PlainTensor, expected: &PlainTensor) {
    assert_eq!(found.shape(), expected.shape(), "shape of the {what} of {name}");
    for (found, expected) in found.iter().zip(expected) {
        let off = (found - expected).abs();
        assert!(off <= 1e-5 * (1.0 + expected.abs()), "{what} of {name}: {found}, not {expected}");
    }
}

/// What the case of a name computes; the sections are those of `make.py`.
fn compute(name: &str, x: &[Var<Plain>]) -> Result<Var<Plain>, Error> {
    let first = &x[0];
    let pool = Pool2d { kernel: [3, 2], stride: [2, 1], padding: [1, 1], dilation: [1, 1], ceil_mode: true };
    match name {
        "add" => first + &x[1],
        "sub" => first - &x[1],
        "rsub" => 2 - first,
        "mul" => first * &x[1],
        "div" => first / &x[1],
        "rdiv" => 2 / first,
        "neg" => -first,
        "square" => first.square(),
        "pow5" => first.pow(5),
        "pow_minus_2" => first.pow(-2),
        "pos_pow" => first.pos_pow(&x[1]),
        "polynomial" => first.polynomial(&x[1]),

        "exp" => first.exp(),
        "sigmoid" => first.sigmoid(),
        "tanh" => first.tanh(),
        "erf" => first.erf(),
        "sin" => first.sin(),
        "cos" => first.cos(),
        "abs" => first.abs(),
        "sign" => first.sign(),
        "relu" => first.relu(),
        "log" => first.log(),
        "sqrt" => first.sqrt(),
        "reciprocal" => first.reciprocal(),
        "inv_sqrt" => first.inv_sqrt(),
        "gelu" => first.gelu(),
        "silu" => first.silu(),
        "softplus" => first.softplus(),
        "leaky_relu" => first.leaky_relu(0.1),
        "relu6" => first.relu6(),
        "hardtanh" => first.hardtanh(-0.5, 1.5),
        "softmax" => first.softmax(1),
        "log_softmax" => first.log_softmax(-1),
        "where_cond" => first.gt(0)?.where_cond(first, &x[1]),

        "matmul" | "matmul_vector" => first.matmul(&x[1]),
        "dot" => first.dot(&x[1]),
        "outer" => first.outer(&x[1]),
        "linear" => first.linear(&x[1], Some(&x[2])),
        "conv1d" => {
            let geometry = Conv1d { stride: 2, padding: 1, dilation: 2, groups: 1 };
            first.conv1d(&x[1], Some(&x[2]), geometry)
        }
        "conv2d" => {
            let geometry = Conv2d { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 };
            first.conv2d(&x[1], Some(&x[2]), geometry)
        }
        "conv_transpose1d" => {
            let geometry = ConvTranspose1d { stride: 2, padding: 1, output_padding: 1, ..Default::default() };
            first.conv_transpose1d(&x[1], None, geometry)
        }
        "conv_transpose2d" => {
            let (stride, padding, output_padding, dilation) = ([2, 3], [1, 1], [1, 2], [2, 1]);
            let geometry = ConvTranspose2d { stride, padding, output_padding, dilation, groups: 2 };
            first.conv_transpose2d(&x[1], Some(&x[2]), geometry)
        }

        "avg_pool2d" => first.avg_pool2d(pool),
        "max_pool2d" => first.max_pool2d(Pool2d { dilation: [1, 2], ..pool }),
        "adaptive_avg_pool2d" => first.adaptive_avg_pool2d([Some(3), None]),
        "adaptive_max_pool2d" => first.adaptive_max_pool2d([Some(3), Some(2)]),

        "sum" => first.sum([0, 2]),
        "mean" => first.mean_keepdim([0, 2]),
        "var" => first.var([0, 2], true),
        "std" => first.std(1, false),
        "cumsum" => first.cumsum(1),
        "trace" => first.trace(),
        "prod" => first.prod(1),
        "max" => first.max(1),
        "min" => first.min(-1),
        "norm1" => first.norm(Norm::One, 1),
        "norm2" => first.norm(Norm::Two, 1),
        "norm3" => first.norm(Norm::P(3.0), 1),
        "norm_infinity" => first.norm(Norm::Infinity, 1),
        "cosine_similarity" => first.cosine_similarity(&x[1], 1),

        "reshape" => first.reshape(&[4, -1]),
        "permute" => first.permute(&[2, 0, 1]),
        "flip" => first.flip([0, 2]),
        "roll" => first.roll(&[2, -7], &[1, 2]),
        "expand" => first.expand(&[2, 3, 4]),
        "repeat" => first.repeat(&[2, 1, 3]),
        "slice" => first.slice(s![1.., ..;2, -1]),
        "pad" => first.pad(&[(1, 0), (0, 2)], 0.5),
        "unfold" => first.unfold(1, 3, 2),
        "cat" => Var::cat(&[first, &x[1], first], 1),
        "stack" => Var::stack(&[first, &x[1]], 1),
        "index_select" => first.index_select(1, &[3, 0, 3]),
        "index_add" => first.index_add(1, &[3, 0, 3], &x[1]),
        "gather" => first.gather(0, &array![[0, 2, 1], [2, 2, 0]]),
        "scatter_add" => first.scatter_add(0, &array![[0, 2, 1], [2, 2, 0]], &x[1]),
        "scatter" => first.scatter(1, &array![[0, 2], [3, 1]], &x[1]),
        "tril" => first.tril(-1),
        "diag" => first.diag(-1),

        "batchnorm" => {
            let options = BatchNorm { training: true, eps: 0.01, momentum: 0.1 };
            Ok(first.batchnorm(Some(&x[1]), Some(&x[2]), None, None, options)?.0)
        }
        "layer_norm" => first.layer_norm(&[2, 4], Some(&x[1]), Some(&x[2]), 0.01),
        "group_norm" => first.group_norm(2, Some(&x[1]), Some(&x[2]), 0.01),
        "instance_norm" => first.instance_norm(Some(&x[1]), None, 0.01),

        "cross_entropy" => first.cross_entropy(&x[1].softmax(1)?),
        "binary_cross_entropy" => first.binary_cross_entropy(&x[1]),
        "binary_cross_entropy_with_logits" => first.binary_cross_entropy_with_logits(&x[1]),
        _ => panic!("no operation is called {name}"),
    }
}
