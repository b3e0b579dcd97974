// Runs the kernels on the CPU and compares them with the definition, computed in double precision.
//
//   check [--orders] [--any] [--half] WIDTHxHEIGHT...    exit code 0: equal within the bounds; 1: not, or a
//                                                         fault; 2: a size without kernels here
//
// With --orders every size after it runs with threads in three orders, with --any by the kernels for planes of any size,
// with --half with the half-transformed plane in half precision.

#include <complex>
#include <cstdio>
#include <map>
#include <random>
#include <string>

#include "launch.h"

typedef std::complex<double> Complex;
static const int IMAGES = 2;
static const double EPSILON = 1e-8;

struct Plan {
  int width, height;
  bool hann, logarithm, geometric;
  /// By the kernels for planes of any size, also where others would do.
  bool any;
  /// The half-transformed plane in half precision.
  bool half;
};

/// Whether the kernels for powers of two do it.
bool has_kernels(int n) { return n >= 64 && n <= 4096 && !(n & (n - 1)); }

/// Points of the transforms for a side of n.
int points(int n) {
  int m = 64;
  while (m < (n == m ? n : 2 * n - 1)) m *= 2;
  return m;
}

/// Factors of the passes after the first, as fft.cuh has them.
template <int N>
std::vector<float2> factors() {
  std::vector<float2> all;
  const auto pass = [&](int radix, int before) {
    for (int m = 1; m < radix; m++) {
      for (int s = 0; s < before; s++) {
        const double angle = -2 * M_PI * m * s / (radix * before);
        all.push_back({(float)cos(angle), (float)sin(angle)});
      }
    }
  };
  pass(Shape<N>::R2, Shape<N>::R1);
  pass(Shape<N>::R3, Shape<N>::R1 * Shape<N>::R2);
  return all;
}

/// Forward DFT: halved while that goes, then by the definition.
void transform(Complex *x, int n, int step) {
  std::vector<Complex> out(n);
  if (n % 2) {
    for (int k = 0; k < n; k++) {
      for (int i = 0; i < n; i++) out[k] += std::polar(1.0, -2 * M_PI * (k * i % n) / n) * x[i * step];
    }
  } else {
    transform(x, n / 2, 2 * step);
    transform(x + step, n / 2, 2 * step);
    for (int k = 0; k < n / 2; k++) {
      const Complex turned = std::polar(1.0, -2 * M_PI * k / n) * x[(2 * k + 1) * step];
      out[k] = x[2 * k * step] + turned;
      out[k + n / 2] = x[2 * k * step] - turned;
    }
  }
  for (int k = 0; k < n; k++) x[k * step] = out[k];
}

/// Distance of frequency index f from the centre along one axis of n, in half samples.
int distance(int f, int n, bool geometric) {
  const int shifted = (f + n / 2) % n;
  return abs(2 * shifted - (geometric ? n - 1 : n / 2 * 2));
}

/// Ring of distances in half samples: circles of samples of the shorter side.
int ring_of(int across, int along, int width, int height) {
  const double shorter = std::min(width, height);
  return (int)floor(0.5 * hypot(across * (shorter / width), along * (shorter / height)));
}

double hann(int i, int n) { return 0.5 - 0.5 * cos(2 * M_PI * i / n); }

/// What a plane should give, ring by ring.
struct Expected {
  /// Means in units of 20·ln|F|, and by how much single precision may miss them.
  std::vector<double> means, bounds;
};

