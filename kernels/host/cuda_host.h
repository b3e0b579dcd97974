// Compiles CUDA C++ as plain C++ and runs kernels on the CPU: what the sources in ../src need of CUDA, no more.
//
// A block's threads are fibers of one OS thread, or, with HOST_THREADS defined, OS threads, so that sanitizers see
// every access. Blocks run one after the other. Fibers run in a chosen order from barrier to barrier, which brings a
// missing barrier to light as a wrong result. Shared memory is exactly as long as the launch says, poisoned before
// every block, and its surroundings are watched.
//
// What it can't show: races between blocks, bank conflicts, coalescing, and the rounding of fused operations.
#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>
#ifdef HOST_THREADS
#include <pthread.h>
#include <thread>
#else
#include <ucontext.h>
#endif

#define HOST_SHIM 1
#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define SHARED(Type, name) Type *name = reinterpret_cast<Type *>(host::shared_memory)

struct uint3 { unsigned x, y, z; };
struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
  unsigned count() const { return x * y * z; }
};
struct alignas(8) float2 { float x, y; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };
inline float2 make_float2(float x, float y) { return {x, y}; }

namespace host {

/// How fibers take turns.
enum class Order { Ascending, Descending, Shuffled };
inline Order order = Order::Ascending;

/// A kernel did what would hang or corrupt a GPU.
struct Fault : std::runtime_error { using std::runtime_error::runtime_error; };

struct Lane { uint3 thread; unsigned number; };
inline thread_local Lane lane;
inline uint3 block;
inline dim3 block_size, grid_size;
inline unsigned char *shared_memory;
/// What warps exchange and blocks vote on.
inline std::vector<uint64_t> slots;
inline std::atomic<int> votes;

inline Lane lane_of(unsigned number) {
  return {{number % block_size.x, number / block_size.x % block_size.y, number / (block_size.x * block_size.y)}, number};
}

#ifdef HOST_THREADS
struct Barrier {
  pthread_barrier_t inner;
  explicit Barrier(unsigned count) { pthread_barrier_init(&inner, nullptr, count); }
  ~Barrier() { pthread_barrier_destroy(&inner); }
  Barrier(const Barrier &) = delete;
  void wait() { pthread_barrier_wait(&inner); }
};
inline std::unique_ptr<Barrier> block_barrier;
inline std::vector<std::unique_ptr<Barrier>> warp_barriers;
inline void block_sync() { block_barrier->wait(); }
inline void warp_sync() { warp_barriers[lane.number / 32]->wait(); }

inline void run(const std::function<void()> &kernel, const std::function<void(unsigned)> &begin_block,
                const std::function<void()> &end_block) {
  const unsigned count = block_size.count(), blocks = grid_size.count();
  block_barrier = std::make_unique<Barrier>(count);
  warp_barriers.clear();
  for (unsigned first = 0; first < count; first += 32)
    warp_barriers.push_back(std::make_unique<Barrier>(std::min(32u, count - first)));
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < count; number++) {
    threads.emplace_back([&, number] {
      lane = lane_of(number);
      for (unsigned index = 0; index < blocks; index++) {
        if (number == 0) begin_block(index);
        block_sync();
        kernel();
        block_sync();
        if (number == 0) end_block();
      }
    });
  }
  for (auto &thread : threads) thread.join();
}
#else
enum class State { Ready, AtBlockBarrier, AtWarpBarrier, Done };
struct Fiber { ucontext_t context; Lane lane; State state; };
inline ucontext_t scheduler;
inline Fiber *current;
inline const std::function<void()> *body;
inline void park(State state) {
  Fiber *fiber = current;
  fiber->state = state;
  swapcontext(&fiber->context, &scheduler);
}
inline void block_sync() { park(State::AtBlockBarrier); }
inline void warp_sync() { park(State::AtWarpBarrier); }
inline void entry() {
  (*body)();
  park(State::Done);
}

/// Runs the fibers of one block from barrier to barrier.
inline void run_block(std::vector<Fiber> &fibers, std::vector<unsigned> &turns, uint32_t &random) {
  for (;;) {
    if (order == Order::Shuffled) {
      for (size_t i = turns.size() - 1; i > 0; i--) {
        random = random * 1664525u + 1013904223u;
        std::swap(turns[i], turns[(random >> 8) % (i + 1)]);
      }
    }
    bool moved = false;
    for (unsigned turn : turns) {
      if (fibers[turn].state != State::Ready) continue;
      current = &fibers[turn];
      lane = current->lane;
      swapcontext(&scheduler, &current->context);
      moved = true;
    }
    const auto in = [&](size_t first, size_t last, State state) {
      size_t count = 0;
      for (size_t i = first; i < last; i++) count += fibers[i].state == state;
      return count;
    };
    const auto release = [&](size_t first, size_t last) {
      for (size_t i = first; i < last; i++) fibers[i].state = State::Ready;
      moved = true;
    };
    for (size_t first = 0; first < fibers.size(); first += 32) {
      const size_t last = std::min(first + 32, fibers.size());
      if (in(first, last, State::AtWarpBarrier) == last - first) release(first, last);
    }
    if (in(0, fibers.size(), State::Done) == fibers.size()) return;
    if (in(0, fibers.size(), State::AtBlockBarrier) == fibers.size()) release(0, fibers.size());
    if (!moved) throw Fault("threads of a block wait at different barriers");
  }
}

