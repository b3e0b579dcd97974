"""Scaling with the size of the image and the number of threads: measured, and drawn as SVG."""

import os
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator

import pictures

SIZES = [64, 96, 128, 178, 256, 300, 341, 512, 600, 768, 1024, 1500, 2048, 3000, 4096]
# What each curve is: its label, its colour, whose it is, and the request.
CURVES = [
    ("original recipe, NumPy, f64", "#999999", {"profile": "original", "precision": "f64"}),
    ("SciPy and bincount, f64", "#56b4e9", {"profile": "scipy", "precision": "f64"}),
    ("SciPy and bincount, f32", "#0072b2", {"profile": "scipy", "precision": "f32"}),
    ("FFTW, transform alone, f32", "#009e73", {"profile": "fftw", "precision": "f32"}),
    ("dftective, f64", "#e69f00", "faces-hq precision=f64"),
    ("dftective, f32", "#d55e00", "faces-hq precision=f32"),
]


def by_size(bench):
    """Milliseconds a plane for each curve and side; FFTW plans its largest sizes for minutes, so it stops at 2048."""
    sizes = SIZES[::3] if bench.quick else SIZES
    times = {label: [] for label, *_ in CURVES}
    for side in sizes:
        theirs, ours = bench.pair(pictures.planes(1, side, side))
        for label, _, request in CURVES:
            if isinstance(request, str):
                values = [ours.ask({"profile": request, "seconds": bench.seconds})["ms"] for _ in range(3)]
            elif side > 2048 and request["profile"] == "fftw":
                values = [None]
            else:
                values = [theirs.ask(request | {"seconds": bench.seconds})["ms"] for _ in range(3)]
            times[label].append(min(values))
        for process in (theirs, ours):
            process.close()
        print(f"  scaling: {side} x {side}", file=sys.stderr)
    return {"sides": sizes, "ms": times}


def by_threads(bench):
    """Images a second of whole runs, by number of threads."""
    threads = list(range(1, 2 * (os.cpu_count() or 1) + 1))
    rates = {}
    for side, full, quick in [(1024, 500, 100), (256, 10_000, 1000)]:
        count = bench.count(full, quick)
        folder = pictures.jpegs(bench.root, count, side, side)
        detector = bench.detector(side, "faces-hq precision=f32")
        least = {n: min(bench.score(folder, detector, n) for _ in range(3)) for n in threads}
        rates[f"{count} files of {side}²"] = [1000 * count / least[n] for n in threads]
        print(f"  scaling: threads, {side} x {side}", file=sys.stderr)
    return {"threads": threads, "images_per_second": rates}


def draw(bench, output, where):
    sizes, threads = by_size(bench), by_threads(bench)
    plt.rcParams.update({"font.size": 10, "svg.fonttype": "none", "axes.spines.top": False, "axes.spines.right": False})
    note = where.split(";")[0]
    draw_sizes(sizes, output / "scaling-size.svg", note)
    draw_threads(threads, output / "scaling-threads.svg", note)
    return {"size": sizes, "threads": threads}


def draw_sizes(found, path, note):
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for label, colour, _ in CURVES:
        measured = zip(found["sides"], found["ms"][label])
        points = [(side, 1e6 * ms / side**2) for side, ms in measured if ms is not None]
        ours = label.startswith("dftective")
        axes.plot(*zip(*points), color=colour, label=label, marker="o", markersize=4, linewidth=2.2 if ours else 1.4)
    axes.set(xscale="log", yscale="log", xlabel="width and height, pixels", ylabel="nanoseconds a pixel")
    ticks = [side for side in found["sides"] if side & (side - 1) == 0]
    axes.set_xticks(ticks, [str(side) for side in ticks])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    axes.set_title(f"A luma plane to its radial profile, one thread ({note})", fontsize=10)
    figure.savefig(path)
    plt.close(figure)


def draw_threads(found, path, note):
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    threads, cores = found["threads"], os.cpu_count() or 1
    for panel, (label, rates) in zip(axes, found["images_per_second"].items()):
        ideal = [rates[0] * min(n, cores) for n in threads]
        panel.plot(threads, ideal, color="#999999", linestyle="--", label=f"in proportion, up to {cores} cores")
        panel.plot(threads, rates, color="#d55e00", marker="o", linewidth=2.2, label="dftective score")
        panel.set(xlabel="threads", ylabel="images a second", title=label, ylim=(0, None), xticks=threads)
        panel.grid(alpha=0.3)
        panel.legend(frameon=False, fontsize=8, loc="lower right")
    figure.suptitle(f"Whole runs over JPEG files, quality 75 ({note})", fontsize=10)
    figure.savefig(path)
    plt.close(figure)
