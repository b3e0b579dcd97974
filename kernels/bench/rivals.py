"""What one would run otherwise: CuPy alone, and cuFFT between two fused kernels."""

import numpy as np

from devices import KERNELS
from ours import EPSILON, NULL, hann


class Naive:
    """What one writes first in CuPy: cast, weigh, transform, level, count."""

    def __init__(self, on, ours, images):
        self.xp, self.ours, self.images, g = on.xp, ours, images, ours.geometry
        w, h = ours.width, ours.height
        self.count = g.rings
        # Each element of the half spectrum, and its mirror image, has its ring; those of the next image come after.
        v, u = np.meshgrid(np.arange(h), np.arange(1, (w + 1) // 2), indexing="ij")
        self.rings = on.array(self.for_all(g.of_all[:, : w // 2 + 1]))
        self.mirror = on.array(self.for_all(g.of_all[(-v) % h, (-u) % w]))
        self.counts = on.array(g.counts)
        self.weights = on.array(np.outer(hann(h), hann(w)).astype(np.float32))

    def for_all(self, rings):
        return (rings.ravel() + self.count * np.arange(self.images)[:, None]).ravel()

    def __call__(self, pixels):
        xp, w, h = self.xp, self.ours.width, self.ours.height
        x = pixels.reshape(self.images, h, w).astype(xp.float32)
        if self.ours.window:
            x = (x - x.mean(axis=(1, 2), keepdims=True)) * self.weights
        power = xp.abs(xp.fft.rfft2(x) + np.float32(EPSILON)) ** 2
        level = xp.log(power) if self.ours.log else power
        length = self.images * self.count
        sums = xp.bincount(self.rings, level.ravel(), length)
        sums += xp.bincount(self.mirror, level[:, :, 1 : (w + 1) // 2].ravel(), length)
        means = sums.reshape(self.images, self.count) / self.counts
        return 10 * (means if self.ours.log else xp.log(means))


class Fused:
    """cuFFT with one kernel before it and one after it. Rows must be a multiple of four pixels and of ROWS."""

    ROWS = 8

    def __init__(self, on, ours):
        self.xp, self.on, self.ours, g = on.xp, on, ours, ours.geometry
        source = (KERNELS / "bench" / "rivals.cu").read_text()
        module = self.xp.RawModule(code=source, options=("--std=c++17",))
        self.run_sums, self.to_float, self.levels = map(module.get_function, ("pixel_sums", "to_float", "levels_and_rings"))
        w, h = ours.width, ours.height
        v, u = np.meshgrid(np.arange(h), np.arange(w // 2 + 1), indexing="ij")
        alone = (u == 0) | (2 * u == w)
        mirror = np.where(alone, 0xFFFF, g.of_all[(-v) % h, (-u) % w])
        self.rings = on.array((g.of_all[:, : w // 2 + 1] | mirror << 16).astype(np.uint32))
        # Sums of this kernel's blocks: whole rows, of which a ring meets few elements each.
        self.scale = 2.0**15 if ours.log else ours.scale
        self.across = on.array(hann(w).astype(np.float32))
        self.floats = on.empty((ours.images, h, w), np.float32)
        self.pixel_sums, self.sums = on.empty(ours.images, np.uint32), self.xp.zeros((ours.images, g.rings), np.uint64)
        self.means = on.empty((ours.images, g.rings), np.float64)
        self.flags = self.xp.zeros(ours.images, np.uint32)
        # Output and plan of its own: a graph must not hold memory that a pool gives to others.
        from cupyx.scipy import fft

        self.spectrum = on.empty((ours.images, h, w // 2 + 1), np.complex64)
        self.plan = fft.get_fft_plan(self.floats, axes=(1, 2), value_type="R2C")

    def __call__(self, pixels):
        o, w, h = self.ours, self.ours.width, self.ours.height
        if o.window:
            self.pixel_sums.fill(0)
            self.run_sums((-(-w * h // (16 * 256 * 4)), o.images), (256,), (pixels, self.pixel_sums, np.int32(w * h)))
        across, along = (self.across, o.along) if o.window else (NULL, NULL)
        blocks = (-(-w * h // (256 * 4 * 4)), o.images)
        self.to_float(blocks, (256,), (pixels, self.pixel_sums, across, along, self.floats, np.int32(w), np.int32(h)))
        self.plan.fft(self.floats, self.spectrum, self.xp.cuda.cufft.CUFFT_FORWARD)
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
            1024,
            (
                self.sums, self.flags, o.counts, self.means, np.int32(o.geometry.rings), np.int32(o.log),
                np.float64(1 / self.scale), np.float64(0.0),
            ),
        )  # fmt: skip
        return self.means
