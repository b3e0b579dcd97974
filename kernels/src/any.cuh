// Planes of any size: transforms of N points by transforms of M, a power of two.
//
// Bluestein (1970): with w(n) = exp(-πi·n²/N), a DFT is X(k) = w(k)·Σ x(n)·w(n)·w*(k - n), a convolution, which M >= 2N - 1
// points hold without overlap. Where N is a power of two, it is M, and one transform does.
#pragma once
#include "columns.cuh"

/// A length N with its tables: `factors` of the transform of M points; `chirp` [N], w; `filter` [M], the transform of
/// w*(n), |n| < N, over M. `filter` is null where N is M, and `chirp` is then not read.
struct Line {
  int length;
  const float2 *__restrict__ factors, *__restrict__ chirp, *__restrict__ filter;

  /// z·w(n) on the way into a transform or out of it; zero beyond the length.
  DEVICE float2 chirped(float2 z, int n) const {
    if (n >= length) return make_float2(0, 0);
    return filter ? times(z, __ldg(chirp + n)) : z;
  }
};

/// The DFT of N points, of which every thread of a transform holds t + T·e, as those of one of M points do.
template <int M, class Sync>
DEVICE void transform_line(float2 (&x)[Fft<M>::E], const Line &line, float2 *shared, int t, Sync sync) {
  typedef Shape<M> S;
  const int E = Fft<M>::E, T = Fft<M>::T;
#pragma unroll
  for (int e = 0; e < E; e++) x[e] = line.chirped(x[e], t + T * e);
#pragma unroll 1
  for (int turn = line.filter ? 0 : 1; turn < 2; turn++) {
    sync();
    Fft<M>::first(x);
    Fft<M>::template write<S::R1, 1>(x, shared, t);
    sync();
    Fft<M>::read(x, shared, t);
    Fft<M>::rest(x, shared, line.factors, t, sync);
    if (turn == 0) {
      // The transform back is that of the conjugate, conjugate.
#pragma unroll
      for (int e = 0; e < E; e++) x[e] = conjugate(times(x[e], __ldg(line.filter + t + T * e)));
    }
  }
  if (line.filter) {
#pragma unroll
    for (int e = 0; e < E; e++) x[e] = line.chirped(conjugate(x[e]), t + T * e);
  }
}

/// Groups of TILE columns that lie side by side in a half-transformed plane, the last one filled up.
DEVICE int tiles_of(int width) { return width / 2 / TILE + 1; }

/// Rows p and p + ⌈H/2⌉ as real and imaginary part of one transform, taken apart.
///
/// In:  pixels [image][pitch] of which the first H·W count, 8 bit; `across`, `along` as for `transform_rows`.
/// Out: half [image][tiles_of(W)][H][TILE]: DFT of each row at 0 .. W/2; row_sums [image][H] with a window.
/// Launch: grid (⌈⌈H/2⌉/PAIRS⌉, images), block PAIRS·THREADS, shared PAIRS·STRIDE elements, all of the length M.
template <int M>
DEVICE void transform_any_rows(const unsigned char *__restrict__ pixels, int pitch, const float *__restrict__ across,
                               const float *__restrict__ along, const Line &line, float2 *__restrict__ half,
                               unsigned *__restrict__ row_sums, int height) {
  typedef Shape<M> S;
  const int E = S::POINTS, T = S::THREADS, W = line.length, pairs = (height + 1) / 2;
  SHARED(float2, shared);
  shared += threadIdx.x / T * S::STRIDE;
  const int t = threadIdx.x % T, upper = blockIdx.x * S::PAIRS + threadIdx.x / T, lower = upper + pairs;
  const bool has_upper = upper < pairs, has_lower = lower < height;
  const size_t image = blockIdx.y;
  const unsigned char *first = pixels + image * pitch;
  const Together<T> sync;

  float2 x[E];
  unsigned upper_sum = 0, lower_sum = 0;
#pragma unroll
  for (int e = 0; e < E; e++) {
    const int n = t + T * e;
    const unsigned above = n < W && has_upper ? __ldg(first + upper * W + n) : 0;
    const unsigned below = n < W && has_lower ? __ldg(first + lower * W + n) : 0;
    upper_sum += above, lower_sum += below;
    x[e] = make_float2((float)above, (float)below);
  }
  float2 mean = make_float2(128, 128), weight = make_float2(has_upper, has_lower);
  if (across) {
    add_up<T>(upper_sum, lower_sum, reinterpret_cast<unsigned long long *>(shared), t, sync);
    if (t == 0 && has_upper) row_sums[image * height + upper] = upper_sum;
    if (t == 0 && has_lower) row_sums[image * height + lower] = lower_sum;
    mean = make_float2(mean_of(upper_sum, W), mean_of(lower_sum, W));
    weight = make_float2(has_upper ? along[upper] : 0.0f, has_lower ? along[lower] : 0.0f);
  }
#pragma unroll
  for (int e = 0; e < E; e++) {
    const int n = t + T * e;
    const float here = across && n < W ? __ldg(across + n) : 0.5f;
    x[e] = make_float2((x[e].x - mean.x) * (here * weight.x), (x[e].y - mean.y) * (here * weight.y));
  }
  transform_line<M>(x, line, shared, t, sync);

  // To the places that this thread has read last.
#pragma unroll
  for (int e = 0; e < E; e++) shared[Fft<M>::place(t + T * e)] = x[e];
  sync();
  float2 *out = half + image * tiles_of(W) * height * TILE;
  for (int k = t; k <= W / 2; k += T) {
    const float2 plus = shared[Fft<M>::place(k)], minus = shared[Fft<M>::place(k ? W - k : 0)];
    float2 *to = out + (size_t)(k / TILE) * height * TILE + k % TILE;
    if (has_upper) to[(size_t)upper * TILE] = make_float2(plus.x + minus.x, plus.y - minus.y);
    if (has_lower) to[(size_t)lower * TILE] = make_float2(plus.y + minus.y, minus.x - plus.x);
  }
}

