"""What one would use otherwise, at the other end of the line protocol of worker/main.rs: started by spectra.py.

Requests of its own are {"profile": METHOD, "precision": "f32" or "f64", "seconds": S}, with the methods below, and
{"decode": [PATH...], "profiles": BOOL}, which reads files as grey by OpenCV and, if asked to, makes their profiles.
"""

import statistics
import time

import cv2
import numpy as np
import pyfftw
import scipy.fft

from protocol import serve


def radii(height, width):
    """Whole distances from the middle of the grid, where a spectrum with DC at (H/2, W/2) has each frequency."""
    y, x = np.mgrid[:height, :width]
    return np.hypot(x - (width - 1) / 2, y - (height - 1) / 2)


class Original:
    """The paper's recipe as its authors programmed it: NumPy, a sort of all radii for each image, always doubles."""

    def __init__(self, planes, precision):
        pass

    def profile(self, plane):
        spectrum = np.fft.fftshift(np.fft.fft2(plane)) + 1e-8
        magnitude = 20 * np.log(np.abs(spectrum))
        radius = radii(*plane.shape)
        order = np.argsort(radius.ravel())
        sorted_radius = radius.ravel()[order].astype(int)
        ends = np.flatnonzero(np.diff(sorted_radius))
        sums = np.cumsum(magnitude.ravel()[order])[ends]
        return np.diff(sums) / np.diff(ends)


class SciPy:
    """The best rewrite in plain Python that we know: half a spectrum, the logarithm of the power, cached indices.

    A frequency and its mirror image belong to two rings. What has the same two rings is added up by one bincount
    over the half spectrum, and these few sums by two small ones over the rings.
    """

    def __init__(self, planes, precision):
        height, width = planes.shape[1:]
        self.type = {"f32": np.float32, "f64": np.float64}[precision]
        ring = np.fft.ifftshift(radii(height, width).astype(np.intp))
        self.counts = np.bincount(ring.ravel())
        direct = ring[:, : width // 2 + 1]
        mirror = np.full_like(direct, len(self.counts))  # a ring too many, for those that are their own mirror image
        inner = np.arange(1, (width - 1) // 2 + 1)
        mirror[:, inner] = ring[-np.arange(height)[:, None] % height, width - inner]
        pairs, self.pair = np.unique(direct * (len(self.counts) + 1) + mirror, return_inverse=True)
        self.pair = self.pair.ravel().astype(np.intp)
        self.rings = np.divmod(pairs, len(self.counts) + 1)

    def profile(self, plane):
        half = scipy.fft.rfft2(plane.astype(self.type), workers=1)
        values = half.real**2
        values += half.imag**2
        values += 1e-16  # the recipe's 1e-8, squared: no logarithm of zero
        np.log(values, out=values)
        values *= 10
        sums = np.bincount(self.pair, values.ravel())
        rings = sum(np.bincount(ring, sums, len(self.counts) + 1)[:-1] for ring in self.rings)
        return (rings / self.counts)[1:-1]


class Fftw:
    """FFTW's real transform alone, planned by measuring; no profile."""

    def __init__(self, planes, precision):
        height, width = planes.shape[1:]
        real = pyfftw.empty_aligned((height, width), {"f32": "float32", "f64": "float64"}[precision])
        half = pyfftw.empty_aligned((height, width // 2 + 1), {"f32": "complex64", "f64": "complex128"}[precision])
        self.transform = pyfftw.FFTW(real, half, axes=(0, 1), flags=("FFTW_MEASURE",), threads=1)
        real[:] = planes[0]

    def profile(self, plane):
        self.transform.execute()


METHODS = {"original": Original, "scipy": SciPy, "fftw": Fftw}


class Rival:
    def __init__(self):
        self.planes = None
        self.made = {}

    def answer(self, request):
        if "planes" in request:
            self.planes, self.made = np.load(request["planes"]), {}
            return {"loaded": [len(self.planes)]}
        if "decode" in request:
            return self.decode(request["decode"], request["profiles"])
        return self.profile(request["profile"], request["precision"], request["seconds"])

    def profile(self, method, precision, seconds):
        key = method, precision
        if key not in self.made:
            self.made[key] = METHODS[method](self.planes, precision)
        make = self.made[key].profile
        first = make(self.planes[0])
        times = []
        started = time.perf_counter()
        while not times or time.perf_counter() - started < seconds:
            start = time.perf_counter()
            for plane in self.planes:
                make(plane)
            times.append(1000 * (time.perf_counter() - start))
        return {"ms": statistics.median(times), "profile": None if first is None else first.tolist()}

    def decode(self, paths, profiles):
        cv2.setNumThreads(1)
        made = {}
        start = time.perf_counter()
        for path in paths:
            plane = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
            if profiles:
                if plane.shape not in made:
                    made[plane.shape] = SciPy(plane[None], "f32")
                made[plane.shape].profile(plane)
        return {"ms": 1000 * (time.perf_counter() - start)}


if __name__ == "__main__":
    serve(Rival().answer)
