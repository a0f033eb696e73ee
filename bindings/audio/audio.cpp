#include "kindred/audio/spectrogram.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

SpectrogramOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object of = ObjectIn(value, "options");
  const auto count = [&](const char* name) { return Count(of.Get(name), name); };
  const auto number = [&](const char* name) { return Number(of.Get(name), name); };
  const auto flag = [&](const char* name) { return Flag(of.Get(name), name); };
  SpectrogramOptions out;
  out.sample_rate = count("sampleRate");
  out.frame = count("frame");
  out.fft = count("fft");
  out.hop = count("hop");
  out.center = flag("center");
  out.periodic = flag("periodic");
  out.remove_mean = flag("removeMean");
  out.preemphasis = number("preemphasis");
  out.mels = count("mels");
  out.scale = OneOf<MelScale>(of.Get("scale"), "scale",
                              {{"htk", MelScale::htk}, {"slaney", MelScale::slaney}, {"kaldi", MelScale::kaldi}});
  out.area = flag("area");
  out.triangles_in_mels = flag("trianglesInMels");
  out.lowest = number("lowest");
  out.highest = number("highest");
  out.floor = number("floor");
  out.log =
      OneOf<LogScale>(of.Get("log"), "log",
                      {{"natural", LogScale::natural}, {"base10", LogScale::base10}, {"decibels", LogScale::decibels}});
  return out;
}

// logMel(samples: Float32Array, options: SpectrogramOptions, out: Float32Array, abort?): Promise<void>, in `out`
// [frames,
//   mels]
KINDRED_EXPORT(logMel) {
  const auto samples = Floats(info[0], "samples");
  const SpectrogramOptions options = OptionsOf(info[1]);
  const auto out = Floats(info[2], "out");
  if (out.size != frames_of(options, samples.size) * options.mels) fail_shape("out: expected [frames, mels] numbers.");
  return Async(info, 3, [=](const AbortFlag* abort) { log_mel(samples.data, samples.size, options, out.data, abort); });
}

// logMelFrames(options: SpectrogramOptions, samples: number): number
KINDRED_EXPORT(logMelFrames) { return ToJs(info.Env(), frames_of(OptionsOf(info[0]), Count(info[1], "samples"))); }

// resampleSound(samples: Float32Array, from: number, to: number, out: Float32Array, abort?): Promise<void>, in `out`
//   [resampledLength]
KINDRED_EXPORT(resampleSound) {
  const auto samples = Floats(info[0], "samples");
  const int64_t from = Count(info[1], "from"), to = Count(info[2], "to");
  const auto out = Floats(info[3], "out");
  if (out.size != resampled_length(samples.size, from, to)) fail_shape("out: expected one number per new sample.");
  return Async(info, 4,
               [=](const AbortFlag* abort) { resample_sound(samples.data, samples.size, from, to, out.data, abort); });
}

// resampledLength(count: number, from: number, to: number): number
KINDRED_EXPORT(resampledLength) {
  return ToJs(info.Env(), resampled_length(Count(info[0], "count"), Count(info[1], "from"), Count(info[2], "to")));
}

}  // namespace

}  // namespace kindred::bindings