/// Steps from the centre line to frequency f of n, as rings are numbered by them.
DEVICE int steps(int f, int n, bool geometric) {
  return f < (n + 1) / 2 ? f : n - (geometric && n % 2 == 0) - f;
}

/// Column transforms of `half` (as `transform_any_rows` leaves it), levels and sums over rings as in
/// `transform_columns`. A coefficient and its mirror image have the same level; each is added to its own ring.
///
/// In:  row_sums, along as there; rings [W/2 (+1)][rings_pitch]: ring of each element of a quadrant, by steps from the
///      centre lines.
/// Out: sums, flags: as there.
/// Launch: grid (⌈(W/2+1)/COLUMNS⌉, images), block COLUMNS·THREADS, shared COLUMNS·STRIDE elements and then
///      2·sum_words(ring_count) words, all of the length M.
template <int M>
DEVICE void transform_any_columns(const float2 *__restrict__ half, const Line &line,
                                  const unsigned *__restrict__ row_sums, const float *__restrict__ along,
                                  const unsigned short *__restrict__ rings, int rings_pitch,
                                  unsigned long long *__restrict__ all_sums, unsigned *__restrict__ flags, int width,
                                  int ring_count, int mode, float epsilon, float scale) {
  typedef Shape<M> S;
  const int E = S::POINTS, T = S::THREADS, C = S::COLUMNS, BLOCK = C * T, H = line.length;
  SHARED(float2, shared);
  const bool geometric = mode & CENTRE_GEOMETRIC;
  const size_t image = blockIdx.y;
  const int k0 = blockIdx.x * C;
  const RingSums sums(shared + C * S::STRIDE, ring_count, mode & AVERAGE_LOG, scale);
  Leveller level(mode & AVERAGE_LOG, epsilon);
  sums.clear(BLOCK);

  // Column 1 is in the second block where a block is one column.
  const bool lacks = row_sums && k0 < 2;
  float *missing = reinterpret_cast<float *>(shared);
  if (lacks) find_missing(missing, row_sums + image * H, along, width, H, BLOCK);

  float2 x[E];
  {
    // Lanes run over columns first, as the tiles lie in memory.
    const int c = threadIdx.x % C, t = threadIdx.x / C, k = k0 + c;
    const float2 *in = half + (image * tiles_of(width) + k / TILE) * H * TILE + k % TILE;
#pragma unroll
    for (int e = 0; e < E; e++) {
      const int n = t + T * e;
      x[e] = n < H && k <= width / 2 ? in[(size_t)n * TILE] : make_float2(0, 0);
    }
    if (lacks) {
#pragma unroll
      for (int e = 0; e < E; e++) x[e].x += t + T * e < H ? share_of(k) * missing[t + T * e] : 0.0f;
      __syncthreads();
    }
    float2 *own = shared + c * S::STRIDE;
#pragma unroll
    for (int e = 0; e < E; e++) own[Fft<M>::place(t + T * e)] = x[e];
  }
  __syncthreads();
  const int c = threadIdx.x / T, t = threadIdx.x % T;
  const Together<T> sync;
  Fft<M>::read(x, shared + c * S::STRIDE, t);
  transform_line<M>(x, line, shared + c * S::STRIDE, t, sync);

  sync();
  const bool is_there = k0 + c <= width / 2;
  float *levels = reinterpret_cast<float *>(shared);
  const int level_stride = 2 * S::STRIDE;
#pragma unroll
  for (int e = 0; e < E; e++) {
    if (is_there && t + T * e < H) levels[c * level_stride + t + T * e] = level(x[e]);
  }
  level.report(flags + image);

  const int groups = (H + GROUP - 1) / GROUP;
  for (int item = threadIdx.x; item < C * groups; item += BLOCK) {
    const int s = item / groups, first = item % groups * GROUP, k = k0 + s;
    if (k > width / 2) break;
    const bool has_mirror = k > 0 && 2 * k < width;
    const unsigned short *itself = rings + (size_t)steps(k, width, geometric) * rings_pitch;
    const unsigned short *mirrored = rings + (size_t)steps(has_mirror ? width - k : k, width, geometric) * rings_pitch;
    float value[GROUP];
    read_group(levels + s * level_stride + first, value);
#pragma unroll
    for (int e = 0; e < GROUP; e++) {
      const int v = first + e;
      if (v >= H) break;
      const int ring = __ldg(itself + steps(v, H, geometric));
      const int other = has_mirror ? __ldg(mirrored + steps(v ? H - v : 0, H, geometric)) : ring;
      sums.add(ring, has_mirror && other == ring ? 2 * value[e] : value[e]);
      if (other != ring) sums.add(other, value[e]);
    }
  }
  sums.hand_on(all_sums + image * ring_count, ring_count, BLOCK);
}
