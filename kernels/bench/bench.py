#!/usr/bin/env python3
"""Checks the kernels on a GPU against float64, then times them beside cuFFT.

    python kernels/bench/bench.py                       # with CuPy, on a GPU
    python kernels/bench/bench.py --json out.json --sizes 1024 1920x1080 --images photos/*.jpg
    python kernels/bench/bench.py --dry-run libcuda.so.1    # without both: see below

Needs NumPy and CuPy and nothing of Rust: it loads the PTX that the program carries. Every run draws fresh inputs; their
seed is printed, and --seed repeats them. Outputs and intermediates are poisoned before each check.

A dry run takes the stand-in driver (g++ -std=c++17 -O1 -shared -fPIC kernels/host/driver.cpp -o libcuda.so.1) for the
GPU and NumPy for CuPy: the same tables, launches and checks, no times.
"""

import argparse
import json
import pathlib
import secrets
import statistics
import subprocess
import sys

import numpy as np

from devices import OnCupy, OnStandIn
from ours import RECIPES, Ours
from rivals import Fused, Naive

# Checked whatever is asked for: planes that are not square, and the kernels for planes of any size where others would do.
ALSO_CHECKED = [(256, 64, False), (64, 512, False), (178, 218, True), (341, 75, True), (128, 256, True)]


