// Columns: half-transformed planes to sums over rings, in whole numbers, so that no order of additions matters.
#pragma once
#include "fft.cuh"
#include "rows.cuh"

/// What the sums are of, and where rings have their centre.
enum { AVERAGE_LOG = 1, CENTRE_GEOMETRIC = 2 };

/// Cells side by side that one thread takes: as many levels as it reads at once.
static const int GROUP = 4;
/// Ring table: entries beyond H/2 in each row, so that each row begins at 16 bytes and one about DC fits.
static const int RING_PADDING = 8;
/// Logarithms are taken of powers from 2^-56 on, below the square of the usual ε, so that they lie within ±2^6.
static const float LEAST_POWER = 1.3877788e-17f;

/// Levels side by side, the first at a multiple of GROUP.
DEVICE void read_group(const float *from, float (&to)[GROUP]) {
  const float4 all = *reinterpret_cast<const float4 *>(from);
  to[0] = all.x, to[1] = all.y, to[2] = all.z, to[3] = all.w;
}

/// Words that a block keeps for one half of its sums: an even number, so that what follows both lies at 16 bytes.
DEVICE int sum_words(int ring_count) { return (ring_count + 1) / 2 * 2; }

/// Sums over rings of one block, in shared memory: 32 bits of logarithms, 64 bits of powers (shared memory has no fast
/// 64-bit addition, so the low word's carry goes to the high word).
struct RingSums {
  unsigned *low, *high;
  float scale;
  bool logarithm;

  /// In the 2·sum_words(ring_count) words from `memory` on.
  DEVICE RingSums(void *memory, int ring_count, bool logarithm, float scale)
      : low(static_cast<unsigned *>(memory)), high(low + sum_words(ring_count)), scale(scale), logarithm(logarithm) {}

  DEVICE unsigned *end() const { return high + (high - low); }

  /// By the threads of a block together.
  DEVICE void clear(int block) const {
    for (unsigned *word = low + threadIdx.x; word < end(); word += block) *word = 0;
  }

  DEVICE void add(int ring, float level) const {
    if (logarithm) {
      atomicAdd(low + ring, (unsigned)__float2int_rn(level * scale));
      return;
    }
    const unsigned long long units = __float2ull_rn(level * scale);
    const unsigned below = (unsigned)units, before = atomicAdd(low + ring, below);
    const unsigned above = (unsigned)(units >> 32) + (before + below < before ? 1u : 0u);
    if (above) atomicAdd(high + ring, above);
  }

  /// Adds all to the sums of the image, by the threads of a block together.
  DEVICE void hand_on(unsigned long long *__restrict__ to, int ring_count, int block) const {
    __syncthreads();
    for (int ring = threadIdx.x; ring < ring_count; ring += block) {
      const unsigned long long sum = logarithm ? (unsigned long long)(long long)(int)low[ring]
                                               : (unsigned long long)high[ring] << 32 | low[ring];
      if (sum) atomicAdd(to + ring, sum);
    }
  }
};

/// Levels of coefficients, and whether one of them is too quiet for a logarithm.
struct Leveller {
  bool logarithm;
  float epsilon, least;

  DEVICE Leveller(bool logarithm, float epsilon) : logarithm(logarithm), epsilon(epsilon), least(LEAST_POWER) {}

  /// |z + ε|² or its log2.
  DEVICE float operator()(float2 z) {
    z.x += epsilon;
    const float power = z.x * z.x + z.y * z.y;
    if (!logarithm) return power;
    least = fminf(least, power);
    return __log2f(fmaxf(power, LEAST_POWER));
  }

  /// Marks the image, by the threads of a block together, all of which wait for each other.
  DEVICE void report(unsigned *flag) const {
    if (__syncthreads_or(least < LEAST_POWER) && threadIdx.x == 0) atomicOr(flag, 1u);
  }
};

