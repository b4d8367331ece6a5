"""Converts the weights of LeNet-5 between Chiffre's files and those of other tools.

    python3 weights/convert keras-to-chiffre   in.h5           out.safetensors
    python3 weights/convert pytorch-to-chiffre in.pt           out.safetensors
    python3 weights/convert chiffre-to-pytorch in.safetensors  out.pt
    python3 weights/convert chiffre-to-onnx    in.safetensors  out.onnx

Each needs numpy, and the package of its format: h5py, torch or onnx (requirements.txt). Chiffre's network sees of a
byte b, paper 0 and ink 255: b * 1.275 / 255 - 0.1. Weights that were trained to see something else, say b / 255, are
folded: --input-scale 0.00392156862745098 --input-bias 0.

Exit status: 0; 2 for a wrong option or a missing package, 3 for weights that are missing, damaged or not LeNet-5's, 5
where the output could not be written.
"""

import argparse
import math
import sys


def parse_arguments(commands, words):
    parser = argparse.ArgumentParser(
        prog="convert", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in commands:
        source = command.split("-to-")[0]
        word = known.add_parser(command)
        word.add_argument("input", help={"keras": "*.h5", "pytorch": "*.pt", "chiffre": "*.safetensors"}[source])
        word.add_argument("output")
        if source != "chiffre":
            what = "the network was trained to see byte * A + B; default: what Chiffre's sees"
            word.add_argument("--input-scale", metavar="A", type=float, help=what)
            word.add_argument("--input-bias", metavar="B", type=float)
    args = parser.parse_args(words)
    scale, bias = getattr(args, "input_scale", None), getattr(args, "input_bias", None)
    if (scale is None) != (bias is None):
        parser.error("expected both of --input-scale and --input-bias, or neither, found one")
    if scale is not None and not (math.isfinite(scale) and math.isfinite(bias) and scale != 0):
        parser.error(f"expected a finite --input-scale, not 0, and a finite --input-bias, found {scale} and {bias}")
    return args


def convert(args):
    import chiffre_file
    import keras_file
    import lenet5
    import onnx_file
    import pytorch_file

    source, target = args.command.split("-to-")
    if source == "keras":
        network = keras_file.read(args.input, byte_0_is_0=args.input_bias == 0)
    else:
        network = {"pytorch": pytorch_file, "chiffre": chiffre_file}[source].read(args.input)
    if source != "chiffre":
        if args.input_scale is not None:
            network = lenet5.with_input(network, args.input_scale, args.input_bias)
        network.metadata.setdefault("converted_from", source)
    if network.note:
        print(f"convert: {args.input}: {network.note}", file=sys.stderr)
    {"chiffre": chiffre_file, "pytorch": pytorch_file, "onnx": onnx_file}[target].write(args.output, network)


def main(words=None):
    commands = ("keras-to-chiffre", "pytorch-to-chiffre", "chiffre-to-pytorch", "chiffre-to-onnx")
    args = parse_arguments(commands, words)
    try:
        convert(args)
    except ImportError as error:
        print(f"convert: {error}; pip install -r weights/convert/requirements.txt", file=sys.stderr)
        return 2
    except Exception as error:
        from lenet5 import Failure

        if not isinstance(error, Failure):
            raise
        print(f"convert: {error}", file=sys.stderr)
        return error.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
