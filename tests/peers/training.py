"""Times PyTorch at what Chiffre's trainer does, the same recipe on the same GPU: one table of images per second.

Needs torch and numpy; MNIST's four .gz files for --epochs.

    python3 tests/peers/training.py                            images/s of every way to run a step
    python3 tests/peers/training.py --epochs 10 --test         train, too: seconds and errors
    python3 tests/peers/training.py --set learning_rate=0.01   another number in place of the recipe's

A step is: gather a batch, augment it, forward, backward, AdamW, moving average of the weights. Everything lies on the
GPU. PyTorch gets what it has: fused AdamW, channels last where that is quicker, cuDNN's search for algorithms, a CUDA
graph of the whole step, tf32, bfloat16, torch.compile in that graph (only where --modes names it: it is slow to start).
What is learned, validation included: MNIST's training set, of which the last 5,000 digits in the order of the file are
held back. An epoch leaves out the digits that do not fill a batch.
"""

import argparse
import collections
import csv
import importlib.metadata
import os
import platform
import signal
import statistics
import sys
import time
from pathlib import Path

from augmentation import AFFINE_KEYS, KEYS
from learner import HELD_BACK, Learner, Refusal, noise_pictures, read_idx, read_recipe

try:
    from contestants import Effort, measure
except ModuleNotFoundError as error:
    sys.exit(f"SKIPPED: {error}")  # numpy

RECIPE = Path(__file__).resolve().parents[2] / "weights/recipes/mnist.recipe"
MODES, NUMBERS = ("eager", "graph", "compile"), ("fp32", "tf32", "bf16")
COLUMNS = (
    "mode numbers layout batch images_per_s best_images_per_s median_step_us repetitions setup_s "
    "epochs seed train_s validation_error_percent test_error_percent"
)
Row = collections.namedtuple("Row", COLUMNS)


def training_seconds(torch, learner):
    """Seconds of the wall clock for so many steps, until the last is done."""
    wait = torch.cuda.synchronize if learner.device.type == "cuda" else lambda: None

    def seconds_of(steps):
        wait()
        start = time.perf_counter()
        for _ in range(steps):
            learner.step()
        wait()
        return time.perf_counter() - start

    return seconds_of


def throughput(torch, learner, args):
    """Median, minimum and number of repetitions of one step's seconds."""
    seconds_of = training_seconds(torch, learner)
    if args.steps is None:
        return measure(Effort(7, 0.3, 10), seconds_of)
    seconds_of(1)
    samples = [seconds_of(args.steps) / args.steps for _ in range(args.repetitions)]
    return statistics.median(samples), min(samples), len(samples)


