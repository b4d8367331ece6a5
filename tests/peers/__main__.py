"""Times the peers of Chiffre's engines, PyTorch and ONNX Runtime, on this machine: one table, with ours beside them.

Needs numpy, and of torch, onnxruntime and onnx what is to be measured.

    python3 tests/peers --bench build/release/bench      run `bench engine` too, on the same cores and batches
    python3 tests/peers --ours FILE...                   take ours from what `bench engine --csv FILE` wrote

The same network, weights and tiles as `bench engine`, and the same way to take time. Every contestant must agree with
a reference in float64 at each batch before it is timed there, else the exit status is 1. A peer that is not installed
is one line SKIPPED. It stands beside the tests because, like them, it checks against something independent; it is not
one of them, because its result is a figure.

The peers are given every advantage that costs them no accuracy: the scaling of the input is folded into C1, whose input
is then the bytes themselves; channels come first (nchw) or last (nhwc); the tiles lie where a contestant reads them.
"""

import argparse
import collections
import concurrent.futures
import csv
import functools
import importlib.metadata
import multiprocessing
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    from contestants import CPU_PEERS, GPU_PRECISIONS, Effort, OtherJobs, Row, cpu_rows, gpu_rows
    from network import Checker, Disagreement, folded, read_safetensors
except ModuleNotFoundError as error:
    sys.exit(f"SKIPPED: {error}")  # numpy

WEIGHTS = Path(__file__).resolve().parents[2] / "weights/lenet5.safetensors"
GPU_BATCHES, CPU_BATCHES = [16, 4096, 65536, 262144], [1, 16, 256, 4096]


def usable_cpus():
    """Those this process may use, one of each core before the second of any."""
    ranked, seen = [], collections.Counter()
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text() if siblings.exists() else cpu
        ranked.append((seen[core], cpu))
        seen[core] += 1
    return [cpu for _, cpu in sorted(ranked)]


