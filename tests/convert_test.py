"""Converted weights give the same outputs in the tools' own runtimes and in Chiffre's CPU engine.

    convert_test.py PART --print-logits PROGRAM     PART: files, keras, pytorch or onnx

Exit status 77 and a line SKIPPED where packages are missing (weights/convert/requirements.txt).
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONVERT = ROOT / "weights/convert"
DEFAULT, MNIST = ROOT / "weights/lenet5.safetensors", ROOT / "weights/lenet5-mnist.safetensors"
AGREEMENT = 2e-4  # of logits up to 16, both sides in fp32; found are 8e-5 where an input is folded, 3e-5 elsewhere
program = converter = None


def convert(*words):
    """Exit status and standard error of the program, run in this process: importing torch anew takes seconds."""
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            status = converter.main([str(word) for word in words])
        except SystemExit as end:  # argparse
            status = end.code
    return status, errors.getvalue()


def our_logits(weights, tiles):
    text = subprocess.run([program, weights], input=tiles.tobytes(), capture_output=True, check=True).stdout
    return np.array(text.split(), np.float64).reshape(-1, 10)


def made_tiles():
    """Noise, strokes on paper, plain paper and ink."""
    random = np.random.default_rng(1)
    tiles = random.integers(0, 256, (64, 32, 32), np.uint8)
    for tile in tiles[16:]:
        tile[:] = 0
        for _ in range(3):
            y, x = random.integers(4, 22, 2)
            tile[y : y + random.integers(1, 8), x : x + random.integers(1, 8)] = random.integers(50, 256)
    tiles[-2], tiles[-1] = 0, 255
    return tiles


def bordered(tiles):
    """Those whose border of two pixels is paper."""
    inner = np.zeros_like(tiles)
    inner[:, 2:-2, 2:-2] = tiles[:, 2:-2, 2:-2]
    return inner


class Conversion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.tiles = Path(folder.name), made_tiles()

    def converted(self, *words):
        status, errors = convert(*words)
        self.assertEqual(status, 0, errors)
        return errors

    def refused(self, expected_status, expected, *words):
        """One line that holds `expected`, this exit status, and no output."""
        status, errors = convert(*words)
        self.assertEqual((status, errors.count("\n")), (expected_status, 1), errors)
        self.assertIn(expected, errors)
        self.assertFalse(list(self.folder.glob("out*")) + list(self.folder.glob(".out*")))

    def assert_same(self, found, expected, atol=AGREEMENT):
        np.testing.assert_allclose(np.asarray(found, np.float64), expected, rtol=0, atol=atol)


class FilesTest(Conversion):
    """Chiffre's own format, and what the folding of an input does; numpy alone."""

    def test_writing_what_was_read_gives_the_same_bytes(self):
        for weights in (DEFAULT, MNIST):
            chiffre_file.write(self.folder / "copy", chiffre_file.read(weights))
            self.assertEqual((self.folder / "copy").read_bytes(), weights.read_bytes())

    def test_folded_input_gives_the_same_logits(self):
        network = chiffre_file.read(DEFAULT)
        scale, bias = float(lenet5.INPUT_SCALE), float(lenet5.INPUT_BIAS)
        inverted = lenet5.with_input(network, -scale, scale * 255 + bias)  # trained on light ink on dark
        chiffre_file.write(self.folder / "inverted", inverted)
        self.assert_same(our_logits(self.folder / "inverted", 255 - self.tiles), our_logits(DEFAULT, self.tiles))

    def test_truncations_are_refused(self):
        data = DEFAULT.read_bytes()
        for size in (0, 1, 7, 8, 9, 500, 2663, 2664, 2665, 10000, len(data) - 1):
            (self.folder / "cut").write_bytes(data[:size])
            with self.assertRaises(lenet5.Failure, msg=size):
                chiffre_file.read(self.folder / "cut")
        (self.folder / "long").write_bytes(data + b"\0")
        with self.assertRaises(lenet5.Failure):
            chiffre_file.read(self.folder / "long")

    def test_damaged_headers_are_refused(self):
        data = DEFAULT.read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start])
        entry = {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}
        damages = [[], "x", header | {"extra": entry}, {**header, "c1.bias": {**entry, "dtype": "F16"}}]
        damages += [{**header, "c1.bias": {**entry, "shape": shape}} for shape in ([10], [-1], "x", [2, 3])]
        damages += [{**header, "c1.bias": {**entry, "data_offsets": offsets}} for offsets in ([0], [9, 3], [0, 10**9])]
        damages += [{name: value for name, value in header.items() if name != "f6.bias"}]
        for damage in damages:
            head = json.dumps(damage).encode()
            (self.folder / "bad").write_bytes(len(head).to_bytes(8, "little") + head + data[start:])
            with self.assertRaises(lenet5.Failure, msg=head[:100]):
                chiffre_file.read(self.folder / "bad")

    def test_wrong_values_are_refused(self):
        network = chiffre_file.read(DEFAULT)
        network.tensors["f6.bias"][3] = np.nan
        chiffre_file.write(self.folder / "bad", network)
        with self.assertRaisesRegex(lenet5.Failure, "f6.bias: expected finite values, found nan"):
            chiffre_file.read(self.folder / "bad")

    def test_wrong_options_are_refused(self):
        words = ("pytorch-to-chiffre", "in", self.folder / "out")
        for options in (["--input-scale", "1"], ["--input-scale", "0", "--input-bias", "1"]):
            self.assertEqual(convert(*words, *options)[0], 2)
        self.assertEqual(convert("chiffre-to-keras", "in", "out")[0], 2)

    def test_the_program_says_why_and_exits_with_its_status(self):
        words = [sys.executable, CONVERT, "chiffre-to-onnx", self.folder / "nothing", self.folder / "out"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        line = f"convert: {self.folder}/nothing: expected a weights file, found: No such file or directory\n"
        self.assertEqual((done.returncode, done.stdout, done.stderr), (3, "", line))


class PytorchTest(Conversion):
    def module(self):
        from lenet5_pytorch import LeNet5

        return LeNet5()

    def saved(self, state):
        torch.save(state, self.folder / "in.pt")
        return self.folder / "in.pt"

    def test_to_pytorch_gives_the_same_logits(self):
        for weights in (DEFAULT, MNIST):
            self.converted("chiffre-to-pytorch", weights, self.folder / "out.pt")
            model = self.module()
            model.load_state_dict(torch.load(self.folder / "out.pt"))
            with torch.no_grad():
                self.assert_same(model(torch.from_numpy(self.tiles)), our_logits(weights, self.tiles))

    def test_there_and_back_gives_the_same_file(self):
        self.converted("chiffre-to-pytorch", DEFAULT, self.folder / "out.pt")
        self.converted("pytorch-to-chiffre", self.folder / "out.pt", self.folder / "back")
        back, original = chiffre_file.read(self.folder / "back"), chiffre_file.read(DEFAULT)
        self.assertEqual(back.metadata, original.metadata | {"converted_from": "pytorch"})
        for name, value in original.tensors.items():
            self.assertEqual(value.tobytes(), back.tensors[name].tobytes(), name)

    def test_a_module_of_somebody_else(self):
        """Other names, C5 as a convolution, a softmax nobody stores, an input of byte / 255, a checkpoint around it."""
        torch.manual_seed(1)
        nn = torch.nn
        convolutions = [nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)]
        dense = [nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)]
        model = nn.Sequential(*convolutions, *dense)
        path = self.saved({"epoch": 3, "state_dict": model.state_dict()})
        options = ["--input-scale", 1 / 255, "--input-bias", 0]
        note = self.converted("pytorch-to-chiffre", path, self.folder / "out", *options)
        self.assertIn("tanh and 2x2 mean pooling are expected", note)
        with torch.no_grad():
            expected = model(torch.from_numpy(self.tiles).view(-1, 1, 32, 32) / 255)
        self.assert_same(our_logits(self.folder / "out", self.tiles), expected.numpy(), atol=1e-5)

    def test_what_is_no_lenet5_is_refused(self):
        def refused(expected, path):
            self.refused(3, expected, "pytorch-to-chiffre", path, self.folder / "out")

        state = self.module().state_dict()
        refused("No such file", self.folder / "nothing")
        (self.folder / "text").write_text("hello")
        refused("expected a state_dict saved by torch.save", self.folder / "text")
        refused("found list", self.saved([1, 2]))
        missing = {name: value for name, value in state.items() if name != "c3.bias"}
        refused("tensor c3.bias: expected shape [16], found no such tensor", self.saved(missing))
        refused("f6.bias: expected shape [84], found [85]", self.saved({**state, "f6.bias": torch.zeros(85)}))
        refused("unknown tensor c7.bias", self.saved({**state, "c7.bias": torch.zeros(1)}))
        refused(
            "expected finite values, found inf",
            self.saved({**state, "f6.bias": torch.full((84,), 1e39, dtype=torch.float64)}),
        )
        four = torch.nn.Sequential(*(torch.nn.Linear(3, 3) for _ in range(4))).state_dict()
        refused("expected the weights of LeNet-5's five layers, found 0.weight [3,3], 0.bias", self.saved(four))
        five = torch.nn.Sequential(*(torch.nn.Linear(3, 3) for _ in range(5))).state_dict()
        refused("0.weight: expected c1's shape [6,1,5,5], found [3,3]", self.saved(five))

    def test_output_that_cannot_be_written(self):
        self.refused(5, "expected to write it", "chiffre-to-pytorch", DEFAULT, self.folder / "no/out.pt")


