// The mean that is taken from a plane before a window.
//
// It is known only when all pixels have been read. So the rows take from each row its own mean, rounded to a whole number
// m, which is exact, and the columns add what is missing: a constant m - M, M the mean of the plane, times a Hann window of
// W points, has the transform (m - M)·W·(1/2, -1/4, 0, ..., 0, -1/4), of which columns 0 and 1 are stored.
#pragma once
#include "fft.cuh"

/// Two sums at once, each below 2^32, over the T threads of a transform; `x` and `y` become what all have together.
/// `scratch`, one element a warp, is in nobody's use, and no one else's until `sync` has held the threads together again.
template <int T, class Sync>
DEVICE void add_up(unsigned &x, unsigned &y, unsigned long long *scratch, int t, Sync sync) {
  unsigned long long both = (unsigned long long)x << 32 | y;
#pragma unroll
  for (int step = (T < 32 ? T : 32) / 2; step; step /= 2) both += __shfl_xor_sync(0xffffffffu, both, step);
  if (T > 32) {
    if (t % 32 == 0) scratch[t / 32] = both;
    sync();
    both = 0;
#pragma unroll
    for (int warp = 0; warp < T / 32; warp++) both += scratch[warp];
  }
  x = (unsigned)(both >> 32), y = (unsigned)both;
}

/// The mean of a row, a whole number.
DEVICE int mean_of(unsigned row_sum, int width) { return (row_sum + width / 2) / width; }

/// What is missing in each row, for columns 0 and 1 by `share_of`: (m - M)·w(y)·W. In: row_sums [H] of a plane, the window
/// `along` [H]. Out: missing [H], in shared memory. By the threads of a block together, all of which wait for each other.
DEVICE void find_missing(float *missing, const unsigned *__restrict__ row_sums, const float *__restrict__ along, int width,
                         int height, int block) {
  unsigned *total = reinterpret_cast<unsigned *>(missing);
  if (threadIdx.x == 0) *total = 0;
  __syncthreads();
  unsigned part = 0;
  for (int row = threadIdx.x; row < height; row += block) part += row_sums[row];
  // Below 2^32: the program has no longer sides than 4096.
  atomicAdd(total, part);
  __syncthreads();
  const unsigned sum = *total;
  __syncthreads();
  for (int row = threadIdx.x; row < height; row += block) {
    const long long difference = (long long)mean_of(row_sums[row], width) * width * height - sum;
    missing[row] = (float)difference * along[row] / height;
  }
  __syncthreads();
}

/// By what column k has of it.
DEVICE float share_of(int k) { return k == 0 ? 0.5f : k == 1 ? -0.25f : 0.0f; }
