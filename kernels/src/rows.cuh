// Rows: 8-bit pixels to the DFT of every row, two rows to a transform.
#pragma once
#include "fft.cuh"

/// Columns that lie side by side in the half-transformed plane.
static const int TILE = 8;

/// Rows p and p + H/2, weighted, as real and imaginary part of one transform Z, which is not taken apart here:
/// A(k) = Z(k) + Z*(W-k) and iB(k) = Z(k) - Z*(W-k) are left to the columns, where both are at hand. The halves that
/// belong to these formulas are in the weights.
///
/// In:  pixels [image][H][W], 8 bit. Hann window: sums [image] of the pixels, `across` [W] = w(x)/2, `along` [H] = w(y);
///      without a window `across` is null and 128 is taken from each pixel, which changes nothing but F(0,0).
/// Out: half [image][W/2/TILE][H/2][2][TILE]: for each tile of frequencies k and each p, Z(k) and then Z(W-k);
///      Z(W/2) stands in the free place of Z(W-0).
/// Launch: grid (H/2/PAIRS, images), block PAIRS·THREADS, shared PAIRS·STRIDE elements. H is a multiple of 2·PAIRS.
template <int W>
DEVICE void transform_rows(const unsigned char *__restrict__ pixels, const unsigned *__restrict__ sums,
                           const float *__restrict__ across, const float *__restrict__ along,
                           const float2 *__restrict__ factors, float2 *__restrict__ half, int height) {
  typedef Shape<W> S;
  const int E = S::POINTS, T = S::THREADS;
  SHARED(float2, shared);
  const int t = threadIdx.x % T, pair = blockIdx.x * S::PAIRS + threadIdx.x / T, pairs = height / 2;
  const size_t image = blockIdx.y;
  const unsigned char *upper = pixels + (image * height + pair) * W + t, *lower = upper + (size_t)pairs * W;
  shared += threadIdx.x / T * S::STRIDE;

  float2 x[E];
  if (across) {
    const float mean = (float)sums[image] / (float)(W * height);
    const float upper_weight = along[pair], lower_weight = along[pair + pairs];
#pragma unroll
    for (int e = 0; e < E; e++) {
      const float weight = __ldg(across + t + T * e);
      x[e] = make_float2(((float)__ldg(upper + T * e) - mean) * weight * upper_weight,
                         ((float)__ldg(lower + T * e) - mean) * weight * lower_weight);
    }
  } else {
#pragma unroll
    for (int e = 0; e < E; e++)
      x[e] = make_float2((float)__ldg(upper + T * e) * 0.5f - 64.0f, (float)__ldg(lower + T * e) * 0.5f - 64.0f);
  }

  const Together<T> sync;
  Fft<W>::first(x);
  Fft<W>::template write<S::R1, 1>(x, shared, t);
  sync();
  Fft<W>::read(x, shared, t);
  Fft<W>::rest(x, shared, factors, t, sync);

  float2 *out = half + (image * pairs * (W / 2) + (size_t)pair * TILE) * 2;
  const size_t tile_step = (size_t)pairs * TILE * 2;
#pragma unroll
  for (int e = 0; e < E / 2; e++) {
    const int k = t + T * e;
    out[k / TILE * tile_step + k % TILE] = x[e];
  }
#pragma unroll
  for (int e = E / 2; e < E; e++) {
    const int k = (W - t - T * e) & (W / 2 - 1);
    out[k / TILE * tile_step + TILE + k % TILE] = x[e];
  }
}