def run_bench(bench, quick, device, batches, cpus, path):
    """`bench engine` on these cores, with the widest instruction set alone; what other jobs took of them meanwhile."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    isa = "avx512" if "avx512f" in flags else "avx2" if "avx2" in flags else "baseline"
    command = [bench, "engine", "--isa", isa, "--device", device, "--csv", path]
    command += ["--batches", ",".join(map(str, batches))] + ["--quick"] * quick
    bind = functools.partial(os.sched_setaffinity, 0, cpus)
    others = OtherJobs(cpus)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, preexec_fn=bind)
    return f"other jobs: {others.share():.0%} of {len(cpus)} cores while bench ran"


def read_ours(paths):
    """((rival, batch) -> Row, lines that say where it is from): of several engines for a rival, the quickest counts."""
    ours, facts = {}, []
    for path in paths:
        lines = Path(path).read_text().splitlines()
        facts += [f"ours, {line[2:]}" for line in lines if line.startswith("# ")]
        for line in csv.DictReader(line for line in lines if not line.startswith("#")):
            if line["measure"] != "throughput" or line["tiles"] not in ("host", "device"):
                continue  # streamed from host memory: the peers' tiles are on the GPU
            engine, batch = line["engine"], int(line["batch"])
            if engine.startswith("cpu "):
                cores = engine.split(", ")[1].split()[0]
                precision, rival = "fp32", 1 if cores == "one" else int(cores)
            else:
                precision = rival = engine.split()[-1]
            seconds = [float(line[column]) / 1e6 for column in ("median_us", "minimum_us")]
            name, clock, repetitions = f"Chiffre {engine}", line["clock"], int(line["repetitions"])
            row = Row(name, precision, batch, clock, *seconds, repetitions, rival, None)
            if (rival, batch) not in ours or row.median_s < ours[rival, batch].median_s:
                ours[rival, batch] = row
    return ours, facts


class Report:
    """Prints each row when it is there, keeps all of them for the file and the last word."""

    HEADER = "contestant precision batch clock median_us minimum_us repetitions images_per_s ours_is_times others"

    def __init__(self, ours):
        self.ours, self.rows = ours, []
        print(
            f"{'contestant':<40} {'numbers':<7} {'batch':>7} {'images/s':>13} {'others':>7} {'ours':>13} {'ours is':>9}"
        )

    def add(self, row):
        self.rows.append(row)
        line = f"{row.contestant:<40} {row.precision:<7} {row.batch:>7} {row.batch / row.median_s:>13,.0f}"
        mine = self.ours.get((row.rival, row.batch))
        if row.others is not None:
            line += f" {row.others:>7.0%}"
        elif mine:
            line += " " * 8
        if mine:
            line += f" {mine.batch / mine.median_s:>13,.0f} {row.median_s / mine.median_s:>8.2f}x"
        print(line, flush=True)

    def conclude(self):
        print("\nours against the best peer of the same precision or number of threads, fp32 and tf32 counting as one")
        for (rival, batch), mine in sorted(self.ours.items(), key=lambda item: (type(item[0][0]).__name__, item[0])):
            rivals = [row for row in self.rows if (row.rival, row.batch) == (rival, batch)]
            if rivals:
                best = min(rivals, key=lambda row: row.median_s)
                times = best.median_s / mine.median_s
                doubt = "  (other jobs disturbed it)" if best.clock == "wall" and best.others > 0.1 else ""
                print(f"{mine.contestant:<40} {batch:>7} {times:>8.2f}x  {best.contestant}, {best.precision}{doubt}")

    def write(self, path, facts):
        with open(path, "w", newline="", encoding="utf-8") as file:
            file.writelines(f"# {fact}\n" for fact in facts)
            table = csv.writer(file, lineterminator="\n")
            table.writerow(self.HEADER.split())
            for row in list(self.ours.values()) + self.rows:
                mine = self.ours.get((row.rival, row.batch))
                times = row.median_s / mine.median_s if mine and row is not mine else None
                numbers = [row.median_s * 1e6, row.minimum_s * 1e6, row.repetitions, row.batch / row.median_s]
                texts = ("" if x is None else f"{x:.7g}" for x in numbers + [times, row.others])
                table.writerow([*row[:4], *texts])


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def machine_facts(torch, cpus):
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    facts = {
        "program": "tests/peers",
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpu": models[0] if models else platform.machine(),
        "cores": len(cpus),
        "load": f"{os.getloadavg()[0]:.2f} before the first run",
        "python": platform.python_version(),
    }
    facts |= {package: version(package) for package in ("numpy", "torch", "onnx", "onnxruntime")}
    if torch:
        facts |= {"gpu": torch.cuda.get_device_name(0), "cuda": torch.version.cuda}
        facts["cudnn"] = torch.backends.cudnn.version()
    return [f"{name}: {value}" for name, value in facts.items()]


def gpu_torch(args):
    """The module torch where it can use a GPU, and else why there are no rows of one."""
    if args.cpu_only:
        return None, "--cpu-only was given"
    try:
        import torch
    except ImportError as error:
        return None, str(error)
    return (torch, "") if torch.cuda.is_available() else (None, "PyTorch finds no usable one")


def parse_arguments():
    def sizes(text):
        return sorted({int(size) for size in text.split(",") if size})

    def precisions(text):
        found = [word for word in text.split(",") if word]
        if not found or not set(found) <= set(GPU_PRECISIONS):
            raise argparse.ArgumentTypeError(f"expected some of {','.join(GPU_PRECISIONS)}, found {text}")
        return found

    parser = argparse.ArgumentParser(prog="peers", description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--bench", metavar="PATH", help="run this `bench` on the same cores and batches for our rows")
    source.add_argument("--ours", metavar="FILE", nargs="+", default=[], help="files of `bench engine --csv FILE`")
    parser.add_argument("--weights", metavar="FILE", default=WEIGHTS)
    parser.add_argument("--csv", metavar="FILE", help="write the table too, machine and versions in comment lines")
    parser.add_argument("--batches", type=sizes, metavar="LIST", default=GPU_BATCHES, help="on the GPU: 16,4096")
    parser.add_argument(
        "--cpu-batches", type=sizes, metavar="LIST", default=CPU_BATCHES, help="on the CPU; empty: none"
    )
    parser.add_argument(
        "--precisions", type=precisions, metavar="LIST", default=GPU_PRECISIONS, help="on the GPU: fp32,tf32"
    )
    what = "those of --batches that torch.compile, which is slow to start, is measured at; default: all; empty: none"
    parser.add_argument("--compile-batches", type=sizes, metavar="LIST", help=what)
    what = "begin no further row on the GPU so long after the start"
    parser.add_argument("--budget", type=float, metavar="SECONDS", default=float("inf"), help=what)
    parser.add_argument("--cpu-only", action="store_true", help="no rows of the GPU")
    parser.add_argument("--quick", action="store_true", help="one small batch, for a moment: to see that all works")
    args = parser.parse_args()
    if args.quick:
        args.batches, args.cpu_batches = args.batches[:1], args.cpu_batches[:1]
    compiled = args.batches if args.compile_batches is None else args.compile_batches
    args.compile_batches = [n for n in compiled if n in args.batches]
    return args


def main():
    args = parse_arguments()
    start_s = time.monotonic()
    effort = Effort(3, 0.001, 0.2) if args.quick else Effort(7, 0.01, 3)
    cpus = usable_cpus()
    thread_counts = sorted({1, min(2, len(cpus)), len(cpus)}) if args.cpu_batches else []
    torch, why_no_gpu = gpu_torch(args)
    facts = machine_facts(torch, cpus)
    with tempfile.TemporaryDirectory() as folder:
        if args.bench:
            counts = [n for n in thread_counts if n > 1] or thread_counts  # a run of several has one core's rows too
            runs = [("cpu", args.cpu_batches, cpus[:n], f"{folder}/cpu{n}.csv") for n in counts]
            runs += [("cuda:0", args.batches, cpus, f"{folder}/gpu.csv")] if torch else []
            facts += [run_bench(args.bench, args.quick, *run) for run in runs]
            args.ours = [path for *_, path in runs]
        ours, facts_of_ours = read_ours(args.ours)
    print("\n".join(f"# {fact}" for fact in facts))

    weights = read_safetensors(args.weights)
    report = Report(ours)
    check = Checker(weights, args.cpu_batches)
    weights_of_peers = folded(weights)
    for threads in thread_counts:
        spawn, bind = multiprocessing.get_context("spawn"), os.sched_setaffinity
        with concurrent.futures.ProcessPoolExecutor(1, spawn, bind, (0, cpus[:threads])) as process:
            for name in CPU_PEERS:
                rows = process.submit(cpu_rows, name, threads, weights_of_peers, check, args.cpu_batches, effort)
                try:
                    for row in rows.result():
                        report.add(row)
                except ImportError as error:
                    print(f"SKIPPED: {name}, cpu, threads {threads}: {error}")
    if torch:
        check = Checker(weights, args.batches)
        for row in gpu_rows(torch, weights_of_peers, check, args, effort, start_s + args.budget):
            print(row, flush=True) if isinstance(row, str) else report.add(row)
    else:
        print(f"SKIPPED: peers on the GPU: {why_no_gpu}")
    report.conclude()
    if args.csv:
        report.write(args.csv, facts + facts_of_ours)


if __name__ == "__main__":
    try:
        main()
    except Disagreement as error:
        sys.exit(f"peers: {error}")
