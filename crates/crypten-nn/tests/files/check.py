"""Loads written.safetensors, which crypten-nn has written, into PyTorch, and prints what the network makes of an input.

Run it with an interpreter that has torch and safetensors: `python check.py`. The test in `files.rs` knows the numbers
that it prints, and writes the same file again, byte by byte.
"""

import pathlib

from safetensors.torch import load_file

from network import Network

HERE = pathlib.Path(__file__).parent

network = Network()
network.load_state_dict(load_file(HERE / "written.safetensors"), strict=True)
x = load_file(HERE / "golden.safetensors")["input"]
print(network.double().eval()(x).tolist())
