#!/usr/bin/env python3
"""Records what PyTorch computes for LeNet-5 in float64: logits, activations and gradients, in pytorch_reference.json.

Weights and tiles come from a formula that tests/lenet5_reference.h computes too, so they need not be stored.
Usage: make_pytorch_reference.py > pytorch_reference.json      (needs torch, any version with float64 on the CPU)
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

TILES = 4
SAMPLES = 8  # values recorded of every map and of every gradient, beside their sums

SHAPES = [  # name, shape of the weights, number of biases
    ("c1", (6, 1, 5, 5), 6),
    ("c3", (16, 6, 5, 5), 16),
    ("c5", (120, 400), 120),
    ("f6", (84, 120), 84),
    ("output", (10, 84), 10),
]


def hash32(i):
    """A well-mixed 32-bit number for each index."""
    h = (np.asarray(i, dtype=np.uint64) * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    return h ^ (h >> 13)


def parameters():
    """Uniform in +-2 / sqrt(fan in) for weights, in +-0.5 for biases; rounded to float32, because engines are given those."""
    tensors, offset = {}, 0
    for name, shape, biases in SHAPES:
        fan_in = int(np.prod(shape[1:]))
        for part, size, bound in (("weight", shape, 2 / np.sqrt(fan_in)), ("bias", (biases,), 0.5)):
            index = np.arange(offset, offset + int(np.prod(size)))
            values = ((hash32(index) / 2**31 - 1) * bound).astype(np.float32).astype(np.float64)
            tensors[f"{name}.{part}"] = torch.tensor(values.reshape(size), requires_grad=True)
            offset += index.size
    assert offset == 61706
    return tensors


def tiles():
    index = np.arange(TILES * 1024) + 1_000_000
    pixels = (hash32(index) >> 24).astype(np.float64).reshape(TILES, 1, 32, 32)
    scale, bias = np.float64(np.float32(1.275) / np.float32(255)), np.float64(np.float32(-0.1))
    return torch.tensor(pixels * scale + bias)


def forward(x, p):
    maps = {}
    maps["c1"] = torch.tanh(F.conv2d(x, p["c1.weight"], p["c1.bias"]))
    maps["s2"] = F.avg_pool2d(maps["c1"], 2)
    maps["c3"] = torch.tanh(F.conv2d(maps["s2"], p["c3.weight"], p["c3.bias"]))
    maps["s4"] = F.avg_pool2d(maps["c3"], 2)
    maps["c5"] = torch.tanh(F.linear(maps["s4"].flatten(1), p["c5.weight"], p["c5.bias"]))
    maps["f6"] = torch.tanh(F.linear(maps["c5"], p["f6.weight"], p["f6.bias"]))
    maps["output"] = F.linear(maps["f6"], p["output.weight"], p["output.bias"])
    return maps


def record(values):
    """Sums over all values, plain and alternating in sign, and some values by index."""
    flat = values.detach().flatten().numpy()
    picked = [int(i) for i in np.linspace(0, flat.size - 1, SAMPLES)]
    alternating = np.where(np.arange(flat.size) % 2 == 0, 1.0, -1.0)
    return {
        "sum": float(flat.sum()),
        "alternating": float((flat * alternating).sum()),
        "samples": [[i, float(flat[i])] for i in picked],
    }


def main():
    p = parameters()
    maps = forward(tiles(), p)
    labels = torch.arange(TILES) * 3 % 10
    loss = F.cross_entropy(maps["output"], labels, reduction="sum")
    loss.backward()
    reference = {
        "torch": torch.__version__,
        "tiles": TILES,
        "labels": labels.tolist(),
        "loss": loss.item(),
        "logits": maps["output"].tolist(),
        "maps": {name: record(values[-1]) for name, values in maps.items()},  # of the last tile
        "gradients": {name: record(values.grad) for name, values in p.items()},
    }
    json.dump(reference, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
