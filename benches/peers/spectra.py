"""Spectra and whole runs beside what one would use otherwise, in the same run.

    benches/peers/run spectra

README.md here says what is measured and how to read the table.
"""

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

import pictures
import plots
from measure import Bench, Line
from peers import HERE, machine, print_table

PACKAGES = ["numpy", "scipy", "pyfftw", "opencv-python-headless"]
RIVALS = {
    "fftw": "FFTW, real transform alone",
    "original": "original recipe, NumPy",
    "scipy": "SciPy rfft2 and bincount",
}
# Largest difference of a profile from the rival's, in log units where faces differ by 4 to 13. In single precision
# ring means of 1024 x 1024 faces are off by up to 3e-3; smooth pictures have weaker high frequencies, ten times that.
TOLERANCE = {"f32": 3e-2, "f64": 1e-8}


def recipe(precision):
    """The paper's Faces-HQ recipe: one value a ring, 722 of 1024 x 1024 pixels."""
    return f"faces-hq precision={precision}"


def profiles(name, target, sizes, count, precision, method, work):
    """Planes in memory to profiles."""
    width, height = sizes

    def lines(bench):
        planes = pictures.planes(count if count < 10 else bench.count(count, 100), width, height)
        theirs, ours = bench.pair(planes)
        ask = {"profile": method, "precision": precision, "seconds": bench.seconds}
        told = {}

        def measure(side, request):
            reply = side.ask(request)
            told[side] = reply["profile"]
            return reply["ms"]

        made = Line(name, work, RIVALS[method], "ms", target).fill(
            bench.rounds,
            lambda: measure(theirs, ask),
            lambda: measure(ours, {"profile": recipe(precision), "seconds": bench.seconds}),
        )
        if told[theirs] is not None:
            difference = np.abs(np.subtract(told[theirs], told[ours])).max()
            if not difference <= TOLERANCE[precision]:
                sys.exit(f"{name}: the two sides' profiles differ by {difference:.1e}")
        for side in (theirs, ours):
            side.close()
        return [made]

    return name, lines


def files(folder):
    return [str(path) for path in sorted(folder.glob("*.jpg"))]


def decoding(name, target, side, count, quick, how, work):
    """A whole run beside OpenCV that only reads the same files."""

    def lines(bench):
        folder = pictures.jpegs(bench.root, bench.count(count, quick), side, side)
        detector, theirs = bench.detector(side, how), bench.rival()
        read = {"decode": files(folder), "profiles": False}
        made = Line(name, work, "OpenCV greyscale read alone", "ms", target).fill(
            bench.rounds, lambda: theirs.ask(read)["ms"], lambda: bench.score(folder, detector, 1)
        )
        theirs.close()
        return [made]

    return name, lines


def two_threads(bench):
    folder = pictures.jpegs(bench.root, bench.count(500, 100), 1024, 1024)
    detector = bench.detector(1024, recipe("f32"))
    made = Line("threads", "the same, 2 threads", "the same, 1 thread", "ms", 1.85, at_least=True)
    theirs, ours = (lambda: bench.score(folder, detector, 1)), (lambda: bench.score(folder, detector, 2))
    return [made.fill(bench.rounds, theirs, ours)]


def two_processes(bench):
    folder = pictures.jpegs(bench.root, bench.count(10_000, 1000), 256, 256)
    detector, paths = bench.detector(256, recipe("f32")), files(folder)
    pair = bench.rival(), bench.rival()

    def both():
        requests = [{"decode": paths[part::2], "profiles": True} for part in range(2)]
        start = time.perf_counter()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda side, request: side.ask(request), pair, requests))
        return 1000 * (time.perf_counter() - start)

    work = f"{len(paths)} JPEG files of 256², whole run, 2 threads"
    made = Line("small-files", work, "OpenCV and SciPy, 2 processes", "ms", 0.55)
    made.fill(bench.rounds, both, lambda: bench.score(folder, detector, 2))
    for side in pair:
        side.close()
    return [made]


def start_up(bench):
    image = pictures.jpegs(bench.root, bench.count(500, 100), 1024, 1024) / "000000.jpg"
    detector, ours = bench.detector(1024, recipe("f32")), bench.ours()
    judge = {"judge": {"model": str(detector), "image": str(image)}, "seconds": bench.seconds}

    def beyond_work():
        work = ours.ask(judge)["ms"]
        # To standard output: the three syncs of a table in a file take as long as the disk pleases.
        return bench.timed("score", image, "--model", detector, "--threads", 1) - work

    made = Line("start-up", "one JPEG of 1024², start to exit, beyond the work", "15 ms allowed", "ms", 1.0)
    made.fill(3 * bench.rounds, lambda: 15.0, beyond_work)
    ours.close()
    return [made]


