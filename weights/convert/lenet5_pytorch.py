"""lenet5_pytorch.py -- Chiffre's network as a PyTorch module. Copy this file to where it is used:

    from lenet5_pytorch import LeNet5
    model = LeNet5()
    model.load_state_dict(torch.load("lenet5.pt"))

`model(tiles)` takes bytes, (n, 32, 32) or (n, 1, 32, 32), ink 255 on 0, and gives logits (n, 10).
"""

import torch
from torch import nn


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.c5 = nn.Linear(400, 120)  # S4's maps in (c, h, w) order
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, tiles):
        x = tiles.reshape(-1, 1, 32, 32).to(self.c1.weight.dtype) * (1.275 / 255) - 0.1
        x = nn.functional.avg_pool2d(torch.tanh(self.c1(x)), 2)
        x = nn.functional.avg_pool2d(torch.tanh(self.c3(x)), 2)
        x = torch.tanh(self.c5(x.flatten(1)))
        return self.output(torch.tanh(self.f6(x)))
