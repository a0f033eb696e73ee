#include "kindred/image/resample.h"

#include <cmath>

#include "reference/image/image.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

namespace kindred::test {
namespace {

constexpr Filter kFilters[] = {Filter::lanczos, Filter::bilinear, Filter::bicubic, Filter::box, Filter::hamming};

std::vector<uint8_t> random_bytes(Random& random, int64_t count) {
  std::vector<uint8_t> out(count);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(random.integer(0, 255));
  return out;
}

std::vector<uint8_t> resampled(const std::vector<uint8_t>& pixels, PictureSize from, int64_t channels, PictureSize to,
                               Filter filter) {
  std::vector<uint8_t> out(to.height * to.width * channels);
  resample(pixels.data(), from, channels, to, filter, out.data(), nullptr);
  return out;
}

TEST(agrees_with_the_reference) {
  Random random(1);
  const PictureSize sizes[][2] = {{{1, 1}, {5, 3}},     {{7, 5}, {1, 1}},     {{31, 33}, {8, 9}},
                                  {{9, 8}, {33, 31}},   {{2, 65}, {63, 4}},   {{40, 12}, {40, 25}},
                                  {{13, 40}, {28, 40}}, {{17, 17}, {17, 17}}, {{100, 3}, {7, 7}}};
  for (const auto& [from, to] : sizes)
    for (const int64_t channels : {1, 3, 4}) {
      const auto pixels = random_bytes(random, from.height * from.width * channels);
      for (const Filter filter : kFilters) {
        const double tolerance = filter == Filter::lanczos || filter == Filter::bicubic ? 40 : 1.01;
        CHECK_CLOSE(resampled(pixels, from, channels, to, filter),
                    reference::resample(pixels, from, channels, to, filter), tolerance, 0);
      }
    }
}

TEST(agrees_closely_where_nothing_overshoots) {
  // Values round the middle: no 8 bits in between cut anything off.
  Random random(2);
  const PictureSize from{37, 41}, to{11, 60};
  std::vector<uint8_t> pixels(37 * 41 * 3);
  for (uint8_t& byte : pixels) byte = static_cast<uint8_t>(random.integer(110, 145));
  for (const Filter filter : kFilters)
    CHECK_CLOSE(resampled(pixels, from, 3, to, filter), reference::resample(pixels, from, 3, to, filter), 1.5, 0);
}

TEST(a_flat_picture_stays_flat) {
  const std::vector<uint8_t> pixels(20 * 30 * 3, 201);
  for (const Filter filter : kFilters)
    CHECK_CLOSE(resampled(pixels, {20, 30}, 3, {7, 64}, filter), std::vector<int>(7 * 64 * 3, 201), 0, 0);
}

TEST(nearest_takes_the_pixel_under_the_centre) {
  const std::vector<uint8_t> pixels = {1, 2, 3, 4};
  CHECK_CLOSE(resampled(pixels, {1, 4}, 1, {1, 2}, Filter::nearest), (std::vector<int>{2, 4}), 0, 0);
  CHECK_CLOSE(resampled(pixels, {1, 4}, 1, {1, 8}, Filter::nearest), (std::vector<int>{1, 1, 2, 2, 3, 3, 4, 4}), 0, 0);
  CHECK_CLOSE(resampled(pixels, {2, 2}, 1, {1, 1}, Filter::nearest), (std::vector<int>{4}), 0, 0);
}

TEST(is_the_same_for_any_number_of_threads) {
  Random random(3);
  const auto pixels = random_bytes(random, 300 * 200 * 3);
  CHECK_SAME_BITS(return doubles(resampled(pixels, {300, 200}, 3, {97, 65}, Filter::bicubic)));
}

TEST(refuses_no_pixels_and_hears_an_abort) {
  uint8_t pixel = 0;
  CHECK_THROWS("ERR_VALUE", "at least one pixel", resample(&pixel, {1, 0}, 1, {1, 1}, Filter::box, &pixel, nullptr));
  const AbortFlag raised{true};
  std::vector<uint8_t> pixels(4000), out(100);
  CHECK_THROWS("ERR_ABORTED", "", resample(pixels.data(), {40, 100}, 1, {10, 10}, Filter::box, out.data(), &raised));
}

}  // namespace
}  // namespace kindred::test
