// Runs the kernels on the CPU and compares them with the definition, computed in double precision.
//
//   check [--orders] WIDTHxHEIGHT...    exit code 0: equal within the bounds; 1: not, or a fault
//
// With --orders every size runs with threads in three orders.

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
};

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

/// Forward DFT of a power of two, by the textbook.
void transform(Complex *x, int n, int step) {
  if (n == 1) return;
  std::vector<Complex> even(n / 2), odd(n / 2);
  for (int i = 0; i < n / 2; i++) even[i] = x[2 * i * step], odd[i] = x[(2 * i + 1) * step];
  transform(even.data(), n / 2, 1);
  transform(odd.data(), n / 2, 1);
  for (int k = 0; k < n / 2; k++) {
    const Complex turned = std::polar(1.0, -2 * M_PI * k / n) * odd[k];
    x[k * step] = even[k] + turned;
    x[(k + n / 2) * step] = even[k] - turned;
  }
}

/// Distance of frequency index f from the centre along one axis of n, in half samples.
int distance(int f, int n, bool geometric) {
  const int shifted = (f + n / 2) % n;
  return abs(2 * shifted - (geometric ? n - 1 : n));
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

/// By the definition, but for the mean that goes before a window, which is rounded as the kernels and the program's
/// own single precision round it. Bounds: fixed point and the logarithm stay within 1e-4 (half a unit a cell, 2^-22 of
/// log2). A transform in single precision adds to each coefficient an error of about σ = 2^-24·√log2(wh) of the plane's
/// root-mean-square amplitude; to first order it changes 20·ln|F| by 20·σ/|F|, the mean of n of them by
/// 20·σ·√Σ|F|⁻²/n, and 10·ln of their mean power by 20·σ/√Σ|F|². Four times that.
Expected reference(const Plan &plan, const unsigned char *pixels, std::vector<double> &counts) {
  const int w = plan.width, h = plan.height;
  double mean = 0;
  for (int i = 0; i < w * h; i++) mean += pixels[i] / (double)(w * h);
  mean = (float)mean;
  std::vector<Complex> x(w * h);
  for (int i = 0; i < w * h; i++) x[i] = plan.hann ? (pixels[i] - mean) * hann(i % w, w) * hann(i / w, h) : pixels[i];
  double energy = 0;
  for (int i = 0; i < w * h; i++) energy += std::norm(plan.hann ? x[i] : x[i] - 128.0);
  const double sigma = ldexp(sqrt(energy * log2(w * h)), -24);
  for (int y = 0; y < h; y++) transform(&x[y * w], w, 1);
  for (int u = 0; u < w; u++) transform(&x[u], h, w);
  std::vector<double> sums, inverse;
  counts.clear();
  for (int i = 0; i < w * h; i++) {
    const int ring = ring_of(distance(i % w, w, plan.geometric), distance(i / w, h, plan.geometric), w, h);
    if (ring >= (int)sums.size()) sums.resize(ring + 1), counts.resize(ring + 1), inverse.resize(ring + 1);
    const double power = std::norm(x[i] + EPSILON);
    sums[ring] += plan.logarithm ? log(power) : power;
    inverse[ring] += 1 / power;
    counts[ring]++;
  }
  Expected expected;
  for (size_t ring = 0; ring < sums.size(); ring++) {
    const double average = sums[ring] / counts[ring], mean = 10 * (plan.logarithm ? average : log(average));
    expected.means.push_back(mean);
    const double relative = plan.logarithm ? sqrt(inverse[ring]) / counts[ring] : 1 / sqrt(sums[ring]);
    expected.bounds.push_back(1e-4 + 4 * 20 * sigma * relative);
  }
  return expected;
}

/// What a GPU would make of `pixels` (IMAGES planes).
std::vector<double> on_gpu(const Plan &plan, const std::vector<unsigned char> &pixels, const std::vector<double> &counts) {
  const int w = plan.width, h = plan.height, rings = (int)counts.size();
  std::vector<unsigned> sums(IMAGES), flags(IMAGES);
  std::vector<float> across(w), along(h);
  for (int x = 0; x < w; x++) across[x] = (float)(hann(x, w) / 2);
  for (int y = 0; y < h; y++) along[y] = (float)hann(y, h);
  std::vector<float2> half((size_t)IMAGES * h * w / 2, float2{NAN, NAN});
  std::vector<unsigned short> table;
  for (int i = 0; i < w / 2 + !plan.geometric; i++) {
    for (int j = 0; j < h / 2 + RING_PADDING; j++) {
      const bool used = j < h / 2 + !plan.geometric;
      const int twice = plan.geometric ? 1 : 0;
      table.push_back(used ? ring_of(2 * i + twice, 2 * j + twice, w, h) : 0xffff);
    }
  }
  std::vector<unsigned long long> ring_sums((size_t)IMAGES * rings);
  std::vector<double> means((size_t)IMAGES * rings, NAN);
  // Units a level. What one block adds to a ring of logarithms, each below 2^6, must fit 31 bits; the whole power of a
  // plane, at most (wh·255)², 63 bits.
  int columns = 0;
#define COLUMNS_OF(N) if (h == N) columns = Shape<N>::COLUMNS;
  ALL_SIZES(COLUMNS_OF)
  std::map<std::pair<int, int>, int> block_counts;
  int most = 0;
  for (int k = 0; k <= w / 2; k++) {
    for (int v = 0; v < h; v++) {
      for (int mirrored = 0; mirrored <= (k % (w / 2) != 0); mirrored++) {
        const int u = mirrored ? w - k : k, along = mirrored ? (h - v) % h : v;
        const int ring = ring_of(distance(u, w, plan.geometric), distance(along, h, plan.geometric), w, h);
        most = std::max(most, ++block_counts[{k % (w / 2) / columns, ring}]);
      }
    }
  }
  const float scale = plan.logarithm ? ldexpf(1, 31 - 6 - (int)ceil(log2(most)))
                                     : ldexpf(1, 62 - 2 * (8 + (int)log2(w * h)));
  const int mode = (plan.logarithm ? AVERAGE_LOG : 0) | (plan.geometric ? CENTRE_GEOMETRIC : 0);

  if (plan.hann) {
    host::launch(dim3(2, IMAGES), 256, 0, [&] { pixel_sums(pixels.data(), sums.data(), w * h); });
  }
#define ROWS(N)                                                                                                \
  if (w == N) {                                                                                                \
    const auto f = factors<N>();                                                                               \
    host::launch(dim3(h / 2 / Shape<N>::PAIRS, IMAGES), Shape<N>::PAIRS * Shape<N>::THREADS, row_shared<N>(),  \
                 [&] {                                                                                         \
                   rows_##N(pixels.data(), sums.data(), plan.hann ? across.data() : nullptr, along.data(),     \
                            f.data(), half.data(), h);                                                         \
                 });                                                                                           \
  }
#define COLUMNS(N)                                                                                             \
  if (h == N) {                                                                                                \
    const auto f = factors<N>();                                                                               \
    host::launch(dim3(w / 2 / Shape<N>::COLUMNS, IMAGES), Shape<N>::COLUMNS * Shape<N>::THREADS,               \
                 column_shared<N>(rings), [&] {                                                                \
                   columns_##N(half.data(), f.data(), table.data(), ring_sums.data(), flags.data(), w, rings,  \
                               mode, (float)EPSILON, scale);                                                   \
                 });                                                                                           \
  }
  ALL_SIZES(ROWS)
  ALL_SIZES(COLUMNS)
  host::launch(dim3(1, IMAGES), 256, 0, [&] {
    finish(ring_sums.data(), flags.data(), counts.data(), means.data(), rings, plan.logarithm, 1.0 / scale, 0.0);
  });
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
  printf("%4dx%-4d %-7s %-5s %-9s  largest difference %.1e, %.2f of its bound%s\n", plan.width, plan.height,
         plan.hann ? "hann" : "none", plan.logarithm ? "log" : "power", plan.geometric ? "geometric" : "dc", worst, share,
         equal ? "" : "  TOO LARGE");
  return equal;
}

int main(int count, char **arguments) {
  bool all_orders = false, equal = true;
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i];
    if (argument == "--orders") {
      all_orders = true;
    } else {
      Plan plan;
      if (sscanf(arguments[i], "%dx%d", &plan.width, &plan.height) != 2) return 2;
      for (int order = 0; order < (all_orders ? 3 : 1); order++) {
        host::order = (host::Order)order;
        for (int choice = 0; choice < 4; choice++) {
          plan.hann = choice & 1, plan.logarithm = choice & 2, plan.geometric = choice == 1 || choice == 2;
          try {
            equal &= check(plan, 1 + choice);
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
