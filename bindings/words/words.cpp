#include "kindred/words/words.h"

#include "kindred/words/glove.h"
#include "kindred/words/vector_lines.h"
#include "kindred/words/weighted_means.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// WordCorpus: { tokens: Int32Array, keep: Float64Array, noise: Float64Array }
WordCorpus CorpusOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "corpus");
  const auto tokens = Ints(object.Get("tokens"), "tokens");
  const auto keep = Doubles(object.Get("keep"), "keep"), noise = Doubles(object.Get("noise"), "noise");
  if (keep.size != noise.size) fail_shape("keep, noise: expected one number a word.");
  return {tokens.data, tokens.size, keep.size, keep.data, noise.data};
}

// WordKernelOptions: { window: number, negatives: number, seed: number, epoch: number, firstRate: number,
//   lastRate: number }
WordOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  WordOptions options;
  options.window = Count(object.Get("window"), "window");
  options.negatives = Count(object.Get("negatives"), "negatives");
  options.seed = Whole(object.Get("seed"), "seed");
  options.epoch = Whole(object.Get("epoch"), "epoch");
  options.first_rate = static_cast<float>(Number(object.Get("firstRate"), "firstRate"));
  options.last_rate = static_cast<float>(Number(object.Get("lastRate"), "lastRate"));
  return options;
}

using Steps = int64_t (*)(const WordCorpus&, int64_t begin, int64_t end, const Matrix& X, const Matrix& Y,
                          const WordOptions&, const AbortFlag*);

Napi::Value Run(const Napi::CallbackInfo& info, Steps steps) {
  const WordCorpus corpus = CorpusOf(info[0]);
  const int64_t begin = Count(info[1], "begin"), end = Count(info[2], "end");
  const Matrix X = MatrixOf(info[3], "X"), Y = MatrixOf(info[4], "Y");
  return Async(info, 6, [=, options = OptionsOf(info[5])](const AbortFlag* abort) {
    return steps(corpus, begin, end, X, Y, options, abort);
  });
}

// skipGram(corpus: WordCorpus, begin: number, end: number, X: Matrix, Y: Matrix, options: WordKernelOptions, abort?):
//   Promise<number>; the number of pairs. X and Y are written in place, here and below
KINDRED_EXPORT(skipGram) { return Run(info, skip_gram); }

// cbow(corpus: WordCorpus, begin: number, end: number, X: Matrix, Y: Matrix, options: WordKernelOptions, abort?):
//   Promise<number>; the number of windows
KINDRED_EXPORT(cbow) { return Run(info, kindred::cbow); }

// cooccurrences(tokens: Int32Array, counts: Float64Array, window: number, abort?): Promise<Csr>
KINDRED_EXPORT(cooccurrences) {
  const auto tokens = Ints(info[0], "tokens");
  const auto counts = Doubles(info[1], "counts");
  const int64_t window = Count(info[2], "window");
  return Async(
      info, 3,
      [=](const AbortFlag* abort) {
        return kindred::cooccurrences(tokens.data, tokens.size, counts.data, counts.size, window, abort);
      },
      [](Napi::Env env, Csr& out) { return ToJs(env, std::move(out)); });
}

// { X: Matrix, Y: Matrix, xBias: Float32Array, yBias: Float32Array }
GloveModel GloveModelOf(const Napi::Value& value, const Napi::Value& squares) {
  const Napi::Object of_model = ObjectIn(value, "model"), of_squares = ObjectIn(squares, "squares");
  GloveModel model;
  model.X = MatrixOf(of_model.Get("X"), "X");
  model.Y = MatrixOf(of_model.Get("Y"), "Y");
  model.X_squares = MatrixOf(of_squares.Get("X"), "X");
  model.Y_squares = MatrixOf(of_squares.Get("Y"), "Y");
  const auto bias = [](const Napi::Object& object, const char* name, int64_t rows) {
    const auto numbers = Floats(object.Get(name), name);
    if (numbers.size != rows) fail_shape(std::string(name) + ": expected one number per row.");
    return numbers.data;
  };
  model.x_bias = bias(of_model, "xBias", model.X.rows);
  model.y_bias = bias(of_model, "yBias", model.Y.rows);
  model.x_bias_squares = bias(of_squares, "xBias", model.X.rows);
  model.y_bias_squares = bias(of_squares, "yBias", model.Y.rows);
  return model;
}

