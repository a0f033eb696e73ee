#include <string>

#include "kindred/image/descriptors.h"
#include "kindred/runtime/error.h"

namespace kindred {

void describe_pictures(const uint8_t* pixels, int64_t bytes, const int32_t* sizes, int64_t count, float* out,
                       const AbortFlag* abort) {
  std::vector<int64_t> offsets(count + 1);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t height = sizes[2 * i], width = sizes[2 * i + 1];
    if (height < 1 || width < 1 || height > kLargestSide || width > kLargestSide)
      fail_value("sizes: expected sides from 1 to " + std::to_string(kLargestSide) + " but received " +
                 std::to_string(height) + " x " + std::to_string(width) + ".");
    offsets[i + 1] = offsets[i] + 3 * height * width;
  }
  if (offsets[count] != bytes)
    fail_shape("pixels: expected " + std::to_string(offsets[count]) + " bytes but received " + std::to_string(bytes) +
               ".");
  parallel_for(count, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const LabPlanes picture = lab_of(pixels + offsets[i], sizes[2 * i], sizes[2 * i + 1]);
      const Foreground foreground = find_foreground(picture);
      const Frame frame = frame_of(picture, foreground);
      float* color = out + i * kDescriptorDims;
      float* texture = color + kColorDims;
      float* gradients = texture + kTextureDims;
      color_histograms(picture, foreground, color);
      binary_patterns(picture, foreground, texture);
      oriented_gradients(frame, gradients);
      silhouette(frame, gradients + kGradientDims);
      for (int64_t d = 0; d < kDescriptorDims; ++d) color[d] *= 0.5f;
    }
  });
}

}  // namespace kindred
