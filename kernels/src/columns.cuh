// Columns: half-transformed planes to sums over rings, in whole numbers, so that no order of additions matters.
#pragma once
#include "fft.cuh"
#include "rows.cuh"

/// What the sums are of, and where rings have their centre.
enum { AVERAGE_LOG = 1, CENTRE_GEOMETRIC = 2 };

/// Cells that one thread adds up before it goes to shared memory.
static const int RUN = 16;
/// Ring table: entries beyond H/2 in each row, so that each row begins at 16 bytes, one about DC fits, and four can be
/// read ahead.
static const int RING_PADDING = 8;
/// Logarithms are taken of powers from 2^-56 on, below the square of the usual ε, so that they lie within ±2^6.
static const float LEAST_POWER = 1.3877788e-17f;

/// Levels of one column in shared memory: one word in 32 is left free, or threads that each read a run of sixteen
/// would meet in two banks.
DEVICE int level_place(int v) { return v + v / 32; }
/// Sums of one block: rings that lie sixteen apart must not meet in two banks either.
DEVICE int sum_place(int ring) { return ring + ring / 16; }

/// Sums over rings in shared memory: 32 bits of logarithms, 64 bits of powers (shared memory has no fast 64-bit
/// addition, so the low word's carry goes to the high word).
struct RingSums {
  unsigned *low, *high;
  float scale;
  bool logarithm;

  DEVICE void add(int ring, int counted, float power) const {
    if (logarithm) {
      atomicAdd(low + sum_place(ring), (unsigned)counted);
      return;
    }
    const unsigned long long units = __float2ull_rn(power * scale);
    const unsigned below = (unsigned)units, before = atomicAdd(low + sum_place(ring), below);
    const unsigned above = (unsigned)(units >> 32) + (before + below < before ? 1u : 0u);
    if (above) atomicAdd(high + sum_place(ring), above);
  }
};

/// One thread's run of cells, those of equal ring added up first; `one_more` takes the cell after it, too.
template <class Cell>
DEVICE void add_run(const RingSums &sums, const unsigned short *__restrict__ rings, int first, bool one_more, Cell cell) {
  const uint2 *packed = reinterpret_cast<const uint2 *>(rings + first);
  uint2 four = __ldg(packed);
  int ring = four.x & 0xffff, counted = 0;
  float power = 0;
  const auto take = [&](int here, int j) {
    if (here != ring) {
      sums.add(ring, counted, power);
      ring = here, counted = 0, power = 0;
    }
    const float value = cell(j);
    if (sums.logarithm) {
      counted += __float2int_rn(value * sums.scale);
    } else {
      power += value;
    }
  };
#pragma unroll 1
  for (int i = 0; i < RUN; i += 4) {
    // The table's rows are longer than their runs: there is always something to read ahead.
    const uint2 next = __ldg(packed + i / 4 + 1);
    take(four.x & 0xffff, first + i);
    take(four.x >> 16, first + i + 1);
    take(four.y & 0xffff, first + i + 2);
    take(four.y >> 16, first + i + 3);
    four = next;
  }
  if (one_more) take(four.x & 0xffff, first + RUN);
  sums.add(ring, counted, power);
}

