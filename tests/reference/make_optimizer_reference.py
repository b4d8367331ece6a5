#!/usr/bin/env python3
"""Records where PyTorch's optimizers lead one weight in float64, step by step, in optimizer_reference.json.

Gradient and learning rate come from formulas that tests/optimizer_test.cpp computes too, so they need not be stored.
Usage: make_optimizer_reference.py > optimizer_reference.json      (needs torch, 2.1 or later)
"""
import json
import math
import sys

import torch

STEPS = 40
START = 0.75
DECAY = 0.1
# PyTorch's NAdam lets beta1 grow towards its final value at a speed that momentum_decay sets (Dozat, section 2.2). This
# high it is there at once; at 0 it would stay at half of it.
AT_ONCE = 1e6


def gradient(step):
    return math.sin(0.7 * step) + 0.3 * math.cos(2.1 * step) - 0.2


def rate(step):
    return 0.02 / (1 + 0.05 * step)


def path(make):
    weight = torch.nn.Parameter(torch.tensor([START], dtype=torch.float64))
    optimizer = make([weight])
    steps = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate(step)
        weight.grad = torch.tensor([gradient(step)], dtype=torch.float64)
        optimizer.step()
        steps.append(weight.item())
    return steps


def main():
    optim = torch.optim
    reference = {
        "torch": torch.__version__,
        "start": START,
        "weight_decay": DECAY,
        "momentum": 0.8,
        "paths": {
            "adamw": path(lambda p: optim.AdamW(p, weight_decay=DECAY)),
            "adamw_no_decay": path(lambda p: optim.AdamW(p, weight_decay=0)),
            "nadam": path(
                lambda p: optim.NAdam(p, momentum_decay=AT_ONCE, weight_decay=DECAY, decoupled_weight_decay=True)
            ),
            "nadam_no_decay": path(lambda p: optim.NAdam(p, momentum_decay=AT_ONCE)),
            # PyTorch's SGD has no decoupled decay.
            "sgd_no_decay": path(lambda p: optim.SGD(p, lr=1, momentum=0.8)),
        },
    }
    json.dump(reference, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