class OnnxTest(Conversion):
    def test_the_same_logits_for_every_batch(self):
        for weights in (DEFAULT, MNIST):
            self.converted("chiffre-to-onnx", weights, self.folder / "out.onnx")
            session = onnxruntime.InferenceSession(self.folder / "out.onnx", providers=["CPUExecutionProvider"])
            for n in (1, 7, 64):
                (logits,) = session.run(["logits"], {"tiles": self.tiles[:n]})
                self.assertEqual((logits.dtype, logits.shape), (np.float32, (n, 10)))
                self.assert_same(logits, our_logits(weights, self.tiles[:n]))
            metadata = session.get_modelmeta().custom_metadata_map
            self.assertEqual(metadata, chiffre_file.read(weights).metadata)

    def test_damaged_weights_are_refused(self):
        (self.folder / "cut").write_bytes(DEFAULT.read_bytes()[:-1])
        self.refused(3, "bytes of numbers, found", "chiffre-to-onnx", self.folder / "cut", self.folder / "out.onnx")


class KerasTest(Conversion):
    def lenet5(
        self, seed=1, side=32, pool="AveragePooling2D", activation="tanh", padding="valid", dense_c5=True, last=None
    ):
        L = keras.layers
        keras.utils.set_random_seed(seed)
        c5 = [L.Flatten(), L.Dense(120, activation=activation)]
        c5 = c5 if dense_c5 else [L.Conv2D(120, 5, activation=activation), L.Flatten()]
        layers = [keras.Input((side, side, 1)), L.Conv2D(6, 5, padding=padding), L.Activation(activation)]
        layers += [
            getattr(L, pool)(2),
            L.Conv2D(16, 5, activation=activation),
            getattr(L, pool)(2),
            L.Dropout(0.2),
            *c5,
        ]
        model = keras.Sequential(layers + [L.Dense(84, activation=activation), L.Dense(10, activation=last)])
        random = np.random.default_rng(seed)  # biases too: Keras starts them at 0
        model.set_weights([random.normal(0, 0.2, value.shape).astype(np.float32) for value in model.get_weights()])
        return model

    def saved(self, model, name="in.h5"):
        path = self.folder / name
        model.save_weights(path) if name.endswith(".weights.h5") else model.save(path)
        return path

    def saved_by_keras_2(self, model):
        """Weights alone, as Keras 2 wrote them."""
        path = self.folder / "keras2.h5"
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
            for layer in model.layers:
                group = file.create_group(layer.name)
                entries = [f"{layer.name}/{kind}:0" for kind in ("kernel", "bias")][: len(layer.weights)]
                group.attrs["weight_names"] = [entry.encode() for entry in entries]
                for entry, value in zip(entries, layer.get_weights()):
                    group[entry] = value
        return path

    def logits(self, model, scale=1.275 / 255, bias=-0.1, side=32):
        cut = (32 - side) // 2
        tiles = self.tiles[:, cut : 32 - cut, cut : 32 - cut, None].astype(np.float32)
        return model.predict(tiles * np.float32(scale) + np.float32(bias), verbose=0)

    def test_every_way_to_save_gives_the_same_logits(self):
        for dense_c5 in (True, False):
            model = self.lenet5(dense_c5=dense_c5)
            for path in (self.saved(model), self.saved(model, "in.weights.h5"), self.saved_by_keras_2(model)):
                note = self.converted("keras-to-chiffre", path, self.folder / "out")
                self.assertEqual("are expected" in note, path.name != "in.h5", note)
                self.assert_same(our_logits(self.folder / "out", self.tiles), self.logits(model))

    def test_an_input_of_byte_over_255(self):
        model = self.lenet5(seed=2)
        options = ["--input-scale", 1 / 255, "--input-bias", 0]
        self.converted("keras-to-chiffre", self.saved(model), self.folder / "out", *options)
        self.assert_same(our_logits(self.folder / "out", self.tiles), self.logits(model, 1 / 255, 0))

    def test_a_picture_of_28_pixels_with_a_border_of_zeros(self):
        model, self.tiles = self.lenet5(side=28, padding="same"), bordered(self.tiles)
        path = self.saved(model)
        options = ["--input-scale", 1 / 255, "--input-bias", 0]
        self.refused(3, "expected --input-bias 0 where the model pads", "keras-to-chiffre", path, self.folder / "out")
        self.converted("keras-to-chiffre", path, self.folder / "out", *options)
        self.assert_same(our_logits(self.folder / "out", self.tiles), self.logits(model, 1 / 255, 0, 28))

    def test_softmax_at_the_end_is_left_out(self):
        self.converted("keras-to-chiffre", self.saved(self.lenet5(last="softmax")), self.folder / "out")
        self.assert_same(our_logits(self.folder / "out", self.tiles), self.logits(self.lenet5()))

    def test_other_architectures_are_refused(self):
        def refused(expected, **changes):
            path = self.saved(self.lenet5(**changes))
            self.refused(3, expected, "keras-to-chiffre", path, self.folder / "out")

        refused("expected LeNet-5's layers, with mean pooling, found MaxPooling2D", pool="MaxPooling2D")
        refused("expected activations tanh tanh tanh tanh and softmax or linear, found relu relu", activation="relu")
        L = keras.layers
        wide = keras.Sequential([keras.Input((32, 32, 1)), L.Conv2D(6, 3), L.Flatten(), L.Dense(10)])
        path = self.saved(wide)
        self.refused(3, "expected kernel_size (5, 5), found (3, 3)", "keras-to-chiffre", path, self.folder / "out")

    def test_other_weights_are_refused(self):
        L = keras.layers
        model = keras.Sequential([keras.Input((9,)), L.Dense(4), L.Dense(4)])
        path = self.saved(model, "two.weights.h5")
        expected = "expected 5 layers with weights, found 2: dense [9,4], dense_1 [4,4]"
        self.refused(3, expected, "keras-to-chiffre", path, self.folder / "out")
        model = keras.Sequential([keras.Input((9,)), *(L.Dense(9) for _ in range(5))])
        path = self.saved(model, "five.weights.h5")
        expected = "expected c1's kernel and bias [5,5,1,6] and [6], found [9,9] and [9]"
        self.refused(3, expected, "keras-to-chiffre", path, self.folder / "out")
        (self.folder / "text").write_text("hello")
        self.refused(3, "expected a Keras model in HDF5", "keras-to-chiffre", self.folder / "text", self.folder / "out")
        self.refused(3, "No such file", "keras-to-chiffre", self.folder / "nothing.h5", self.folder / "out")


NEEDS = {"files": [], "keras": ["h5py", "torch", "keras"], "pytorch": ["torch"], "onnx": ["onnx", "onnxruntime"]}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=NEEDS)
    parser.add_argument("--print-logits", required=True)
    arguments = parser.parse_args()
    program = arguments.print_logits
    os.environ["KERAS_BACKEND"] = "torch"
    sys.path.insert(0, str(CONVERT))
    try:
        for package in ["numpy", *NEEDS[arguments.part]]:
            globals()[package] = __import__(package)
    except ImportError as error:
        print(f"SKIPPED: {error}")
        sys.exit(77)
    import numpy as np

    import chiffre_file
    import lenet5

    specification = importlib.util.spec_from_file_location("converter", CONVERT / "__main__.py")
    converter = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(converter)

    suite = unittest.defaultTestLoader.loadTestsFromTestCase(globals()[arguments.part.capitalize() + "Test"])
    sys.exit(not unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful())
