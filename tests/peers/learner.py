"""learner.py -- one training step of Chiffre's recipe in PyTorch, run in each of the ways that PyTorch offers.

Nothing leaves the GPU: the digits lie there as floats, an epoch's order is drawn there, and where a CUDA graph repeats
the step, even its number, the learning rate and the average's decay are looked up there.
"""

import gzip
import math
from pathlib import Path

from augmentation import Augmenter

INPUT_SCALE, INPUT_BIAS = 1.275, -0.1  # src/lenet5.h, for ink from 0 to 1
LAYERS = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)]  # c1 c3 c5 f6 output
HELD_BACK = 5000  # the last digits of MNIST's training set


class Refusal(Exception):
    """One line for the user: what was expected, what was found."""


def read_recipe(path, changes, ranges):
    """(values by key, the keys that are not known here). Defaults as in src/training/recipe.h."""
    words = {"data": ["mnist"], "optimizer": ["adamw"], "schedule": ["cosine", "one_cycle"]}  # what there is here
    recipe = {key: allowed[0] for key, allowed in words.items()}
    recipe |= {"epochs": 20, "batch": 512, "learning_rate": 3e-3, "warmup_epochs": 1}
    recipe |= {"weight_decay": 0.01, "label_smoothing": 0, "average_decay": 0}
    recipe |= {f"hand.{key}": 0 for key in ranges.split()} | {"hand.elastic_spacing_px": 6}
    if not Path(path).is_file():
        raise Refusal(f"{path}: no such recipe")
    lines = [(path, line.split("#")[0]) for line in Path(path).read_text(encoding="utf-8-sig").splitlines()]
    ignored = []
    for where, line in lines + [("--set", change) for change in changes]:
        if where == path and not line.strip():
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            raise Refusal(f'{where}: expected "key = value", found "{line.strip()}"')
        if key not in recipe:
            if where == "--set":
                raise Refusal(f"--set: expected one of {' '.join(recipe)}, found {key}")
            ignored.append(key)
            continue
        try:
            recipe[key] = value if key in words else float(value)
        except ValueError:
            raise Refusal(f'{where}: {key}: expected a number, found "{value}"') from None
    for key, allowed in words.items():  # a change of --set counts, not what it replaces
        if recipe[key] not in allowed:
            raise Refusal(f"{path}: {key}: expected {' or '.join(allowed)}, all there is here, found {recipe[key]}")
    recipe["epochs"], recipe["batch"] = int(recipe["epochs"]), int(recipe["batch"])
    return recipe, ignored


def read_idx(torch, folder, part):
    """Pictures (n, 1, 32, 32), ink from 0 to 1 with a border of two pixels, and labels of MNIST's `part`."""
    arrays = []
    for name, start in ((f"{part}-images-idx3-ubyte.gz", 16), (f"{part}-labels-idx1-ubyte.gz", 8)):
        path = Path(folder) / name
        if not path.is_file():
            raise Refusal(f"{path}: no such file; expected MNIST's four .gz files in --data")
        arrays.append(torch.frombuffer(bytearray(gzip.decompress(path.read_bytes())), dtype=torch.uint8)[start:])
    pictures = torch.nn.functional.pad(arrays[0].view(-1, 1, 28, 28), (2, 2, 2, 2)).float() / 255
    return pictures, arrays[1].long()


def noise_pictures(torch, n):
    generator = torch.Generator().manual_seed(1)
    return torch.rand(n, 1, 32, 32, generator=generator), torch.randint(10, (n,), generator=generator)


def logits_of(torch, parameters, x, nhwc):
    F = torch.nn.functional
    c1, b1, c3, b3, c5, b5, f6, b6, output, b_output = parameters
    if nhwc:
        x = x.contiguous(memory_format=torch.channels_last)
    x = F.avg_pool2d(torch.tanh(F.conv2d(x, c1, b1)), 2)
    x = F.avg_pool2d(torch.tanh(F.conv2d(x, c3, b3)), 2)
    x = (x.permute(0, 2, 3, 1) if nhwc else x).flatten(1)  # C5's inputs in either order: it learns from scratch
    x = torch.tanh(F.linear(x, c5, b5))
    x = torch.tanh(F.linear(x, f6, b6))
    return F.linear(x, output, b_output)


