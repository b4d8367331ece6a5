"""lenet5.py -- the network that every format is converted to and from: names, shapes, and what C1 sees of a byte.

The same as src/lenet5.h says, which Python cannot read.
"""

import dataclasses

import numpy as np

# Weights are (out, in, ky, kx) or (out, in); C5's inputs are S4's maps in (c, h, w) order.
LAYERS = {
    "c1": (6, 1, 5, 5),
    "c3": (16, 6, 5, 5),
    "c5": (120, 400),
    "f6": (84, 120),
    "output": (10, 84),
}
INPUT_SCALE = np.float32(1.275) / np.float32(255)  # C1 sees of byte b: b * INPUT_SCALE + INPUT_BIAS
INPUT_BIAS = np.float32(-0.1)


class Failure(Exception):
    """One line for the user, and the exit status: 2 usage, 3 weights missing or damaged, 5 output not written."""

    def __init__(self, line, status=3):
        super().__init__(line)
        self.status = status


@dataclasses.dataclass
class Network:
    tensors: dict  # "c1.weight", "c1.bias", ... -> float32 array in the shapes above
    metadata: dict = dataclasses.field(default_factory=dict)  # text by name
    note: str = ""  # for the user: what the file does not say and was taken for granted


def names():
    return [f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias")]


def shape_of(name):
    layer, kind = name.split(".")
    return LAYERS[layer] if kind == "weight" else LAYERS[layer][:1]


def text(shape):
    return "[" + ",".join(map(str, shape)) + "]"


def checked(path, tensors, metadata=None, note=""):
    """The network, after a look at every name, shape and value."""
    for name in tensors:
        if name not in names():
            raise Failure(f"{path}: expected the tensors of LeNet-5, found an unknown tensor {name}")
    result = {}
    for name in names():
        if name not in tensors:
            raise Failure(f"{path}: tensor {name}: expected shape {text(shape_of(name))}, found no such tensor")
        value = np.asarray(tensors[name])
        if value.shape != shape_of(name):
            raise Failure(f"{path}: tensor {name}: expected shape {text(shape_of(name))}, found {text(value.shape)}")
        if value.dtype.kind != "f":
            raise Failure(f"{path}: tensor {name}: expected floating point numbers, found {value.dtype}")
        with np.errstate(over="ignore"):
            value = value.astype("<f4")
        if not np.isfinite(value).all():
            raise Failure(f"{path}: tensor {name}: expected finite values, found {value[~np.isfinite(value)][0]}")
        result[name] = np.ascontiguousarray(value)
    return Network(result, metadata or {}, note)


def with_input(network, scale, bias):
    """The network for Chiffre's input, of one that was trained to see `byte * scale + bias`.

    Exact but for rounding: C1 has no padding, so that every output has all its weights times the same constant."""
    if np.float32(scale) == INPUT_SCALE and np.float32(bias) == INPUT_BIAS:
        return network
    weight = network.tensors["c1.weight"].astype(np.float64)
    folded = weight * (scale / float(INPUT_SCALE))
    constant = bias * weight.sum(axis=(1, 2, 3)) - float(INPUT_BIAS) * folded.sum(axis=(1, 2, 3))
    tensors = network.tensors | {
        "c1.weight": folded.astype(np.float32),
        "c1.bias": (network.tensors["c1.bias"] + constant).astype(np.float32),
    }
    return dataclasses.replace(network, tensors=tensors)
