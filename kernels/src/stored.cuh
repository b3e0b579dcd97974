// How a half-transformed plane lies in memory between rows and columns.
#pragma once
#include "fft.cuh"

/// As it is computed: 8 bytes a value.
struct Single {
  typedef float2 Value;
  static DEVICE Value pack(float2 z) { return z; }
  static DEVICE float2 unpack(Value z) { return z; }
};

/// In half precision, 4 bytes a value. Sixteenths, or the sums of a row of 4096 pixels would exceed 65504, the largest
/// number of that format.
struct Half {
  typedef unsigned Value;
#ifdef HOST_SHIM
  static Value pack(float2 z) {
    const _Float16 parts[2] = {(_Float16)(z.x / 16), (_Float16)(z.y / 16)};
    Value packed;
    memcpy(&packed, parts, sizeof packed);
    return packed;
  }
  static float2 unpack(Value packed) {
    _Float16 parts[2];
    memcpy(parts, &packed, sizeof packed);
    return make_float2(16 * (float)parts[0], 16 * (float)parts[1]);
  }
#else
  // cuda_fp16.h is a file of the toolkit, which is not needed for anything else.
  static DEVICE Value pack(float2 z) {
    Value packed;
    asm("{ .reg .f16 x, y; cvt.rn.f16.f32 x, %1; cvt.rn.f16.f32 y, %2; mov.b32 %0, {x, y}; }"
        : "=r"(packed)
        : "f"(z.x * 0.0625f), "f"(z.y * 0.0625f));
    return packed;
  }
  static DEVICE float2 unpack(Value packed) {
    float2 z;
    asm("{ .reg .f16 x, y; mov.b32 {x, y}, %2; cvt.f32.f16 %0, x; cvt.f32.f16 %1, y; }"
        : "=f"(z.x), "=f"(z.y)
        : "r"(packed));
    return make_float2(16 * z.x, 16 * z.y);
  }
#endif
};
