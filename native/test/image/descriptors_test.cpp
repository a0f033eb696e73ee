#include "kindred/image/descriptors.h"

#include <algorithm>
#include <cmath>

#include "reference/image/image.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

namespace kindred::test {
namespace {

// A coloured, textured thing before a background with some noise: [height, width, 3].
std::vector<uint8_t> picture_of(Random& random, int64_t height, int64_t width, int64_t noise) {
  std::vector<uint8_t> out(height * width * 3);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const bool inside = y > height / 4 && y < height - height / 8 && x > width / 3 && x < width - width / 4;
      for (int64_t c = 0; c < 3; ++c) {
        const int64_t value = inside ? (40 * (c + 1) + 90 * ((x / 3 + y / 5) % 2)) : 240 - 3 * c;
        out[(y * width + x) * 3 + c] =
            static_cast<uint8_t>(std::clamp<int64_t>(value + random.integer(-noise, noise), 0, 255));
      }
    }
  return out;
}

struct Size {
  int64_t height, width;
};
constexpr Size kPictures[] = {{1, 1}, {1, 9}, {2, 2}, {3, 31}, {33, 5}, {64, 64}, {65, 127}, {128, 96}};

template <int64_t kDims, class Describe, class... Part>
std::vector<float> part_of(Describe describe, const Part&... parts) {
  std::vector<float> out(kDims, 7.0f);
  describe(parts..., out.data());
  return out;
}

TEST(lab_agrees_with_the_reference) {
  std::vector<uint8_t> rgb;
  for (int r = 0; r < 256; r += 5)
    for (int g = 0; g < 256; g += 15)
      for (int b = 0; b < 256; b += 3)
        for (const int v : {r, g, b}) rgb.push_back(static_cast<uint8_t>(v));
  const auto n = static_cast<int64_t>(rgb.size() / 3);
  const LabPlanes planes = lab_of(rgb.data(), 1, n);
  std::vector<double> l, a, b;
  for (int64_t i = 0; i < n; ++i) {
    const auto expected = reference::lab(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
    l.push_back(expected[0]), a.push_back(expected[1]), b.push_back(expected[2]);
  }
  CHECK_CLOSE(planes.l, l, 1e-3, 0);
  CHECK_CLOSE(planes.a, a, 1e-3, 0);
  CHECK_CLOSE(planes.b, b, 1e-3, 0);
  const uint8_t red[3] = {255, 0, 0};  // 53.24, 80.09, 67.20
  CHECK(std::fabs(lab_of(red, 1, 1).l[0] - 53.24f) < 0.01f && std::fabs(lab_of(red, 1, 1).a[0] - 80.09f) < 0.01f);
}

TEST(all_parts_agree_with_the_reference) {
  Random random(4);
  for (const auto& [height, width] : kPictures)
    for (const int64_t noise : {0, 1, 6, 120}) {
      const LabPlanes picture = lab_of(picture_of(random, height, width, noise).data(), height, width);
      const Foreground found = find_foreground(picture), expected = reference::find_foreground(picture);
      CHECK_CLOSE(found.mask, expected.mask, 0, 0);
      const auto sides = [](const Box& b) { return std::vector<int64_t>{b.top, b.left, b.bottom, b.right}; };
      CHECK_CLOSE(sides(found.box), sides(expected.box), 0, 0);
      CHECK_CLOSE(part_of<kColorDims>(color_histograms, picture, found), reference::color_histograms(picture, found),
                  1e-4, 1e-4);
      CHECK_CLOSE(part_of<kTextureDims>(binary_patterns, picture, found), reference::binary_patterns(picture, found),
                  1e-5, 1e-5);
      const Frame frame = frame_of(picture, found);
      CHECK_CLOSE(part_of<kGradientDims>(oriented_gradients, frame), reference::oriented_gradients(frame), 1e-4, 1e-3);
      CHECK_CLOSE(part_of<kSilhouetteDims>(silhouette, frame), reference::silhouette(frame), 1e-5, 1e-5);
    }
}

TEST(the_background_is_left_out) {
  Random random(5);
  const LabPlanes picture = lab_of(picture_of(random, 80, 80, 0).data(), 80, 80);
  const Foreground found = find_foreground(picture);
  CHECK_EQUAL(found.box.top, int64_t{21});
  CHECK_EQUAL(found.box.bottom, int64_t{70});
  CHECK_EQUAL(found.box.left, int64_t{27});
  CHECK_EQUAL(found.box.right, int64_t{60});
  CHECK(!found.mask[0] && found.mask[40 * 80 + 40]);
}

std::vector<float> described(const std::vector<uint8_t>& pixels, const std::vector<int32_t>& sizes) {
  const auto count = static_cast<int64_t>(sizes.size() / 2);
  std::vector<float> out(count * kDescriptorDims, 7.0f);
  describe_pictures(pixels.data(), static_cast<int64_t>(pixels.size()), sizes.data(), count, out.data(), nullptr);
  return out;
}

TEST(each_picture_has_the_vector_that_it_has_alone) {
  Random random(6);
  std::vector<uint8_t> pixels;
  std::vector<int32_t> sizes;
  std::vector<float> alone;
  for (const auto& [height, width] : kPictures) {
    const auto one = picture_of(random, height, width, 4);
    pixels.insert(pixels.end(), one.begin(), one.end());
    sizes.push_back(static_cast<int32_t>(height));
    sizes.push_back(static_cast<int32_t>(width));
    const auto vector = described(one, {sizes.end()[-2], sizes.end()[-1]});
    alone.insert(alone.end(), vector.begin(), vector.end());
  }
  CHECK_CLOSE(described(pixels, sizes), alone, 0, 0);
  CHECK_SAME_BITS(return doubles(described(pixels, sizes)));
  double squares = 0;
  for (int64_t d = 0; d < kDescriptorDims; ++d) squares += std::pow(alone[5 * kDescriptorDims + d], 2);
  CHECK(std::fabs(squares - 1) < 1e-5);
}

TEST(a_flat_picture_has_finite_numbers_and_no_gradients) {
  const auto out = described(std::vector<uint8_t>(50 * 40 * 3, 255), {50, 40});
  double gradients = 0;
  for (int64_t d = 0; d < kDescriptorDims; ++d) {
    CHECK(std::isfinite(out[d]));
    if (d >= kColorDims + kTextureDims && d < kColorDims + kTextureDims + kGradientDims) gradients += out[d];
  }
  CHECK_EQUAL(gradients, 0.0);
}

TEST(no_pictures_wrong_sizes_and_an_abort) {
  CHECK_EQUAL(described({}, {}).size(), size_t{0});
  const std::vector<uint8_t> pixels(12);
  CHECK_THROWS("ERR_VALUE", "0 x 4", described(pixels, {0, 4}));
  CHECK_THROWS("ERR_VALUE", "1025", described(pixels, {1, 1025}));
  CHECK_THROWS("ERR_SHAPE", "expected 27 bytes but received 12", described(pixels, {3, 3}));
  const AbortFlag raised{true};
  const int32_t sizes[] = {2, 2};
  std::vector<float> out(kDescriptorDims);
  CHECK_THROWS("ERR_ABORTED", "", describe_pictures(pixels.data(), 12, sizes, 1, out.data(), &raised));
}

}  // namespace
}  // namespace kindred::test
