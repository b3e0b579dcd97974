// A stand-in for libcuda.so that runs this project's kernels on the CPU, so that the program's host code can be tested
// unchanged where there is no GPU. Loading it is all it takes: LD_LIBRARY_PATH at a folder with it as libcuda.so.1.
//
// Work is done late, when something waits for it, as a real stream may do it: whoever reads a result or reuses a
// pinned buffer too early gets the wrong bytes. Device memory is poisoned, its ends are watched, and what is left at
// the end is counted. The environment asks for trouble:
//   STAND_IN_DEVICES=N        devices there are (1 unless said)
//   STAND_IN_MEMORY=BYTES     device memory (1 GiB unless said)
//   STAND_IN_TAKEN=BYTES      what of it other programs hold (nothing unless said)
//   STAND_IN_LOST_AFTER=N     the device is lost with the launch after N kernels
//   STAND_IN_REPORT=FILE      where counts are written when the program ends

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "launch.h"

namespace {

enum Result {
  OK = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  INVALID_DEVICE = 101,
  NOT_FOUND = 500,
  LAUNCH_FAILED = 719,
  CAPTURING = 900
};
typedef std::function<Result()> Job;

struct Kernel {
  const char *name;
  Job (*bind)(dim3, dim3, size_t, void **);
};

/// A launch with copies of its arguments, as the driver takes them.
template <class... A, size_t... I>
Job bound(void (*kernel)(A...), dim3 grid, dim3 threads, size_t shared, void **given, std::index_sequence<I...>) {
  std::tuple<A...> arguments(*static_cast<A *>(given[I])...);
  return [=]() -> Result {
    try {
      host::launch(grid, threads, shared, [&] { std::apply(kernel, arguments); });
      return OK;
    } catch (const host::Fault &fault) {
      fprintf(stderr, "stand-in driver: %s\n", fault.what());
      return LAUNCH_FAILED;
    }
  };
}
template <class... A>
Job bind(void (*kernel)(A...), dim3 grid, dim3 threads, size_t shared, void **given) {
  return bound(kernel, grid, threads, shared, given, std::index_sequence_for<A...>{});
}
#define KERNEL(name) {#name, [](dim3 g, dim3 t, size_t s, void **p) { return bind(name, g, t, s, p); }},
#define OF_SIZE(N) KERNEL(rows_##N) KERNEL(columns_##N) KERNEL(rows_##N##_f16) KERNEL(columns_##N##_f16)
#define OF_ANY(M) KERNEL(any_rows_##M) KERNEL(any_columns_##M)
const Kernel kernels[] = {KERNEL(finish) ALL_SIZES(OF_SIZE) ANY_SIZES(OF_ANY)};

const size_t MOST_SHARED = 227 << 10, SHARED_UNLESS_ASKED = 48 << 10, WATCH = 64;
const unsigned char POISON = 0xCD, WATCHED = 0xA5;

struct Function { const Kernel *kernel; size_t shared = SHARED_UNLESS_ASKED; };
struct Module { std::string ptx; std::map<std::string, Function> functions; };
struct Graph { std::deque<Job> jobs; };
struct Stream { std::deque<Job> waiting; Graph *capturing = nullptr; };
struct Event { Stream *stream = nullptr; };

std::recursive_mutex everything;
std::map<uint64_t, size_t> device_memory;
std::map<const unsigned char *, size_t> pinned_memory;
std::vector<Stream *> streams;
Stream null_stream;
size_t in_use, peak;
long launched, graphs_launched, lost_after = -1;
bool lost;
thread_local void *current_context;
/// While it captures, a thread may not do what waits for a device.
thread_local bool captures;

long setting(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

size_t memory() { return (size_t)setting("STAND_IN_MEMORY", 1l << 30); }

struct AtEnd {
  ~AtEnd() {
    const char *path = getenv("STAND_IN_REPORT");
    FILE *file = path ? fopen(path, "w") : nullptr;
    if (!file) return;
    fprintf(file, "kernels %ld\ngraphs %ld\npeak %zu\nleft %zu\n", launched, graphs_launched, peak, device_memory.size());
    fclose(file);
  }
} at_end;

Stream *of(void *stream) { return stream ? static_cast<Stream *>(stream) : &null_stream; }

Result submit(void *stream, Job job) {
  if (lost) return LAUNCH_FAILED;
  Stream *to = of(stream);
  (to->capturing ? to->capturing->jobs : to->waiting).push_back(std::move(job));
  return OK;
}

Result finish_stream(Stream *stream) {
  if (captures) return CAPTURING;
  while (!stream->waiting.empty()) {
    const Job job = stream->waiting.front();
    stream->waiting.pop_front();
    const Result result = lost ? LAUNCH_FAILED : job();
    if (result != OK) lost = true;
  }
  return lost ? LAUNCH_FAILED : OK;
}

Result finish_all() {
  for (Stream *stream : streams) finish_stream(stream);
  return finish_stream(&null_stream);
}

bool is_pinned(const void *from, size_t bytes) {
  const auto *first = static_cast<const unsigned char *>(from);
  auto next = pinned_memory.upper_bound(first);
  if (next == pinned_memory.begin()) return false;
  --next;
  return first + bytes <= next->first + next->second;
}

/// Whether the bytes belong to one allocation.
bool is_device(uint64_t at, size_t bytes) {
  auto next = device_memory.upper_bound(at);
  if (next == device_memory.begin()) return false;
  --next;
  return at + bytes <= next->first + next->second;
}

}  // namespace

#define API extern "C" int
#define LOCKED std::lock_guard<std::recursive_mutex> lock(everything)

API cuInit(unsigned) { lost_after = setting("STAND_IN_LOST_AFTER", -1); return OK; }
API cuDriverGetVersion(int *version) { *version = 12000; return OK; }
API cuDeviceGetCount(int *count) { *count = (int)setting("STAND_IN_DEVICES", 1); return OK; }
API cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return ordinal < setting("STAND_IN_DEVICES", 1) ? OK : INVALID_DEVICE;
}
API cuDeviceGetName(char *name, int length, int) { snprintf(name, length, "Stand-in"); return OK; }
API cuDeviceTotalMem_v2(size_t *bytes, int) { *bytes = memory(); return OK; }
API cuDeviceGetAttribute(int *value, int attribute, int) {
  switch (attribute) {
    case 16: *value = 2; break;                   // multiprocessors
    case 75: *value = 9; break;                   // compute capability, major
    case 76: *value = 0; break;                   // and minor
    case 97: *value = (int)MOST_SHARED; break;    // shared memory a block may ask for
    case 115: *value = 1; break;                  // memory pools
    default: *value = 0;
  }
  return OK;
}
API cuDevicePrimaryCtxRetain(void **context, int) { *context = &null_stream; return OK; }
API cuDevicePrimaryCtxRelease_v2(int) { return OK; }
API cuDevicePrimaryCtxSetFlags_v2(int, unsigned flags) { return flags <= 31 ? OK : INVALID_VALUE; }
API cuCtxGetCurrent(void **context) { *context = current_context; return OK; }
API cuCtxSetCurrent(void *context) { current_context = context; return OK; }
API cuCtxSynchronize() { LOCKED; return finish_all(); }
API cuGetErrorName(int error, const char **name) {
  *name = error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR";
  return OK;
}
API cuGetErrorString(int error, const char **text) {
  *text = error == OUT_OF_MEMORY ? "out of memory" : error == LAUNCH_FAILED ? "unspecified launch failure" : "error of the stand-in";
  return OK;
}

