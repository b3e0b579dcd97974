"""What the comparisons share: processes asked in turn, tables, the machine."""

import json
import os
import platform
import resource
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
THREAD_VARIABLES = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]


class Failed(Exception):
    """Why a process has no answer: for a cell of the table, and in full."""


class Process:
    """A worker or its rival, at the end of the line protocol."""

    def __init__(self, command, threads=1, limit=900, memory=None):
        environment = os.environ | {name: str(threads) for name in THREAD_VARIABLES}

        def restrict():
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))

        self.limit = limit
        self.peak = None
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, preexec_fn=restrict
        )

    def ask(self, request):
        late = threading.Event()

        def give_up():
            late.set()
            self.process.kill()

        timer = threading.Timer(self.limit, give_up)
        timer.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        timer.cancel()
        if not line:
            if late.is_set():
                raise Failed(f"> {self.limit:g} s", f"stopped after {self.limit:g} s")
            raise Failed("failed", f"the process ended with status {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise Failed("failed", reply["error"])
        self.peak = peak_memory(self.process.pid)
        return reply

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def peak_memory(pid):
    """MiB, or None where there is no /proc. (The children's rusage would count the parent's memory at the fork.)"""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), None)


def build(package, name):
    """A program of the package, compiled for speed: its path."""
    command = ["cargo", "build", "--release", "--package", package, "--bin", name, "--message-format=json-render-diagnostics"]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{name} does not compile")
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == name and message.get("executable"):
            return message["executable"]
    sys.exit(f"cargo names no program for {name}")


def machine(packages):
    """Processor, memory, versions of Python and of these packages, commit."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = (line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name"))
        model = next(names, model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True
    ).stdout.strip()
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}, {versions}; "
        f"commit {commit or 'unknown'}"
    )


def print_table(title, header, rows, left):
    """`left`: how many columns are text; the others are set flush right. Two-line headers, split at the bar."""
    heads = [[part.strip() for part in name.split("|")] for name in header]
    lines = [[h[0] for h in heads], [h[-1] if len(h) > 1 else "" for h in heads], *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    print(f"\n{title}\n")
    for number, line in enumerate(lines):
        cells = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())
        if number == 1:
            print("  ".join("-" * w for w in widths))
