// Rows: 8-bit pixels to the DFT of every row, two rows to a transform.
#pragma once
#include "means.cuh"
#include "stored.cuh"

/// Columns that lie side by side in the half-transformed plane.
static const int TILE = 8;

#ifndef HOST_SHIM
/// sum + the four bytes. CUDA's own name for it is in a file of the toolkit, which is not needed for anything else.
DEVICE unsigned add_bytes(unsigned bytes, unsigned sum) {
  asm("dp4a.u32.u32 %0, %1, %2, %0;" : "+r"(sum) : "r"(bytes), "r"(0x01010101));
  return sum;
}
#endif

/// The sum of sixteen bytes.
DEVICE unsigned sum_of(uint4 bytes) {
  return add_bytes(bytes.x, add_bytes(bytes.y, add_bytes(bytes.z, add_bytes(bytes.w, 0))));
}

/// Rows p and p + H/2, weighted, as real and imaginary part of one transform Z, which is not taken apart here:
/// A(k) = Z(k) + Z*(W-k) and iB(k) = Z(k) - Z*(W-k) are left to the columns, where both are at hand. The halves that
/// belong to these formulas are in the weights.
///
/// In:  pixels [image][H][W], 8 bit. Hann window: `across` [W] = w(x)/2, `along` [H] = w(y), and its own mean is taken from
///      each row; without a window `across` is null and 128 is taken from each pixel, which changes nothing but
///      F(0,0).
/// Out: half [image][W/2/TILE][H/2][2][TILE]: for each tile of frequencies k and each p, Z(k) and then Z(W-k);
///      Z(W/2) stands in the free place of Z(W-0). With a window row_sums [image][H] of the pixels.
/// Launch: grid (H/2/PAIRS, images), block PAIRS·THREADS, shared PAIRS·STRIDE elements. H is a multiple of 2·PAIRS.
template <int W, class Stored>
DEVICE void transform_rows(const unsigned char *__restrict__ pixels, const float *__restrict__ across,
                           const float *__restrict__ along, const float2 *__restrict__ factors,
                           typename Stored::Value *__restrict__ half, unsigned *__restrict__ row_sums, int height) {
  typedef Shape<W> S;
  const int E = S::POINTS, T = S::THREADS;
  SHARED(float2, shared);
  const int t = threadIdx.x % T, pair = blockIdx.x * S::PAIRS + threadIdx.x / T, pairs = height / 2;
  const size_t image = blockIdx.y;
  const uint4 *upper = reinterpret_cast<const uint4 *>(pixels + (image * height + pair) * W);
  const uint4 *lower = upper + (size_t)pairs * (W / 16);
  shared += threadIdx.x / T * S::STRIDE;

  // Sixteen pixels at a time to shared memory, where each thread finds its own.
  const Together<T> sync;
  uint4 *staged = reinterpret_cast<uint4 *>(shared);
  unsigned upper_sum = 0, lower_sum = 0;
#pragma unroll
  for (int i = t; i < W / 16; i += T) {
    const uint4 above = __ldg(upper + i), below = __ldg(lower + i);
    staged[i] = above, staged[W / 16 + i] = below;
    if (across) upper_sum += sum_of(above), lower_sum += sum_of(below);
  }
  // Half a row further on the cosine of the window has the other sign. Asked for before the pixels have come.
  float weight[E / 2];
#pragma unroll
  for (int e = 0; e < E / 2; e++) weight[e] = across ? __ldg(across + t + T * e) : 0.0f;
  sync();
  const unsigned char *own = reinterpret_cast<const unsigned char *>(shared) + t;
  float2 x[E];
  if (across) {
    // Behind the pixels.
    add_up<T>(upper_sum, lower_sum, reinterpret_cast<unsigned long long *>(shared + W / 4), t, sync);
    if (t == 0) {
      row_sums[image * height + pair] = upper_sum;
      row_sums[image * height + pair + pairs] = lower_sum;
    }
    const float upper_mean = mean_of(upper_sum, W), lower_mean = mean_of(lower_sum, W);
    const float upper_weight = along[pair], lower_weight = along[pair + pairs];
#pragma unroll
    for (int e = 0; e < E; e++) {
      const float here = e < E / 2 ? weight[e] : 0.5f - weight[e - E / 2];
      x[e] = make_float2(((float)own[T * e] - upper_mean) * (here * upper_weight),
                         ((float)own[W + T * e] - lower_mean) * (here * lower_weight));
    }
  } else {
#pragma unroll
    for (int e = 0; e < E; e++)
      x[e] = make_float2((float)own[T * e] * 0.5f - 64.0f, (float)own[W + T * e] * 0.5f - 64.0f);
  }
  sync();

  Fft<W>::first(x);
  Fft<W>::template write<S::R1, 1>(x, shared, t);
  sync();
  Fft<W>::read(x, shared, t);
  Fft<W>::rest(x, shared, factors, t, sync);

  // Frequency k = t + T·e lies T/TILE·e tiles behind t; W - k as far before the end.
  typename Stored::Value *out = half + (image * pairs * (W / 2) + (size_t)pair * TILE) * 2;
  const size_t tile_step = (size_t)pairs * TILE * 2, step = T / TILE * tile_step;
  const int mirrored = (T - t) % T;
  typename Stored::Value *upwards = out + t / TILE * tile_step + t % TILE;
  typename Stored::Value *downwards = out + mirrored / TILE * tile_step + TILE + mirrored % TILE + (t == 0 ? step : 0);
#pragma unroll
  for (int e = 0; e < E / 2; e++) upwards[e * step] = Stored::pack(x[e]);
#pragma unroll
  for (int e = E / 2; e < E; e++) {
    typename Stored::Value *to = downwards + (E - 1 - e) * step;
    if (e == E / 2 && t == 0) to = out + TILE;
    *to = Stored::pack(x[e]);
  }
}
