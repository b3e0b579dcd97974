// What every size needs: the sum of the pixels before, the means over rings after.
#include "fft.cuh"

/// Adds up 8-bit pixels. In: pixels [image][count], count a multiple of 16. Out: sums [image] += their sum (below 2^32).
/// Launch: grid (any, images), block 256.
extern "C" __global__ void __launch_bounds__(256) pixel_sums(const unsigned char *__restrict__ pixels,
                                                             unsigned *__restrict__ sums, int count) {
  const uint4 *in = reinterpret_cast<const uint4 *>(pixels + (size_t)blockIdx.y * count);
  unsigned sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count / 16; i += gridDim.x * blockDim.x) {
    const uint4 sixteen = __ldg(in + i);
    const unsigned words[4] = {sixteen.x, sixteen.y, sixteen.z, sixteen.w};
    // Two sums of eight bytes each, side by side.
    unsigned two = 0;
#pragma unroll
    for (int w = 0; w < 4; w++) two += (words[w] & 0x00ff00ffu) + (words[w] >> 8 & 0x00ff00ffu);
    sum += (two & 0xffff) + (two >> 16);
  }
#pragma unroll
  for (int step = 16; step; step /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, step);
  if (threadIdx.x % 32 == 0) atomicAdd(sums + blockIdx.y, sum);
}

/// Sums to means in units of 20·ln|F|: 10·ln2·mean of log2|F|², or 10·ln of the mean of |F|². NaN everywhere for an
/// image that was flagged, and for a ring of powers whose mean is below `least` units: too quiet for fixed point. Zero
/// for the first and the last ring, which no profile keeps: a lone coefficient may well be quiet.
/// In:  sums [image][rings], flags [image], counts [rings], unit: levels a unit. Out: means [image][rings].
/// Launch: grid (any, images), block 256.
extern "C" __global__ void __launch_bounds__(256)
    finish(const unsigned long long *__restrict__ sums, const unsigned *__restrict__ flags,
           const double *__restrict__ counts, double *__restrict__ means, int rings, int logarithm, double unit,
           double least) {
  const size_t image = blockIdx.y;
  for (int ring = blockIdx.x * blockDim.x + threadIdx.x; ring < rings; ring += gridDim.x * blockDim.x) {
    const long long sum = (long long)sums[image * rings + ring];
    const double mean = (double)sum / counts[ring];
    double value;
    if (ring == 0 || ring == rings - 1) {
      value = 0;
    } else if (flags[image]) {
      value = nan("");
    } else if (logarithm) {
      value = 6.93147180559945309 * (mean * unit);
    } else {
      value = mean >= least ? 10.0 * log(mean * unit) : nan("");
    }
    means[image * rings + ring] = value;
  }
}
