"""keras_file.py -- a Keras LeNet-5 in HDF5, weights alone or the whole model, of Keras 2 or 3; read without Keras.

Keras keeps kernels as (ky, kx, in, out), dense ones as (in, out), and flattens maps in (h, w, c) order.
"""

import json
import re

import numpy as np

from files import read_bytes
from lenet5 import LAYERS, Failure, checked, text

# What makes no difference to what a trained network computes.
IDLE = {"InputLayer", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"}
# The network as Keras spells it, activations apart; C5 may be a convolution of the whole of S4.
KINDS = {
    "Conv2D AveragePooling2D Conv2D AveragePooling2D Flatten Dense Dense Dense",
    "Conv2D AveragePooling2D Conv2D AveragePooling2D Conv2D Flatten Dense Dense",
}
LAST_ACTIVATIONS = ("linear", "softmax")


def read(path, byte_0_is_0=False):
    """byte_0_is_0: what the network was trained to see of byte 0 is 0, so that zero padding is a border of paper."""
    import h5py

    data = read_bytes(path)
    if data[:2] == b"PK":
        raise Failure(f"{path}: expected HDF5, found a .keras archive: save the model or its weights as .h5")
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
            if config is not None:
                check_architecture(path, json.loads(config), byte_0_is_0)
            layers = kernels_and_biases(path, file.get("model_weights", file))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise Failure(f"{path}: expected a Keras model in HDF5, found damage: {error}") from None
    note = "weights alone do not say so, but tanh, 2x2 mean pooling and channels last are expected"
    return checked(path, tensors_of(path, layers), note="" if config is not None else note)


# ---- architecture -------------------------------------------------------------------------------------------------


def check_architecture(path, model, byte_0_is_0):
    if model.get("class_name") not in ("Sequential", "Functional", "Model"):
        raise Failure(f"{path}: expected a Sequential or Functional model, found {model.get('class_name')}")
    config = model["config"]
    layers = config["layers"] if isinstance(config, dict) else config  # the first Sequential models were lists
    kinds, activations, border = [], [], 0
    for layer in layers:
        kind, settings = layer["class_name"], layer["config"]
        name = f"layer {settings.get('name', kind)}"
        if kind in IDLE:
            continue
        if kind in ("Activation", "Softmax"):
            if not activations or activations[-1] not in ("linear", None) or kinds[-1] == "AveragePooling2D":
                raise Failure(f"{path}: {name}: expected an activation after a layer with weights, found another")
            activations[-1] = activation_of(settings) if kind == "Activation" else "softmax"
            continue
        if kind == "ZeroPadding2D" and not kinds:
            border += padding_of(path, name, settings)
            continue
        if kind not in ("Conv2D", "AveragePooling2D", "Flatten", "Dense"):
            raise Failure(f"{path}: {name}: expected LeNet-5's layers, with mean pooling, found {kind}")
        check_layer(path, name, kind, settings, may_pad=not kinds)
        if kind == "Conv2D" and settings.get("padding") == "same":
            border += 2
        kinds.append(kind)
        if kind in ("Conv2D", "Dense"):
            activations.append(activation_of(settings))
    if " ".join(kinds) not in KINDS:
        raise Failure(f"{path}: expected {min(KINDS, key=len)}, found {' '.join(kinds) or 'no layer'}")
    if activations[:4] != ["tanh"] * 4 or activations[4] not in LAST_ACTIVATIONS:
        raise Failure(
            f"{path}: expected activations tanh tanh tanh tanh and softmax or linear, found {' '.join(activations)}"
        )
    check_input(path, layers, border, byte_0_is_0)


def activation_of(settings):
    found = settings.get("activation") or "linear"
    found = found.get("config", found) if isinstance(found, dict) else found
    return found if isinstance(found, str) else str(found.get("name", "unknown"))


def padding_of(path, name, settings):
    sides = set(np.ravel(settings["padding"]).tolist())
    if len(sides) != 1:
        raise Failure(f"{path}: {name}: expected the same padding at all four sides, found {settings['padding']}")
    return sides.pop()


def check_layer(path, name, kind, settings, may_pad):
    expected = {"data_format": "channels_last"}
    if kind == "Conv2D":
        expected |= {"kernel_size": (5, 5), "strides": (1, 1), "dilation_rate": (1, 1), "groups": 1}
    if kind == "AveragePooling2D":
        expected |= {"pool_size": (2, 2), "strides": (2, 2)}
    for key, value in expected.items():
        found = settings.get(key)
        found = tuple(found) if isinstance(found, list) else found
        if found is not None and found != value:
            raise Failure(f"{path}: {name}: expected {key} {value}, found {found}")
    padding = settings.get("padding", "valid")
    if kind == "Conv2D" and padding != "valid" and not (padding == "same" and may_pad):
        raise Failure(f"{path}: {name}: expected padding valid, found {padding}")


def check_input(path, layers, border, byte_0_is_0):
    """A 28x28 picture with a border of two zeros is a tile, whose border is bytes 0, if the network sees those as 0."""
    settings = layers[0]["config"]
    shape = settings.get("batch_shape") or settings.get("batch_input_shape")
    if shape is not None and tuple(shape[1:]) != (32 - 2 * border, 32 - 2 * border, 1):
        side = 32 - 2 * border
        raise Failure(f"{path}: expected an input of {text((side, side, 1))}, found {text(shape[1:])}")
    if border and not byte_0_is_0:
        raise Failure(f"{path}: expected --input-bias 0 where the model pads its input with zeros, found another")


# ---- weights ------------------------------------------------------------------------------------------------------


def kernels_and_biases(path, root):
    """(name, kernel, bias) of each layer that has weights, in the order of the network."""
    import h5py

    if "layer_names" in root.attrs:  # Keras 2, and Keras 3's whole models
        groups = [(as_text(name), root[as_text(name)]) for name in root.attrs["layer_names"]]
        listed = [
            (name, [as_text(entry) for entry in group.attrs.get("weight_names", [])], group) for name, group in groups
        ]
        found = [(name, [np.array(group[entry]) for entry in entries]) for name, entries, group in listed]
    else:  # Keras 3's weights: layers/conv2d_1/vars/0; numbered within a kind, so that the kinds are put in order
        folder = root.get("layers") or root.get("_layer_checkpoint_dependencies")
        if not isinstance(folder, h5py.Group):
            raise Failure(f"{path}: expected layers with weights, found the groups {' '.join(root) or '(none)'}")
        found = []
        for name in sorted(folder, key=natural):
            values = folder[name].get("vars", {})
            found.append((name, [np.array(values[index]) for index in sorted(values, key=int)]))
        found.sort(key=lambda entry: -entry[1][0].ndim if entry[1] else 0)
    layers = []
    for name, arrays in found:
        if arrays and (arrays[0].ndim not in (2, 4) or len(arrays) > 2):
            shapes = " ".join(text(array.shape) for array in arrays)
            raise Failure(f"{path}: layer {name}: expected a kernel and a bias, found {shapes}")
        if arrays:  # without a bias, it is 0
            layers.append(
                (name, arrays[0], arrays[1] if len(arrays) == 2 else np.zeros(arrays[0].shape[-1:], np.float32))
            )
    return layers


def as_text(name):
    return name.decode() if isinstance(name, bytes) else str(name)


def natural(name):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def tensors_of(path, layers):
    if len(layers) != len(LAYERS):
        found = ", ".join(f"{name} {text(kernel.shape)}" for name, kernel, _ in layers)
        raise Failure(f"{path}: expected {len(LAYERS)} layers with weights, found {len(layers)}: {found or 'none'}")
    tensors = {}
    for (layer, shape), (name, kernel, bias) in zip(LAYERS.items(), layers):
        expected = [shape[::-1] if len(shape) == 2 else (*shape[2:], shape[1], shape[0])]
        if layer == "c5":
            expected.append((5, 5, 16, 120))
        if kernel.shape not in expected or bias.shape != shape[:1]:
            found = f"{text(kernel.shape)} and {text(bias.shape)}"
            wanted = f"{text(expected[0])} and {text(shape[:1])}"
            raise Failure(f"{path}: layer {name}: expected {layer}'s kernel and bias {wanted}, found {found}")
        if layer == "c5":  # (h, w, c) in, whether as one axis or three
            kernel = kernel.reshape(5, 5, 16, 120)
        out_first = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
        tensors[layer + ".weight"] = kernel.transpose(out_first).reshape(shape)
        tensors[layer + ".bias"] = bias
    return tensors
