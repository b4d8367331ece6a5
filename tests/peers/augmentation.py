"""augmentation.py -- the `hand.*` keys of a recipe on whole batches: what src/training/warp.cpp and ink.cpp do.

Few launches matter more than few operations: all random numbers of a batch are drawn at once, the affine map and the
elastic field are one product of matrices, and one pass moves edges outwards or inwards, as each picture wants.
"""

import math

SIDE = 32
CENTRE = (SIDE - 1) / 2
# Standard deviation of a cubic B-spline field whose nodes are uniform in [-1, 1), as in warp.cpp.
FIELD_DEVIATION = math.sqrt(1 / 3) * 151 / 315
KEYS = "rotation_deg scale slant shift_px elastic_px elastic_spacing_px thicken_px thin_px contrast fade blur noise"
AFFINE_KEYS = "rotation_deg scale slant shift_px"  # --augmentation light


def cubic_b_spline(t):
    t = abs(t)
    if t >= 2:
        return 0
    return (2 - t) ** 3 / 6 if t >= 1 else 2 / 3 - t * t + t**3 / 2


class Augmenter:
    """Changes (n, 1, 32, 32) pictures, ink from 0 to 1. `ink_dtype`: of all that follows the resampling.

    Differs from Chiffre's in nothing that matters: values between are not rounded to bytes, the gammas are not those
    of a table, and ink that touches the border is not eroded from there."""

    def __init__(self, torch, ranges, batch, device, ink_dtype):
        self.torch, self.ranges, self.ink_dtype = torch, ranges, ink_dtype
        r = ranges
        nodes = math.ceil((SIDE - 1) / r["elastic_spacing_px"]) + 3 if r["elastic_px"] > 0 else 0
        self.node_count = nodes * nodes
        self.warps = any(r[key] > 0 for key in AFFINE_KEYS.split() + ["elastic_px"])

        # Column by column: what is drawn, from where to where. Positions are grid_sample's: -1 and 1 are the centres
        # of the first and the last pixel.
        px = 1 / CENTRE
        angle, node = math.radians(r["rotation_deg"]), r["elastic_px"] / FIELD_DEVIATION * px
        drawn = [(-angle, angle), (-r["slant"], r["slant"])]
        drawn += [(-r["scale"], r["scale"])] * 2 + [(-r["contrast"], r["contrast"])]  # exp() follows
        drawn += [(-r["shift_px"] * px, r["shift_px"] * px)] * 2
        drawn += [(-r["thin_px"], r["thicken_px"]), (0, r["blur"]), (1 - r["fade"], 1), (0, r["noise"] / 255)]
        self.first_node = len(drawn)
        drawn += [(-node, node)] * (2 * self.node_count)
        low, high = torch.tensor(drawn, dtype=torch.float32, device=device).T
        self.low, self.span = low.contiguous(), (high - low).contiguous()

        # (3 + nodes, pixels): x, y, 1 and the splines at every pixel; what a picture draws are their coefficients.
        along = [(i - CENTRE) * px for i in range(SIDE)]
        rows = [along * SIDE, [y for y in along for _ in range(SIDE)], [1.0] * SIDE**2]
        if nodes:
            spacing = r["elastic_spacing_px"]
            spline = [[cubic_b_spline(x / spacing - (node - 1)) for x in range(SIDE)] for node in range(nodes)]
            rows += [[v * h for v in spline[j] for h in spline[i]] for j in range(nodes) for i in range(nodes)]
        self.basis = torch.tensor(rows, dtype=torch.float32, device=device)
        self.sample = self.quicker_sampler(batch) if device.type == "cuda" else torch.grid_sampler_2d

    def quicker_sampler(self, batch):
        """PyTorch's own resampling, which takes positions as they lie, or cuDNN's, which has them copied."""
        torch, seconds = self.torch, {}
        pictures = torch.rand(batch, 1, SIDE, SIDE, device=self.basis.device)
        position = torch.rand(batch, 2, SIDE, SIDE, device=self.basis.device).permute(0, 2, 3, 1)
        for sample in (torch.grid_sampler_2d, torch.grid_sampler):
            for run in range(2):  # the first starts libraries
                start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                start.record()
                for _ in range(20):
                    sample(pictures, position, 0, 0, True)
                end.record()
                end.synchronize()
                seconds[sample] = start.elapsed_time(end)
        return min(seconds, key=seconds.get)

    def __call__(self, pictures):
        torch, r, n = self.torch, self.ranges, len(pictures)
        drawn = torch.addcmul(self.low, torch.rand(n, len(self.low), device=pictures.device), self.span)
        scales = drawn[:, 2:5].exp()
        x = self.warp(pictures, drawn, scales) if self.warps else pictures
        x = x.to(self.ink_dtype)
        column = drawn[:, 7:11].to(self.ink_dtype).view(n, 4, 1, 1)
        if r["thicken_px"] > 0 or r["thin_px"] > 0:
            x = self.change_stroke(x, column[:, 0:1])
        if r["blur"] > 0:
            x = self.blur(x, column[:, 1:2])
        if r["contrast"] > 0:
            x = x.pow(scales[:, 2].to(self.ink_dtype).view(n, 1, 1, 1))
        if r["fade"] > 0:
            x = x * column[:, 2:3]
        if r["noise"] > 0:
            x = torch.addcmul(x, torch.randn_like(x), column[:, 3:4]).clamp(0, 1)
        return x

    def warp(self, pictures, drawn, scales):
        torch, n = self.torch, len(pictures)
        angle, slant = drawn[:, 0], drawn[:, 1:2]
        sine, cosine = angle.sin(), angle.cos()
        right = torch.stack((cosine, sine), 1)  # where a step to the right and one down lead, before scaling
        down = torch.addcmul(torch.stack((-sine, cosine), 1), right, slant)
        parts = [(right * scales[:, 0:1]).view(n, 2, 1), (down * scales[:, 1:2]).view(n, 2, 1), drawn[:, 5:7, None]]
        if self.node_count:
            parts.append(drawn[:, self.first_node :].view(n, 2, self.node_count))
        coefficients = torch.cat(parts, 2).view(2 * n, -1)
        with torch.autocast(pictures.device.type, enabled=False):  # positions need more digits than bfloat16 has
            position = (coefficients @ self.basis).view(n, 2, SIDE, SIDE)
            position = position.permute(0, 2, 3, 1)
            return self.sample(pictures, position, 0, 0, True)  # bilinear, 0 outside, corners are pixels' centres

    def change_stroke(self, x, px):
        """Grey dilation with a cross where px > 0, erosion, which is dilation of the negative, where px < 0."""
        torch, pool = self.torch, self.torch.nn.functional.max_pool2d
        sign, distance = px.sign(), px.abs().clamp(max=4)
        most = min(max(self.ranges["thicken_px"], self.ranges["thin_px"]), 4)
        for step in range(math.ceil(most)):
            signed = x * sign
            across, along = pool(signed, (1, 3), 1, (0, 1)), pool(signed, (3, 1), 1, (1, 0))
            share = distance if most <= 1 else (distance - step).clamp(0, 1)
            x = torch.lerp(x, torch.maximum(across, along) * sign, share)
        return x

    def blur(self, x, weight):
        pad = self.torch.nn.functional.pad
        for sides, a, b in (((1, 1, 0, 0), x_slice(0), x_slice(2)), ((0, 0, 1, 1), y_slice(0), y_slice(2))):
            padded = pad(x, sides)
            x = x + weight * (padded[a] + padded[b] - 2 * x)
        return x


def x_slice(start):
    return ..., slice(start, start + SIDE)


def y_slice(start):
    return ..., slice(start, start + SIDE), slice(None)
