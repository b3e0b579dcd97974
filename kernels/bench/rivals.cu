// The rival's part: what can best be done around cuFFT without touching its transforms. One kernel before it (pixels to
// floats, weighted), one after it (levels, ring sums), each reading and writing everything once.

/// The sum of the pixels of each image, for the mean. In: a count that is a multiple of 16. Out: sums [image] += the sum.
/// Launch: grid (any, images), block 256.
extern "C" __global__ void __launch_bounds__(256)
    pixel_sums(const uint4 *__restrict__ pixels, unsigned *__restrict__ sums, int count) {
  __shared__ unsigned of_block;
  if (threadIdx.x == 0) of_block = 0;
  __syncthreads();
  unsigned sum = 0;
#pragma unroll 4
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count / 16; i += gridDim.x * blockDim.x) {
    const uint4 sixteen = pixels[(size_t)blockIdx.y * (count / 16) + i];
    sum = __dp4a(sixteen.x, 0x01010101u, __dp4a(sixteen.y, 0x01010101u, sum));
    sum = __dp4a(sixteen.z, 0x01010101u, __dp4a(sixteen.w, 0x01010101u, sum));
  }
  sum = __reduce_add_sync(0xffffffffu, sum);
  if (threadIdx.x % 32 == 0) atomicAdd(&of_block, sum);
  __syncthreads();
  if (threadIdx.x == 0) atomicAdd(sums + blockIdx.y, of_block);
}

/// Launch: grid (any, images), block 256. Four pixels a thread at a time.
extern "C" __global__ void __launch_bounds__(256)
    to_float(const uchar4 *__restrict__ pixels, const unsigned *__restrict__ sums, const float *__restrict__ across,
             const float *__restrict__ along, float4 *__restrict__ out, int width, int height) {
  const int quads = width * height / 4;
  const float mean = across ? (float)sums[blockIdx.y] / (float)(width * height) : 128.0f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < quads; i += gridDim.x * blockDim.x) {
    const uchar4 p = pixels[(size_t)blockIdx.y * quads + i];
    float4 x = make_float4(p.x - mean, p.y - mean, p.z - mean, p.w - mean);
    if (across) {
      const float4 w = reinterpret_cast<const float4 *>(across)[i % (width / 4)];
      const float v = along[i / (width / 4)];
      x = make_float4(x.x * w.x * v, x.y * w.y * v, x.z * w.z * v, x.w * w.w * v);
    }
    out[(size_t)blockIdx.y * quads + i] = x;
  }
}

/// Levels and ring sums of a half spectrum [image][height][width/2+1]; `rings` has the ring of each element and, above
/// it, that of its mirror image (65535 where it has none of its own). Sums are 32-bit fixed point in shared memory for
/// logarithms, 64-bit for powers, and go to global memory once a block.
/// Launch: grid (height/rows, images), block 256, shared 2·ring_count words.
extern "C" __global__ void __launch_bounds__(256)
    levels_and_rings(const float2 *__restrict__ half, const unsigned *__restrict__ rings,
                     unsigned long long *__restrict__ sums, int width, int height, int rows, int ring_count,
                     int logarithm, float epsilon, float scale) {
  extern __shared__ unsigned words[];
  unsigned *low = words, *high = words + ring_count;
  for (int i = threadIdx.x; i < 2 * ring_count; i += blockDim.x) words[i] = 0;
  __syncthreads();
  const int columns = width / 2 + 1;
  const size_t first = (size_t)blockIdx.x * rows * columns;
  const float2 *in = half + (size_t)blockIdx.y * height * columns + first;
  const auto add = [&](unsigned ring, float level) {
    if (logarithm) {
      atomicAdd(low + ring, (unsigned)__float2int_rn(level * scale));
      return;
    }
    const unsigned long long units = __float2ull_rn(level * scale);
    const unsigned below = (unsigned)units, before = atomicAdd(low + ring, below);
    const unsigned above = (unsigned)(units >> 32) + (before + below < before ? 1u : 0u);
    if (above) atomicAdd(high + ring, above);
  };
  for (int i = threadIdx.x; i < rows * columns; i += blockDim.x) {
    float2 z = in[i];
    z.x += epsilon;
    const float power = z.x * z.x + z.y * z.y;
    const float level = logarithm ? __log2f(power) : power;
    const unsigned both = rings[first + i];
    add(both & 0xffff, level);
    if (both >> 16 != 0xffff) add(both >> 16, level);
  }
  __syncthreads();
  for (int ring = threadIdx.x; ring < ring_count; ring += blockDim.x) {
    const unsigned long long sum =
        logarithm ? (unsigned long long)(long long)(int)low[ring] : (unsigned long long)high[ring] << 32 | low[ring];
    if (sum) atomicAdd(sums + (size_t)blockIdx.y * ring_count + ring, sum);
  }
}