def fall(progress):
    return 0.5 * (1 + math.cos(math.pi * progress))


def as_stored(tensor):
    """The numbers of a dense tensor in the order of its memory."""
    return tensor.as_strided((tensor.numel(),), (1,))


class Learner:
    """`how`: eager; graph, the whole step one CUDA graph; or compile, torch.compile, on a GPU in such a graph too.
    `numbers`: fp32; tf32, which is fp32 whose products may be rounded to tf32; or bf16, by autocast."""

    def __init__(self, torch, recipe, digits, batch, how, numbers, nhwc, seed):
        self.torch, self.recipe, self.batch, self.nhwc, self.numbers = torch, recipe, batch, nhwc, numbers
        self.pictures, self.labels = digits
        self.device = self.pictures.device
        on_gpu = self.device.type == "cuda"
        self.steps_per_epoch = len(self.pictures) // batch  # the rest of each order, less than a batch, is left out
        if self.steps_per_epoch == 0:
            raise Refusal(f"batch {batch}: expected at most the {len(self.pictures)} digits that are learned")
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = numbers != "fp32"
        torch.backends.cudnn.benchmark = True
        ink_dtype = torch.bfloat16 if numbers == "bf16" else torch.float32
        ranges = {key.removeprefix("hand."): value for key, value in recipe.items() if key.startswith("hand.")}
        self.augment = Augmenter(torch, ranges, batch, self.device, ink_dtype)
        self.input_bias = torch.tensor(INPUT_BIAS, device=self.device)
        self.parameters = self.make_parameters()
        self.average = self.stored_parameters()
        self.order = torch.arange(self.steps_per_epoch * batch, device=self.device).view(-1, batch)
        self.schedule = self.make_schedule()
        self.graph, self.loss_of = None, self.loss
        if how == "compile":
            torch._dynamo.reset()
            mode = "max-autotune-no-cudagraphs" if on_gpu else "default"
            self.loss_of = torch.compile(self.loss, mode=mode, dynamic=False)
        self.captures = how == "graph" or (how == "compile" and on_gpu)
        if self.captures:
            self.now = torch.zeros(1, 2, device=self.device)  # the row of the schedule for this step
            self.rows = torch.tensor(self.schedule, device=self.device)
            self.starts = torch.tensor([[0, e * self.steps_per_epoch] for e in range(recipe["epochs"])]).to(self.device)
            self.counters = self.starts[0].clone()  # step of the epoch, step of the schedule
        decays = ((self.parameters[0::2], recipe["weight_decay"]), (self.parameters[1::2], 0))
        groups = [{"params": list(values), "weight_decay": decay} for values, decay in decays]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, fused=True, capturable=self.captures)
        self.restart(seed)
        if self.captures:
            self.capture()
        else:
            self.step()  # compiles, and chooses algorithms
        self.restart(seed)

    # ---- state ------------------------------------------------------------------------------------------------------

    def make_schedule(self):
        """Learning rate and the share by which the average follows, of each step: src/training/optimizer.cpp. The rate
        goes with the root of the batch, the recipe's own being as it says."""
        r, steps, rows = self.recipe, self.recipe["epochs"] * self.steps_per_epoch, []
        highest, warmup = (
            r["learning_rate"] * math.sqrt(self.batch / r["batch"]),
            r["warmup_epochs"] * self.steps_per_epoch,
        )
        for step in range(steps):
            if r["schedule"] == "one_cycle" and step < warmup:
                factor = (1 + 24 * step / warmup) / 25
            elif r["schedule"] == "one_cycle":
                factor = fall((step - warmup) / (steps - warmup))
            else:
                factor = (min(1, (step + 1) / warmup) if warmup > 0 else 1) * fall(step / steps)
            rows.append((highest * factor, 1 - min(r["average_decay"], (2 + step) / (11 + step))))
        return rows

    def make_parameters(self):
        torch, parameters = self.torch, []
        for shape in LAYERS:
            weight = torch.zeros(shape, device=self.device)
            if self.nhwc and len(shape) == 4:
                weight = weight.to(memory_format=torch.channels_last)
            parameters += [weight.requires_grad_(), torch.zeros(shape[0], device=self.device, requires_grad=True)]
        return parameters

    def stored_parameters(self):
        return self.torch.cat([as_stored(parameter.detach()) for parameter in self.parameters])

    def restart(self, seed):
        """To the first step, in place: a graph has the addresses."""
        torch = self.torch
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters:
                if parameter.dim() == 1:
                    parameter.zero_()
                else:
                    reach = math.sqrt(3 / math.prod(parameter.shape[1:]))
                    parameter.uniform_(-reach, reach)
                for value in self.optimizer.state[parameter].values():
                    value.zero_()
            self.average.copy_(self.stored_parameters())
        self.steps_done = 0

    # ---- one step ---------------------------------------------------------------------------------------------------

    def loss(self, pictures, labels):
        torch = self.torch
        with torch.no_grad():
            x = torch.add(self.input_bias, self.augment(pictures), alpha=INPUT_SCALE)
        with torch.autocast(self.device.type, torch.bfloat16, self.numbers == "bf16", cache_enabled=False):
            logits = logits_of(torch, self.parameters, x, self.nhwc)
        return torch.nn.functional.cross_entropy(logits.float(), labels, label_smoothing=self.recipe["label_smoothing"])

    def learn(self, chosen, rate, share):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        self.loss_of(self.pictures.index_select(0, chosen), self.labels.index_select(0, chosen)).backward()
        self.optimizer.step()
        if self.recipe["average_decay"] > 0:
            self.average.lerp_(self.stored_parameters(), share)

    def learn_next(self):
        """The same, with nothing from the host: what a CUDA graph can repeat."""
        torch = self.torch
        torch.index_select(self.rows, 0, self.counters[1:], out=self.now)
        chosen = self.order.index_select(0, self.counters[:1]).view(-1)
        self.learn(chosen, self.now[0, 0], self.now[0, 1])
        self.counters.add_(1)

    def capture(self):
        torch, stream = self.torch, self.torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):  # libraries choose their algorithms, torch.compile compiles, before the capture
                self.counters.copy_(self.starts[0])
                self.learn_next()
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.learn_next()

    def step(self):
        """The next step. After the last of the schedule, the schedule begins anew."""
        torch, (epoch, step) = self.torch, divmod(self.steps_done, self.steps_per_epoch)
        epoch %= self.recipe["epochs"]
        if step == 0:
            order = torch.randperm(len(self.pictures), device=self.device)
            self.order.view(-1).copy_(order[: self.order.numel()])
            if self.captures:
                self.counters.copy_(self.starts[epoch])
        if self.graph:
            self.graph.replay()
        else:
            self.learn(self.order[step], *self.schedule[epoch * self.steps_per_epoch + step])
        self.steps_done += 1

    # ---- what was learned -------------------------------------------------------------------------------------------

    def error(self, digits):
        """Share of `digits` that is read wrong, in fp32, by the averaged weights where there are such."""
        torch = self.torch
        pictures, labels = digits
        weights = [parameter.detach() for parameter in self.parameters]
        if self.recipe["average_decay"] > 0:
            pieces = self.average.split([weight.numel() for weight in weights])
            weights = [p.as_strided(w.shape, w.stride(), p.storage_offset()) for p, w in zip(pieces, weights)]
        with torch.inference_mode():
            logits = logits_of(torch, weights, pictures * INPUT_SCALE + INPUT_BIAS, self.nhwc)
            return (logits.argmax(1) != labels).double().mean().item()
