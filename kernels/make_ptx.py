#!/usr/bin/env python3
"""Makes crates/cuda/ptx/*.ptx from src/ with a pinned NVRTC, or reports what ptxas makes of them.

    python3 -m venv venv && venv/bin/pip install -r kernels/requirements.txt
    venv/bin/python kernels/make_ptx.py            # writes crates/cuda/ptx
    venv/bin/python kernels/make_ptx.py --check    # says whether crates/cuda/ptx is what the sources give
    venv/bin/python kernels/make_ptx.py --report   # registers, shared memory and spills, a row each

Needs no GPU, no CUDA toolkit and no driver: NVRTC and ptxas come from PyPI.
"""

import argparse
import ctypes
import hashlib
import importlib.metadata
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PTX = HERE.parent / "crates" / "cuda" / "ptx"
SIZES = [64, 128, 256, 512, 1024, 2048, 4096]
ANY_SIZES = SIZES + [8192]
ARCHITECTURE = "compute_70"
COMPILER = ("nvidia-cuda-nvrtc-cu12", "12.0.140")
ASSEMBLER = ("nvidia-cuda-nvcc", "13.0.88")
REPORTED = ["sm_75", "sm_80", "sm_90", "sm_100"]


def sources():
    return sorted(path for path in (HERE / "src").iterdir() if path.suffix in (".cu", ".cuh"))


def fingerprint():
    """SHA-256 over name, NUL, content, NUL of every source, by name."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def pinned(package, pattern):
    name, version = package
    distribution = importlib.metadata.distribution(name)
    if distribution.version != version:
        sys.exit(f"{name} is {distribution.version}, not {version}: pip install -r kernels/requirements.txt")
    found = [file for file in distribution.files if re.search(pattern, str(file))]
    if len(found) != 1:
        sys.exit(f"{name}: {len(found)} files match {pattern}")
    return distribution.locate_file(found[0])


def compile_ptx(nvrtc, name, defines):
    def call(function, *arguments):
        error = function(*arguments)
        if error:
            nvrtc.nvrtcGetErrorString.restype = ctypes.c_char_p
            raise RuntimeError(nvrtc.nvrtcGetErrorString(error).decode())

    source = (HERE / "src" / name).read_bytes()
    headers = [path for path in sources() if path.suffix == ".cuh"]
    contents = (ctypes.c_char_p * len(headers))(*[path.read_bytes() for path in headers])
    names = (ctypes.c_char_p * len(headers))(*[path.name.encode() for path in headers])
    program = ctypes.c_void_p()
    call(nvrtc.nvrtcCreateProgram, ctypes.byref(program), source, name.encode(), len(headers), contents, names)
    options = [f"--gpu-architecture={ARCHITECTURE}", "--std=c++17", "--ftz=true", *defines]
    given = (ctypes.c_char_p * len(options))(*[option.encode() for option in options])
    failed = nvrtc.nvrtcCompileProgram(program, len(options), given)
    size = ctypes.c_size_t()
    call(nvrtc.nvrtcGetProgramLogSize, program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    call(nvrtc.nvrtcGetProgramLog, program, log)
    if failed or log.value:
        sys.exit(f"{name} {' '.join(defines)}:\n{log.value.decode()}")
    call(nvrtc.nvrtcGetPTXSize, program, ctypes.byref(size))
    text = ctypes.create_string_buffer(size.value)
    call(nvrtc.nvrtcGetPTX, program, text)
    return text.value.decode()


def make():
    """File name to text of all PTX."""
    nvrtc = ctypes.CDLL(str(pinned(COMPILER, r"libnvrtc\.so\.12$")))
    header = (
        f"// Made by kernels/make_ptx.py with {COMPILER[0]} {COMPILER[1]}; do not edit.\n"
        f"// SHA-256 of the sources: {fingerprint()}\n"
    )
    made = {"common.ptx": header + compile_ptx(nvrtc, "common.cu", [])}
    for size in SIZES:
        made[f"size_{size}.ptx"] = header + compile_ptx(nvrtc, "size.cu", [f"-DSIZE={size}"])
        made[f"size_{size}_f16.ptx"] = header + compile_ptx(nvrtc, "size.cu", [f"-DSIZE={size}", "-DHALF"])
    for size in ANY_SIZES:
        made[f"any_{size}.ptx"] = header + compile_ptx(nvrtc, "any.cu", [f"-DSIZE={size}"])
    return made


def report():
    ptxas = pinned(ASSEMBLER, r"bin/ptxas$")
    print(f"{'kernel':14}" + "".join(f"{architecture:>22}" for architecture in REPORTED))
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((PTX).glob("*.ptx")):
            for architecture in REPORTED:
                command = [ptxas, "-v", f"-arch={architecture}", path, "-o", f"{folder}/out.cubin"]
                told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
                entries = re.findall(
                    r"entry function '(\w+)'.*?(\d+) bytes spill stores.*?Used (\d+) registers", told, re.DOTALL
                )
                for kernel, spilled, registers in entries:
                    rows.setdefault(kernel, []).append(f"{registers} registers, {spilled} B")
    for kernel, cells in sorted(rows.items(), key=lambda row: (row[0].rstrip("0123456789"), len(row[0]), row[0])):
        print(f"{kernel:14}" + "".join(f"{cell:>22}" for cell in cells))
    print("B: bytes of registers spilled.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where ptx/ differs")
    parser.add_argument("--report", action="store_true", help="registers and spills by ptxas")
    arguments = parser.parse_args()
    if arguments.report:
        return report()
    folder = PTX
    folder.mkdir(exist_ok=True)
    stale = []
    for name, text in make().items():
        path = folder / name
        if arguments.check:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    if stale:
        sys.exit("not what the sources give: " + ", ".join(stale))


if __name__ == "__main__":
    main()
