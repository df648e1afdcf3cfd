"""Writes golden.json: inputs, outputs and gradients of operations as PyTorch computes them.

Run it with an interpreter that has torch: `python make.py`. The JSON names the versions that wrote it. Each case has
a name, which the test in `golden.rs` knows how to compute, its inputs, the output, the gradient that the output is
given, and the gradients of the inputs (null where PyTorch has none).
"""

import json
import pathlib
import platform

import numpy
import torch
import torch.nn.functional as F

torch.manual_seed(20261122)
CASES = []


def tensor(shape, low=-2.0, high=2.0):
    values = low + (high - low) * torch.rand(shape, dtype=torch.float64)
    return values.round(decimals=4).requires_grad_(True)


def written(x):
    return {"shape": list(x.shape), "values": [round(value, 9) for value in x.detach().reshape(-1).tolist()]}


def case(name, function, *inputs):
    output = function(*inputs)
    gradient = torch.rand(output.shape, dtype=torch.float64) * 2 - 0.7
    gradient = gradient.round(decimals=4)
    gradients = torch.autograd.grad(output, inputs, gradient, allow_unused=True)
    CASES.append(
        {
            "name": name,
            "inputs": [written(x) for x in inputs],
            "output": written(output),
            "gradient": written(gradient),
            "gradients": [None if g is None else written(g) for g in gradients],
        }
    )


# arithmetic, with broadcasting
case("add", lambda x, y: x + y, tensor((2, 1, 3)), tensor((4, 1)))
case("sub", lambda x, y: x - y, tensor((3,)), tensor((2, 3)))
case("rsub", lambda x: 2 - x, tensor((2, 3)))
case("mul", lambda x, y: x * y, tensor((2, 1, 3)), tensor((4, 1)))
case("div", lambda x, y: x / y, tensor((2, 3)), tensor((3,), 0.5, 2))
case("rdiv", lambda x: 2 / x, tensor((2, 3), 0.5, 2))
case("neg", lambda x: -x, tensor((2, 3)))
case("square", torch.square, tensor((2, 3)))
case("pow5", lambda x: x**5, tensor((2, 3)))
case("pow_minus_2", lambda x: x**-2, tensor((2, 3), 0.5, 2))
case("pos_pow", lambda x, p: x**p, tensor((2, 3), 0.5, 2), tensor((3,)))
case("polynomial", lambda x, c: c[0] * x + c[1] * x**2 + c[2] * x**3, tensor((2, 3)), tensor((3,)))
# functions
for name in ["exp", "sigmoid", "tanh", "erf", "sin", "cos", "abs", "sign", "relu"]:
    case(name, getattr(torch, name), tensor((3, 4), -3, 3))
for name in ["log", "sqrt", "reciprocal"]:
    case(name, getattr(torch, name), tensor((3, 4), 0.2, 4))
