#!/usr/bin/env python3
"""Checks the kernels on a GPU against float64, then times them beside cuFFT.

    python kernels/bench/bench.py                       # with CuPy, on a GPU
    python kernels/bench/bench.py --json out.json --sizes 1024 --images photos/*.jpg
    python kernels/bench/bench.py --dry-run libcuda.so.1    # without both: see below

Needs NumPy and CuPy and nothing of Rust: it loads the PTX that the program carries. Every run draws fresh inputs; their
seed is printed, and --seed repeats them. Outputs and intermediates are poisoned before each check.

A dry run takes the stand-in driver (g++ -std=c++17 -O1 -shared -fPIC kernels/host/driver.cpp -o libcuda.so.1) for the
GPU and NumPy for CuPy: the same tables, launches and checks, no times.
"""

import argparse
import ctypes
import json
import pathlib
import re
import secrets
import statistics
import subprocess
import sys

import numpy as np

KERNELS = pathlib.Path(__file__).resolve().parent.parent
EPSILON = 1e-8
RING_PADDING = 8
# The recipes that differ most for the kernels: window, what is averaged, centre.
RECIPES = {"default": ("hann", "power", "dc"), "faces-hq": ("none", "log", "geometric")}


def shapes():
    """The launch shapes, from their only source."""
    text = (KERNELS / "src" / "fft.cuh").read_text()
    found = {}
    for numbers in re.findall(r"^SHAPE\(([\d, ]+)\)", text, re.MULTILINE):
        n, r1, r2, r3, points, columns, _ = map(int, numbers.split(","))
        threads = n // points
        found[n] = {
            "radices": (r1, r2, r3),
            "threads": threads,
            "pairs": max(1, 128 // threads),
            "columns": columns,
            "stride": n + n // r1 + {8: 2, 4: 4}.get(columns, 8),
        }
    return found


SHAPES = shapes()


def factors(n):
    r1, r2, r3 = SHAPES[n]["radices"]
    parts = []
    for radix, before in ((r2, r1), (r3, r1 * r2)):
        m, s = np.meshgrid(np.arange(1, radix), np.arange(before), indexing="ij")
        parts.append(np.exp(-2j * np.pi * m * s / (radix * before)).ravel())
    return np.concatenate(parts).astype(np.complex64)


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


class Geometry:
    """Rings of a size, by their definition: circles of samples of the shorter side."""

    def __init__(self, width, height, centre):
        self.width, self.height, self.geometric = width, height, centre == "geometric"
        offset = 1 if self.geometric else 0

        def distance(n):
            shifted = (np.arange(n) + n // 2) % n
            return np.abs(2 * shifted - (n - offset))

        self.of_all = self.ring(distance(width)[None, :], distance(height)[:, None])
        self.counts = np.bincount(self.of_all.ravel()).astype(np.float64)
        self.rings = len(self.counts)
        across, along = width // 2 + 1 - offset, height // 2 + 1 - offset
        table = np.full((across, height // 2 + RING_PADDING), 0xFFFF, np.uint16)
        i, j = np.arange(across)[:, None], np.arange(along)[None, :]
        table[:, :along] = self.ring(2 * i + offset, 2 * j + offset)
        self.table = table
        # What one block of columns may add to one ring.
        columns = SHAPES[height]["columns"]
        u = np.arange(width)
        stored = np.minimum(u, width - u) % (width // 2) // columns
        flat = stored[None, :] * self.rings + self.of_all
        self.most = int(np.bincount(flat.ravel()).max())

    def ring(self, across, along):
        shorter = min(self.width, self.height)
        return np.floor(0.5 * np.hypot(across * (shorter / self.width), along * (shorter / self.height))).astype(np.int64)

    def means(self, spectrum, log):
        """20·ln|F| averaged over rings, of a full spectrum in float64, and by how much float32 may miss it."""
        power = np.abs(spectrum + EPSILON) ** 2
        rings = self.of_all.ravel()
        sums = np.bincount(rings, (np.log(power) if log else power).ravel(), self.rings)
        means = 10 * (sums / self.counts if log else np.log(sums / self.counts))
        # As in host/check.cpp, where it is derived; F(0,0) is left out, because the kernels take from it what they like.
        energy = power.sum() - power[0, 0]
        sigma = np.sqrt(energy / power.size * np.log2(power.size)) * 2.0**-24
        inverse = np.bincount(rings, (1 / power).ravel(), self.rings)
        relative = np.sqrt(inverse) / self.counts if log else 1 / np.sqrt(sums)
        return means, 1e-4 + 4 * 20 * sigma * relative


class OnCupy:
    """A GPU through CuPy."""

    times = True

    def __init__(self):
        import cupy

        self.xp, self.modules = cupy, {}

    def array(self, values):
        return self.xp.asarray(values)

    def empty(self, shape, dtype):
        return self.xp.empty(shape, dtype)

    def poison(self, array):
        array.view(self.xp.uint8).fill(0xCD)

    def get(self, array):
        return self.xp.asnumpy(array)

    def function(self, file, name, shared):
        if file not in self.modules:
            self.modules[file] = self.xp.RawModule(path=str(KERNELS / "ptx" / file))
        function = self.modules[file].get_function(name)
        if shared > 48 << 10:
            function.max_dynamic_shared_size_bytes = shared
        return lambda grid, block, arguments: function(grid, (block,), arguments, shared_mem=shared)

    def finish(self):
        self.xp.cuda.get_current_stream().synchronize()


class OnStandIn:
    """The stand-in driver with NumPy arrays as device memory."""

    times = False

    def __init__(self, library):
        self.xp, self.driver, self.modules = np, ctypes.CDLL(str(pathlib.Path(library).resolve())), {}
        self.call(self.driver.cuInit, 0)

    def call(self, function, *arguments):
        result = function(*arguments)
        if result:
            raise RuntimeError(f"{function.__name__}: error {result}")

    def array(self, values):
        return np.ascontiguousarray(values)

    def empty(self, shape, dtype):
        return np.empty(shape, dtype)

    def poison(self, array):
        array.view(np.uint8).fill(0xCD)

    def get(self, array):
        return array

    def function(self, file, name, shared):
        if file not in self.modules:
            self.modules[file] = ctypes.c_void_p()
            ptx = (KERNELS / "ptx" / file).read_bytes()
            self.call(self.driver.cuModuleLoadData, ctypes.byref(self.modules[file]), ptx)
        function = ctypes.c_void_p()
        self.call(self.driver.cuModuleGetFunction, ctypes.byref(function), self.modules[file], name.encode())
        if shared > 48 << 10:
            self.call(self.driver.cuFuncSetAttribute, function, 8, shared)

        def launch(grid, block, arguments):
            kept = [np.uint64(a.ctypes.data) if isinstance(a, np.ndarray) else a for a in arguments]
            cells = [np.array([a]) for a in kept]
            pointers = (ctypes.c_void_p * len(cells))(*[cell.ctypes.data for cell in cells])
            self.call(self.driver.cuLaunchKernel, function, *grid, 1, block, 1, 1, shared, None, pointers, None)
            # The stand-in works late, and the cells are gone then; it has copied them.

        return launch

    def finish(self):
        self.call(self.driver.cuStreamSynchronize, None)


class Ours:
    """The kernels for `images` planes of a size; `chunk` of them share the buffer between rows and columns."""

    def __init__(self, on, width, height, recipe, images, chunk):
        window, average, centre = RECIPES[recipe]
        self.on, self.geometry, self.log = on, Geometry(width, height, centre), average == "log"
        g, rows, columns = self.geometry, SHAPES[width], SHAPES[height]
        self.width, self.height, self.images, self.chunk, self.window = width, height, images, chunk, window == "hann"
        if self.log:
            exponent = 31 - 6 - int(np.ceil(np.log2(g.most)))
        else:
            energy = (hann(width) ** 2).sum() * (hann(height) ** 2).sum() if self.window else width * height
            exponent = 62 - int(np.ceil(np.log2(width * height * 255.0**2 * energy)))
        self.scale = 2.0**exponent
        self.mode = (1 if self.log else 0) | (2 if g.geometric else 0)
        self.row_factors, self.column_factors = on.array(factors(width)), on.array(factors(height))
        self.across = on.array((hann(width) / 2).astype(np.float32))
        self.along = on.array(hann(height).astype(np.float32))
        self.rings, self.counts = on.array(g.table), on.array(g.counts)
        self.pixel_sums, self.sums = on.empty(images, np.uint32), on.empty((images, g.rings), np.uint64)
        self.flags, self.means = on.empty(images, np.uint32), on.empty((images, g.rings), np.float64)
        self.half = on.empty((chunk, height, width // 2), np.complex64)
        shared = 8 * rows["pairs"] * rows["stride"]
        self.run_rows = on.function(f"size_{width}.ptx", f"rows_{width}", shared)
        shared = 8 * columns["columns"] * columns["stride"] + 4 * (2 * (g.rings + g.rings // 16) + height + height // 32)
        self.run_columns = on.function(f"size_{height}.ptx", f"columns_{height}", shared)
        self.run_sums = on.function("common.ptx", "pixel_sums", 0)
        self.run_finish = on.function("common.ptx", "finish", 0)

    def poison(self):
        for array in (self.half, self.means):
            self.on.poison(array)

    def __call__(self, pixels):
        """Ring means of pixels [images][height][width]."""
        w, h, g = self.width, self.height, self.geometry
        rows, columns = SHAPES[w], SHAPES[h]
        null = np.uint64(0)
        self.pixel_sums.fill(0)
        self.sums.fill(0)
        self.flags.fill(0)
        for first in range(0, self.images, self.chunk):
            n = min(self.chunk, self.images - first)
            part = slice(first, first + n)
            if self.window:
                blocks = -(-w * h // (16 * 256 * 4))
                self.run_sums((blocks, n), 256, (pixels[part], self.pixel_sums[part], np.int32(w * h)))
            across, along = (self.across, self.along) if self.window else (null, null)
            self.run_rows(
                (h // 2 // rows["pairs"], n),
                rows["pairs"] * rows["threads"],
                (pixels[part], self.pixel_sums[part], across, along, self.row_factors, self.half, np.int32(h)),
            )
            self.run_columns(
                (w // 2 // columns["columns"], n),
                columns["columns"] * columns["threads"],
                (
                    self.half, self.column_factors, self.rings, self.sums[part], self.flags[part], np.int32(w),
                    np.int32(g.rings), np.int32(self.mode), np.float32(EPSILON), np.float32(self.scale),
                ),
            )  # fmt: skip
        self.run_finish(
            (1, self.images),
            256,
            (
                self.sums, self.flags, self.counts, self.means, np.int32(g.rings), np.int32(self.log),
                np.float64(1 / self.scale), np.float64(0.0),
            ),
        )  # fmt: skip
        return self.means


class Naive:
    """What one writes first in CuPy."""

    def __init__(self, on, ours):
        self.xp, self.ours, g = on.xp, ours, ours.geometry
        rings = g.of_all
        half = rings[:, : ours.width // 2 + 1]
        # Each element of the half spectrum, and its mirror image, has its ring.
        v, u = np.meshgrid(np.arange(ours.height), np.arange(1, ours.width // 2), indexing="ij")
        self.mirror = on.array(rings[(-v) % ours.height, (-u) % ours.width].ravel())
        self.rings, self.counts = on.array(half.ravel()), on.array(g.counts)
        self.count = g.rings
        self.weights = on.array(np.outer(hann(ours.height), hann(ours.width)).astype(np.float32))

    def __call__(self, pixels):
        xp, out = self.xp, []
        for plane in pixels:
            x = plane.astype(xp.float32)
            if self.ours.window:
                x = (x - x.mean()) * self.weights
            power = xp.abs(xp.fft.rfft2(x) + np.float32(EPSILON)) ** 2
            level = xp.log(power) if self.ours.log else power
            sums = xp.bincount(self.rings, level.ravel(), self.count)
            sums += xp.bincount(self.mirror, level[:, 1 : self.ours.width // 2].ravel(), self.count)
            means = sums / self.counts
            out.append(10 * (means if self.ours.log else xp.log(means)))
        return xp.stack(out)


class Fused:
    """cuFFT with one kernel before it and one after it."""

    ROWS = 8

    def __init__(self, on, ours):
        self.xp, self.on, self.ours, g = on.xp, on, ours, ours.geometry
        source = (KERNELS / "bench" / "rivals.cu").read_text()
        module = self.xp.RawModule(code=source, options=("--std=c++17",))
        self.to_float, self.levels = module.get_function("to_float"), module.get_function("levels_and_rings")
        w, h = ours.width, ours.height
        v, u = np.meshgrid(np.arange(h), np.arange(w // 2 + 1), indexing="ij")
        mirror = np.where(u % (w // 2) == 0, 0xFFFF, g.of_all[(-v) % h, (-u) % w])
        self.rings = on.array((g.of_all[:, : w // 2 + 1] | mirror << 16).astype(np.uint32))
        # Sums of this kernel's blocks: whole rows, of which a ring meets few elements each.
        self.scale = 2.0**15 if ours.log else ours.scale
        self.across = on.array(hann(w).astype(np.float32))
        self.floats = on.empty((ours.images, h, w), np.float32)
        self.sums = on.empty((ours.images, g.rings), np.uint64)
        self.means = on.empty((ours.images, g.rings), np.float64)
        self.flags = self.xp.zeros(ours.images, np.uint32)
        # Output and plan of its own: a graph must not hold memory that a pool gives to others.
        from cupyx.scipy import fft

        self.spectrum = on.empty((ours.images, h, w // 2 + 1), np.complex64)
        self.plan = fft.get_fft_plan(self.floats, axes=(1, 2), value_type="R2C")

    def __call__(self, pixels):
        o, w, h = self.ours, self.ours.width, self.ours.height
        null = np.uint64(0)
        if o.window:
            o.pixel_sums.fill(0)
            o.run_sums((-(-w * h // (16 * 256 * 4)), o.images), 256, (pixels, o.pixel_sums, np.int32(w * h)))
        across, along = (self.across, o.along) if o.window else (null, null)
        blocks = (-(-w * h // (256 * 4 * 4)), o.images)
        self.to_float(blocks, (256,), (pixels, o.pixel_sums, across, along, self.floats, np.int32(w), np.int32(h)))
        self.plan.fft(self.floats, self.spectrum, self.xp.cuda.cufft.CUFFT_FORWARD)
        self.sums.fill(0)
        self.levels(
            (h // self.ROWS, o.images),
            (256,),
            (
                self.spectrum, self.rings, self.sums, np.int32(w), np.int32(h), np.int32(self.ROWS),
                np.int32(o.geometry.rings), np.int32(o.log), np.float32(EPSILON), np.float32(self.scale),
            ),
            shared_mem=8 * o.geometry.rings,
        )  # fmt: skip
        o.run_finish(
            (1, o.images),
            256,
            (
                self.sums, self.flags, o.counts, self.means, np.int32(o.geometry.rings), np.int32(o.log),
                np.float64(1 / self.scale), np.float64(0.0),
            ),
        )  # fmt: skip
        return self.means


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


def check(on, width, height, recipe, paths, random):
    """The largest share of its bound by which a ring mean misses float64, for noise and photographs."""
    images = 5
    # Chunks that don't divide the batch: the last is smaller.
    ours = Ours(on, width, height, recipe, images, 2)
    noise = random.integers(0, 256, (2, height, width), dtype=np.uint8)
    pixels = np.concatenate([noise, photographs(paths, width, height, images - 2, random)])
    ours.poison()
    given = on.array(pixels)
    found = ours(given)
    on.finish()
    found = on.get(found).copy()
    worst = 0.0
    for plane, means in zip(pixels, found):
        plane = plane.astype(np.float64)
        if ours.window:
            plane = (plane - float(np.float32(plane.mean()))) * np.outer(hann(height), hann(width))
        else:
            plane -= 128
        expected, bound = ours.geometry.means(np.fft.fft2(plane), ours.log)
        share = np.abs(means - expected)[1:-1] / bound[1:-1]
        worst = max(worst, float("inf") if np.isnan(share).any() else float(share.max()))
    # The same planes in another order give the same bits.
    ours.poison()
    turned = on.array(np.ascontiguousarray(pixels[::-1]))
    again = ours(turned)
    on.finish()
    same = np.array_equal(on.get(again)[::-1].view(np.uint64), found.view(np.uint64))
    return worst, same


def rivals_agree(on, width, height, recipe, random):
    """Whether the rivals compute the same: nobody should be slower for doing more, or faster for doing less."""
    images = 2
    ours = Ours(on, width, height, recipe, images, images)
    pixels = on.array(photographs([], width, height, images, random))
    found = ours(pixels)
    on.finish()
    found = on.get(found).copy()
    rivals = {"naive": Naive(on, ours)}
    if on.times:
        rivals["fused"] = Fused(on, ours)
    # Single precision throughout, and in the naive one sums, too: far closer than any two pictures are.
    return {name: bool(np.abs(on.get(rival(pixels)) - found)[:, 1:-1].max() < 1e-2) for name, rival in rivals.items()}


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


def end_to_end(on, width, height, recipe, images, chunk, repeats):
    """Milliseconds a batch from pinned pixels to pinned means on two streams in turns."""
    cupy = on.xp
    lanes = []
    for _ in range(2):
        pixels = cupy.cuda.alloc_pinned_memory(images * width * height)
        pixels = np.frombuffer(pixels, np.uint8, images * width * height).reshape(images, height, width)
        pixels[...] = np.random.default_rng(1).integers(0, 256, pixels.shape, dtype=np.uint8)
        ours = Ours(on, width, height, recipe, images, chunk)
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


def machine(on):
    properties = on.xp.cuda.runtime.getDeviceProperties(0)
    query = "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,power.limit"
    asked = subprocess.run(["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], capture_output=True, text=True)
    return {
        "device": properties["name"].decode(),
        "l2_bytes": properties["l2CacheSize"],
        "multiprocessors": properties["multiProcessorCount"],
        "cupy": on.xp.__version__,
        "nvidia_smi": {query: asked.stdout.strip()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256, 512, 1024, 2048])
    parser.add_argument("--images", nargs="*", default=[], help="photographs to check with")
    parser.add_argument("--pixels", type=int, default=1 << 26, help="pixels a batch when timing")
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--seed", type=int, help="repeats a run's inputs")
    parser.add_argument("--json", type=pathlib.Path, help="where the results go")
    parser.add_argument("--dry-run", metavar="LIBCUDA", help="the stand-in driver, instead of a GPU")
    arguments = parser.parse_args()
    on = OnStandIn(arguments.dry_run) if arguments.dry_run else OnCupy()
    seed = arguments.seed if arguments.seed is not None else secrets.randbits(32)
    random = np.random.default_rng(seed)
    print(f"seed {seed}")
    result = {"seed": seed, "checks": [], "times": []}
    if on.times:
        result["machine"] = machine(on)
        print(json.dumps(result["machine"]))

    print("\ncheck against float64: largest miss as a share of its bound, and whether order changes no bit")
    failed = False
    for width, height in [(n, n) for n in arguments.sizes] + [(256, 64), (64, 512)]:
        for recipe in RECIPES:
            share, same = check(on, width, height, recipe, arguments.images, random)
            failed |= share > 1 or not same
            result["checks"].append({"width": width, "height": height, "recipe": recipe, "share": share, "same": same})
            print(f"{width:5}x{height:<5} {recipe:9} {share:6.2f}  {'same' if same else 'DIFFERENT'}")
        agree = {}
        for recipe in RECIPES:
            for name, equal in rivals_agree(on, width, height, recipe, random).items():
                agree[f"{name}, {recipe}"] = equal
        failed |= not all(agree.values())
        if not all(agree.values()):
            print(f"{width:5}x{height:<5} rivals that compute something else: {agree}")
    if failed:
        sys.exit("not all is equal here: nothing is timed")

    if on.times:
        print("\nmicroseconds an image: median (least to greatest); ratio to ours")
        for n in arguments.sizes:
            images = max(4, arguments.pixels // (n * n))
            # Enough sets that none is left in the L2 cache from the last time.
            sets = [on.array(random.integers(0, 256, (images, n, n), dtype=np.uint8)) for _ in range(3)]
            for recipe in RECIPES:
                rows = {}
                l2 = result["machine"]["l2_bytes"]
                small = max(1, l2 // 2 // (4 * n * n))
                for chunk in sorted({images, min(images, small), min(images, 2 * small)}, reverse=True):
                    ours = Ours(on, n, n, recipe, images, chunk)
                    graphs = [as_graph(on, ours, pixels) for pixels in sets]
                    of_set = {id(pixels): graph for pixels, graph in zip(sets, graphs)}
                    name = f"ours, {chunk} of {images} at a time"
                    rows[name] = timed(on, lambda pixels: of_set[id(pixels)](pixels), sets, arguments.repeats)
                ours = Ours(on, n, n, recipe, images, images)
                rival = Fused(on, ours)
                graphs = [as_graph(on, rival, pixels) for pixels in sets]
                of_set = {id(pixels): graph for pixels, graph in zip(sets, graphs)}
                name = "cuFFT and fused kernels"
                rows[name] = timed(on, lambda pixels: of_set[id(pixels)](pixels), sets, arguments.repeats)
                few = [pixels[: max(1, images // 8)] for pixels in sets]
                naive = timed(on, Naive(on, ours), few, max(3, arguments.repeats // 10))
                rows["naive CuPy"] = tuple(t * images / len(few[0]) for t in naive)
                rows["ours, end to end"] = end_to_end(on, n, n, recipe, images, images, arguments.repeats)
                best = min(value[0] for name, value in rows.items() if name.startswith("ours, ") and "end" not in name)
                for name, values in rows.items():
                    median, least, most = (1e3 * value / images for value in values)
                    ratio = values[0] / best
                    print(f"{n:5} {recipe:9} {name:32} {median:9.3f} ({least:.3f} to {most:.3f})  {ratio:6.2f}")
                    result["times"].append(
                        {"size": n, "recipe": recipe, "what": name, "images": images, "us_an_image": [median, least, most]}
                    )
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
