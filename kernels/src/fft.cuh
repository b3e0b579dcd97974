// Complex FFTs of 64 to 8192 points, several to a block, each by THREADS threads that hold POINTS points each.
//
// Stockham passes: before and after every pass thread t holds the points t + THREADS·e, e = 0 .. POINTS-1, so global
// memory is read and written in order and nothing is bit-reversed. Between passes the points go through shared memory
// once. A pass of radix R after the radices of product NS multiplies by exp(-2πi·m·s/(NS·R)), m = 1 .. R-1, s < NS;
// the host lays these factors out as [m-1][s], pass after pass, so that a warp reads consecutive ones.
#pragma once

#define DEVICE __device__ __forceinline__
#ifndef HOST_SHIM
/// The block's shared memory, all of it given by the launch.
#define SHARED(Type, name)                                      \
  extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
  Type *name = reinterpret_cast<Type *>(dynamic_shared)
#endif

DEVICE float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
DEVICE float2 operator-(float2 a, float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
DEVICE float2 times(float2 a, float2 b) { return make_float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
DEVICE float2 conjugate(float2 a) { return make_float2(a.x, -a.y); }

/// z·exp(-2πi·k/32). k is known when the loop around it is unrolled, so only one branch is left.
DEVICE float2 turned(float2 z, int k) {
  const float C1 = 0.980785280403230449f, S1 = 0.195090322016128268f;
  const float C2 = 0.923879532511286756f, S2 = 0.382683432365089772f;
  const float C3 = 0.831469612302545237f, S3 = 0.555570233019602225f;
  const float H = 0.707106781186547524f;
  float c, s;
  switch (k & 7) {
    case 0: c = 1, s = 0; break;
    case 1: c = C1, s = S1; break;
    case 2: c = C2, s = S2; break;
    case 3: c = C3, s = S3; break;
    case 4: c = H, s = H; break;
    case 5: c = S3, s = C3; break;
    case 6: c = S2, s = C2; break;
    default: c = S1, s = C1; break;
  }
  if ((k & 7) == 4) {
    z = make_float2(H * (z.x + z.y), H * (z.y - z.x));
  } else if ((k & 7) != 0) {
    z = make_float2(c * z.x + s * z.y, c * z.y - s * z.x);
  }
  switch ((k >> 3) & 3) {
    case 1: return make_float2(z.y, -z.x);
    case 2: return make_float2(-z.x, -z.y);
    case 3: return make_float2(-z.y, z.x);
    default: return z;
  }
}

/// The DFT of R points, in place and in natural order: R = A·B by A-point transforms of every B-th point, a turn, and
/// B-point transforms.
template <int R>
struct Butterfly {
  static const int A = R == 32 ? 4 : R == 16 ? 4 : 2, B = R / A;

  static DEVICE void run(float2 (&x)[R]) {
    float2 column[B][A];
#pragma unroll
    for (int b = 0; b < B; b++) {
#pragma unroll
      for (int a = 0; a < A; a++) column[b][a] = x[B * a + b];
      Butterfly<A>::run(column[b]);
    }
#pragma unroll
    for (int a = 0; a < A; a++) {
      float2 row[B];
#pragma unroll
      for (int b = 0; b < B; b++) row[b] = turned(column[b][a], a * b * (32 / R));
      Butterfly<B>::run(row);
#pragma unroll
      for (int b = 0; b < B; b++) x[a + A * b] = row[b];
    }
  }
};

template <>
struct Butterfly<2> {
  static DEVICE void run(float2 (&x)[2]) {
    float2 sum = x[0] + x[1];
    x[1] = x[0] - x[1];
    x[0] = sum;
  }
};

template <>
struct Butterfly<4> {
  static DEVICE void run(float2 (&x)[4]) {
    float2 a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
    x[0] = a + c;
    x[1] = make_float2(b.x + d.y, b.y - d.x);
    x[2] = a - c;
    x[3] = make_float2(b.x - d.y, b.y + d.x);
  }
};

/// How a length is transformed: radices R1·R2·R3 = N (R3 is 1 where two passes do), points a thread, and what a column
/// kernel's block is: its columns, and the blocks a multiprocessor should hold.
template <int N> struct Shape;
#define SHAPE(N, R1_, R2_, R3_, POINTS_, COLUMNS_, BLOCKS_)                                        \
  template <> struct Shape<N> {                                                                    \
    static const int R1 = R1_, R2 = R2_, R3 = R3_, POINTS = POINTS_, THREADS = N / POINTS_;        \
    static const int COLUMNS = COLUMNS_, COLUMN_BLOCKS = BLOCKS_;                                  \
    /* Row kernel: pairs of rows a block. */                                                       \
    static const int PAIRS = THREADS < 128 ? 128 / THREADS : 1;                                    \
    /* Elements from one transform to the next in shared memory: padded, and then such that lanes  \
       which run over columns first meet different banks. */                                       \
    static const int STRIDE = N + N / R1_ + (COLUMNS_ == 8 ? 2 : COLUMNS_ == 4 ? 4 : 8);           \
  };
SHAPE(64, 8, 8, 1, 8, 8, 1)
SHAPE(128, 16, 8, 1, 16, 8, 1)
SHAPE(256, 16, 16, 1, 16, 8, 8)
SHAPE(512, 32, 16, 1, 32, 8, 5)
SHAPE(1024, 32, 32, 1, 32, 8, 3)
SHAPE(2048, 16, 16, 8, 16, 4, 2)
SHAPE(4096, 16, 16, 16, 16, 2, 2)
SHAPE(8192, 32, 16, 16, 32, 1, 1)
#undef SHAPE

template <int N>
struct Fft {
  typedef Shape<N> S;
  static const int E = S::POINTS, T = S::THREADS;

  /// Where point `index` lies in shared memory. One element in R1 is left free: without, the first pass would write
  /// at a stride of R1 elements, to two banks.
  static DEVICE int place(int index) { return index + index / S::R1; }

  /// Transforms of radix R over a thread's points.
  template <int R>
  static DEVICE void butterflies(float2 (&x)[E]) {
#pragma unroll
    for (int q = 0; q < E / R; q++) {
      float2 y[R];
#pragma unroll
      for (int m = 0; m < R; m++) y[m] = x[q + m * (E / R)];
      Butterfly<R>::run(y);
#pragma unroll
      for (int m = 0; m < R; m++) x[q + m * (E / R)] = y[m];
    }
  }

  template <int R, int NS>
  static DEVICE void twiddle(float2 (&x)[E], const float2 *__restrict__ factors, int t) {
#pragma unroll
    for (int q = 0; q < E / R; q++) {
      const float2 *factor = factors + (t + q * T) % NS;
#pragma unroll
      for (int m = 1; m < R; m++) x[q + m * (E / R)] = times(x[q + m * (E / R)], __ldg(factor + (m - 1) * NS));
    }
  }

  /// Writes what a pass of radix R after NS made to its places.
  template <int R, int NS>
  static DEVICE void write(const float2 (&x)[E], float2 *shared, int t) {
#pragma unroll
    for (int q = 0; q < E / R; q++) {
      int j = t + q * T;
      // m·NS and what stands before it never share a padded group, so their places add.
      float2 *to = shared + place(j / NS * NS * R + j % NS);
#pragma unroll
      for (int m = 0; m < R; m++) to[m * NS + m * NS / S::R1] = x[q + m * (E / R)];
    }
  }

  /// Reads the points t + T·e.
  static DEVICE void read(float2 (&x)[E], const float2 *shared, int t) {
    const float2 *from = shared + (T >= S::R1 ? place(t) : t);
#pragma unroll
    for (int e = 0; e < E; e++) x[e] = from[place(T * e)];
  }

  /// The pass before the first exchange.
  static DEVICE void first(float2 (&x)[E]) { butterflies<S::R1>(x); }

  /// The passes after it, given the points of the first exchange; `sync` holds the threads of a transform together.
  template <class Sync>
  static DEVICE void rest(float2 (&x)[E], float2 *shared, const float2 *__restrict__ factors, int t, Sync sync) {
    twiddle<S::R2, S::R1>(x, factors, t);
    butterflies<S::R2>(x);
    if constexpr (S::R3 > 1) {
      sync();
      write<S::R2, S::R1>(x, shared, t);
      sync();
      read(x, shared, t);
      twiddle<S::R3, S::R1 * S::R2>(x, factors + (S::R2 - 1) * S::R1, t);
      butterflies<S::R3>(x);
    }
  }
};

/// Holds together the threads of one transform: those of a warp, or the whole block.
template <int T>
struct Together {
  DEVICE void operator()() const {
    if (T <= 32) {
      __syncwarp();
    } else {
      __syncthreads();
    }
  }
};
