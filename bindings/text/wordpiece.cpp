#include "kindred/text/wordpiece.h"

#include <algorithm>

#include "kindred/runtime/poll.h"
#include "kindred/text/static_embedding.h"
#include "napi/arguments.h"
#include "napi/handle.h"
#include "napi/promise.h"
#include "napi/strings.h"
#include "tokenize/encode_all.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x776f726470696563};

constexpr int64_t kWorkOfToken = 64;  // copying it

using Shared = std::shared_ptr<const WordPiece>;

Shared TokenizerOf(const Napi::Value& value) { return SharedOf<WordPiece>(value, kTag, "tokenizer"); }

WordPieceOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  WordPieceOptions options;
  options.clean_text = Flag(object.Get("cleanText"), "cleanText");
  options.chinese = Flag(object.Get("handleChinese"), "handleChinese");
  options.strip_accents = Flag(object.Get("stripAccents"), "stripAccents");
  options.lowercase = Flag(object.Get("lowercase"), "lowercase");
  options.unknown = Text(object.Get("unknown"), "unknown");
  options.prefix = Text(object.Get("continuingPrefix"), "continuingPrefix");
  options.max_characters = Count(object.Get("maxCharacters"), "maxCharacters");
  const Strings added = StringsOf(object.Get("addedTokens"), "addedTokens");
  for (int64_t i = 0; i < added.count(); ++i) options.added.push_back(added.at(i));
  return options;
}

// wordPiece(vocabulary: readonly string[], options: Required<WordPieceOptions>, abort?): Promise<WordPiece>
KINDRED_EXPORT(wordPiece) {
  auto vocabulary = std::make_shared<const Strings>(StringsOf(info[0], "vocabulary"));
  return Async(
      info, 2,
      [vocabulary, options = OptionsOf(info[1])](const AbortFlag* abort) {
        std::vector<std::string> tokens;
        Poll poll(abort);
        for (int64_t i = 0; i < vocabulary->count(); ++i) {
          poll(kWorkOfToken);
          tokens.push_back(vocabulary->at(i));
        }
        return std::make_shared<const WordPiece>(tokens, options);
      },
      [](Napi::Env env, Shared& tokenizer) { return WrapShared(env, std::move(tokenizer), kTag); });
}

// wordPieceEncode(tokenizer: WordPiece, texts: readonly string[], begin: number, end: number, abort?):
//   Promise<{ ids: Int32Array, ends: Int32Array }>; the ids of texts [begin, end), and where those of each end
KINDRED_EXPORT(wordPieceEncode) {
  auto texts =
      std::make_shared<const Strings>(StringsOf(info[1], Count(info[2], "begin"), Count(info[3], "end"), "texts"));
  return Async(
      info, 4,
      [tokenizer = TokenizerOf(info[0]), texts](const AbortFlag* abort) {
        return EncodeAll(*tokenizer, *texts, abort);
      },
      [](Napi::Env env, Encoded& out) { return ToJsObject(env, out); });
}

// staticEmbed(tokenizer: WordPiece, rows: Uint8Array, scales: Float32Array, texts: readonly string[], begin: number,
//   end: number, maxTokens: number | null, normalize: boolean, vectors: Float32Array, tokens: Int32Array, abort?):
//   Promise<void>; rows [vocab, dims] are the bits of int8; vectors [end - begin, dims] and tokens are filled
KINDRED_EXPORT(staticEmbed) {
  const Shared tokenizer = TokenizerOf(info[0]);
  const auto rows = Bytes(info[1], "rows");
  const auto scales = Floats(info[2], "scales");
  const int64_t max_tokens = info[6].IsNull() ? INT64_MAX : Count(info[6], "maxTokens");
  const bool normalize = Flag(info[7], "normalize");
  const auto vectors = Floats(info[8], "vectors");
  const auto tokens = Ints(info[9], "tokens");
  if (scales.size != tokenizer->size() || rows.size % scales.size != 0)
    fail_shape("rows: expected [" + std::to_string(tokenizer->size()) + ", dims] numbers and a scale for each but " +
               "received " + std::to_string(rows.size) + " and " + std::to_string(scales.size) + ".");
  const StaticTable table{reinterpret_cast<const int8_t*>(rows.data), scales.data, scales.size,
                          rows.size / scales.size};
  auto texts =
      std::make_shared<const Strings>(StringsOf(info[3], Count(info[4], "begin"), Count(info[5], "end"), "texts"));
  if (tokens.size != texts->count() || vectors.size != texts->count() * table.dims)
    fail_shape("vectors: expected a row and a count for each of " + std::to_string(texts->count()) + " texts.");
  return Async(info, 10, [=](const AbortFlag* abort) {
    static_embed(*tokenizer, table, {texts->utf8.data(), texts->offsets.data(), texts->count()}, max_tokens, normalize,
                 vectors.data, tokens.data, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
