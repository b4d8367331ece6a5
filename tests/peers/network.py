"""network.py -- LeNet-5's weights, the tiles of `bench`, and an independent reference in float64."""

import json
from pathlib import Path

import numpy as np

INPUT_SCALE, INPUT_BIAS = 1.275 / 255, -0.1  # src/lenet5.h
LARGEST_DIFFERENCE = {"fp32": 1e-4, "tf32": 2e-2, "fp16": 2e-2}  # of a probability, from the reference's
CHECKED_TILES = 256  # of each batch, the first and the last among them


class Disagreement(Exception):
    """A contestant does not compute the same network."""


def read_safetensors(path):
    """name -> float32 array"""
    data = Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        assert entry["dtype"] == "F32", f"{path}: expected F32, found {entry['dtype']}"
        tensors[name] = np.frombuffer(data[start + first : start + last], "<f4").reshape(entry["shape"])
    assert sum(t.size for t in tensors.values()) == 61706, f"{path}: expected the 61,706 parameters of LeNet-5"
    return tensors


def folded(weights):
    """The same network for plain bytes: C1 has no padding, so that the scaling of its input can go into it exactly."""
    w = weights["c1.weight"].astype(np.float64)
    bias = weights["c1.bias"] + INPUT_BIAS * w.sum(axis=(1, 2, 3))
    return weights | {"c1.weight": (w * INPUT_SCALE).astype(np.float32), "c1.bias": bias.astype(np.float32)}


def made_tiles(n):
    """(n, 1, 32, 32) uint8: made_tiles of src/bench/contestants.cpp, which is xorshift64 (Marsaglia 2003) from 1.

    A step is linear over GF(2), so that m states give the next m by one linear map, and m can double."""

    def step(x):
        x = x ^ (x << np.uint64(13))
        x = x ^ (x >> np.uint64(7))
        return x ^ (x << np.uint64(17))

    def apply(images, x):  # the linear map that takes bit i to images[i], by tables for the eight bytes
        y = np.zeros_like(x)
        for byte in range(8):
            table = np.zeros(256, np.uint64)
            for bit in range(8):
                table[1 << bit : 2 << bit] = table[: 1 << bit] ^ images[8 * byte + bit]
            y ^= table[(x >> np.uint64(8 * byte)) & np.uint64(255)]
        return y

    states, images = step(np.ones(1, np.uint64)), step(np.uint64(1) << np.arange(64, dtype=np.uint64))
    while states.size < n * 128:
        states = np.concatenate([states, apply(images, states)])
        images = apply(images, images)
    return states[: n * 128].astype("<u8").view(np.uint8).reshape(n, 1, 32, 32)


def probabilities(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def reference(weights, tiles):
    """Probabilities in float64, by numpy alone."""

    def convolution(x, name):
        windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(2, 3))  # (n, c, h, w, ky, kx)
        y = np.tensordot(windows, weights[name + ".weight"].astype(np.float64), ([1, 4, 5], [1, 2, 3]))
        return np.tanh(y + weights[name + ".bias"]).transpose(0, 3, 1, 2)

    def pooling(x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))

    def dense(x, name):
        return x @ weights[name + ".weight"].astype(np.float64).T + weights[name + ".bias"]

    x = tiles * INPUT_SCALE + INPUT_BIAS
    x = pooling(convolution(pooling(convolution(x, "c1")), "c3")).reshape(len(tiles), 400)
    return probabilities(dense(np.tanh(dense(np.tanh(dense(x, "c5")), "f6")), "output"))


class Checker:
    """The tiles, and what the reference gives for some of each batch."""

    def __init__(self, weights, batches):
        self.tiles = made_tiles(max(batches, default=0))
        self.picked = {n: np.unique(np.linspace(0, n - 1, CHECKED_TILES).astype(int)) for n in batches}
        self.expected = {n: reference(weights, self.tiles[i]) for n, i in self.picked.items()}

    def check(self, contestant, precision, batch, logits):
        found = probabilities(np.asarray(logits, np.float64)[self.picked[batch]])
        difference = np.abs(found - self.expected[batch]).max()
        if logits.shape != (batch, 10) or not difference <= LARGEST_DIFFERENCE[precision]:  # also where it is no number
            raise Disagreement(
                f"{contestant}, batch {batch}: expected the reference's probabilities within "
                f"{LARGEST_DIFFERENCE[precision]:g}, found a difference of {difference:.3g}"
            )
