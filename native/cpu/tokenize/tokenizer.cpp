#include "kindred/tokenize/tokenizer.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "cpu/tokenize/added_tokens.h"
#include "cpu/tokenize/normalizer.h"
#include "cpu/tokenize/pre_tokenizer.h"
#include "cpu/tokenize/utf8_text.h"
#include "cpu/tokenize/word_cache.h"
#include "cpu/tokenize/word_model.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr size_t kMostBytes = size_t{1} << 30;
constexpr size_t kLongText = size_t{1} << 20;  // whose memory is not kept

// What a thread needs for a text; kept for the next one.
struct Workspace {
  std::string raw;
  Normalizer::Scratch normalizer;
  Words words;
  WordCache cache;
  std::unique_ptr<WordModel::Scratch> model;
};

bool is_of_bytes(const TokenizerPlan& plan) {
  return plan.model.kind == TokenModel::kBpe && !plan.pre_tokenizer.empty() &&
         plan.pre_tokenizer.back().kind == SplitStep::kByteLevel && plan.model.prefix.empty() &&
         plan.model.suffix.empty() && !plan.model.byte_fallback;
}

// A mark before the first word alone: where the words or the characters of a text have been cut before, the reference
// goes by the place in the raw text that each comes from, which is not kept here.
void check_first_words(const TokenizerPlan& plan) {
  const bool cuts_characters = std::any_of(plan.normalizer.begin(), plan.normalizer.end(),
                                           [](const auto& step) { return step.kind == NormalizerStep::kByteLevel; });
  for (const SplitStep& step : plan.pre_tokenizer) {
    if (step.kind != SplitStep::kMetaspace || step.prepend != SplitStep::kFirst) continue;
    if (&step != &plan.pre_tokenizer.front() || cuts_characters)
      fail_value(
          "prepend_scheme: expected \"first\" in the first step of the pre_tokenizer alone, without ByteLevel before.");
  }
}

std::unique_ptr<const WordModel> make_model(const TokenizerPlan& plan, Poll& poll) {
  switch (plan.model.kind) {
    case TokenModel::kBpe:
      return make_bpe(plan.model, is_of_bytes(plan), poll);
    case TokenModel::kUnigram:
      return make_unigram(plan.model, poll);
    default:
      return make_wordpiece(plan.model, poll);
  }
}

AddedTokens added_tokens(const TokenizerPlan& plan, const Normalizer& normalizer, bool normalized, Poll& poll) {
  std::vector<AddedToken> tokens;
  std::vector<std::string> contents;
  Normalizer::Scratch scratch;
  std::unordered_set<std::string> seen;
  for (const AddedToken& token : plan.added) {
    if (token.normalized != normalized) continue;
    bool cut = false;
    const std::string content(normalized ? normalizer.apply(token.content, scratch, cut, poll) : token.content);
    // Of several that are the same once they are normalised the first is found.
    if (normalized && !content.empty() && !seen.insert(content).second) continue;
    tokens.push_back(token);
    contents.push_back(content);
  }
  return {tokens, contents};
}

}  // namespace

struct Tokenizer::Parts {
  Parts(const TokenizerPlan& plan, Poll& poll)
      : normalizer(plan.normalizer),
        pre_tokenizer(plan.pre_tokenizer, is_of_bytes(plan)),
        model(make_model(plan, poll)),
        raw(added_tokens(plan, normalizer, false, poll)),
        normalized(added_tokens(plan, normalizer, true, poll)) {}

  std::unique_ptr<Workspace> take() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (idle.empty()) {
      auto made = std::make_unique<Workspace>();
      made->model = model->scratch();
      return made;
    }
    auto taken = std::move(idle.back());
    idle.pop_back();
    return taken;
  }

  void give(std::unique_ptr<Workspace> workspace) {
    const std::lock_guard<std::mutex> lock(mutex);
    idle.push_back(std::move(workspace));
  }

  // A text between added tokens of the raw text, which begins at `begin` of the whole.
  void segment(std::string_view text, bool begins, Workspace& w, std::vector<int32_t>& ids, Poll& poll) const {
    bool cut = false;
    const std::string_view plain = normalizer.apply(text, w.normalizer, cut, poll);
    if (plain.size() > kMostBytes)
      throw Error("ERR_TOO_LARGE", "text: expected at most 2^30 bytes once it is normalised.");
    normalized.split(
        plain,
        [&](size_t begin, size_t end) {
          words(plain.substr(begin, end - begin), begins && !cut && begin == 0, w, ids, poll);
        },
        [&](int32_t id) { ids.push_back(id); });
  }

  void words(std::string_view text, bool begins, Workspace& w, std::vector<int32_t>& ids, Poll& poll) const {
    w.words.text = text;
    w.words.spans.assign(1, {0, static_cast<uint32_t>(text.size())});
    pre_tokenizer.apply(w.words, begins, poll);
    for (const WordSpan span : w.words.spans) {
      const std::string_view word = w.words.word(span);
      poll(8);
      if (w.cache.find(word, ids)) continue;
      const size_t before = ids.size();
      model->encode(word, ids, *w.model, poll);
      w.cache.store(ids, before);
    }
  }

  const Normalizer normalizer;
  const PreTokenizer pre_tokenizer;
  const std::unique_ptr<const WordModel> model;
  const AddedTokens raw, normalized;
  std::mutex mutex;
  std::vector<std::unique_ptr<Workspace>> idle;
};

Tokenizer::Tokenizer(const TokenizerPlan& plan, const AbortFlag* abort) {
  check_first_words(plan);
  Poll poll(abort);
  parts_ = std::make_unique<Parts>(plan, poll);
}

Tokenizer::~Tokenizer() = default;

int64_t Tokenizer::bytes() const {
  return parts_->normalizer.bytes() + parts_->pre_tokenizer.bytes() + parts_->model->bytes() + parts_->raw.bytes() +
         parts_->normalized.bytes() + int64_t{sizeof(Parts)};
}

void Tokenizer::encode(std::string_view text, std::vector<int32_t>& ids, const AbortFlag* abort) const {
  if (text.size() > kMostBytes) throw Error("ERR_TOO_LARGE", "text: expected at most 2^30 bytes.");
  Poll poll(abort);
  // A workspace that an error leaves behind is not used again.
  std::unique_ptr<Workspace> w = parts_->take();
  const std::string_view whole = well_formed(text, w->raw);
  parts_->raw.split(
      whole,
      [&](size_t begin, size_t end) { parts_->segment(whole.substr(begin, end - begin), begin == 0, *w, ids, poll); },
      [&](int32_t id) { ids.push_back(id); });
  if (text.size() <= kLongText) parts_->give(std::move(w));
}

}  // namespace kindred
