"""Where kernels run: a GPU through CuPy, or the stand-in driver with NumPy arrays for device memory."""

import contextlib
import ctypes
import pathlib

import numpy as np

KERNELS = pathlib.Path(__file__).resolve().parent.parent
PTX = KERNELS.parent / "crates" / "cuda" / "ptx"
SHARED_UNLESS_ASKED = 48 << 10


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
            self.modules[file] = self.xp.RawModule(path=str(PTX / file))
        function = self.modules[file].get_function(name)
        if shared > SHARED_UNLESS_ASKED:
            function.max_dynamic_shared_size_bytes = shared
        return lambda grid, block, arguments: function(grid, (block,), arguments, shared_mem=shared)

    def finish(self):
        self.xp.cuda.get_current_stream().synchronize()

    def lanes(self, count):
        """Streams beside the current one, on which work may go on side by side; the current one alone for one."""
        return [self.xp.cuda.Stream(non_blocking=True) for _ in range(count)] if count > 1 else [contextlib.nullcontext()]

    def fork(self, lanes):
        """What `lanes` are given from here on waits for what the current stream was given."""
        for lane in lanes if len(lanes) > 1 else []:
            lane.wait_event(self.xp.cuda.get_current_stream().record())

    def join(self, lanes):
        """What the current stream is given from here on waits for what `lanes` were given."""
        for lane in lanes if len(lanes) > 1 else []:
            self.xp.cuda.get_current_stream().wait_event(lane.record())


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
            ptx = (PTX / file).read_bytes()
            self.call(self.driver.cuModuleLoadData, ctypes.byref(self.modules[file]), ptx)
        function = ctypes.c_void_p()
        self.call(self.driver.cuModuleGetFunction, ctypes.byref(function), self.modules[file], name.encode())
        if shared > SHARED_UNLESS_ASKED:
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

    def lanes(self, _):
        return [contextlib.nullcontext()]

    def fork(self, lanes):
        """There is one stream."""

    join = fork
