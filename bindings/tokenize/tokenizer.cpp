#include "kindred/tokenize/tokenizer.h"

#include "kindred/runtime/poll.h"
#include "napi/arguments.h"
#include "napi/handle.h"
#include "napi/promise.h"
#include "napi/strings.h"
#include "tokenize/encode_all.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x746f6b656e697a65};

constexpr int64_t kWorkOfToken = 64;  // copying it

using Shared = std::shared_ptr<const Tokenizer>;

// Calls visit(object) for every element of an array of objects.
template <class Visit>
void EachIn(const Napi::Value& value, const char* name, Visit visit) {
  if (!value.IsArray()) fail_value(std::string(name) + ": expected an array.");
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) visit(ObjectIn(array.Get(i), name));
}

NormalizerStep NormalizerOf(const Napi::Object& object) {
  using Kind = NormalizerStep::Kind;
  NormalizerStep step{OneOf<Kind>(object.Get("kind"), "kind",
                                  {{"nfc", Kind::kNfc},
                                   {"nfd", Kind::kNfd},
                                   {"nfkc", Kind::kNfkc},
                                   {"nfkd", Kind::kNfkd},
                                   {"lowercase", Kind::kLowercase},
                                   {"strip-accents", Kind::kStripAccents},
                                   {"nmt", Kind::kNmt},
                                   {"clean-text", Kind::kCleanText},
                                   {"chinese", Kind::kChinese},
                                   {"bert-accents", Kind::kBertAccents},
                                   {"replace", Kind::kReplace},
                                   {"prepend", Kind::kPrepend},
                                   {"strip", Kind::kStrip},
                                   {"byte-level", Kind::kByteLevel},
                                   {"precompiled", Kind::kPrecompiled}})};
  if (step.kind == Kind::kPrecompiled) {
    const auto map = Bytes(object.Get("map"), "map");
    step.pattern.assign(reinterpret_cast<const char*>(map.data), map.size);
    return step;
  }
  step.pattern = Text(object.Get("pattern"), "pattern");
  step.content = Text(object.Get("content"), "content");
  step.is_regex = Flag(object.Get("isRegex"), "isRegex");
  step.left = Flag(object.Get("left"), "left");
  step.right = Flag(object.Get("right"), "right");
  return step;
}

SplitStep SplitOf(const Napi::Object& object) {
  using Kind = SplitStep::Kind;
  SplitStep step{OneOf<Kind>(object.Get("kind"), "kind",
                             {{"bert", Kind::kBert},
                              {"whitespace", Kind::kWhitespace},
                              {"white-split", Kind::kWhiteSplit},
                              {"digits", Kind::kDigits},
                              {"punctuation", Kind::kPunctuation},
                              {"pattern", Kind::kPattern},
                              {"metaspace", Kind::kMetaspace},
                              {"byte-level", Kind::kByteLevel},
                              {"fixed-length", Kind::kFixedLength}})};
  step.pattern = Text(object.Get("pattern"), "pattern");
  step.found = OneOf<Found>(object.Get("found"), "found",
                            {{"removed", Found::kRemoved},
                             {"isolated", Found::kIsolated},
                             {"merged-with-previous", Found::kMergedWithPrevious},
                             {"merged-with-next", Found::kMergedWithNext},
                             {"contiguous", Found::kContiguous}});
  step.prepend = OneOf<SplitStep::Prepend>(
      object.Get("prepend"), "prepend",
      {{"never", SplitStep::kNever}, {"first", SplitStep::kFirst}, {"always", SplitStep::kAlways}});
  step.is_regex = Flag(object.Get("isRegex"), "isRegex");
  step.invert = Flag(object.Get("invert"), "invert");
  step.splits = Flag(object.Get("splits"), "splits");
  step.length = Count(object.Get("length"), "length");
  return step;
}

// What is read on the JavaScript thread; the strings of the model are copied into the plan on another.
struct Given {
  TokenizerPlan plan;
  Strings tokens, merges;
  bool merges_are_joined = false;
};

