// What a picture looks like without any model: the colour, texture and shape of what stands before its background.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// CIELAB (1976), white D65, of sRGB (IEC 61966-2-1): [height, width] each.
struct LabPlanes {
  std::vector<float> l, a, b;
  int64_t height;
  int64_t width;
};

LabPlanes lab_of(const uint8_t* rgb /* [height, width, 3] */, int64_t height, int64_t width);

// [top, bottom) x [left, right)
struct Box {
  int64_t top, left, bottom, right;
};

struct Foreground {
  std::vector<uint8_t> mask;  // [height, width], 1 before the background
  Box box;                    // what holds all of it but half a percent at each side
  float background[3];        // Lab
};

// The background is what can be reached from the border over pixels near the border's median colour: within 5 CIELAB
// units, or 3 deviations (1.4826 median absolute ones) of the border where that is more. Where that leaves less than
// half a percent of the picture, or the border's deviation is above 15 (no plain background), everything is foreground.
Foreground find_foreground(const LabPlanes& picture);

constexpr int64_t kColorRegions = 5;       // the box, and its four quarters
constexpr int64_t kColorBins = 4 * 5 * 5;  // L x a x b
constexpr int64_t kColorDims = kColorRegions * kColorBins;
constexpr int64_t kPatternBins = 59;
constexpr int64_t kTextureDims = 2 * kPatternBins;  // at full and at half size
constexpr int64_t kCells = 8;                       // cells along a side of the normalised frame
constexpr int64_t kCellPixels = 8;
constexpr int64_t kFrame = kCells * kCellPixels;
constexpr int64_t kOrientations = 9;
constexpr int64_t kGradientDims = kCells * kCells * kOrientations;
constexpr int64_t kSilhouetteDims = kCells * kCells;
constexpr int64_t kDescriptorDims = kColorDims + kTextureDims + kGradientDims + kSilhouetteDims;

// Each of the four is overwritten with a vector of norm 1, or of zeros where there is nothing to describe.

// Square roots of joint histograms over the foreground (Swain and Ballard 1991) of the box and its quarters (Lazebnik
// et al. 2006), each pixel shared between the nearest bins: 4 of L over 0 to 100, 5 of a and b over -60 to 60.
void color_histograms(const LabPlanes& picture, const Foreground& foreground, float* out /* [kColorDims] */);

// Square roots of histograms of uniform local binary patterns of L (Ojala, Pietikainen and Maenpaa 2002; 8 neighbours
// of a 3 x 3 window) over the foreground, at full and at half size.
void binary_patterns(const LabPlanes& picture, const Foreground& foreground, float* out /* [kTextureDims] */);

// The square frame round the box, sampled bilinearly: L, where what is outside of the picture has the background's; and
// the mask.
struct Frame {
  std::vector<float> l, mask;  // [kFrame, kFrame]
};
Frame frame_of(const LabPlanes& picture, const Foreground& foreground);

// Histograms of oriented gradients (Dalal and Triggs 2005): 9 unsigned orientations in 8 x 8 cells, each vote shared
// between the nearest orientations and cells, blocks of 2 x 2 cells normalised with L2-Hys (0.2); of each cell the mean
// over the blocks that it is in (as Felzenszwalb et al. 2010, section 6.2, sum them).
void oriented_gradients(const Frame& frame, float* out /* [kGradientDims] */);

// How much of each cell is foreground.
void silhouette(const Frame& frame, float* out /* [kSilhouetteDims] */);

// Largest side of a picture to describe; a larger one is to be brought to a smaller size first.
constexpr int64_t kLargestSide = 1024;

// Picture i has sizes[2 i] x sizes[2 i + 1] (height, width) pixels of three bytes; pixels holds one after the other.
// out [count, kDescriptorDims]: colour, texture, gradients, silhouette, each times one half, so that the whole has norm
// 1 where each has something to describe. Throws ERR_VALUE for a side below 1 or above kLargestSide, ERR_SHAPE unless
// `bytes` are as many as the sizes say; ERR_ABORTED.
void describe_pictures(const uint8_t* pixels, int64_t bytes, const int32_t* sizes, int64_t count, float* out,
                       const AbortFlag* abort);

}  // namespace kindred