/// Column transforms of `half` (as `transform_rows` leaves it), the level |F + ε|² or log2|F + ε|² of every
/// coefficient, and the sums of the levels over rings.
///
/// A coefficient and its mirror image have the same level, and up to four places of the spectrum lie at one distance:
/// cell (i, j) of a quadrant. About DC (i, j) = (|u|, |v|), and a stored column counts twice but for u = 0 and W/2.
/// About the middle of the grid, half a sample off, column k gives L(j) + L(-1-j) to cell (k, j) and, as its mirror
/// image, L(j+1) + L(-j) to cell (k-1, j). Columns next to each other meet in a cell before anything is rounded.
///
/// In:  rings [W/2 (+1 about DC)][H/2 + RING_PADDING]: ring of each cell; scale: units a level.
/// Out: sums [image][ring_count] += units (two's complement); flags [image] |= 1 where a power is below
///      LEAST_POWER.
/// Launch: grid (W/2/COLUMNS, images), block COLUMNS·THREADS, shared COLUMNS·STRIDE elements and then
///      2·sum_place(ring_count) + level_place(H) words.
template <int H>
DEVICE void transform_columns(const float2 *__restrict__ half, const float2 *__restrict__ factors,
                              const unsigned short *__restrict__ rings, unsigned long long *__restrict__ all_sums,
                              unsigned *__restrict__ flags, int width, int ring_count, int mode, float epsilon,
                              float scale) {
  typedef Shape<H> S;
  const int E = S::POINTS, T = S::THREADS, C = S::COLUMNS, BLOCK = C * T, PAIRS = H / 2;
  SHARED(float2, shared);
  const int own = sum_place(ring_count);
  const bool logarithm = mode & AVERAGE_LOG, geometric = mode & CENTRE_GEOMETRIC;
  const size_t image = blockIdx.y;
  const int k0 = blockIdx.x * C;
  RingSums sums;
  sums.low = reinterpret_cast<unsigned *>(shared + C * S::STRIDE);
  sums.high = sums.low + own;
  sums.scale = scale;
  sums.logarithm = logarithm;
  for (int i = threadIdx.x; i < 2 * own; i += BLOCK) sums.low[i] = 0;

  bool too_quiet = false;
  const auto level = [&](float2 z) {
    z.x += epsilon;
    const float power = z.x * z.x + z.y * z.y;
    if (!logarithm) return power;
    too_quiet |= !(power >= LEAST_POWER);
    return __log2f(fmaxf(power, LEAST_POWER));
  };
  float *levels = reinterpret_cast<float *>(shared), *nyquist = reinterpret_cast<float *>(sums.high + own);
  const int level_stride = 2 * S::STRIDE;

  // Frequencies 0 and W/2 of a row are real and come as one. They could share a transform, but rounding errors of the
  // loudest column would drown one of the quietest: the first block takes W/2 in a turn of its own, before all others.
#pragma unroll 1
  for (int turn = k0 == 0 ? 0 : 1; turn < 2; turn++) {
    float2 x[E];
    {
      // Lanes run over columns first, as the tiles lie in memory.
      const int c = threadIdx.x % C, t = threadIdx.x / C;
      const float2 *in = half + (image * (width / 2) + k0 / TILE * TILE) * PAIRS * 2 + k0 % TILE + c;
#pragma unroll
      for (int e = 0; e < E / 2; e++) {
        const float2 *z = in + (t + T * e) * (2 * TILE);
        const float2 plus = z[0], minus = z[TILE];
        x[e] = make_float2(plus.x + minus.x, plus.y - minus.y);
        x[e + E / 2] = make_float2(plus.y + minus.y, minus.x - plus.x);
        if (k0 == 0 && c == 0) {
          const float2 one = turn == 0 ? minus : plus;
          x[e] = make_float2(2 * one.x, 0);
          x[e + E / 2] = make_float2(2 * one.y, 0);
        }
      }
      Fft<H>::first(x);
      Fft<H>::template write<S::R1, 1>(x, shared + c * S::STRIDE, t);
    }
    __syncthreads();

    // From here on a column's threads stand together.
    const int c = threadIdx.x / T, t = threadIdx.x % T;
    const Together<T> sync;
    Fft<H>::read(x, shared + c * S::STRIDE, t);
    Fft<H>::rest(x, shared + c * S::STRIDE, factors, t, sync);
    if (turn == 0) {
      __syncthreads();
      if (c == 0) {
#pragma unroll
        for (int e = 0; e < E; e++) nyquist[level_place(t + T * e)] = level(x[e]);
      }
    } else {
      sync();
#pragma unroll
      for (int e = 0; e < E; e++) levels[c * level_stride + level_place(t + T * e)] = level(x[e]);
    }
  }
  if (__syncthreads_or(too_quiet) && threadIdx.x == 0) atomicOr(flags + image, 1u);

  const int runs = H / 2 / RUN;
  const auto at = [&](const float *of, int v) { return of[level_place(v & (H - 1))]; };
  if (geometric) {
    for (int item = threadIdx.x; item < (C + 1) * runs; item += BLOCK) {
      const int s = item / runs, first = item % runs * RUN;
      const int mirrored_column = k0 + s;
      const float *itself = levels + (s - 1) * level_stride;
      // Column 0 has no mirror image; in its place stands that of W/2.
      const float *mirrored = mirrored_column == 0 ? nyquist : levels + s * level_stride;
      const int i = (mirrored_column == 0 ? width / 2 : mirrored_column) - 1;
      add_run(sums, rings + (size_t)i * (H / 2 + RING_PADDING), first, false, [&](int j) {
        float value = 0;
        if (s > 0) value = at(itself, j) + at(itself, H - 1 - j);
        if (s < C) value += at(mirrored, j + 1) + at(mirrored, H - j);
        return value;
      });
    }
  } else {
    for (int item = threadIdx.x; item < (k0 == 0 ? C + 1 : C) * runs; item += BLOCK) {
      const int s = item / runs, first = item % runs * RUN;
      const float *of = s == C ? nyquist : levels + s * level_stride;
      const int i = s == C ? width / 2 : k0 + s;
      const float weight = i == 0 || s == C ? 1.0f : 2.0f;
      add_run(sums, rings + (size_t)i * (H / 2 + RING_PADDING), first, first + RUN == H / 2, [&](int j) {
        const float value = at(of, j);
        return weight * (j % (H / 2) ? value + at(of, H - j) : value);
      });
    }
  }
  __syncthreads();
  for (int ring = threadIdx.x; ring < ring_count; ring += BLOCK) {
    const unsigned low = sums.low[sum_place(ring)], high = sums.high[sum_place(ring)];
    const unsigned long long sum =
        logarithm ? (unsigned long long)(long long)(int)low : (unsigned long long)high << 32 | low;
    if (sum) atomicAdd(all_sums + image * ring_count + ring, sum);
  }
}
