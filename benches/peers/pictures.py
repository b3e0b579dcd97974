"""Pictures of the spectrum benchmark, each from a seed: noise whose amplitude falls as a photograph's does.

With the slope and contrast below, 1024 x 1024 pixels at JPEG quality 75 take about 104 kB and 256 x 256 about 12 kB,
as faces of these sizes do.
"""

import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

SEED = 20191102
QUALITY = 75
LUMA = {"slope": 1.5, "contrast": 45}
CHROMA = {"slope": 1.9, "contrast": 12}


def noise(rng, height, width, slope, contrast):
    """A plane about 0 whose amplitude spectrum falls as frequency to the power -slope."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = np.inf
    shape = frequency.shape
    coefficients = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    plane = np.fft.irfft2(coefficients * frequency**-slope, (height, width))
    return plane * (contrast / plane.std())


def grey(number, width, height):
    """One 8-bit luma plane."""
    rng = np.random.default_rng([SEED, width, height, number])
    return np.clip(128 + noise(rng, height, width, **LUMA), 0, 255).astype(np.uint8)


def planes(count, width, height):
    """`count` planes; the first few dozen are distinct, and those after them repeat them."""
    distinct = [grey(number, width, height) for number in range(min(count, 32))]
    return np.stack([distinct[number % len(distinct)] for number in range(count)])


def jpeg(number, width, height):
    """The bytes of one colour JPEG, 4:2:0."""
    rng = np.random.default_rng([SEED, 3, width, height, number])
    channels = [128 + noise(rng, height, width, **how) for how in (LUMA, CHROMA, CHROMA)]
    picture = np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_YCrCb2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded[1].tobytes()


def write(folder, number, width, height):
    (folder / f"{number:06}.jpg").write_bytes(jpeg(number, width, height))


def jpegs(root, count, width, height, distinct=None):
    """A folder of `count` JPEGs below `root`, made once; beyond `distinct` they are hard links to the first ones."""
    distinct = min(count, distinct or count)
    return made(root, f"{width}x{height}-{count}", lambda folder: fill(folder, count, [(width, height)] * distinct))


def mixed_jpegs(root, count, distinct):
    """As `jpegs`, every one of the distinct files with a size of its own."""
    sizes = [(500 + number % 200, 800 - number // 2) for number in range(distinct)]
    return made(root, f"mixed-{count}", lambda folder: fill(folder, count, sizes))


def fill(folder, count, sizes):
    with ProcessPoolExecutor() as pool:
        for task in [pool.submit(write, folder, number, *size) for number, size in enumerate(sizes)]:
            task.result()
    for number in range(len(sizes), count):
        os.link(folder / f"{number % len(sizes):06}.jpg", folder / f"{number:06}.jpg")


def made(root, name, make):
    """The folder `name` below `root`, made anew unless it was made whole by these same settings."""
    folder, note = Path(root) / name, Path(root) / f"{name}.json"
    settings = {"seed": SEED, "quality": QUALITY, "luma": LUMA, "chroma": CHROMA}
    if not (note.exists() and json.loads(note.read_text()) == settings):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        note.write_text(json.dumps(settings))
    return folder