case("inv_sqrt", torch.rsqrt, tensor((3, 4), 0.2, 4))
case("gelu", F.gelu, tensor((3, 4), -3, 3))
case("silu", F.silu, tensor((3, 4), -3, 3))
case("softplus", F.softplus, tensor((3, 4), -3, 3))
case("leaky_relu", lambda x: F.leaky_relu(x, 0.1), tensor((3, 4), -3, 3))
case("relu6", F.relu6, tensor((3, 4), -9, 9))
case("hardtanh", lambda x: F.hardtanh(x, -0.5, 1.5), tensor((3, 4), -3, 3))
case("softmax", lambda x: F.softmax(x, 1), tensor((2, 4, 3)))
case("log_softmax", lambda x: F.log_softmax(x, -1), tensor((2, 4, 3)))
case("where_cond", lambda x, y: torch.where(x > 0, x, y), tensor((2, 3)), tensor((3,)))
# products
case("matmul", torch.matmul, tensor((2, 1, 3, 2)), tensor((4, 2, 3)))
case("matmul_vector", torch.matmul, tensor((3,)), tensor((2, 3, 4)))
case("dot", torch.dot, tensor((4,)), tensor((4,)))
case("outer", torch.outer, tensor((3,)), tensor((4,)))
case("linear", F.linear, tensor((2, 3)), tensor((4, 3)), tensor((4,)))
case("conv1d", lambda x, k, b: F.conv1d(x, k, b, 2, 1, 2), tensor((2, 3, 9)), tensor((4, 3, 3)), tensor((4,)))
case(
    "conv2d",
    lambda x, k, b: F.conv2d(x, k, b, (2, 1), (1, 2), (1, 2), 2),
    tensor((2, 4, 5, 6)),
    tensor((6, 2, 3, 2)),
    tensor((6,)),
)
case(
    "conv_transpose1d",
    lambda x, k: F.conv_transpose1d(x, k, None, 2, 1, 1),
    tensor((2, 3, 5)),
    tensor((3, 2, 3)),
)
case(
    "conv_transpose2d",
    lambda x, k, b: F.conv_transpose2d(x, k, b, (2, 3), (1, 1), (1, 2), 2, (2, 1)),
    tensor((2, 4, 3, 2)),
    tensor((4, 2, 3, 2)),
    tensor((4,)),
)
# pooling
case("avg_pool2d", lambda x: F.avg_pool2d(x, (3, 2), (2, 1), (1, 1), True), tensor((2, 2, 6, 5)))
case("max_pool2d", lambda x: F.max_pool2d(x, (3, 2), (2, 1), (1, 1), (1, 2), True), tensor((2, 2, 6, 5)))
case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (3, None)), tensor((2, 2, 5, 7)))
case("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (3, 2)), tensor((2, 2, 5, 7)))
# reductions
case("sum", lambda x: x.sum((0, 2)), tensor((2, 3, 4)))
case("mean", lambda x: x.mean((0, 2), keepdim=True), tensor((2, 3, 4)))
case("var", lambda x: x.var((0, 2)), tensor((2, 3, 4)))
case("std", lambda x: x.std(1, unbiased=False), tensor((2, 3, 4)))
case("cumsum", lambda x: x.cumsum(1), tensor((2, 3, 4)))
case("trace", torch.trace, tensor((4, 3)))
case("prod", lambda x: x.prod(1), tensor((2, 5)))
case("max", lambda x: x.max(1).values, tensor((2, 3, 4)))
case("min", lambda x: x.min(-1).values, tensor((2, 3, 4)))
case("norm1", lambda x: x.norm(1, 1), tensor((2, 3)))
case("norm2", lambda x: x.norm(2, 1), tensor((2, 3)))
case("norm3", lambda x: x.norm(3, 1), tensor((2, 3)))
case("norm_infinity", lambda x: x.norm(float("inf"), 1), tensor((2, 3)))
case("cosine_similarity", lambda x, y: F.cosine_similarity(x, y, 1), tensor((2, 3)), tensor((2, 3)))
# shapes and positions
case("reshape", lambda x: x.reshape(4, -1), tensor((2, 2, 3)))
case("permute", lambda x: x.permute(2, 0, 1), tensor((2, 3, 4)))
case("flip", lambda x: x.flip(0, 2), tensor((2, 3, 4)))
case("roll", lambda x: x.roll((2, -7), (1, 2)), tensor((2, 3, 4)))
case("expand", lambda x: x.expand(2, 3, 4), tensor((3, 1)))
case("repeat", lambda x: x.repeat(2, 1, 3), tensor((2, 3)))
case("slice", lambda x: x[1:, ::2, -1], tensor((3, 5, 2)))
case("pad", lambda x: F.pad(x, (1, 0, 0, 2), value=0.5), tensor((2, 3, 2)))
case("unfold", lambda x: x.unfold(1, 3, 2), tensor((2, 7, 2)))
case("cat", lambda x, y: torch.cat((x, y, x), 1), tensor((2, 1)), tensor((2, 3)))
case("stack", lambda x, y: torch.stack((x, y), 1), tensor((2, 3)), tensor((2, 3)))
case("index_select", lambda x: x.index_select(1, torch.tensor([3, 0, 3])), tensor((2, 4)))
case("index_add", lambda x, y: x.index_add(1, torch.tensor([3, 0, 3]), y), tensor((2, 4)), tensor((2, 3)))
INDEX = torch.tensor([[0, 2, 1], [2, 2, 0]])
case("gather", lambda x: x.gather(0, INDEX), tensor((3, 4)))
case("scatter_add", lambda x, y: x.scatter_add(0, INDEX, y), tensor((3, 4)), tensor((2, 3)))
case("scatter", lambda x, y: x.scatter(1, torch.tensor([[0, 2], [3, 1]]), y), tensor((3, 4)), tensor((2, 2)))
case("tril", lambda x: x.tril(-1), tensor((3, 4)))
case("diag", lambda x: x.diag(-1), tensor((3,)))
# normalisation
case(
    "batchnorm",
    lambda x, w, b: F.batch_norm(x, None, None, w, b, True, eps=0.01),
    tensor((3, 2, 2, 2)),
    tensor((2,)),
    tensor((2,)),
)
case(
    "layer_norm",
    lambda x, w, b: F.layer_norm(x, (2, 4), w, b, 0.01),
    tensor((3, 2, 4)),
    tensor((2, 4)),
    tensor((2, 4)),
)
case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b, 0.01), tensor((2, 4, 3)), tensor((4,)), tensor((4,)))
case("instance_norm", lambda x, w: F.instance_norm(x, weight=w, eps=0.01), tensor((2, 3, 4)), tensor((3,)))
# losses
case(
    "cross_entropy",
    lambda x, t: F.cross_entropy(x, F.softmax(t, 1)),
    tensor((3, 4)),
    tensor((3, 4)),
)
case("binary_cross_entropy", F.binary_cross_entropy, tensor((3, 2), 0.1, 0.9), tensor((3, 2), 0.1, 0.9))
case(
    "binary_cross_entropy_with_logits",
    F.binary_cross_entropy_with_logits,
    tensor((3, 2), -3, 3),
    tensor((3, 2), 0, 1),
)

VERSIONS = {"python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__}
FILE = pathlib.Path(__file__).with_name("golden.json")
LINES = ",\n".join(json.dumps(case) for case in CASES)
FILE.write_text('{"versions": ' + json.dumps(VERSIONS) + ', "cases": [\n' + LINES + "\n]}\n")
print(f"{len(CASES)} cases in {FILE}")