// gloveEpoch(counts: Csr, model: GloveModel, squares: GloveModel, options: GloveKernelOptions, abort?):
// Promise<number>;
//   the loss. The arrays of the two models are written in place
KINDRED_EXPORT(gloveEpoch) {
  const CsrView counts = WeightedCsrOf(info[0], "counts");
  const GloveModel model = GloveModelOf(info[1], info[2]);
  const Napi::Object object = ObjectIn(info[3], "options");
  GloveOptions options;
  options.learning_rate = static_cast<float>(Number(object.Get("learningRate"), "learningRate"));
  options.most = static_cast<float>(Number(object.Get("most"), "most"));
  options.exponent = static_cast<float>(Number(object.Get("exponent"), "exponent"));
  options.seed = Whole(object.Get("seed"), "seed");
  options.epoch = Whole(object.Get("epoch"), "epoch");
  return Async(info, 4, [=](const AbortFlag* abort) {
    check_csr(counts, "counts", abort);
    return glove_epoch(counts, model, options, abort);
  });
}

// weightedMeans(vectors: Matrix, weights: Float32Array, ids: Int32Array, offsets: Int32Array, out: Matrix, abort?):
//   Promise<void>; out is filled
KINDRED_EXPORT(weightedMeans) {
  const Matrix vectors = MatrixOf(info[0], "vectors");
  const auto weights = Floats(info[1], "weights");
  const auto ids = Ints(info[2], "ids"), offsets = Ints(info[3], "offsets");
  const Matrix out = MatrixOf(info[4], "out");
  if (weights.size != vectors.rows) fail_shape("weights: expected one per row of vectors.");
  if (offsets.size != out.rows + 1) fail_shape("offsets: expected one more than out has rows.");
  return Async(info, 5, [=](const AbortFlag* abort) {
    weighted_means(vectors, weights.data, ids.data, ids.size, offsets.data, out, abort);
  });
}

struct ReadLines {
  VectorLines lines;
  VectorLineFault fault;
};

const char* NameOf(LineFault fault) {
  switch (fault) {
    case LineFault::few_numbers:
      return "few-numbers";
    case LineFault::no_number:
      return "no-number";
    case LineFault::no_word:
      return "no-word";
    default:
      return "none";
  }
}

// readVectorLines(text: Uint8Array, dims: number, most: number, out: Float32Array, abort?): Promise<VectorLines>; out
//   [most, dims] is filled
KINDRED_EXPORT(readVectorLines) {
  const auto text = Bytes(info[0], "text");
  const int64_t dims = Count(info[1], "dims"), most = Count(info[2], "most");
  const auto out = Floats(info[3], "out");
  if (out.size != dims * most) fail_shape("out: expected dims numbers for each of the lines.");
  if (text.size > INT32_MAX) fail_shape("text: expected fewer than 2^31 bytes.");
  return Async(
      info, 4,
      [=](const AbortFlag* abort) {
        ReadLines read;
        read.lines = read_vector_lines(text.data, text.size, dims, most, out.data, read.fault, abort);
        return read;
      },
      [](Napi::Env env, ReadLines& read) {
        const VectorLineFault& fault = read.fault;
        return ObjectOf(env, {{"begins", ToJs(env, std::move(read.lines.begins))},
                              {"ends", ToJs(env, std::move(read.lines.ends))},
                              {"bytes", ToJs(env, read.lines.bytes)},
                              {"blank", ToJs(env, read.lines.blank)},
                              {"fault", ToJs(env, std::string(NameOf(fault.fault)))},
                              {"line", ToJs(env, fault.line)},
                              {"begin", ToJs(env, fault.begin)},
                              {"end", ToJs(env, fault.end)},
                              {"fields", ToJs(env, fault.fields)}});
      });
}

}  // namespace
}  // namespace kindred::bindings
