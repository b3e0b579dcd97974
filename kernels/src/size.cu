// The kernels of one length: SIZE is 64, 128, ... 4096.
#include "columns.cuh"
#include "rows.cuh"

#define KERNELS(N)                                                                                                    \
  extern "C" __global__ void __launch_bounds__(Shape<N>::PAIRS *Shape<N>::THREADS) rows_##N(                          \
      const unsigned char *pixels, const unsigned *sums, const float *across, const float *along,                     \
      const float2 *factors, float2 *half, int height) {                                                              \
    transform_rows<N>(pixels, sums, across, along, factors, half, height);                                            \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(Shape<N>::COLUMNS *Shape<N>::THREADS, Shape<N>::COLUMN_BLOCKS)         \
      columns_##N(const float2 *half, const float2 *factors, const unsigned short *rings, unsigned long long *sums,   \
                  unsigned *flags, int width, int ring_count, int mode, float epsilon, float scale) {                 \
    transform_columns<N>(half, factors, rings, sums, flags, width, ring_count, mode, epsilon, scale);                 \
  }
#define KERNELS_OF(N) KERNELS(N)

#ifdef SIZE
KERNELS_OF(SIZE)
#endif
