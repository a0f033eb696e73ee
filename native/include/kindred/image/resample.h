// Pictures of 8-bit channels brought to another size, as Pillow does it.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// In the order of Pillow's numbers, which preprocessor_config.json names.
enum class Filter { nearest, lanczos, bilinear, bicubic, box, hamming };

// [height, width, channels], row by row.
struct PictureSize {
  int64_t height;
  int64_t width;
};

// Separable convolution with the filter stretched to the scale (antialiasing), rows first, with weights of 22 bits and
// 8 bits between the two passes: Pillow's ImagingResample (src/libImaging/Resample.c), bit for bit. `nearest` takes the
// pixel under the centre of each new one. out [to.height, to.width, channels].
// Throws ERR_VALUE for sizes below 1; ERR_ABORTED.
void resample(const uint8_t* pixels, PictureSize from, int64_t channels, PictureSize to, Filter filter, uint8_t* out,
              const AbortFlag* abort);

}  // namespace kindred
