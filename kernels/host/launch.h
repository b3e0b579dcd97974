// How the kernels are launched; ../../src/cuda launches them the same way.
#pragma once

#include "cuda_host.h"
// The kernels use names of CUDA that only cuda_host.h gives them here.
#include "../src/any.cu"
#include "../src/common.cu"
#include "../src/size.cu"

/// Which are compiled, and for planes of any size; fewer where time matters.
#ifndef ALL_SIZES
#define ALL_SIZES(X) X(64) X(128) X(256) X(512) X(1024) X(2048) X(4096)
#define ANY_SIZES(X) ALL_SIZES(X) X(8192)
#endif
#ifndef ANY_SIZES
#define ANY_SIZES(X) ALL_SIZES(X)
#endif
ALL_SIZES(SINGLE_KERNELS)
ALL_SIZES(HALF_KERNELS)
ANY_SIZES(ANY_KERNELS)

template <int N>
size_t row_shared() { return sizeof(float2) * Shape<N>::PAIRS * Shape<N>::STRIDE; }

template <int N>
size_t column_shared(int rings) {
  return sizeof(float2) * Shape<N>::COLUMNS * Shape<N>::STRIDE + sizeof(unsigned) * 2 * sum_words(rings);
}
