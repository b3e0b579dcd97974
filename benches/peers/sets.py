"""Data sets of the classifier benchmark, each from a seed.

From the feature pickles published with the paper (see README.md here) where there are any, and otherwise from a
synthetic stand-in of the same shape. Labels are True for fake.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

SEED = 20191101


@dataclass
class Set:
    """Rows of features, n x d, the first `train` of them to fit on and the others to predict."""

    name: str
    features: np.ndarray
    labels: np.ndarray
    train: int


class ArraysOnly(pickle.Unpickler):
    """Reads NumPy arrays and refuses whatever else a pickle could bring along or run."""

    ALLOWED = {
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"expected NumPy arrays only, found {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def published(folder, name, fake):
    """Features and labels of a published pickle in which `fake` is the label of fakes."""
    with open(Path(folder) / f"{name}.pkl", "rb") as f:
        content = ArraysOnly(f, encoding="latin1").load()
    return np.array(content["data"], dtype=float), np.asarray(content["label"]) == fake


def stand_in(n, d, separation):
    """Falling profiles with a random smooth part; fakes lift the upper third by `separation` of its spread."""
    rng = np.random.default_rng([SEED, n, d])
    labels = np.arange(n) % 2 == 0
    t = np.linspace(0, 1, d)
    waves = np.cos(np.pi * np.outer(np.arange(1, 13), t)) / np.arange(1, 13)[:, None]
    smooth = 0.05 * rng.normal(size=(n, 12)) @ waves
    lift = 0.05 * separation * np.outer(labels, np.clip(3 * t - 2, 0, 1))
    features = 0.4 + 0.6 * np.exp(-4 * t) + smooth + lift + rng.normal(0, 0.01, (n, d))
    return features / features[:, :1], labels


def split(name, features, labels, train):
    """A random split into training rows and test rows."""
    order = np.random.default_rng([SEED, train]).permutation(len(features))
    return Set(name, features[order], labels[order], train)


def drawn(name, features, labels, train, test, jitter):
    """Rows drawn with replacement, each with normal noise of its own.

    Test rows come from the same pool as the training rows, so accuracy on them says nothing of new images;
    they are there to compare predictions and to time them.
    """
    rng = np.random.default_rng([SEED, train, features.shape[1]])
    rows = rng.integers(0, len(features), train + test)
    noise = rng.normal(0, jitter, (train + test, features.shape[1]))
    return Set(name, features[rows] + noise, labels[rows], train)


def resampled(features, d):
    """Each row's natural shape on d points: a cubic spline with not-a-knot ends through its values."""
    n = features.shape[1]
    return CubicSpline(np.arange(n), features, axis=1)(np.linspace(0, n - 1, d))


def rich(name, train, test, d):
    """Normal features without relations, of which fakes lift every tenth a little: as many as all families give."""
    rng = np.random.default_rng([SEED, train, d])
    labels = np.arange(train + test) % 2 == 0
    features = rng.normal(size=(train + test, d))
    features[:, ::10] += 0.06 * labels[:, None]
    return Set(name, features, labels, train)


class Sets:
    """The data sets by name, made when asked for: the largest takes 670 MB."""

    NAMES = ["celeba-1600", "dfd-800", "dfd-4000", "dfd-10000", "wide-40000", "rich-2000"]

    def __init__(self, folder):
        if folder is None:
            self.celeba = stand_in(2000, 80, 6.0)
            self.dfd = stand_in(1000, 300, 3.0)
        else:
            self.celeba = published(folder, "celeba_low_1000", fake=1)
            self.dfd = published(folder, "test_1000", fake=0)

    def make(self, name):
        if name == "celeba-1600":
            return split(name, *self.celeba, 1600)
        if name == "dfd-800":
            return split(name, *self.dfd, 800)
        if name == "dfd-4000":
            return drawn(name, *self.dfd, 4000, 1000, 0.003)
        if name == "dfd-10000":
            return drawn(name, *self.dfd, 10_000, 1000, 0.003)
        if name == "rich-2000":
            return rich(name, 2000, 200, 38_272)
        # As many rows and columns as the paper's Faces-HQ. Without the noise 22 support vectors part the classes.
        features, labels = self.celeba
        return drawn(name, resampled(features, 722), labels, 40_000, 2000, 0.3)