class Deadline:
    """Interrupts what takes longer than so many seconds; compiling has no limit of its own."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        def too_late(*_):
            raise TimeoutError(f"not compiled within --compile-budget {self.seconds:g} s")

        signal.signal(signal.SIGALRM, too_late)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)


class Table:
    def __init__(self, path, facts):
        self.file = open(path, "w", newline="", encoding="utf-8") if path else None
        if self.file:
            self.file.writelines(f"# {fact}\n" for fact in facts)
            self.write(Row._fields)
        head = f"{'mode':<8} {'numbers':<7} {'layout':<6} {'batch':>6} {'images/s':>11} {'best':>11} {'us/step':>9}"
        print(head + f" {'set up s':>8}", flush=True)

    def write(self, values):
        csv.writer(self.file, lineterminator="\n").writerow(values)
        self.file.flush()

    def add(self, row):
        line = f"{row.mode:<8} {row.numbers:<7} {row.layout:<6} {row.batch:>6} {row.images_per_s:>11,.0f}"
        line += f" {row.best_images_per_s:>11,.0f} {row.median_step_us:>9.1f} {row.setup_s:>8.1f}"
        if row.epochs:
            line += f"   {row.epochs} epochs, seed {row.seed}: {row.train_s:.3f} s, "
            line += f"validation {row.validation_error_percent:.2f} %"
        if row.test_error_percent is not None:
            line += f", test {row.test_error_percent:.2f} %"
        print(line, flush=True)
        if self.file:
            self.write([f"{x:.7g}" if isinstance(x, float) else "" if x is None else x for x in row])


def machine_facts(torch, args, recipe, ignored):
    facts = {
        "program": "tests/peers/training.py",
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "torch": importlib.metadata.version("torch"),
        "recipe": Path(args.recipe).name + "".join(f", {change}" for change in args.set),
        "augmentation": args.augmentation,
        "schedule": f"{recipe['epochs']} epochs",
    }
    if ignored:
        facts["keys of the recipe that are not followed"] = " ".join(ignored)
    if args.device == "cuda":
        facts |= {"gpu": torch.cuda.get_device_name(0), "cuda": torch.version.cuda}
        facts["cudnn"] = torch.backends.cudnn.version()
    else:
        facts["threads"] = torch.get_num_threads()
    return [f"{name}: {value}" for name, value in facts.items()]


def rows_of(torch, args, recipe, data, deadline):
    """Yields rows, and lines that say what was skipped. torch.compile takes the layout that was quicker in a graph."""
    learn, validation, test = data
    best = {}  # (numbers, batch) -> (seconds of a step, layout)
    modes = [mode for mode in MODES if mode in args.modes]
    for mode, batch, numbers in [(m, b, n) for m in modes for b in args.batches for n in args.numbers]:
        name = f"{mode}, {numbers}, batch {batch}"
        if mode == "graph" and args.device != "cuda":
            yield f"SKIPPED: {name}: a CUDA graph needs a GPU"
            continue
        layouts = ["nchw", "nhwc"] if args.layout == "both" else [args.layout]
        if mode == "compile" and args.layout == "both":
            layouts = [best.get((numbers, batch), (0, "nchw"))[1]]
        rows = []
        for layout in layouts:
            if time.monotonic() > deadline:
                yield f"SKIPPED: {name}, {layout}: --budget is spent"
                continue
            learner = None  # the memory of the one before
            if args.device == "cuda":
                torch.cuda.empty_cache()
            start = time.perf_counter()
            try:
                with Deadline(args.compile_budget if mode == "compile" else 0):
                    learner = Learner(torch, recipe, learn, batch, mode, numbers, layout == "nhwc", args.seeds[0])
                setup_s = time.perf_counter() - start
                timing = throughput(torch, learner, args)
            except Refusal:
                raise
            except Exception as error:  # out of memory, no compiler, an operation that cannot be captured, too late
                reason = (str(error).strip().splitlines() or [""])[0]
                yield f"SKIPPED: {name}, {layout}: {type(error).__name__}: {reason}"
                continue
            rates = [batch / timing[0], batch / timing[1], timing[0] * 1e6, timing[2], setup_s]
            rows.append((Row(mode, numbers, layout, batch, *rates, *[None] * 5), learner))
            yield rows[-1][0]
        if not rows:
            continue
        row, learner = min(rows, key=lambda pair: pair[0].median_step_us)
        best[numbers, batch] = min(
            best.get((numbers, batch), (row.median_step_us, row.layout)), (row.median_step_us, row.layout)
        )
        if args.epochs:
            yield from trained_rows(torch, row, learner, args, validation, test, deadline)
        rows = learner = None


def trained_rows(torch, row, learner, args, validation, test, deadline):
    """The whole schedule from scratch with each seed. Set-up (capture, compilation) is not part of the time, as reading
    the digits is not: it is done once for any number of runs."""
    steps, errors = learner.steps_per_epoch * args.epochs, []
    for seed in args.seeds:
        if time.monotonic() > deadline:
            yield f"SKIPPED: {row.mode}, {row.numbers}, batch {row.batch}, seed {seed}: --budget is spent"
            continue
        learner.restart(seed)
        seconds = training_seconds(torch, learner)(steps)
        percent = [100 * learner.error(digits) if digits else None for digits in (validation, test)]
        errors.append([seconds, *percent])
        rate = steps * row.batch / seconds
        rates = [rate, rate, seconds / steps * 1e6, 1]
        yield Row(*row[:4], *rates, row.setup_s, args.epochs, seed, *errors[-1])
    if len(errors) > 1:
        means = [statistics.mean(values) if None not in values else None for values in zip(*errors)]
        text = f"  mean of {len(errors)} seeds: {means[0]:.3f} s, validation {means[1]:.3f} %"
        yield text + (f", test {means[2]:.3f} %" if test else "")


def usable_device(torch, wanted):
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if not torch.cuda.is_available():
        raise Refusal("--device cuda: PyTorch finds no usable GPU")
    return "cuda"


def read_data(torch, args):
    """(learned, validation, test), each (pictures, labels) on the device; None: not asked for."""
    if args.data is None:
        if args.epochs:
            raise Refusal("--epochs: expected MNIST's folder as --data or in CHIFFRE_MNIST_DIR, found neither")
        print("# pictures: noise, there being no --data; the time of a step does not depend on them")
        parts = [noise_pictures(torch, 60000 - HELD_BACK), None, None]
    else:
        pictures, labels = read_idx(torch, args.data, "train")
        parts = [(pictures[:-HELD_BACK], labels[:-HELD_BACK]), (pictures[-HELD_BACK:], labels[-HELD_BACK:])]
        parts.append(read_idx(torch, args.data, "t10k") if args.test else None)
    return [part and tuple(tensor.to(args.device) for tensor in part) for part in parts]


def parse_arguments():
    def words(allowed):
        def parse(text):
            found = [word for word in text.split(",") if word]
            if not found or not set(found) <= set(allowed):
                raise argparse.ArgumentTypeError(f"expected some of {','.join(allowed)}, found {text}")
            return found

        return parse

    def numbers(text):
        return [int(number) for number in text.split(",") if number]

    parser = argparse.ArgumentParser(prog="training", description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", metavar="FILE", default=RECIPE)
    what = "in place of the recipe's number; may be given often"
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help=what)
    what = "full: all of the recipe's hand.* keys; light: rotation, scale, slant and shift alone"
    parser.add_argument("--augmentation", choices=("full", "light"), default="full", help=what)
    parser.add_argument("--data", metavar="DIR", default=os.environ.get("CHIFFRE_MNIST_DIR") or None)
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument("--batches", metavar="LIST", type=numbers, help="512,2048; default: the recipe's")
    parser.add_argument("--modes", metavar="LIST", type=words(MODES), default=["eager", "graph"], help=",".join(MODES))
    parser.add_argument("--numbers", metavar="LIST", type=words(NUMBERS), default=NUMBERS, help=",".join(NUMBERS))
    parser.add_argument("--layout", choices=("both", "nchw", "nhwc"), default="both")
    parser.add_argument("--epochs", type=int, metavar="N", help="train, with the schedule stretched over N epochs")
    parser.add_argument("--seeds", metavar="LIST", type=numbers, default=[1], help="of --epochs: 1,2,3")
    parser.add_argument("--test", action="store_true", help="after each training the error on MNIST's test set, once")
    what = "timed at a stretch; default: as many as take 0.3 s"
    parser.add_argument("--steps", type=int, metavar="N", help=what)
    parser.add_argument("--repetitions", type=int, metavar="N", default=5, help="of --steps; the median counts")
    what = "begin nothing new so long after the start"
    parser.add_argument("--budget", type=float, metavar="SECONDS", default=float("inf"), help=what)
    what = "give torch.compile up for a row after so long"
    parser.add_argument("--compile-budget", type=float, metavar="SECONDS", default=300, help=what)
    parser.add_argument("--csv", metavar="FILE", help="write the table too, machine and versions in comment lines")
    args = parser.parse_args()
    for name in ("epochs", "steps", "repetitions"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            parser.error(f"--{name}: expected 1 or more, found {getattr(args, name)}")
    if args.test and not args.epochs:
        parser.error("--test: expected --epochs with it")
    if not args.seeds or (args.batches is not None and (not args.batches or min(args.batches) < 1)):
        parser.error("--seeds, --batches: expected at least one number, batches of 1 or more")
    return args


def main():
    args = parse_arguments()
    deadline = time.monotonic() + args.budget
    try:
        import torch
    except ImportError as error:
        sys.exit(f"SKIPPED: {error}")
    args.device = usable_device(torch, args.device)
    recipe, ignored = read_recipe(args.recipe, args.set, KEYS)
    recipe["epochs"] = args.epochs or recipe["epochs"]
    if args.augmentation == "light":
        recipe |= {f"hand.{key}": 0 for key in KEYS.split() if key not in AFFINE_KEYS.split()}
    args.batches = args.batches or [recipe["batch"]]
    data = read_data(torch, args)
    facts = machine_facts(torch, args, recipe, ignored)
    print("\n".join(f"# {fact}" for fact in facts), flush=True)
    table = Table(args.csv, facts)
    for row in rows_of(torch, args, recipe, data, deadline):
        print(row, flush=True) if isinstance(row, str) else table.add(row)


if __name__ == "__main__":
    try:
        main()
    except Refusal as error:
        sys.exit(f"training: {error}")
