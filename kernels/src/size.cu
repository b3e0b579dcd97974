// The kernels that transform planes by lengths that are powers of two: SIZE is 64, 128, ... 4096. With HALF defined, values
// lie in half precision between rows and columns.
#include "columns.cuh"
#include "rows.cuh"

#define SIZE_KERNELS(N, Stored, suffix)                                                                               \
  extern "C" __global__ void __launch_bounds__(Shape<N>::PAIRS *Shape<N>::THREADS) rows_##N##suffix(                  \
      const unsigned char *pixels, const float *across, const float *along, const float2 *factors,                    \
      Stored::Value *half, unsigned *row_sums, int height) {                                                          \
    transform_rows<N, Stored>(pixels, across, along, factors, half, row_sums, height);                                \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(Shape<N>::COLUMNS *Shape<N>::THREADS, Shape<N>::COLUMN_BLOCKS)         \
      columns_##N##suffix(const Stored::Value *half, const float2 *factors, const unsigned *row_sums,                 \
                          const float *along, const unsigned short *rings, unsigned long long *sums,                  \
                          unsigned *flags, int width, int ring_count, int mode, float epsilon, float scale) {         \
    transform_columns<N, Stored>(half, factors, row_sums, along, rings, sums, flags, width, ring_count, mode,         \
                                 epsilon, scale);                                                                     \
  }
#define SINGLE_KERNELS(N) SIZE_KERNELS(N, Single, )
#define HALF_KERNELS(N) SIZE_KERNELS(N, Half, _f16)

#ifdef SIZE
#ifdef HALF
HALF_KERNELS(SIZE)
#else
SINGLE_KERNELS(SIZE)
#endif
#endif
