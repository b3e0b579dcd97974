"""The programs of both sides, asked in turn, and the lines of the table that come of it."""

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from peers import HERE, Process, build, peak_memory


@dataclass
class Line:
    """What two sides took for one work, round by round."""

    name: str
    work: str
    rival: str
    unit: str
    # The ratio wanted: ours to theirs and at most this, or theirs to ours and at least this. None: for information.
    target: float | None
    at_least: bool = False
    theirs: list = field(default_factory=list)
    ours: list = field(default_factory=list)

    def ratios(self):
        pairs = zip(self.theirs, self.ours) if self.at_least else zip(self.ours, self.theirs)
        return [a / b for a, b in pairs]

    def is_met(self):
        if self.target is None:
            return None
        ratio = statistics.median(self.ratios())
        return ratio >= self.target if self.at_least else ratio <= self.target

    def fill(self, rounds, theirs, ours):
        """Calls the two in turn, `rounds` times; who goes first alternates."""
        for number in range(rounds):
            sides = [(self.theirs, theirs), (self.ours, ours)]
            for values, measure in sides if number % 2 == 0 else reversed(sides):
                values.append(measure())
        print(f"  {self.name}: {statistics.median(self.ratios()):.3g}", file=sys.stderr)
        return self


class Bench:
    """The programs, the pictures' place and the settings of a run."""

    def __init__(self, root, rounds, seconds, quick):
        self.root, self.rounds, self.seconds, self.quick = Path(root), rounds, seconds, quick
        self.program = build("dftective", "dftective")
        self.worker = build("dftective-benches", "peer_worker")
        self.root.mkdir(parents=True, exist_ok=True)
        self.scratch = tempfile.TemporaryDirectory(prefix="peers-")

    def count(self, full, quick):
        return quick if self.quick else full

    def rival(self):
        return Process([sys.executable, str(HERE / "spectra_rival.py")])

    def ours(self):
        return Process([self.worker])

    def pair(self, planes):
        """Both sides, with these planes loaded."""
        path = str(Path(self.scratch.name) / "planes.npy")
        np.save(path, planes)
        sides = self.rival(), self.ours()
        for side in sides:
            side.ask({"planes": path})
        return sides

    def detector(self, side, recipe):
        """A detector of `recipe` for pictures of this side, trained on synthetic ones: what it says is of no use."""
        name = f"{side}-{recipe}".replace(" ", "-").replace("=", "-")
        # Made anew in every run, as another version of the program may not read it.
        file = Path(self.scratch.name) / f"{name}.safetensors"
        if not file.exists():
            images = self.root / f"synthetic-{side}"
            if not images.exists():
                self.run("synth", images, "--per-class", 10, "--size", side, "--quality", 75)
            self.run("train", images, "--recipe", recipe, "-o", file)
        return file

    def run(self, *arguments):
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: status {done.returncode}: {done.stderr}")

    def scoring(self, images, detector, threads):
        output = Path(self.scratch.name) / "scores.csv"
        return ["score", images, "--model", detector, "--threads", threads, "-o", output]

    def timed(self, *arguments):
        """Milliseconds of a whole run, from the start of the process to its end."""
        start = time.perf_counter()
        self.run(*arguments)
        return 1000 * (time.perf_counter() - start)

    def score(self, images, detector, threads):
        """As `timed`, of `dftective score` into a file."""
        return self.timed(*self.scoring(images, detector, threads))

    def peak(self, images, detector, threads):
        """MiB a whole run takes at its highest. The last of many looks misses what is new in its last moments."""
        command = [self.program, *map(str, self.scoring(images, detector, threads))]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        peak = 0.0
        while process.poll() is None:
            peak = peak_memory(process.pid) or peak
            time.sleep(0.005)
        if process.returncode:
            sys.exit(f"{' '.join(command)}: status {process.returncode}")
        return peak
