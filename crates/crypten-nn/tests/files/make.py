"""Writes network.safetensors and golden.safetensors with PyTorch.

Run it with an interpreter that has torch and safetensors: `python make.py`. The first file is the state of a network
that has seen three batches, as `save_file(model.state_dict(), ..)` writes it. The second one has an input and what the
network makes of it in evaluation, computed in 64 bits, and beside numbers of each type, called by its name in the
format, the same numbers in 64 bits. Its metadata name the versions that wrote both.
"""

import pathlib
import platform

import safetensors
import torch
from safetensors.torch import save_file

from network import Network

HERE = pathlib.Path(__file__).parent
TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}

torch.manual_seed(20261127)
network = Network()
for _ in range(3):
    network(torch.randn(5, 1, 8, 8) * 2 + 1)
save_file(network.state_dict(), HERE / "network.safetensors")

x = torch.randn(2, 1, 8, 8, dtype=torch.float64)
golden = {"input": x, "output": network.double().eval()(x).detach()}
for name, dtype in TYPES.items():
    if dtype.is_floating_point:
        limits = torch.finfo(dtype)
        corners = [limits.max, -limits.max, limits.tiny, -limits.smallest_normal, float("inf"), -float("inf")]
        # The smallest numbers of all have no leading one.
        corners += [limits.tiny * limits.eps, limits.tiny * limits.eps * 3, limits.tiny * (1 - limits.eps)]
        numbers = torch.cat([torch.tensor(corners, dtype=torch.float64), torch.randn(19, dtype=torch.float64)])
        numbers = torch.cat([numbers, torch.tensor([0.0, -0.0, 1.0, 1 + limits.eps])]).to(dtype)
    elif dtype == torch.bool:
        numbers = torch.tensor([True, False, False, True])
    else:
        limits = torch.iinfo(dtype)
        numbers = torch.tensor([limits.min, limits.max, 0, 1, 42, limits.min // 3], dtype=dtype)
    golden[name] = numbers.reshape(2, -1)
    golden[name + ".expected"] = golden[name].double().clone()
versions = {"torch": torch.__version__, "safetensors": safetensors.__version__, "python": platform.python_version()}
save_file(golden, HERE / "golden.safetensors", metadata=versions)