/// By the definition.
///
/// Bounds: fixed point and the logarithm stay within 1e-4 (half a unit an element, 2^-22 of log2). A transform of n
/// points in single precision adds to each coefficient an error of about 2^-24·√log2(n) of the root-mean-square
/// amplitude. One by way of two transforms of m points adds 2^-24·√(2·log2(m) + 3): the filter's mean amplitude over m
/// is at most √m, so the second does not enlarge what the first left, and there are three products. To first order an
/// error σ of each coefficient changes the mean of n levels 20·ln|F| by 20·√Σ(σ/|F|)²/n, and 10·ln of their mean power
/// by 20·√Σ(σ·|F|)²/Σ|F|².
///
/// Half precision rounds each value of a column by 2^-11 of itself at most. Were these errors independent, each
/// coefficient would miss 2^-11 of the root-mean-square amplitude in its column; but rows resemble each other, and so do
/// their errors: twice that, and all of a ring may miss the same way, 20·Σ(σ/|F|)/n and 20·Σσ·|F|/Σ|F|². Four times all that.
Expected reference(const Plan &plan, const unsigned char *pixels, std::vector<double> &counts) {
  const int w = plan.width, h = plan.height;
  double mean = 0;
  for (int i = 0; i < w * h; i++) mean += pixels[i] / (double)(w * h);
  std::vector<Complex> x(w * h);
  for (int i = 0; i < w * h; i++) x[i] = plan.hann ? (pixels[i] - mean) * hann(i % w, w) * hann(i / w, h) : pixels[i];
  double energy = 0, steps = 0;
  for (int i = 0; i < w * h; i++) energy += std::norm(plan.hann ? x[i] : x[i] - 128.0);
  for (int n : {w, h}) steps += points(n) == n ? log2(n) : 2 * log2(points(n)) + 3;
  const double variance = ldexp(energy * steps, -48);
  for (int y = 0; y < h; y++) transform(&x[y * w], w, 1);
  for (int u = 0; u < w; u++) transform(&x[u], h, w);
  std::vector<double> of_column(w);
  for (int i = 0; plan.half && i < w * h; i++) {
    const Complex stored = i == 0 && !plan.hann ? x[i] - 128.0 * w * h : x[i];
    of_column[i % w] += ldexp(std::norm(stored) / h, -20);
  }
  // Of single precision, squares; of half precision.
  std::vector<double> sums, squares, missed;
  counts.clear();
  for (int i = 0; i < w * h; i++) {
    const int ring = ring_of(distance(i % w, w, plan.geometric), distance(i / w, h, plan.geometric), w, h);
    if (ring >= (int)sums.size()) {
      for (auto *of_rings : {&sums, &counts, &squares, &missed}) of_rings->resize(ring + 1);
    }
    const double power = std::norm(x[i] + EPSILON);
    sums[ring] += plan.logarithm ? log(power) : power;
    const double change = plan.logarithm ? 1 / power : power;
    squares[ring] += variance * change;
    missed[ring] += sqrt(of_column[i % w] * change);
    counts[ring]++;
  }
  Expected expected;
  for (size_t ring = 0; ring < sums.size(); ring++) {
    const double average = sums[ring] / counts[ring], mean = 10 * (plan.logarithm ? average : log(average));
    expected.means.push_back(mean);
    const double all = 4 * (sqrt(squares[ring]) + missed[ring]);
    expected.bounds.push_back(1e-4 + 20 * all / (plan.logarithm ? counts[ring] : sums[ring]));
  }
  return expected;
}

/// The tables of a line of n points: chirp, and filter over m points.
struct Chirps {
  std::vector<float2> chirp, filter;

  explicit Chirps(int n) {
    const int m = points(n);
    if (m == n) return;
    std::vector<Complex> back(m);
    for (int i = 0; i < n; i++) {
      const Complex turn = std::polar(1.0, M_PI * ((long long)i * i % (2 * n)) / n);
      chirp.push_back({(float)turn.real(), (float)-turn.imag()});
      back[i] = back[(m - i) % m] = turn / (double)m;
    }
    transform(back.data(), m, 1);
    for (const Complex &z : back) filter.push_back({(float)z.real(), (float)z.imag()});
  }

  /// Null where one transform does.
  const float2 *filter_or_null() const { return filter.empty() ? nullptr : filter.data(); }
};

