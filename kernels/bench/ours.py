"""The kernels with their tables and launches, as the program has them in crates/cuda, and what they should give."""

import functools
import re

import numpy as np

from devices import KERNELS

EPSILON = 1e-8
RING_PADDING = 8
TILE = 8
# Longest side of the kernels for powers of two.
LONGEST = 4096
# The recipes that differ most for the kernels: window, what is averaged, centre.
RECIPES = {"default": ("hann", "power", "dc"), "faces-hq": ("none", "log", "geometric")}
NULL = np.uint64(0)


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


def points(n):
    """Points of the transforms for a side of n: n itself where it is a power of two, else room for a convolution."""
    return next(m for m in SHAPES if m == n or m >= 2 * n - 1)


def factors(n):
    r1, r2, r3 = SHAPES[n]["radices"]
    parts = []
    for radix, before in ((r2, r1), (r3, r1 * r2)):
        m, s = np.meshgrid(np.arange(1, radix), np.arange(before), indexing="ij")
        parts.append(np.exp(-2j * np.pi * m * s / (radix * before)).ravel())
    return np.concatenate(parts).astype(np.complex64)


def chirp_and_filter(n):
    """The tables of a side that is no power of two."""
    squares = np.arange(n, dtype=np.int64) ** 2 % (2 * n)
    back = np.exp(1j * np.pi * squares / n)
    whole = np.zeros(points(n), np.complex128)
    whole[:n] = back
    whole[len(whole) - n + 1 :] = back[:0:-1]
    return back.conj().astype(np.complex64), np.fft.fft(whole / len(whole)).astype(np.complex64)


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


