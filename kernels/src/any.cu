// The kernels for planes of any size, by transforms of SIZE points: 64, 128, ... 8192.
#include "any.cuh"

/// Blocks of so many threads that a multiprocessor should hold. Threads of sixteen points do with 64 registers each where
/// there are three passes, and more of them then pay; others want 128.
#define ALL_THREADS(M) (Shape<M>::R3 > 1 && Shape<M>::POINTS == 16 ? 1024 : 512)
#define BLOCKS_OF(M, threads) ((threads) < ALL_THREADS(M) ? ALL_THREADS(M) / (threads) : 1)

#define ANY_KERNELS(M)                                                                                                \
  extern "C" __global__ void __launch_bounds__(Shape<M>::PAIRS *Shape<M>::THREADS,                                    \
                                               BLOCKS_OF(M, Shape<M>::PAIRS *Shape<M>::THREADS)) any_rows_##M(        \
      const unsigned char *pixels, int pitch, const float *across, const float *along, const float2 *factors,         \
      const float2 *chirp, const float2 *filter, float2 *half, unsigned *row_sums, int width, int height) {           \
    transform_any_rows<M>(pixels, pitch, across, along, {width, factors, chirp, filter}, half, row_sums, height);     \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(Shape<M>::COLUMNS *Shape<M>::THREADS,                                  \
                                               BLOCKS_OF(M, Shape<M>::COLUMNS *Shape<M>::THREADS)) any_columns_##M(   \
      const float2 *half, const float2 *factors, const float2 *chirp, const float2 *filter,                           \
      const unsigned *row_sums, const float *along, const unsigned short *rings, int rings_pitch,                     \
      unsigned long long *sums, unsigned *flags, int width, int height, int ring_count, int mode, float epsilon,      \
      float scale) {                                                                                                  \
    transform_any_columns<M>(half, {height, factors, chirp, filter}, row_sums, along, rings, rings_pitch, sums,       \
                             flags, width, ring_count, mode, epsilon, scale);                                         \
  }

#define KERNELS_OF(M) ANY_KERNELS(M)

#ifdef SIZE
KERNELS_OF(SIZE)
#endif