/// What a GPU would make of `pixels` (IMAGES planes).
std::vector<double> on_gpu(const Plan &plan, const std::vector<unsigned char> &pixels, const std::vector<double> &counts,
                           double epsilon = EPSILON) {
  const int w = plan.width, h = plan.height, rings = (int)counts.size(), pitch = (w * h + 15) / 16 * 16;
  const bool any = plan.any;
  std::vector<unsigned char> padded(IMAGES * pitch);
  for (int image = 0; image < IMAGES; image++) memcpy(&padded[image * pitch], &pixels[image * w * h], w * h);
  std::vector<unsigned> row_sums(IMAGES * h, 0xcdcdcdcd), flags(IMAGES);
  std::vector<float> across(w), along(h);
  for (int x = 0; x < w; x++) across[x] = (float)(hann(x, w) / 2);
  for (int y = 0; y < h; y++) along[y] = (float)hann(y, h);
  std::vector<float2> half((size_t)IMAGES * h * (any ? tiles_of(w) * TILE : w / 2), float2{NAN, NAN});
  // Steps from the centre line: about the middle of an even grid they are half a sample off.
  const int twice_across = plan.geometric && w % 2 == 0, twice_along = plan.geometric && h % 2 == 0;
  const int steps_along = h / 2 + !twice_along, rings_pitch = any ? steps_along : h / 2 + RING_PADDING;
  std::vector<unsigned short> table;
  for (int i = 0; i < w / 2 + !twice_across; i++) {
    for (int j = 0; j < rings_pitch; j++)
      table.push_back(j < steps_along ? ring_of(2 * i + twice_across, 2 * j + twice_along, w, h) : 0xffff);
  }
  std::vector<unsigned long long> ring_sums((size_t)IMAGES * rings);
  std::vector<double> means((size_t)IMAGES * rings, NAN);
  // Units a level. What one block adds to a ring of logarithms, each below 2^6, must fit 31 bits; the whole power of a
  // plane, at most (wh·255)², 63 bits.
  int columns = 0;
#define COLUMNS_OF(N) if (points(h) == N) columns = Shape<N>::COLUMNS;
  ANY_SIZES(COLUMNS_OF)
  std::map<std::pair<int, int>, int> block_counts;
  int most = 0;
  for (int k = 0; k <= w / 2; k++) {
    for (int v = 0; v < h; v++) {
      for (int mirrored = 0; mirrored <= (k > 0 && 2 * k < w); mirrored++) {
        const int u = mirrored ? w - k : k, along = mirrored ? (h - v) % h : v;
        const int ring = ring_of(distance(u, w, plan.geometric), distance(along, h, plan.geometric), w, h);
        most = std::max(most, ++block_counts[{k / columns, ring}]);
      }
    }
  }
  const float scale = plan.logarithm ? ldexpf(1, 31 - 6 - (int)ceil(log2(most)))
                                     : ldexpf(1, 62 - (int)ceil(2 * log2(255.0 * w * h)));
  const int mode = (plan.logarithm ? AVERAGE_LOG : 0) | (plan.geometric ? CENTRE_GEOMETRIC : 0);
  const float *const weights = plan.hann ? across.data() : nullptr;
  const unsigned *const of_rows = plan.hann ? row_sums.data() : nullptr;

#define ROWS(N, suffix, Value)                                                                                    \
  host::launch(dim3(h / 2 / Shape<N>::PAIRS, IMAGES), Shape<N>::PAIRS * Shape<N>::THREADS, row_shared<N>(), [&] { \
    rows_##N##suffix(padded.data(), weights, along.data(), f.data(), (Value *)half.data(), row_sums.data(), h);   \
  });
#define COLUMNS(N, suffix, Value)                                                                               \
  host::launch(dim3(w / 2 / Shape<N>::COLUMNS + 1, IMAGES), Shape<N>::COLUMNS * Shape<N>::THREADS,              \
               column_shared<N>(rings), [&] {                                                                   \
                 columns_##N##suffix((const Value *)half.data(), f.data(), of_rows, along.data(), table.data(), \
                                     ring_sums.data(), flags.data(), w, rings, mode, (float)epsilon, scale);    \
               });
#define OF_POWER(N, side, KERNEL)                                             \
  if (!any && side == N) {                                                    \
    const auto f = factors<N>();                                              \
    if (plan.half) { KERNEL(N, _f16, unsigned) } else { KERNEL(N, , float2) } \
  }
#define ANY_ROWS(M)                                                                                \
  if (any && points(w) == M) {                                                                     \
    const auto f = factors<M>();                                                                   \
    const Chirps line(w);                                                                          \
    const int blocks = ((h + 1) / 2 + Shape<M>::PAIRS - 1) / Shape<M>::PAIRS;                      \
    host::launch(dim3(blocks, IMAGES), Shape<M>::PAIRS * Shape<M>::THREADS, row_shared<M>(), [&] { \
      any_rows_##M(padded.data(), pitch, weights, along.data(), f.data(), line.chirp.data(),       \
                   line.filter_or_null(), half.data(), row_sums.data(), w, h);                     \
    });                                                                                            \
  }
#define ANY_COLUMNS(M)                                                                                                      \
  if (any && points(h) == M) {                                                                                              \
    const auto f = factors<M>();                                                                                            \
    const Chirps line(h);                                                                                                   \
    const int blocks = w / 2 / Shape<M>::COLUMNS + 1;                                                                       \
    host::launch(dim3(blocks, IMAGES), Shape<M>::COLUMNS * Shape<M>::THREADS, column_shared<M>(rings), [&] {                \
      any_columns_##M(half.data(), f.data(), line.chirp.data(), line.filter_or_null(), of_rows, along.data(),               \
                      table.data(), rings_pitch, ring_sums.data(), flags.data(), w, h, rings, mode, (float)epsilon, scale); \
    });                                                                                                                     \
  }