API cuStreamCreate(void **stream, unsigned) {
  LOCKED;
  streams.push_back(new Stream);
  *stream = streams.back();
  return OK;
}
API cuStreamDestroy_v2(void *stream) {
  LOCKED;
  finish_stream(of(stream));
  streams.erase(std::find(streams.begin(), streams.end(), of(stream)));
  delete of(stream);
  return OK;
}
API cuStreamSynchronize(void *stream) { LOCKED; return finish_stream(of(stream)); }
API cuStreamWaitEvent(void *stream, void *event, unsigned) {
  LOCKED;
  Stream *other = static_cast<Event *>(event)->stream;
  return other && other != of(stream) ? finish_stream(other) : OK;
}

API cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  LOCKED;
  if (lost) return LAUNCH_FAILED;
  if (setting("STAND_IN_TAKEN", 0) + in_use + bytes > memory()) return OUT_OF_MEMORY;
  auto *memory = static_cast<unsigned char *>(aligned_alloc(256, (bytes + WATCH + 255) / 256 * 256));
  memset(memory, POISON, bytes);
  memset(memory + bytes, WATCHED, WATCH);
  *address = (uint64_t)memory;
  device_memory[*address] = bytes;
  in_use += bytes;
  peak = std::max(peak, in_use);
  return OK;
}
API cuMemAllocAsync(uint64_t *address, size_t bytes, void *) { return cuMemAlloc_v2(address, bytes); }
API cuMemFree_v2(uint64_t address) {
  LOCKED;
  finish_all();
  const size_t bytes = device_memory.at(address);
  const auto *memory = reinterpret_cast<unsigned char *>(address);
  for (size_t i = 0; i < WATCH; i++) {
    if (memory[bytes + i] == WATCHED) continue;
    fprintf(stderr, "stand-in driver: a write beyond %zu bytes of device memory\n", bytes);
    abort();
  }
  free((void *)address);
  device_memory.erase(address);
  in_use -= bytes;
  return OK;
}
API cuMemFreeAsync(uint64_t address, void *) { return cuMemFree_v2(address); }
API cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
  LOCKED;
  *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
  memset(*memory, POISON, bytes);
  pinned_memory[static_cast<unsigned char *>(*memory)] = bytes;
  return OK;
}
API cuMemFreeHost(void *memory) {
  LOCKED;
  finish_all();
  pinned_memory.erase(static_cast<unsigned char *>(memory));
  free(memory);
  return OK;
}
API cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
  LOCKED;
  if (!is_device(to, bytes)) return INVALID_VALUE;
  if (is_pinned(from, bytes)) return submit(stream, [=] { memcpy((void *)to, from, bytes); return OK; });
  // Memory that is not pinned may be gone on return.
  const auto *first = static_cast<const unsigned char *>(from);
  const std::vector<unsigned char> copy(first, first + bytes);
  return submit(stream, [=] { memcpy((void *)to, copy.data(), copy.size()); return OK; });
}
API cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
  LOCKED;
  if (!is_device(from, bytes)) return INVALID_VALUE;
  const Result result = submit(stream, [=] { memcpy(to, (const void *)from, bytes); return OK; });
  return result != OK || is_pinned(to, bytes) || of(stream)->capturing ? result : finish_stream(of(stream));
}
API cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *stream) {
  LOCKED;
  if (!is_device(to, bytes)) return INVALID_VALUE;
  return submit(stream, [=] { memset((void *)to, value, bytes); return OK; });
}

