"""contestants.py -- PyTorch and ONNX Runtime on the CPU, PyTorch on the GPU; how time is taken. A library is imported
where it is used, because it may be missing, and because its threads must start after their process is bound to cores.
"""

import collections
import math
import os
import statistics
import time
from pathlib import Path

import numpy as np

Effort = collections.namedtuple("Effort", "repetitions least_s most_s")  # as in src/bench/measure.h
# `rival` is what of ours a row is compared with: a precision on the GPU, a number of threads on the CPU.
# `others`, on the CPU: what other jobs took of the cores meanwhile, as a share; what is above 0.1 is hardly a figure.
Row = collections.namedtuple("Row", "contestant precision batch clock median_s minimum_s repetitions rival others")


class OtherJobs:
    """What others than this process, and than its children that have ended, take of some cores from now on."""

    def __init__(self, cpus):
        self.cpus, self.start_s = set(cpus), time.monotonic()
        self.before_s = self.seconds()

    def seconds(self):
        ticks = 0
        for line in Path("/proc/stat").read_text().splitlines():
            name, *counts = line.split()
            if name.startswith("cpu") and name != "cpu" and int(name[3:]) in self.cpus:
                user, nice, system, _, _, irq, softirq, steal = map(int, counts[:8])
                ticks += user + nice + system + irq + softirq + steal
        return ticks / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])

    def share(self):
        passed_s = (time.monotonic() - self.start_s) * len(self.cpus)
        return max(0, self.seconds() - self.before_s) / passed_s


def measure(effort, seconds_of):
    """Median, minimum and number of repetitions of one run, as measure_with() of src/bench/measure.cpp takes them."""
    times, took = 1, seconds_of(1)
    if took < effort.most_s:
        took = seconds_of(1)
    while took < effort.least_s:
        is_long_enough_to_foretell = took > 0.1 * effort.least_s
        times = math.ceil(1.1 * times * effort.least_s / took) if is_long_enough_to_foretell else 8 * times
        took = seconds_of(times)
    samples, spent = [], 0
    while len(samples) < effort.repetitions and (not samples or spent < effort.most_s):
        seconds = seconds_of(times)
        spent += seconds
        samples.append(seconds / times)
    return statistics.median(samples), min(samples), len(samples)


def by_clock(clock, work):
    def seconds_of(times):
        start = clock()
        for _ in range(times):
            work()
        return clock() - start

    return seconds_of


# ---- CPU ------------------------------------------------------------------------------------------------------------


def torch_model(weights, channels_last):
    import torch
    import torch.nn.functional as F

    class LeNet5(torch.nn.Module):
        def __init__(self):
            super().__init__()
            values = dict(weights)
            if channels_last:  # C5 takes the maps as they lie, with no copy
                c5 = values["c5.weight"].reshape(120, 16, 5, 5).transpose(0, 2, 3, 1)
                values["c5.weight"] = c5.reshape(120, 400)
            for name, value in values.items():
                value = torch.from_numpy(np.array(value, order="C"))
                if value.dim() == 4 and channels_last:
                    value = value.to(memory_format=torch.channels_last)
                self.register_buffer(name.replace(".", "_"), value)

        def forward(self, tiles):
            layout = torch.channels_last if channels_last else torch.contiguous_format
            x = tiles.to(self.c1_weight.dtype, memory_format=layout)
            x = F.avg_pool2d(torch.tanh(F.conv2d(x, self.c1_weight, self.c1_bias)), 2)
            x = F.avg_pool2d(torch.tanh(F.conv2d(x, self.c3_weight, self.c3_bias)), 2)
            x = (x.permute(0, 2, 3, 1) if channels_last else x).flatten(1)
            x = torch.tanh(F.linear(x, self.c5_weight, self.c5_bias))
            x = torch.tanh(F.linear(x, self.f6_weight, self.f6_bias))
            return F.linear(x, self.output_weight, self.output_bias)

    return LeNet5().eval()


def torch_on_cpu(weights, threads, channels_last):
    import torch

    torch.set_num_threads(threads)
    model = torch_model(weights, channels_last)

    def run_of(tiles):
        tiles = torch.from_numpy(tiles)

        def run():
            with torch.inference_mode():
                return model(tiles).numpy()

        return run

    return run_of