#define POWER_ROWS(N) OF_POWER(N, w, ROWS)
#define POWER_COLUMNS(N) OF_POWER(N, h, COLUMNS)
  ALL_SIZES(POWER_ROWS)
  ALL_SIZES(POWER_COLUMNS)
  ANY_SIZES(ANY_ROWS)
  ANY_SIZES(ANY_COLUMNS)
  host::launch(dim3(1, IMAGES), 1024, 0, [&] {
    finish(ring_sums.data(), flags.data(), counts.data(), means.data(), rings, plan.logarithm, 1.0 / scale, 0.0);
  });
  for (const auto sum : ring_sums) if (sum) throw host::Fault("sums are not zero again");
  for (const auto flag : flags) if (flag) throw host::Fault("flags are not zero again");
  return means;
}

bool check(const Plan &plan, unsigned seed) {
  std::mt19937 random(seed);
  const size_t count = (size_t)plan.width * plan.height;
  std::vector<unsigned char> pixels(IMAGES * count);
  // Noise, and a bright ramp with little noise: a loud low end beside a quiet high one.
  for (size_t i = 0; i < count; i++) pixels[i] = random() & 255;
  for (size_t i = 0; i < count; i++) pixels[count + i] = 100 + i % plan.width * 100 / plan.width + random() % 8;
  std::vector<double> counts;
  std::vector<Expected> expected;
  for (int image = 0; image < IMAGES; image++) expected.push_back(reference(plan, &pixels[image * count], counts));
  const std::vector<double> found = on_gpu(plan, pixels, counts);
  double worst = 0, share = 0;
  // No profile keeps the first ring and the last.
  for (int image = 0; image < IMAGES; image++) {
    for (size_t ring = 1; ring + 1 < counts.size(); ring++) {
      const double difference = fabs(found[image * counts.size() + ring] - expected[image].means[ring]);
      const double part = difference / expected[image].bounds[ring];
      // Also where it is no number.
      if (!(difference <= worst)) worst = difference;
      if (!(part <= share)) share = part;
    }
  }
  const bool equal = share <= 1;
  printf("%4dx%-4d %-4s %-4s %-5s %-5s %-9s  largest difference %.1e, %.2f of its bound%s\n", plan.width, plan.height,
         plan.any ? "any" : "", plan.half ? "half" : "", plan.hann ? "hann" : "none", plan.logarithm ? "log" : "power", plan.geometric ? "geometric" : "dc", worst, share,
         equal ? "" : "  TOO LARGE");
  return equal;
}

/// Whether a plane without a logarithm has none, and its neighbour has all.
bool flags_are_raised(const Plan &plan) {
  const size_t count = (size_t)plan.width * plan.height;
  std::vector<unsigned char> pixels(IMAGES * count, 77);
  for (size_t i = 0; i < count; i++) pixels[count + i] = i * i % 251;
  std::vector<double> counts;
  reference(plan, &pixels[count], counts);
  const std::vector<double> found = on_gpu(plan, pixels, counts, 0);
  bool right = true;
  for (size_t ring = 1; ring + 1 < counts.size(); ring++)
    right &= std::isnan(found[ring]) && !std::isnan(found[counts.size() + ring]);
  if (!right) printf("%4dx%-4d a plane without a logarithm is not marked, or not it alone\n", plan.width, plan.height);
  return right;
}

int main(int count, char **arguments) {
  bool all_orders = false, any = false, half = false, equal = true;
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i];
    Plan plan;
    if (argument == "--orders") {
      all_orders = true;
    } else if (argument == "--any") {
      any = true;
    } else if (argument == "--half") {
      half = true;
    } else if (sscanf(arguments[i], "%dx%d", &plan.width, &plan.height) != 2) {
      return 2;
    } else {
      bool compiled = false, both = true;
#define IS_COMPILED(N) compiled |= points(n) == N;
      for (int n : {plan.width, plan.height}) {
        compiled = false;
        ANY_SIZES(IS_COMPILED)
        both &= compiled;
      }
      if (!both) {
        printf("%s: no kernels compiled for it\n", arguments[i]);
        return 2;
      }
      plan.any = any || !has_kernels(plan.width) || !has_kernels(plan.height);
      plan.half = half;
      for (int order = 0; order < (all_orders ? 3 : 1); order++) {
        host::order = (host::Order)order;
        for (int choice = 0; choice < 4; choice++) {
          plan.hann = choice & 1, plan.logarithm = choice & 2, plan.geometric = choice == 1 || choice == 2;
          try {
            equal &= check(plan, 1 + choice);
            // By way of a convolution nothing comes out as zero.
            const bool exact = points(plan.width) == plan.width && points(plan.height) == plan.height;
            if (plan.logarithm && !plan.hann && exact) equal &= flags_are_raised(plan);
          } catch (const host::Fault &fault) {
            printf("fault: %s\n", fault.what());
            equal = false;
          }
        }
      }
    }
  }
  return equal ? 0 : 1;
}
