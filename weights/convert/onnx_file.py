"""onnx_file.py -- an ONNX model: "tiles", uint8 (n, 32, 32), ink 255 on 0, to "logits", float (n, 10), for any n.

The scaling of the input is part of the graph, so that nobody has to know it.
"""

import numpy as np

from files import write_atomically
from lenet5 import INPUT_BIAS, INPUT_SCALE, names

OPSET, IR_VERSION = 17, 8  # every ONNX Runtime since 2022 reads them


def write(path, network):
    from onnx import TensorProto, checker, helper, numpy_helper

    constants = {name: network.tensors[name] for name in names()}
    constants |= {"input_scale": np.array(INPUT_SCALE), "input_bias": np.array(INPUT_BIAS)}
    constants["picture"] = np.array([-1, 1, 32, 32], np.int64)
    nodes = []

    def then(kind, *inputs, output="", **attributes):
        before = nodes[-1].output[0] if nodes else "tiles"
        nodes.append(helper.make_node(kind, [before, *inputs], [output or f"x{len(nodes)}"], **attributes))

    then("Cast", to=TensorProto.FLOAT)
    then("Mul", "input_scale")
    then("Add", "input_bias")
    then("Reshape", "picture")
    for layer in ("c1", "c3"):
        then("Conv", layer + ".weight", layer + ".bias", kernel_shape=[5, 5])
        then("Tanh")
        then("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    then("Flatten")
    for layer in ("c5", "f6"):
        then("Gemm", layer + ".weight", layer + ".bias", transB=1)
        then("Tanh")
    then("Gemm", "output.weight", "output.bias", transB=1, output="logits")

    tiles = helper.make_tensor_value_info("tiles", TensorProto.UINT8, ("n", 32, 32))
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("n", 10))
    values = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "lenet5", [tiles], [logits], values)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="chiffre")
    helper.set_model_props(model, network.metadata)
    checker.check_model(model, full_check=True)
    write_atomically(path, model.SerializeToString())
