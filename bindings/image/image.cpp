#include "kindred/image/descriptors.h"
#include "kindred/image/resample.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

Filter FilterOf(const Napi::Value& value) {
  return OneOf<Filter>(value, "filter",
                       {{"nearest", Filter::nearest},
                        {"lanczos", Filter::lanczos},
                        {"bilinear", Filter::bilinear},
                        {"bicubic", Filter::bicubic},
                        {"box", Filter::box},
                        {"hamming", Filter::hamming}});
}

// resamplePicture(pixels: Uint8Array, height: number, width: number, channels: number, out: Uint8Array,
//                 outHeight: number, outWidth: number, filter: 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' |
//                 'hamming', abort?): Promise<void>, in `out`
KINDRED_EXPORT(resamplePicture) {
  const auto pixels = Bytes(info[0], "pixels");
  const PictureSize from{Count(info[1], "height"), Count(info[2], "width")};
  const int64_t channels = Count(info[3], "channels");
  const auto out = Bytes(info[4], "out");
  const PictureSize to{Count(info[5], "outHeight"), Count(info[6], "outWidth")};
  const Filter filter = FilterOf(info[7]);
  if (channels < 1 || channels > 4) fail_value("channels: expected 1 to 4.");
  if (pixels.size % channels != 0 || pixels.size / channels != from.height * from.width || out.size % channels != 0 ||
      out.size / channels != to.height * to.width)
    fail_shape("pixels, out: expected [height, width, channels] bytes each.");
  return Async(info, 8,
               [=](const AbortFlag* abort) { resample(pixels.data, from, channels, to, filter, out.data, abort); });
}

// describePictures(pixels: Uint8Array, sizes: Int32Array, out: Matrix, abort?): Promise<void>, in `out` [pictures,
//   descriptorDims()]
KINDRED_EXPORT(describePictures) {
  const auto pixels = Bytes(info[0], "pixels");
  const auto sizes = Ints(info[1], "sizes");
  const Matrix out = MatrixOf(info[2], "out");
  if (sizes.size != 2 * out.rows || out.cols != kDescriptorDims)
    fail_shape("out: expected [pictures, " + std::to_string(kDescriptorDims) + "] for sizes [pictures, 2].");
  return Async(info, 3, [=](const AbortFlag* abort) {
    describe_pictures(pixels.data, pixels.size, sizes.data, out.rows, out.data, abort);
  });
}

// descriptorDims(): number
KINDRED_EXPORT(descriptorDims) { return Napi::Number::New(info.Env(), kDescriptorDims); }

}  // namespace

}  // namespace kindred::bindings