def photographs(paths, width, height, count, random):
    """Planes with the falling spectrum of photographs: of files where given, else light, shapes and grain."""
    planes = []
    for path in paths[:count]:
        from PIL import Image

        grey = np.asarray(Image.open(path).convert("L"))
        repeats = (-(-height // grey.shape[0]), -(-width // grey.shape[1]))
        planes.append(np.tile(grey, repeats)[:height, :width])
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    while len(planes) < count:
        plane = 60 + 90 * x * random.random() + 40 * y * random.random()
        for _ in range(6):
            cx, cy, r = random.random(), random.random(), 0.05 + 0.2 * random.random()
            plane += random.uniform(-50, 50) * (np.hypot(x - cx, y - cy) < r)
        plane += random.normal(0, 2 + 4 * random.random(), plane.shape)
        planes.append(np.clip(plane, 0, 255).astype(np.uint8))
    return np.stack(planes)


def check(on, width, height, recipe, paths, random, half=False, any_size=False):
    """The largest share of its bound and the largest difference, in units of 20·ln, by which a ring mean misses float64,
    of noise and of photographs; and whether the same planes in another order give the same bits."""
    images = 5
    # Chunks that don't divide the batch: the last is smaller.
    ours = Ours(on, width, height, recipe, images, 2, half=half, any_size=any_size)
    noise = random.integers(0, 256, (2, height, width), dtype=np.uint8)
    planes = np.concatenate([noise, photographs(paths, width, height, images - 2, random)])

    def means(planes):
        ours.poison()
        given = ours.lay_out(planes)
        found = ours(given)
        on.finish()
        return on.get(found).copy()

    found = means(planes)
    share = missed = 0.0
    for plane, of_plane in zip(planes, found):
        expected, bound = ours.expected(plane)
        difference = np.nan_to_num(np.abs(of_plane - expected), nan=np.inf)[1:-1]
        share, missed = max(share, (difference / bound[1:-1]).max()), max(missed, difference.max())
    same = np.array_equal(means(planes[::-1])[::-1].view(np.uint64), found.view(np.uint64))
    return float(share), float(missed), same


def rivals(on, ours, images):
    """Those that can do the size, by name."""
    found = {"naive CuPy": Naive(on, ours, images)}
    if on.times and ours.width % 4 == 0 and ours.height % Fused.ROWS == 0:
        found["cuFFT and fused kernels"] = Fused(on, ours)
    return found


def rivals_agree(on, width, height, recipe, random):
    """Whether the rivals compute the same: nobody should be slower for doing more, or faster for doing less."""
    images = 2
    ours = Ours(on, width, height, recipe, images)
    planes = photographs([], width, height, images, random)
    given = ours.lay_out(planes)
    found = ours(given)
    on.finish()
    found, given = on.get(found).copy(), on.array(planes)
    # Single precision throughout, and in the naive one sums, too: far closer than any two pictures are.
    return {name: bool(np.abs(on.get(rival(given)) - found)[:, 1:-1].max() < 1e-2) for name, rival in rivals(on, ours, images).items()}


def timed(on, work, inputs, repeats):
    """Median, least and greatest milliseconds a batch, each repeat on another of the inputs."""
    cupy = on.xp
    for pixels in inputs:
        work(pixels)
    on.finish()
    times = []
    for repeat in range(repeats):
        pixels = inputs[repeat % len(inputs)]
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        work(pixels)
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(start, end))
    return statistics.median(times), min(times), max(times)


def as_graph(on, work, pixels):
    """The work on these pixels as one launch, so that Python's own time does not count."""
    stream = on.xp.cuda.Stream(non_blocking=True)
    with stream:
        work(pixels)
        stream.synchronize()
        stream.begin_capture()
        work(pixels)
        graph = stream.end_capture()
    return lambda _: graph.launch(on.xp.cuda.get_current_stream())


def end_to_end(on, width, height, recipe, images, repeats):
    """Milliseconds a batch from pinned pixels to pinned means on two streams in turns."""
    cupy = on.xp
    lanes = []
    for _ in range(2):
        ours = Ours(on, width, height, recipe, images)
        pixels = cupy.cuda.alloc_pinned_memory(images * ours.pitch)
        pixels = np.frombuffer(pixels, np.uint8, images * ours.pitch).reshape(images, ours.pitch)
        pixels[...] = np.random.default_rng(1).integers(0, 256, pixels.shape, dtype=np.uint8)
        means = np.frombuffer(cupy.cuda.alloc_pinned_memory(ours.means.nbytes), np.float64, ours.means.size)
        lanes.append((cupy.cuda.Stream(non_blocking=True), pixels, on.empty(pixels.shape, np.uint8), ours, means))

    def turn(lane):
        stream, pixels, there, ours, means = lane
        with stream:
            there.set(pixels, stream=stream)
            ours(there).get(stream=stream, out=means.reshape(ours.means.shape), blocking=False)

    for lane in lanes:
        turn(lane)
    for stream, *_ in lanes:
        stream.synchronize()
    times = []
    for _ in range(max(3, repeats // 8)):
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        start.synchronize()
        for _ in range(4):
            for lane in lanes:
                turn(lane)
        for stream, *_ in lanes:
            stream.synchronize()
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(start, end) / 8)
    return statistics.median(times), min(times), max(times)


def kernels_alone(ours):
    """Each kernel of a batch as work of its own, by name."""
    part = slice(0, ours.images)
    launches = {"rows": "run_rows", "columns": "run_columns"}

    def alone(name):
        def work(pixels):
            kept = {other: getattr(ours, other) for other in launches.values()}
            for other in launches.values():
                if other != launches[name]:
                    setattr(ours, other, lambda *_: None)
            ours.run_chunk(pixels, part, ours.halves[0])
            for other, launch in kept.items():
                setattr(ours, other, launch)

        return work

    return {name: alone(name) for name in launches}


def time_all(on, width, height, recipe, arguments, l2_bytes, random):
    """Milliseconds of a batch by what was timed, and the images of a batch."""
    plane = width * height
    images = max(4, arguments.pixels // plane)
    ours = Ours(on, width, height, recipe, images)
    # Enough sets that none is left in the L2 cache from the last time.
    sets = [on.array(random.integers(0, 256, (images, ours.pitch), dtype=np.uint8)) for _ in range(3)]

    def in_graphs(work):
        of_set = {id(pixels): as_graph(on, work, pixels) for pixels in sets}
        return timed(on, lambda pixels: of_set[id(pixels)](pixels), sets, arguments.repeats)

    rows = {"ours": in_graphs(ours)}
    for name, work in kernels_alone(ours).items():
        rows[f"  {name} alone"] = in_graphs(work)
    if not ours.any:
        rows["ours, half precision between"] = in_graphs(Ours(on, width, height, recipe, images, half=True))
    rows["ours, half the batch on each of 2 streams"] = in_graphs(Ours(on, width, height, recipe, images, images // 2, 2))
    # Three buffers between rows and columns that share half of the L2 cache, or all of it.
    for part in (6, 3):
        chunk = l2_bytes // part // (4 * plane)
        if 0 < 3 * chunk <= images:
            rows[f"ours, {chunk} at a time on 3 streams"] = in_graphs(Ours(on, width, height, recipe, images, chunk, 3))
    if not arguments.ours:
        few = max(1, images // 8)
        naive, *fused = rivals(on, ours, few).items()
        times = timed(on, naive[1], [pixels[:few, :plane] for pixels in sets], max(3, arguments.repeats // 4))
        for name, _ in fused:
            rows[name] = in_graphs(Fused(on, ours))
        rows[naive[0]] = tuple(t * images / few for t in times)
        rows["ours, end to end"] = end_to_end(on, width, height, recipe, images, arguments.repeats)
    return rows, images


def copy_rate(on):
    """What a copy within the card reaches, bytes read and written, TB/s."""
    a = on.xp.zeros(1 << 31, np.uint8)
    b = on.xp.empty_like(a)
    milliseconds, *_ = timed(on, lambda _: on.xp.copyto(b, a), [a], 20)
    return 2 * a.nbytes / milliseconds / 1e9


def machine(on):
    properties = on.xp.cuda.runtime.getDeviceProperties(0)
    query = "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,power.limit"
    asked = subprocess.run(["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], capture_output=True, text=True)
    return {
        "device": properties["name"].decode(),
        "l2_bytes": properties["l2CacheSize"],
        "multiprocessors": properties["multiProcessorCount"],
        "copy_tb_s": copy_rate(on),
        "cupy": on.xp.__version__,
        "nvidia_smi": {query: asked.stdout.strip()},
    }


def check_all(on, arguments, random):
    """Rows of all checks, printed; whether all is as it should be."""
    print("\ncheck against float64: largest miss of a ring mean, as a share of its bound and in units of 20·ln,")
    print("and whether the order of a batch changes no bit")
    checks, good = [], True
    for width, height, any_size in [(w, h, False) for w, h in arguments.sizes] + ALSO_CHECKED:
        for recipe in RECIPES:
            any_size = any_size or Ours(on, width, height, recipe, 1).any
            for half in (False,) if any_size else (False, True):
                share, missed, same = check(on, width, height, recipe, arguments.images, random, half, any_size)
                good &= share <= 1 and same
                kind = "any size" if any_size else "half" if half else ""
                print(f"{width:5}x{height:<5} {recipe:9} {kind:9} {share:5.2f}  {missed:.1e}  {'same' if same else 'DIFFERENT'}")
                checks.append(
                    {"width": width, "height": height, "recipe": recipe, "kind": kind}
                    | {"share": share, "missed": missed, "same": same}
                )
            agree = rivals_agree(on, width, height, recipe, random)
            if not all(agree.values()):
                good = False
                print(f"{width:5}x{height:<5} {recipe:9} rivals that compute something else: {agree}")
    return checks, good


def size(text):
    sides = [int(side) for side in text.split("x")]
    return (sides[0], sides[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = ["128", "256", "512", "1024", "2048", "300", "1000", "1920x1080"]
    parser.add_argument("--sizes", nargs="+", default=default, help="sides of squares, or WIDTHxHEIGHT")
    parser.add_argument("--images", nargs="*", default=[], help="photographs to check with")
    parser.add_argument("--pixels", type=int, default=1 << 27, help="pixels a batch when timing")
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--seed", type=int, help="repeats a run's inputs")
    parser.add_argument("--json", type=pathlib.Path, help="where the results go")
    parser.add_argument("--ours", action="store_true", help="time no rivals")
    parser.add_argument("--check-only", action="store_true", help="time nothing")
    parser.add_argument("--once", action="store_true", help="run each kernel once, for a profiler, and nothing else")
    parser.add_argument("--dry-run", metavar="LIBCUDA", help="the stand-in driver, instead of a GPU")
    arguments = parser.parse_args()
    arguments.sizes = [size(text) for text in arguments.sizes]
    on = OnStandIn(arguments.dry_run) if arguments.dry_run else OnCupy()
    seed = arguments.seed if arguments.seed is not None else secrets.randbits(32)
    random = np.random.default_rng(seed)
    print(f"seed {seed}")
    if arguments.once:
        for width, height in arguments.sizes:
            for recipe in RECIPES:
                ours = Ours(on, width, height, recipe, max(4, arguments.pixels // (width * height)))
                ours(on.array(random.integers(0, 256, (ours.images, ours.pitch), dtype=np.uint8)))
        return on.finish()
    result = {"seed": seed, "times": []}
    if on.times:
        result["machine"] = machine(on)
        print(json.dumps(result["machine"]))
    result["checks"], good = check_all(on, arguments, random)
    if not good:
        sys.exit("not all is equal here: nothing is timed")
    if on.times and not arguments.check_only:
        print("\nmicroseconds an image: median (least to greatest); ratio to ours")
        for width, height in arguments.sizes:
            for recipe in RECIPES:
                rows, images = time_all(on, width, height, recipe, arguments, result["machine"]["l2_bytes"], random)
                for name, values in rows.items():
                    median, least, most = (1e3 * value / images for value in values)
                    ratio = values[0] / rows["ours"][0]
                    name_of_size = f"{width}x{height}"
                    print(f"{name_of_size:9} {recipe:9} {name:42} {median:9.3f} ({least:.3f} to {most:.3f})  {ratio:6.2f}")
                    result["times"].append(
                        {"width": width, "height": height, "recipe": recipe, "what": name.strip(), "images": images}
                        | {"us_an_image": [median, least, most]}
                    )
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
