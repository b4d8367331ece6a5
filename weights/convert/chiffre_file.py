"""chiffre_file.py -- Chiffre's weights, a safetensors file: length of the header, header in JSON, numbers."""

import json

import numpy as np

from files import read_bytes, write_atomically
from lenet5 import Failure, checked, names, shape_of


def read(path):
    data = read_bytes(path)
    start = 8 + int.from_bytes(data[:8], "little")
    if len(data) < 8 or len(data) < start:
        raise Failure(f"{path}: expected a safetensors file, found {len(data)} bytes that are none or the start of one")
    try:
        header = json.loads(data[8:start])
        metadata = header.pop("__metadata__", {})
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        if end != len(data) - start:
            raise Failure(f"{path}: expected {end} bytes of numbers, found {len(data) - start}")
        tensors = {}
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            if entry["dtype"] != "F32":
                raise Failure(f"{path}: tensor {name}: expected F32, found {entry['dtype']}")
            tensors[name] = np.frombuffer(data[start + first : start + last], "<f4").reshape(entry["shape"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Failure(f"{path}: expected a safetensors file, found damage: {error}") from None
    return checked(path, tensors, metadata)


def write(path, network):
    """As src/weights.cpp writes them: tensors in the order of the network, keys of the header sorted."""
    header, end = {}, 0
    for name in names():
        first, end = end, end + network.tensors[name].nbytes
        header[name] = {"data_offsets": [first, end], "dtype": "F32", "shape": list(shape_of(name))}
    if network.metadata:
        header["__metadata__"] = dict(network.metadata)
    head = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    head += b" " * (-len(head) % 8)
    numbers = b"".join(network.tensors[name].astype("<f4").tobytes() for name in names())
    write_atomically(path, len(head).to_bytes(8, "little") + head + numbers)
