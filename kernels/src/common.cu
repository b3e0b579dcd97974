// What every size needs in the end: the means over rings.
#include "fft.cuh"

/// Sums to means in units of 20·ln|F|: 10·ln2·mean of log2|F|², or 10·ln of the mean of |F|². NaN everywhere for an
/// image that was flagged, and for a ring of powers whose mean is below `least` units: too quiet for fixed point. Zero
/// for the first and the last ring, which no profile keeps: a lone coefficient may well be quiet.
/// In:  sums [image][rings], flags [image], counts [rings], unit: levels a unit.
/// Out: means [image][rings]; sums and flags are zero again, as the next batch wants them.
/// Launch: grid (1, images), block up to 1024.
extern "C" __global__ void __launch_bounds__(1024)
    finish(unsigned long long *__restrict__ sums, unsigned *__restrict__ flags, const double *__restrict__ counts,
           double *__restrict__ means, int rings, int logarithm, double unit, double least) {
  const size_t image = blockIdx.y;
  const bool flagged = flags[image];
  for (int ring = threadIdx.x; ring < rings; ring += blockDim.x) {
    const long long sum = (long long)sums[image * rings + ring];
    sums[image * rings + ring] = 0;
    const double mean = (double)sum / counts[ring];
    double value;
    if (ring == 0 || ring == rings - 1) {
      value = 0;
    } else if (flagged) {
      value = nan("");
    } else if (logarithm) {
      value = 6.93147180559945309 * (mean * unit);
    } else {
      value = mean >= least ? 10.0 * log(mean * unit) : nan("");
    }
    means[image * rings + ring] = value;
  }
  __syncthreads();
  if (threadIdx.x == 0) flags[image] = 0;
}
