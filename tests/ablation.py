#!/usr/bin/env python3
"""What each part of the reading is worth: draws pictures of every style and reads them with each part left out.

    python3 tests/ablation.py --build build/release                    50 pictures of each style, seed 31
    python3 tests/ablation.py --build build/release --csv FILE         every count, too

Prints two tables in Markdown, as docs/reading.md has them. It stands beside the tests because it measures what they
hold fast; it is not one of them, because its result is figures.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

STYLES = """plain paper board hard shadows ruled squared touching touching-triples broken letters turned bowed
perspective seven-segment table forms columns scattered faint coarse cropped bleed printed""".split()
COUNTS = ["images", "exact", "digits", "distance", "false_digits"]
NOTHING = "nothing"
TELLING = 0.5  # points of DER: less is not told in the last columns
MOST_STYLES = 3  # told for a part


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def parts_of(analyze):
    """The parts that `--without` knows, from what it says of one that it does not know."""
    done = subprocess.run([analyze, "evaluate", "--without", "?", "."], capture_output=True, text=True, check=False)
    names = re.search(r"expected some of (.*), found", done.stderr)
    if not names:
        sys.exit(f"{analyze}: expected a program with --without, found: {done.stderr.strip()}")
    return names[1].split(", ")


def evaluate(analyze, folder, part):
    command = [analyze, "evaluate", folder, "--device", "cpu", "--format", "json", "-q"]
    everything = json.loads(run(command + (["--without", part] if part != NOTHING else [])))["groups"][0]
    return {count: everything[count] for count in COUNTS}


def total(tallies):
    return {count: sum(tally[count] for tally in tallies) for count in COUNTS}


def rate(tally, count="distance"):
    return 100 * tally[count] / tally["digits"]


def cells(tally):
    return f"{100 * tally['exact'] / tally['images']:.1f} | {rate(tally):.2f} | {rate(tally, 'false_digits'):.2f}"


def changes(tallies, part, sign):
    """The styles whose DER rises (sign 1) or falls (-1) most without the part."""
    rises = [(sign * (rate(tallies[part, s]) - rate(tallies[NOTHING, s])), s) for s in STYLES]
    told = sorted((rise for rise in rises if rise[0] >= TELLING), reverse=True)[:MOST_STYLES]
    return ", ".join(f"{s} {rate(tallies[NOTHING, s]):.1f} → {rate(tallies[part, s]):.1f}" for _, s in told)


def print_tables(tallies, parts):
    print("| style | exact % | DER % | false |\n|---|---|---|---|")
    for style in STYLES:
        print(f"| {style} | {cells(tallies[NOTHING, style])} |")
    print("\n| left out | exact % | DER % | false | DER rises most | and falls |\n|---|---|---|---|---|---|")
    for part in [NOTHING] + parts:
        everything = total([tallies[part, style] for style in STYLES])
        print(f"| {part} | {cells(everything)} | {changes(tallies, part, 1)} | {changes(tallies, part, -1)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="folder with analyze and synthesize")
    parser.add_argument("--count", type=int, default=50, help="pictures of each style")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    analyze, synthesize = str(options.build / "analyze"), str(options.build / "synthesize")
    parts = parts_of(analyze)
    with tempfile.TemporaryDirectory() as drawn, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for style in STYLES:
            run([synthesize, "--style", style, "--count", str(options.count), "--seed", str(options.seed),
                 "--output", f"{drawn}/{style}"])
        waiting = {(part, style): pool.submit(evaluate, analyze, f"{drawn}/{style}", part)
                   for part in [NOTHING] + parts for style in STYLES}
        tallies = {}
        for (part, style), future in waiting.items():
            tallies[part, style] = future.result()
            if style == STYLES[-1]:
                print(f"without {part}: read", file=sys.stderr)
    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["without", "style"] + COUNTS)
            writer.writerows([*key] + list(tally.values()) for key, tally in tallies.items())
    print_tables(tallies, parts)


if __name__ == "__main__":
    main()