def onnx_model(weights, n):
    """The model's bytes, for batches of n alone: with every shape known the most can be planned ahead."""
    from onnx import TensorProto, checker, helper, numpy_helper

    nodes = []

    def then(kind, layer=None, **attributes):
        parameters = [f"{layer}.weight", f"{layer}.bias"] if layer else []
        nodes.append(helper.make_node(kind, [f"x{len(nodes)}"] + parameters, [f"x{len(nodes) + 1}"], **attributes))

    then("Cast", to=TensorProto.FLOAT)
    for layer in ("c1", "c3"):
        then("Conv", layer)
        then("Tanh")
        then("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    then("Flatten")
    for layer in ("c5", "f6"):
        then("Gemm", layer, transB=1)
        then("Tanh")
    then("Gemm", "output", transB=1)

    tiles = helper.make_tensor_value_info("x0", TensorProto.UINT8, (n, 1, 32, 32))
    logits = helper.make_tensor_value_info(f"x{len(nodes)}", TensorProto.FLOAT, (n, 10))
    parameters = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "lenet5", [tiles], [logits], parameters)
    # Versions that every ONNX Runtime since 2022 reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


def onnxruntime_on_cpu(weights, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL

    def run_of(tiles):
        model = onnx_model(weights, len(tiles))
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"x0": tiles})[0]

    return run_of


CPU_PEERS = {
    "PyTorch eager nchw": lambda w, t: torch_on_cpu(w, t, False),
    "PyTorch eager nhwc": lambda w, t: torch_on_cpu(w, t, True),
    "ONNX Runtime": onnxruntime_on_cpu,
}


def cpu_rows(name, threads, weights, check, batches, effort):
    # One thread by processor time, which other jobs disturb little; several by the wall clock. So does `bench`.
    clock_name, clock = ("processor", time.thread_time) if threads == 1 else ("wall", time.perf_counter)
    contestant = f"{name}, cpu, {threads} thread{'s' if threads > 1 else ''}"
    run_of, rows = CPU_PEERS[name](weights, threads), []
    for batch in batches:
        run = run_of(check.tiles[:batch])
        check.check(contestant, "fp32", batch, run())
        others = OtherJobs(os.sched_getaffinity(0))
        timing = measure(effort, by_clock(clock, run))
        rows.append(Row(contestant, "fp32", batch, clock_name, *timing, threads, others.share()))
    return rows


# ---- GPU ------------------------------------------------------------------------------------------------------------

GPU_PRECISIONS = ("fp16", "fp32", "tf32")


def gpu_run(torch, how, model, tiles):
    """A function that leaves the logits of `tiles`, which are on the GPU, there and returns them."""
    if how == "torch.compile":
        torch._dynamo.reset()
        torch._dynamo.mark_static_address(tiles)  # or its CUDA graph would copy them first
        model = torch.compile(model, mode="max-autotune", dynamic=False)
    if how != "CUDA graph":
        return lambda: model(tiles)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):  # libraries choose their algorithms and allocate before the capture
            model(tiles)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        logits = model(tiles)

    def replay():
        graph.replay()
        return logits

    return replay


def gpu_seconds(torch, run):
    def seconds_of(times):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(times):
            run()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1e3

    return seconds_of


def gpu_rows(torch, weights, check, args, effort, deadline):
    """Yields rows, and lines that say what was skipped. Graphs and compilation take the layout quicker eagerly."""
    torch.backends.cudnn.benchmark = True
    best = {}  # (precision, batch) -> (seconds, layout)
    precisions = args.precisions
    plan = [("eager", p, n, layout) for n in args.batches for p in precisions for layout in ("nchw", "nhwc")]
    plan += [("CUDA graph", p, n, None) for n in args.batches for p in precisions]
    # The largest first: compiling takes a minute at times, and time may run out.
    plan += [("torch.compile", p, n, None) for n in sorted(args.compile_batches, reverse=True) for p in precisions]
    for how, precision, batch, layout in plan:
        layout = layout or best.get((precision, batch), (0, "nchw"))[1]
        contestant = f"PyTorch {how} {layout}, GPU"
        row_name = f"{contestant}, {precision}, batch {batch}"
        if time.monotonic() > deadline:
            yield f"SKIPPED: {row_name}: --budget is spent"
            continue
        model = tiles = run = logits = None  # of the row before
        torch.cuda.empty_cache()
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
        try:
            with torch.inference_mode():
                model = torch_model(weights, layout == "nhwc").cuda()
                model = model.half() if precision == "fp16" else model
                tiles = torch.from_numpy(check.tiles[:batch]).cuda()  # lives as long as a graph that reads it
                run = gpu_run(torch, how, model, tiles)
                for _ in range(3):  # torch.compile compiles, records its CUDA graph, replays it
                    logits = run()
                check.check(contestant, precision, batch, logits.float().cpu().numpy())
                timing = measure(effort, gpu_seconds(torch, run))
        except (RuntimeError, ImportError) as error:  # out of memory, no compiler for torch.compile
            yield f"SKIPPED: {row_name}: {(str(error).splitlines() or [type(error).__name__])[0]}"
            continue
        if how == "eager":
            best[precision, batch] = min(best.get((precision, batch), (timing[0], layout)), (timing[0], layout))
        yield Row(contestant, precision, batch, "gpu", *timing, "fp16" if precision == "fp16" else "fp32", None)
