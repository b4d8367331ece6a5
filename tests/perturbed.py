#!/usr/bin/env python3
"""perturbed -- how well labelled photographs are read when they are scaled, turned a little, lighter, darker or blurred.

usage: perturbed [--analyze PROGRAM] [--keep DIR] LABELS

LABELS is a folder as `analyze evaluate` reads it. What a program is tuned on is read better than fresh pictures of the
same kind; a photo scaled to 0.9 of its size or turned by a degree is nearly as fresh as another one. Prints a line for
each change, and last the mean of all but the first, the photos as they are (in grey, encoded again). Needs Pillow.
"""
import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

from PIL import Image, ImageFilter, ImageOps, ImageStat

PHOTOS = {".jpg", ".jpeg", ".png", ".bmp", ".tga", ".pgm", ".ppm"}
QUALITY = 95  # of the JPEGs written


def scaled(factor):
    return lambda image: image.resize([max(1, round(side * factor)) for side in image.size], Image.Resampling.BICUBIC)


def turned(degrees):
    """The corners that come into the picture are as light as its edge is on the average."""

    def turn(image):
        edges = [image.crop((0, 0, image.width, 1)), image.crop((0, 0, 1, image.height))]
        light = sum(ImageStat.Stat(edge).mean[0] for edge in edges) / len(edges)
        return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=round(light))

    return turn


def gamma(exponent):
    return lambda image: image.point([round(255 * (value / 255) ** exponent) for value in range(256)])


def blurred(sigma):
    """sigma: in pixels of a picture whose shorter side has 625; it grows with the root of that side."""
    return lambda image: image.filter(ImageFilter.GaussianBlur(sigma * math.sqrt(min(image.size) / 625)))


CHANGES = (
    [("none", lambda image: image)]
    + [(f"scaled {f}", scaled(f)) for f in (0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.4)]
    + [(f"turned {d}", turned(d)) for d in (-2, -1, 1, 2)]
    + [(f"gamma {g}", gamma(g)) for g in (0.7, 0.85, 1.2, 1.4)]
    + [(f"blurred {b}", blurred(b)) for b in (0.6, 1)]
)


def write(change, photos, folder):
    for photo in photos:
        with Image.open(photo) as image:
            changed = change(ImageOps.exif_transpose(image).convert("L"))
        # Under the name that the labels have: what a file is, analyze tells by its content.
        with open(folder / photo.name, "wb") as file:
            changed.save(file, "JPEG" if photo.suffix.lower() in {".jpg", ".jpeg"} else "PNG", quality=QUALITY)


def evaluated(analyze, folder):
    run = subprocess.run([analyze, "evaluate", "--format", "json", folder], capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1) or not run.stdout:
        sys.exit(f"perturbed: {analyze}: {run.stderr.strip()}")
    return json.loads(run.stdout)["groups"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("labels", type=pathlib.Path, metavar="LABELS")
    parser.add_argument("--analyze", default="analyze", metavar="PROGRAM")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep the pictures there")
    options = parser.parse_args()
    photos = sorted(p for p in options.labels.iterdir() if p.suffix.lower() in PHOTOS)
    if not photos or not (options.labels / "labels.tsv").is_file():
        parser.error(f"{options.labels}: expected photos and labels.tsv, found {len(photos)} photos")
    print(f"{'change':14} {'exact':>7} {'DER':>7} {'false':>7}")
    rest = []
    for name, change in CHANGES:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.keep / name.replace(" ", "-") if options.keep else pathlib.Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(options.labels / "labels.tsv", folder)
            write(change, photos, folder)
            group = evaluated(options.analyze, folder)
        shares = [group[key] for key in ("exact_share", "digit_error_rate", "false_rate")]
        print(f"{name:14} " + " ".join(f"{100 * share:6.1f}%" for share in shares), flush=True)
        if name != "none":
            rest.append(shares)
    print(f"{'all but none':14} " + " ".join(f"{100 * sum(s) / len(rest):6.1f}%" for s in zip(*rest)))


if __name__ == "__main__":
    main()