API cuEventCreate(void **event, unsigned) { *event = new Event; return OK; }
API cuEventDestroy_v2(void *event) { delete static_cast<Event *>(event); return OK; }
API cuEventRecord(void *event, void *stream) { static_cast<Event *>(event)->stream = of(stream); return OK; }
API cuEventSynchronize(void *event) {
  LOCKED;
  Stream *stream = static_cast<Event *>(event)->stream;
  return captures ? CAPTURING : stream ? finish_stream(stream) : OK;
}

API cuModuleLoadData(void **module, const void *ptx) {
  *module = new Module{static_cast<const char *>(ptx), {}};
  return OK;
}
API cuModuleUnload(void *module) { delete static_cast<Module *>(module); return OK; }
API cuModuleGetFunction(void **function, void *module, const char *name) {
  LOCKED;
  auto *in = static_cast<Module *>(module);
  // What the PTX does not have is not there, whatever was compiled in.
  if (in->ptx.find(std::string(".entry ") + name + "(") == std::string::npos) return NOT_FOUND;
  for (const Kernel &kernel : kernels) {
    if (strcmp(kernel.name, name)) continue;
    in->functions[name].kernel = &kernel;
    *function = &in->functions[name];
    return OK;
  }
  return NOT_FOUND;
}
API cuFuncSetAttribute(void *function, int attribute, int value) {
  LOCKED;
  const int SHARED_SIZE = 8;
  if (attribute != SHARED_SIZE || value < 0 || (size_t)value > MOST_SHARED) return INVALID_VALUE;
  static_cast<Function *>(function)->shared = value;
  return OK;
}
API cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void *stream, void **arguments, void **) {
  LOCKED;
  const auto *of_module = static_cast<Function *>(function);
  const dim3 grid(gx, gy, gz), threads(bx, by, bz);
  if (!grid.count() || gy > 65535 || gz > 65535 || !threads.count() || threads.count() > 1024) return INVALID_VALUE;
  if (shared > of_module->shared) return INVALID_VALUE;
  const Job kernel = of_module->kernel->bind(grid, threads, shared, arguments);
  return submit(stream, [=] {
    if (lost_after >= 0 && launched >= lost_after) return LAUNCH_FAILED;
    launched++;
    return kernel();
  });
}

API cuStreamBeginCapture_v2(void *stream, int) {
  LOCKED;
  of(stream)->capturing = new Graph;
  captures = true;
  return OK;
}
API cuStreamEndCapture(void *stream, void **graph) {
  LOCKED;
  *graph = of(stream)->capturing;
  of(stream)->capturing = nullptr;
  captures = false;
  return OK;
}
API cuStreamIsCapturing(void *stream, int *capturing) { *capturing = of(stream)->capturing != nullptr; return OK; }
API cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long) { *executable = graph; return OK; }
API cuGraphLaunch(void *graph, void *stream) {
  LOCKED;
  graphs_launched++;
  for (const Job &job : static_cast<Graph *>(graph)->jobs) {
    const Result result = submit(stream, job);
    if (result != OK) return result;
  }
  return OK;
}
API cuGraphExecDestroy(void *) { return OK; }
API cuGraphDestroy(void *graph) { LOCKED; delete static_cast<Graph *>(graph); return OK; }