def memory(name, work, make, full):
    def lines(bench):
        count = bench.count(full, full // 20)
        few, many = make(bench.root, 1000), make(bench.root, count)
        detector = bench.detector(256, "default")
        few, many = (bench.peak(folder, detector, 2) for folder in (few, many))
        limit = Line(name, work.format(count), "300 MB allowed", "MiB", 1.0)
        flat = Line(f"{name}-flat", work.format(count), "1000 of these files", "MiB", 1.1)
        return [limit.fill(1, lambda: 300e6 / 2**20, lambda: many), flat.fill(1, lambda: few, lambda: many)]

    return name, lines


def small(root, count):
    return pictures.jpegs(root, count, 64, 64, distinct=1000)


def mixed(root, count):
    return pictures.mixed_jpegs(root, count, distinct=400)


PLANE = "1024² plane → 722 values, {}"
BATCH = "1000 planes of {}², f32"
LINES = [
    profiles("plane-fftw", 1.25, (1024, 1024), 1, "f32", "fftw", PLANE.format("f32")),
    profiles("plane-scipy", 0.55, (1024, 1024), 1, "f32", "scipy", PLANE.format("f32")),
    profiles("plane-original", 1 / 35, (1024, 1024), 1, "f32", "original", PLANE.format("f32")),
    profiles("plane-original-f64", 1 / 16, (1024, 1024), 1, "f64", "original", PLANE.format("f64")),
    profiles("plane-scipy-f64", None, (1024, 1024), 1, "f64", "scipy", PLANE.format("f64")),
    profiles("batch-256", 0.4, (256, 256), 1000, "f32", "scipy", BATCH.format(256)),
    profiles("batch-128", 0.4, (128, 128), 1000, "f32", "scipy", BATCH.format(128)),
    profiles("plane-300", 0.6, (300, 300), 1, "f32", "scipy", "300² plane, f32"),
    profiles("plane-341", 0.6, (341, 341), 1, "f32", "scipy", "341² plane, f32"),
    profiles("plane-178x218", 0.6, (178, 218), 1, "f32", "scipy", "178 × 218 plane, f32"),
    decoding("files", 1.7, 1024, 500, 100, recipe("f32"), "500 JPEG files of 1024², whole run, 1 thread"),
    decoding("files-default", None, 1024, 500, 100, "default", "the same, default recipe"),
    ("threads", two_threads),
    ("small-files", two_processes),
    ("start-up", start_up),
    memory("memory", "{} files of 64², 2 threads, peak memory", small, 100_000),
    memory("memory-mixed", "{} files of 400 sizes, 0.3 to 0.5 megapixels, 2 threads, peak memory", mixed, 20_000),
]


def print_lines(lines):
    def figure(value):
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"

    rows = []
    for line in lines:
        spreads = [
            figure(f(values)) for values in (line.theirs, line.ours) for f in (min, statistics.median, max)
        ]
        ratios = line.ratios()
        ratio = [figure(statistics.median(ratios)), f"{figure(min(ratios))}–{figure(max(ratios))}"]
        wanted = "" if line.target is None else f"{'≥' if line.at_least else '≤'} {figure(line.target)}"
        met = {None: "", True: "yes", False: "NO"}[line.is_met()]
        rows.append([line.work, line.rival, line.unit, *spreads, *ratio, wanted, met])
    header = ["work", "rival", "", "rival|min", "|median", "|max", "ours|min", "|median", "|max"]
    print_table("Times", [*header, "ratio|median", "|min–max", "|wanted", "|met"], rows, left=3)


def arguments():
    parser = argparse.ArgumentParser(description="Spectra and whole runs beside what one would use otherwise.")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="lines with TEXT in their name; may be repeated")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="the lines' names")
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each side (default 9)")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of one measurement of planes in memory (default 0.3)")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer files and planes: for a look, not for a record")
    parser.add_argument("--plots", action="store_true", help="also measure and draw the scaling with size and threads")
    parser.add_argument("--output", metavar="FOLDER", help="place of spectra.json and the plots (default target/peers)")
    parser.add_argument("--pictures", metavar="FOLDER", help="place of the pictures, 200 MB (default target/peers)")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds: expected at least 1")
    return args


def main():
    args = arguments()
    chosen = [line for line in LINES if not args.only or any(text in line[0] for text in args.only)]
    if args.list or not chosen:
        sys.exit("there are: " + ", ".join(name for name, _ in LINES))
    default = HERE.parents[1] / "target" / "peers"
    output = Path(args.output or default)
    output.mkdir(parents=True, exist_ok=True)
    bench = Bench(args.pictures or default, args.rounds, args.seconds, args.quick)
    where = machine(PACKAGES)
    print(f"{date.today()}; {where}")
    print(f"{args.rounds} rounds, alternating{'; QUICK: fewer files and planes' if args.quick else ''}")
    lines = [line for _, measure in chosen for line in measure(bench)]
    print_lines(lines)
    record = {"date": str(date.today()), "machine": where, "quick": args.quick}
    record["lines"] = [asdict(line) | {"ratios": line.ratios(), "met": line.is_met()} for line in lines]
    if args.plots:
        record["scaling"] = plots.draw(bench, output, where)
    (output / "spectra.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten {output / 'spectra.json'}")


if __name__ == "__main__":
    main()