@functools.lru_cache(4)
class Geometry:
    """Rings of a size, by their definition: circles of samples of the shorter side."""

    def __init__(self, width, height, centre, any_size):
        self.width, self.height = width, height
        geometric = centre == "geometric"

        def distance(n):
            shifted = (np.arange(n) + n // 2) % n
            return np.abs(2 * shifted - (n - 1 if geometric else n // 2 * 2))

        self.of_all = self.ring(distance(width)[None, :], distance(height)[:, None])
        self.counts = np.bincount(self.of_all.ravel()).astype(np.float64)
        self.rings = len(self.counts)
        # About the middle of an even grid, steps from the centre line are half a sample off.
        off_across, off_along = (int(geometric and n % 2 == 0) for n in (width, height))
        across, along = width // 2 + 1 - off_across, height // 2 + 1 - off_along
        self.pitch = along if any_size else height // 2 + RING_PADDING
        self.table = np.full((across, self.pitch), 0xFFFF, np.uint16)
        i, j = np.arange(across)[:, None], np.arange(along)[None, :]
        self.table[:, :along] = self.ring(2 * i + off_across, 2 * j + off_along)
        # What one block of columns may add to one ring.
        columns = SHAPES[points(height)]["columns"]
        u = np.arange(width)
        stored = np.minimum(u, width - u) // columns
        flat = stored[None, :] * self.rings + self.of_all
        self.most = int(np.bincount(flat.ravel()).max())

    def ring(self, across, along):
        shorter = min(self.width, self.height)
        return np.floor(0.5 * np.hypot(across * (shorter / self.width), along * (shorter / self.height))).astype(np.int64)

    def means(self, spectrum, log, half):
        """20·ln|F| averaged over rings, of a full spectrum in float64, and by how much the kernels may miss them."""
        power = np.abs(spectrum + EPSILON) ** 2
        rings = self.of_all.ravel()
        sums = np.bincount(rings, (np.log(power) if log else power).ravel(), self.rings)
        means = 10 * (sums / self.counts if log else np.log(sums / self.counts))
        # As in host/check.cpp, where it is derived; F(0,0) is left out, because the kernels take from it what they like.
        noise = np.array(power)
        noise[0, 0] = 0
        steps = sum(np.log2(n) if points(n) == n else 2 * np.log2(points(n)) + 3 for n in (self.width, self.height))
        amplitude = np.sqrt(power)
        parts = 1 / amplitude if log else amplitude
        variance = noise.sum() / power.size * steps * 2.0**-48
        missed = np.sqrt(np.bincount(rings, (variance * parts**2).ravel(), self.rings))
        if half:
            of_columns = np.sqrt(noise.sum(axis=0) / self.height) * 2.0**-10
            missed += np.bincount(rings, (of_columns * parts).ravel(), self.rings)
        return means, 1e-4 + 4 * 20 * missed / (self.counts if log else sums)


class Ours:
    """The kernels for `images` planes of a size. `chunk` of them share a buffer between rows and columns, with values in
    half precision where `half` says so; chunks go to `lanes` streams in turns, with a buffer each. `any_size` takes the
    kernels for planes of any size also where others would do."""

    def __init__(self, on, width, height, recipe, images, chunk=None, lanes=1, half=False, any_size=False):
        window, average, centre = RECIPES[recipe]
        self.on, self.width, self.height, self.images, self.chunk = on, width, height, images, chunk or images
        self.any = any_size or any(points(n) != n or n > LONGEST for n in (width, height))
        self.half, self.window, self.log = half, window == "hann", average == "log"
        self.geometry = g = Geometry(width, height, centre, self.any)
        self.rows, self.columns = SHAPES[points(width)], SHAPES[points(height)]
        # Images lie at multiples of sixteen bytes.
        self.pitch = -(-width * height // 16) * 16
        if self.log:
            exponent = 31 - 6 - int(np.ceil(np.log2(g.most)))
        else:
            energy = (hann(width) ** 2).sum() * (hann(height) ** 2).sum() if self.window else width * height
            exponent = 62 - int(np.ceil(np.log2(width * height * 255.0**2 * energy)))
        self.scale = 2.0**exponent
        self.mode = (1 if self.log else 0) | (2 if centre == "geometric" else 0)
        self.row_line, self.column_line = self.line(width), self.line(height)
        self.across = on.array((hann(width) / 2).astype(np.float32))
        self.along = on.array(hann(height).astype(np.float32))
        self.rings, self.counts = on.array(g.table), on.array(g.counts)
        self.row_sums, self.sums = on.empty((images, height), np.uint32), on.empty((images, g.rings), np.uint64)
        self.flags, self.means = on.empty(images, np.uint32), on.empty((images, g.rings), np.float64)
        # The last kernel of every batch leaves them so for the next.
        self.sums.fill(0)
        self.flags.fill(0)
        self.streams = on.lanes(lanes)
        columns = (width // 2 // TILE + 1) * TILE if self.any else width // 2
        values = np.uint32 if half else np.complex64
        self.halves = [on.empty((self.chunk, height, columns), values) for _ in self.streams]
        prefix, of, suffix = ("any_", "any", "") if self.any else ("", "size", "_f16" if half else "")
        shared = 8 * self.rows["pairs"] * self.rows["stride"]
        m = points(width)
        self.run_rows = on.function(f"{of}_{m}{suffix}.ptx", f"{prefix}rows_{m}{suffix}", shared)
        words = 2 * ((g.rings + 1) // 2 * 2)
        shared = 8 * self.columns["columns"] * self.columns["stride"] + 4 * words
        m = points(height)
        self.run_columns = on.function(f"{of}_{m}{suffix}.ptx", f"{prefix}columns_{m}{suffix}", shared)
        self.run_finish = on.function("common.ptx", "finish", 0)

    def line(self, n):
        """Factors, chirp and filter of a side."""
        if not self.any:
            return (self.on.array(factors(n)),)
        tables = (NULL, NULL) if points(n) == n else tuple(map(self.on.array, chirp_and_filter(n)))
        return (self.on.array(factors(points(n))), *tables)

    def lay_out(self, planes):
        """Planes [images][height][width] as the kernels want them."""
        flat = np.zeros((len(planes), self.pitch), np.uint8)
        flat[:, : self.width * self.height] = planes.reshape(len(planes), -1)
        return self.on.array(flat)

    def poison(self):
        for array in (*self.halves, self.row_sums, self.means):
            self.on.poison(array)

    def __call__(self, pixels):
        """Ring means of pixels [images][pitch]."""
        g = self.geometry
        self.on.fork(self.streams)
        for number, first in enumerate(range(0, self.images, self.chunk)):
            part = slice(first, min(first + self.chunk, self.images))
            lane = number % len(self.streams)
            with self.streams[lane]:
                self.run_chunk(pixels[part], part, self.halves[lane])
        self.on.join(self.streams)
        self.run_finish(
            (1, self.images),
            1024,
            (
                self.sums, self.flags, self.counts, self.means, np.int32(g.rings), np.int32(self.log),
                np.float64(1 / self.scale), np.float64(0.0),
            ),
        )  # fmt: skip
        return self.means

    def run_chunk(self, pixels, part, half):
        images = part.stop - part.start
        w, h, g, rows, columns = self.width, self.height, self.geometry, self.rows, self.columns
        across, row_sums = (self.across, self.row_sums[part]) if self.window else (NULL, NULL)
        outcome = (self.sums[part], self.flags[part])
        how = (np.int32(g.rings), np.int32(self.mode), np.float32(EPSILON), np.float32(self.scale))
        if self.any:
            sizes, rings = (np.int32(w), np.int32(h)), (self.rings, np.int32(g.pitch))
            pixels = (pixels, np.int32(self.pitch))
        else:
            sizes, rings, pixels = (np.int32(h),), (self.rings,), (pixels,)
        for_rows = (*pixels, across, self.along, *self.row_line, half, row_sums, *sizes)
        sizes = sizes if self.any else (np.int32(w),)
        for_columns = (half, *self.column_line, row_sums, self.along, *rings, *outcome, *sizes, *how)
        blocks = -(-((h + 1) // 2) // rows["pairs"])
        self.run_rows((blocks, images), rows["pairs"] * rows["threads"], for_rows)
        # The last block has but W/2, where that is a multiple of their columns.
        blocks = w // 2 // columns["columns"] + 1
        self.run_columns((blocks, images), columns["columns"] * columns["threads"], for_columns)

    def expected(self, plane):
        """Ring means of a plane in float64, and by how much the kernels may miss them."""
        plane = plane.astype(np.float64)
        if self.window:
            plane = (plane - plane.mean()) * np.outer(hann(self.height), hann(self.width))
        else:
            plane -= 128
        return self.geometry.means(np.fft.fft2(plane), self.log, self.half)