inline void run(const std::function<void()> &kernel, const std::function<void(unsigned)> &begin_block,
                const std::function<void()> &end_block) {
  const size_t stack = 64 << 10;
  static std::vector<unsigned char> stacks;
  const unsigned count = block_size.count();
  if (stacks.size() < count * stack) stacks.resize(count * stack);
  std::vector<Fiber> fibers(count);
  std::vector<unsigned> turns(count);
  uint32_t random = 1;
  body = &kernel;
  for (unsigned index = 0; index < grid_size.count(); index++) {
    begin_block(index);
    for (unsigned number = 0; number < count; number++) {
      Fiber &fiber = fibers[number];
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = &stacks[number * stack];
      fiber.context.uc_stack.ss_size = stack;
      fiber.context.uc_link = nullptr;
      fiber.lane = lane_of(number);
      fiber.state = State::Ready;
      makecontext(&fiber.context, entry, 0);
      turns[number] = order == Order::Descending ? count - 1 - number : number;
    }
    run_block(fibers, turns, random);
    end_block();
  }
}
#endif

/// Runs a kernel over a grid; throws a Fault where a GPU would hang, or where it wrote beyond its shared memory.
inline void launch(dim3 grid, dim3 threads, size_t shared_bytes, const std::function<void()> &kernel) {
  const unsigned char POISON = 0xCD, WATCHED = 0xA5;
  const size_t watch = 256;
  grid_size = grid;
  block_size = threads;
  slots.assign(threads.count(), 0);
  votes = 0;
  // A block of its own for each launch, so that AddressSanitizer sees its end.
#if defined(__SANITIZE_ADDRESS__)
  const size_t behind = 0;
#else
  const size_t behind = watch;
#endif
  const size_t bytes = (shared_bytes + 15) / 16 * 16;
  std::unique_ptr<void, decltype(&free)> memory(aligned_alloc(16, bytes + behind + (bytes + behind == 0 ? 16 : 0)), &free);
  shared_memory = static_cast<unsigned char *>(memory.get());
  const auto begin_block = [&](unsigned index) {
    block = {index % grid.x, index / grid.x % grid.y, index / (grid.x * grid.y)};
    memset(shared_memory, POISON, bytes);
    memset(shared_memory + bytes, WATCHED, behind);
  };
  const auto end_block = [&] {
    for (size_t i = 0; i < behind; i++)
      if (shared_memory[bytes + i] != WATCHED) throw Fault("a write beyond the shared memory of the launch");
  };
  run(kernel, begin_block, end_block);
}

template <class T>
T exchange(T value, unsigned from) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "");
  memcpy(&slots[lane.number], &value, sizeof(T));
  warp_sync();
  T result;
  memcpy(&result, &slots[(lane.number & ~31u) + (from & 31)], sizeof(T));
  warp_sync();
  return result;
}

}  // namespace host

#define threadIdx (host::lane.thread)
#define blockIdx (host::block)
#define blockDim (host::block_size)
#define gridDim (host::grid_size)
inline void __syncthreads() { host::block_sync(); }
inline void __syncwarp() { host::warp_sync(); }
inline int __syncthreads_or(int vote) {
  if (vote) host::votes = 1;
  host::block_sync();
  const int result = host::votes;
  host::block_sync();
  if (host::lane.number == 0) host::votes = 0;
  host::block_sync();
  return result;
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) { return host::exchange(value, (host::lane.number & 31) ^ mask); }
// Through the builtins, because a kernel's operands are plain memory.
template <class T>
T atomicAdd(T *address, T value) { return __atomic_fetch_add(address, value, __ATOMIC_RELAXED); }
template <class T>
T atomicOr(T *address, T value) { return __atomic_fetch_or(address, value, __ATOMIC_RELAXED); }
template <class T>
T __ldg(const T *address) { return *address; }
inline unsigned add_bytes(unsigned bytes, unsigned sum) {
  for (int shift = 0; shift < 32; shift += 8) sum += bytes >> shift & 255;
  return sum;
}
// glibc declares a function of this name.
#define __log2f log2f
inline int __float2int_rn(float x) { return (int)lrintf(x); }
inline unsigned long long __float2ull_rn(float x) { return (unsigned long long)llrintf(x); }