void ReadModel(const Napi::Object& object, Given& given) {
  TokenModel& model = given.plan.model;
  model.kind = OneOf<TokenModel::Kind>(
      object.Get("kind"), "kind",
      {{"wordpiece", TokenModel::kWordPiece}, {"bpe", TokenModel::kBpe}, {"unigram", TokenModel::kUnigram}});
  given.tokens = StringsOf(object.Get("tokens"), "tokens");
  given.merges = StringsOf(object.Get("merges"), "merges");
  const auto ids = Ints(object.Get("ids"), "ids");
  const auto scores = Doubles(object.Get("scores"), "scores");
  given.merges_are_joined = Flag(object.Get("mergesAreJoined"), "mergesAreJoined");
  model.ids.assign(ids.data, ids.data + ids.size);
  model.scores.assign(scores.data, scores.data + scores.size);
  model.unknown = Text(object.Get("unknown"), "unknown");
  model.prefix = Text(object.Get("prefix"), "prefix");
  model.suffix = Text(object.Get("suffix"), "suffix");
  model.fuse_unknown = Flag(object.Get("fuseUnknown"), "fuseUnknown");
  model.byte_fallback = Flag(object.Get("byteFallback"), "byteFallback");
  model.ignore_merges = Flag(object.Get("ignoreMerges"), "ignoreMerges");
  model.max_characters = Count(object.Get("maxCharacters"), "maxCharacters");
}

// "left right", or left and right in turn; lines of old files that tell a version are no merges.
void ReadMerges(Given& given, Poll& poll) {
  auto& merges = given.plan.model.merges;
  const Strings& all = given.merges;
  if (!given.merges_are_joined && all.count() % 2 != 0) fail_value("merges: expected pairs.");
  for (int64_t i = 0; i < all.count(); i += given.merges_are_joined ? 1 : 2) {
    poll(kWorkOfToken);
    const std::string merge = all.at(i);
    if (!given.merges_are_joined) {
      merges.emplace_back(merge, all.at(i + 1));
      continue;
    }
    if (merge.starts_with("#version")) continue;
    const size_t space = merge.find(' ');
    if (space == std::string::npos || merge.find(' ', space + 1) != std::string::npos)
      fail_value("merges: expected two tokens and a space between them but received \"" + merge + "\".");
    merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
}

// tokenizer(plan: NativeTokenizerPlan, abort?): Promise<Tokenizer>
KINDRED_EXPORT(tokenizer) {
  const Napi::Object object = ObjectIn(info[0], "plan");
  auto given = std::make_shared<Given>();
  EachIn(object.Get("normalizer"), "normalizer",
         [&](const Napi::Object& step) { given->plan.normalizer.push_back(NormalizerOf(step)); });
  EachIn(object.Get("preTokenizer"), "preTokenizer",
         [&](const Napi::Object& step) { given->plan.pre_tokenizer.push_back(SplitOf(step)); });
  EachIn(object.Get("added"), "added", [&](const Napi::Object& token) {
    given->plan.added.push_back({Text(token.Get("content"), "content"),
                                 static_cast<int32_t>(Count(token.Get("id"), "id")),
                                 Flag(token.Get("singleWord"), "singleWord"), Flag(token.Get("left"), "left"),
                                 Flag(token.Get("right"), "right"), Flag(token.Get("normalized"), "normalized")});
  });
  ReadModel(ObjectIn(object.Get("model"), "model"), *given);
  return Async(
      info, 1,
      [given](const AbortFlag* abort) {
        Poll poll(abort);
        TokenModel& model = given->plan.model;
        for (int64_t i = 0; i < given->tokens.count(); ++i) {
          poll(kWorkOfToken);
          model.tokens.push_back(given->tokens.at(i));
        }
        ReadMerges(*given, poll);
        return std::make_shared<const Tokenizer>(given->plan, abort);
      },
      [](Napi::Env env, Shared& tokenizer) { return WrapShared(env, std::move(tokenizer), kTag); });
}

// tokenizerEncode(tokenizer: Tokenizer, texts: readonly string[], begin: number, end: number, abort?):
//   Promise<{ ids: Int32Array, ends: Int32Array }>; the ids of texts [begin, end), and where those of each end
KINDRED_EXPORT(tokenizerEncode) {
  auto texts =
      std::make_shared<const Strings>(StringsOf(info[1], Count(info[2], "begin"), Count(info[3], "end"), "texts"));
  return Async(
      info, 4,
      [tokenizer = SharedOf<Tokenizer>(info[0], kTag, "tokenizer"), texts](const AbortFlag* abort) {
        return EncodeAll(*tokenizer, *texts, abort);
      },
      [](Napi::Env env, Encoded& out) { return ToJsObject(env, out); });
}

}  // namespace

}  // namespace kindred::bindings
