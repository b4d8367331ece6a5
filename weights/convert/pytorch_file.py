"""pytorch_file.py -- a PyTorch state_dict: c1.weight, c1.bias, c3, c5, f6, output, as lenet5_pytorch.py names them.

Read are any names, if there are just LeNet-5's five layers, in order: those of a module of somebody else's.
Chiffre's metadata travels in the state_dict's own `_metadata`, where loading a module looks for versions alone.
"""

import collections
import io
import pickle

import numpy as np

from files import read_bytes, write_atomically
from lenet5 import LAYERS, Failure, checked, names, text

METADATA = "chiffre"  # beside the version of the outermost module


def read(path):
    import torch

    data = read_bytes(path)
    try:
        found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, EOFError, KeyError, OSError, pickle.UnpicklingError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Failure(f"{path}: expected a state_dict saved by torch.save, found none: {reason}") from None
    for wrapper in ("state_dict", "model_state_dict", "model"):  # checkpoints hold the optimizer's beside it
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise Failure(f"{path}: expected a state_dict, names with their tensors, found {type(found).__name__}")
    metadata = getattr(found, "_metadata", {}).get("", {}).get(METADATA, {})
    tensors = {
        name: value.detach().to(torch.float32).numpy() for name, value in found.items() if value.is_floating_point()
    }
    if not set(tensors) & set(names()):
        tensors = renamed(path, tensors)
    if tensors.get("c5.weight", np.empty(0)).shape == (120, 16, 5, 5):  # C5 as a convolution of the whole of S4
        tensors["c5.weight"] = tensors["c5.weight"].reshape(120, 400)
    note = "" if metadata else "a state_dict does not say so, but tanh and 2x2 mean pooling are expected"
    return checked(path, tensors, metadata, note)


def renamed(path, tensors):
    """Somebody else's names, by their order."""
    theirs = [name.removesuffix(".weight") for name in tensors if name.endswith(".weight")]
    others = [name for name in tensors if not name.endswith((".weight", ".bias"))]
    if len(theirs) != len(LAYERS) or others:
        found = ", ".join(f"{name} {text(value.shape)}" for name, value in tensors.items())
        raise Failure(f"{path}: expected the weights of LeNet-5's five layers, found {found or 'none'}")
    result = {}
    for layer, name in zip(LAYERS, theirs):
        weight = tensors[name + ".weight"]
        if weight.shape != LAYERS[layer] and not (layer == "c5" and weight.shape == (120, 16, 5, 5)):
            raise Failure(
                f"{path}: {name}.weight: expected {layer}'s shape {text(LAYERS[layer])}, found {text(weight.shape)}"
            )
        result[layer + ".weight"] = weight
        result[layer + ".bias"] = tensors.get(name + ".bias", np.zeros(len(weight), np.float32))
    return result


def write(path, network):
    import torch

    state = collections.OrderedDict((name, torch.from_numpy(network.tensors[name].copy())) for name in names())
    version = {"version": 1}
    state._metadata = collections.OrderedDict({"": version | {METADATA: dict(network.metadata)}})
    state._metadata.update((layer, dict(version)) for layer in LAYERS)
    data = io.BytesIO()
    torch.save(state, data)
    write_atomically(path, data.getvalue())