/// Column transforms of `half` (as `transform_rows` leaves it), the level |F + ε|² or log2|F + ε|² of every
/// coefficient, and the sums of the levels over rings.
///
/// A coefficient and its mirror image have the same level, and up to four places of the spectrum lie at one distance:
/// cell (i, j) of a quadrant. About DC (i, j) = (|u|, |v|), and a stored column counts twice but for u = 0 and W/2.
/// About the middle of the grid, half a sample off, column k gives L(j) + L(-1-j) to cell (k, j) and, as its mirror
/// image, L(j+1) + L(-j) to cell (k-1, j).
///
/// Frequencies 0 and W/2 of a row are real and come as one. They could share a transform, but rounding errors of the
/// loudest column would drown one of the quietest: W/2 has a block of its own, the last.
///
/// In:  rings [W/2 (+1 about DC)][H/2 + RING_PADDING]: ring of each cell; scale: units a level.
/// Out: sums [image][ring_count] += units (two's complement); flags [image] |= 1 where a power is below
///      LEAST_POWER. row_sums and along as for `transform_rows`, null without a window.
/// Launch: grid (W/2/COLUMNS + 1, images), block COLUMNS·THREADS, shared COLUMNS·STRIDE elements and then
///      2·sum_words(ring_count) words.
template <int H, class Stored>
DEVICE void transform_columns(const typename Stored::Value *__restrict__ half, const float2 *__restrict__ factors,
                              const unsigned *__restrict__ row_sums, const float *__restrict__ along,
                              const unsigned short *__restrict__ rings, unsigned long long *__restrict__ all_sums,
                              unsigned *__restrict__ flags, int width, int ring_count, int mode, float epsilon,
                              float scale) {
  typedef Shape<H> S;
  const int E = S::POINTS, T = S::THREADS, C = S::COLUMNS, BLOCK = C * T, PAIRS = H / 2;
  SHARED(float2, shared);
  const bool geometric = mode & CENTRE_GEOMETRIC;
  const size_t image = blockIdx.y;
  const int k0 = blockIdx.x * C;
  const bool is_last = 2 * k0 == width;
  const RingSums sums(shared + C * S::STRIDE, ring_count, mode & AVERAGE_LOG, scale);
  Leveller level(mode & AVERAGE_LOG, epsilon);

  const bool lacks = row_sums && k0 == 0;
  float *missing = reinterpret_cast<float *>(shared);
  if (lacks) find_missing(missing, row_sums + image * H, along, width, H, BLOCK);

  float2 x[E];
  {
    // Lanes run over columns first, as the tiles lie in memory.
    const int c = threadIdx.x % C, t = threadIdx.x / C, k = is_last ? c : k0 + c;
    const typename Stored::Value *in = half + (image * (width / 2) + k / TILE * TILE) * PAIRS * 2 + k % TILE;
#pragma unroll
    for (int e = 0; e < E / 2; e++) {
      const typename Stored::Value *z = in + (t + T * e) * (2 * TILE);
      const float2 plus = Stored::unpack(z[0]), minus = Stored::unpack(z[TILE]);
      x[e] = make_float2(plus.x + minus.x, plus.y - minus.y);
      x[e + E / 2] = make_float2(plus.y + minus.y, minus.x - plus.x);
      if (k == 0) {
        const float2 one = is_last ? minus : plus;
        x[e] = make_float2(2 * one.x, 0);
        x[e + E / 2] = make_float2(2 * one.y, 0);
      }
    }
    if (lacks) {
#pragma unroll
      for (int e = 0; e < E; e++) x[e].x += share_of(k) * missing[t + T * e];
      __syncthreads();
    }
    Fft<H>::first(x);
    Fft<H>::template write<S::R1, 1>(x, shared + c * S::STRIDE, t);
  }
  // Not before, or the loads would wait for it.
  sums.clear(BLOCK);
  __syncthreads();

  // From here on a column's threads stand together.
  const int c = threadIdx.x / T, t = threadIdx.x % T;
  const Together<T> sync;
  Fft<H>::read(x, shared + c * S::STRIDE, t);
  Fft<H>::rest(x, shared + c * S::STRIDE, factors, t, sync);
  sync();
  // The last block has one column; what the others hold is not theirs.
  float *levels = reinterpret_cast<float *>(shared);
  const int level_stride = 2 * S::STRIDE, columns = is_last ? 1 : C;
  if (c < columns) {
#pragma unroll
    for (int e = 0; e < E; e++) levels[c * level_stride + t + T * e] = level(x[e]);
  }
  level.report(flags + image);

  // Levels v and H - v of a group: j .. j+3 upwards, H-j-4 .. H-j-1 downwards.
  const int groups = H / 2 / GROUP;
  const auto add = [&](int i, int j, const float (&cell)[GROUP]) {
    const uint2 packed = __ldg(reinterpret_cast<const uint2 *>(rings + (size_t)i * (H / 2 + RING_PADDING) + j));
    const int ring[GROUP] = {(int)(packed.x & 0xffff), (int)(packed.x >> 16), (int)(packed.y & 0xffff),
                             (int)(packed.y >> 16)};
#pragma unroll
    for (int e = 0; e < GROUP; e++) sums.add(ring[e], cell[e]);
  };
  if (geometric) {
    // Row k - 1 of cells has column k - 1 and, as its mirror image, column k; column 0 has none, and W/2 is nothing else.
    const int rows = is_last ? 1 : C + 1;
    for (int item = threadIdx.x + (k0 == 0 ? groups : 0); item < rows * groups; item += BLOCK) {
      const int s = item / groups, j = item % groups * GROUP;
      float cell[GROUP] = {0, 0, 0, 0}, up[GROUP], down[GROUP];
      if (s > 0) {
        const float *of = levels + (s - 1) * level_stride;
        read_group(of + j, up), read_group(of + H - j - GROUP, down);
#pragma unroll
        for (int e = 0; e < GROUP; e++) cell[e] = up[e] + down[GROUP - 1 - e];
      }
      if (s < C && k0 + s > 0) {
        const float *of = levels + s * level_stride;
        read_group(of + j, up), read_group(of + H - j - GROUP, down);
        const float above = of[j + GROUP], top = of[(H - j) & (H - 1)];
#pragma unroll
        for (int e = 0; e < GROUP; e++)
          cell[e] += (e + 1 < GROUP ? up[(e + 1) % GROUP] : above) + (e > 0 ? down[(GROUP - e) % GROUP] : top);
      }
      add(k0 + s - 1, j, cell);
    }
  } else {
    for (int item = threadIdx.x; item < columns * groups; item += BLOCK) {
      const int s = item / groups, j = item % groups * GROUP, i = k0 + s;
      const float *of = levels + s * level_stride;
      const float weight = i == 0 || is_last ? 1.0f : 2.0f;
      float cell[GROUP], up[GROUP], down[GROUP];
      read_group(of + j, up), read_group(of + H - j - GROUP, down);
      const float top = j == 0 ? 0.0f : of[H - j];
#pragma unroll
      for (int e = 0; e < GROUP; e++) cell[e] = weight * (up[e] + (e > 0 ? down[(GROUP - e) % GROUP] : top));
      add(i, j, cell);
      if (j + GROUP == H / 2) {
        const int ring = __ldg(rings + (size_t)i * (H / 2 + RING_PADDING) + H / 2);
        sums.add(ring, weight * of[H / 2]);
      }
    }
  }
  sums.hand_on(all_sums + image * ring_count, ring_count, BLOCK);
}
