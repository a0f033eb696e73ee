// Resampling and the descriptors of pictures, scalar and in double.
#pragma once

#include <array>
#include <vector>

#include "kindred/image/descriptors.h"
#include "kindred/image/resample.h"

namespace kindred::reference {

// The convolution of both directions at once in double, without rounding between them: [to.height, to.width, channels].
// Within 1 of what 8 bits in between give, but for lanczos and bicubic, whose overshoot is cut in between: within 2.
std::vector<double> resample(const std::vector<uint8_t>& pixels, PictureSize from, int64_t channels, PictureSize to,
                             Filter filter);

// Lab of one pixel.
std::array<double, 3> lab(uint8_t r, uint8_t g, uint8_t b);

// By spreading the background until nothing changes.
Foreground find_foreground(const LabPlanes& picture);

// Every bin looks at every pixel, whose share in it is a product of triangles.
std::vector<double> color_histograms(const LabPlanes& picture, const Foreground& foreground);

std::vector<double> binary_patterns(const LabPlanes& picture, const Foreground& foreground);

// Every cell looks at every pixel, whose share in it is a product of triangles.
std::vector<double> oriented_gradients(const Frame& frame);

std::vector<double> silhouette(const Frame& frame);

}  // namespace kindred::reference
