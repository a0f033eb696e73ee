#include "kindred/tokenize/tokenizer.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "reference/tokenize/models.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

using Ids = std::vector<int32_t>;

Ids encoded(const Tokenizer& tokenizer, std::string_view text) {
  Ids ids;
  tokenizer.encode(text, ids, nullptr);
  return ids;
}

void number(TokenModel& model) {
  for (size_t i = 0; i < model.tokens.size(); ++i) model.ids.push_back(static_cast<int32_t>(i));
}

const std::vector<std::string> kCharacters = {"a", "b", "c", "\u00e9", "\u4e2d", " ", "\U0001f600"};

// Merges of random pairs, shorter ones first, and byte tokens for some bytes.
TokenModel random_bpe(Random& random) {
  TokenModel model{TokenModel::kBpe};
  model.tokens = {"<unk>"};
  model.unknown = "<unk>";
  for (int i = 0; i < 5; ++i) model.tokens.push_back(kCharacters[i]);
  for (int b = 0; b < 256; ++b) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    if (b != 0x20) model.tokens.push_back(name);
  }
  std::vector<std::string> parts(model.tokens.begin() + 1, model.tokens.begin() + 6);
  std::set<std::string> seen(model.tokens.begin(), model.tokens.end());
  for (int n = 0; n < 60; ++n) {
    const auto pick = [&] { return parts[random.integer(0, static_cast<int64_t>(parts.size()) - 1)]; };
    const std::string left = pick(), right = pick();
    if (!seen.insert(left + right).second && random.integer(0, 1)) continue;
    if (std::find(model.tokens.begin(), model.tokens.end(), left + right) == model.tokens.end())
      model.tokens.push_back(left + right);
    model.merges.emplace_back(left, right);
    if ((left + right).size() < 12) parts.push_back(left + right);
  }
  number(model);
  return model;
}

std::string random_text(Random& random, int64_t most) {
  std::string text;
  for (int64_t n = random.integer(1, most); n > 0; --n)
    text += kCharacters[random.integer(0, random.integer(0, 3) ? 2 : static_cast<int64_t>(kCharacters.size()) - 1)];
  return text;
}

TokenModel random_unigram(Random& random, bool ties) {
  TokenModel model{TokenModel::kUnigram};
  model.tokens = {"<unk>"};
  model.unknown = "<unk>";
  std::set<std::string> seen;
  for (int n = 0; n < 80; ++n) {
    const std::string token = random_text(random, 4);
    if (seen.insert(token).second) model.tokens.push_back(token);
  }
  for (int b = 0; b < 256; ++b) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    model.tokens.push_back(name);
  }
  // Of few digits, which are read as they are.
  for (size_t i = 0; i < model.tokens.size(); ++i)
    model.scores.push_back(ties ? -1 : -static_cast<double>(random.integer(0, 1000)) / 64);
  number(model);
  return model;
}

TokenizerPlan words_of(std::initializer_list<std::string> tokens) {
  TokenizerPlan plan{};
  plan.model.kind = TokenModel::kWordPiece;
  plan.model.tokens = tokens;
  plan.model.unknown = "?";
  plan.model.prefix = "##";
  number(plan.model);
  return plan;
}

}  // namespace

TEST(byte_pairs_as_in_the_reference_for_short_and_long_words) {
  Random random(1);
  for (int n = 0; n < 40; ++n) {
    TokenizerPlan plan{};
    plan.model = random_bpe(random);
    plan.model.byte_fallback = n % 2;
    plan.model.fuse_unknown = n % 3 == 0;
    plan.model.ignore_merges = n % 5 == 0;
    if (n % 7 == 0) plan.model.unknown = "";
    const Tokenizer tokenizer(plan, nullptr);
    for (int i = 0; i < 60; ++i) {
      const std::string text = random_text(random, i % 3 == 0 ? 300 : 12);
      const Ids expected = reference::bpe(plan.model, text);
      CHECK_CLOSE(encoded(tokenizer, text), expected, 0, 0);
      CHECK_CLOSE(encoded(tokenizer, text), expected, 0, 0);  // known by now
    }
  }
}

TEST(unigram_as_in_the_reference_ties_included) {
  Random random(2);
  for (int n = 0; n < 40; ++n) {
    TokenizerPlan plan{};
    plan.model = random_unigram(random, n % 4 == 0);
    plan.model.byte_fallback = n % 2;
    const Tokenizer tokenizer(plan, nullptr);
    for (int i = 0; i < 60; ++i) {
      const std::string text = random_text(random, i % 3 == 0 ? 200 : 12);
      CHECK_CLOSE(encoded(tokenizer, text), reference::unigram(plan.model, text), 0, 0);
    }
  }
}

TEST(added_tokens_with_their_flags) {
  TokenizerPlan plan = words_of({"?", "a", "b", "ab"});
  plan.pre_tokenizer = {{SplitStep::kWhiteSplit}};
  plan.normalizer = {{NormalizerStep::kLowercase}};
  plan.added = {{"[X]", 10},
                {"ab", 11, true},
                {"[L]", 12, false, true, false},
                {"[R]", 13, false, false, true},
                {"[XY]", 14},
                {"Nn", 15, false, false, false, true},
                {"nN", 16, false, false, false, true}};
  const Tokenizer tokenizer(plan, nullptr);
  CHECK_CLOSE(encoded(tokenizer, "a[X]b[XY]"), (Ids{1, 10, 2, 14}), 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "ab abb b-ab"), (Ids{11, 0, 0, 11}), 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "a  [L]  b"), (Ids{1, 12, 2}), 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "a [R] \u3000[L]"), (Ids{1, 13, 12}), 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "NNaAnN"), (Ids{15, 0, 15}), 0, 0);
  CHECK_CLOSE(encoded(tokenizer, ""), Ids{}, 0, 0);
}

TEST(words_that_follow_one_another_share_nothing) {
  TokenizerPlan plan = words_of({"?", "a", "##a", "b"});
  plan.pre_tokenizer = {{SplitStep::kWhitespace}};
  const Tokenizer tokenizer(plan, nullptr);
  CHECK_CLOSE(encoded(tokenizer, "a aa b aa a ba"), (Ids{1, 1, 2, 3, 1, 2, 1, 3, 2}), 0, 0);
}

TEST(any_bytes_do) {
  Random random(3);
  TokenizerPlan plan{};
  plan.model = random_bpe(random);
  plan.model.byte_fallback = true;
  plan.normalizer = {{NormalizerStep::kNfkc}, {NormalizerStep::kBertAccents}, {NormalizerStep::kLowercase}};
  plan.pre_tokenizer = {{.kind = SplitStep::kPattern, .pattern = "\\s+(?!\\S)|\\w+?|.", .is_regex = true},
                        {.kind = SplitStep::kByteLevel, .prepend = SplitStep::kAlways}};
  plan.added = {{"\u4e2d", 3, true, true, true}, {"e", 4, true, true, true, true}};
  const Tokenizer tokenizer(plan, nullptr);
  for (int n = 0; n < 2000; ++n) {
    std::vector<char> bytes(random.integer(0, 200));
    for (char& byte : bytes) byte = static_cast<char>(random.integer(n % 2 ? 0 : 0x80, 255));
    const std::vector<char> exact(bytes);  // nothing behind it that could hide a read too far
    CHECK(!encoded(tokenizer, std::string_view(exact.data(), exact.size())).empty() || exact.empty());
  }
}

TEST(long_texts_take_time_as_they_are_long) {
  TokenizerPlan plan{};
  Random random(4);
  plan.model = random_bpe(random);
  const Tokenizer tokenizer(plan, nullptr);
  const std::string text(1 << 21, 'a');
  CHECK(!encoded(tokenizer, text).empty());
  TokenizerPlan other{};
  other.model = random_unigram(random, false);
  CHECK(!encoded(Tokenizer(other, nullptr), text).empty());
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  TokenizerPlan plan = words_of({"?", "a"});
  Ids ids;
  const Tokenizer tokenizer(plan, nullptr);
  CHECK_THROWS("ERR_ABORTED", "aborted", tokenizer.encode("a", ids, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted",
               Tokenizer(
                   [] {
                     Random random(5);
                     TokenizerPlan bpe{};
                     bpe.model = random_bpe(random);
                     return bpe;
                   }(),
                   &abort));
}

TEST(refuses_what_does_not_serve) {
  const auto refuses = [](const char* code, const char* part, auto change) {
    Random random(6);
    TokenizerPlan plan{};
    plan.model = random_bpe(random);
    change(plan);
    CHECK_THROWS(code, part, Tokenizer(plan, nullptr));
  };
  refuses("ERR_VALUE", "merges", [](TokenizerPlan& plan) { plan.model.merges.emplace_back("a", "zz"); });
  refuses("ERR_VALUE", "nope", [](TokenizerPlan& plan) { plan.model.unknown = "nope"; });
  refuses("ERR_VALUE", "twice", [](TokenizerPlan& plan) { plan.model.ids[3] = plan.model.ids[4]; });
  refuses("ERR_VALUE", "an id for each", [](TokenizerPlan& plan) { plan.model.ids.pop_back(); });
  refuses("ERR_VALUE", "begins with", [](TokenizerPlan& plan) { plan.model.prefix = "##"; });
  refuses("ERR_VALUE", "empty", [](TokenizerPlan& plan) { plan.added = {{"", 1}}; });
  refuses("ERR_DUPLICATE", "twice", [](TokenizerPlan& plan) { plan.added = {{"x", 1}, {"x", 2}}; });
  refuses("ERR_VALUE", "pattern", [](TokenizerPlan& plan) { plan.normalizer = {{NormalizerStep::kReplace}}; });
  refuses("ERR_VALUE", "precompiled_charsmap", [](TokenizerPlan& plan) {
    plan.normalizer = {{NormalizerStep::kPrecompiled, std::string("\xff\xff\0\0abcd", 8)}};
  });
  refuses("ERR_VALUE", "pattern", [](TokenizerPlan& plan) { plan.pre_tokenizer = {{SplitStep::kMetaspace}}; });
  refuses("ERR_VALUE", "length", [](TokenizerPlan& plan) { plan.pre_tokenizer = {{SplitStep::kFixedLength}}; });
  Random random(7);
  TokenizerPlan plan{};
  plan.model = random_unigram(random, false);
  plan.model.scores[1] = -1.0 / 0.0;
  CHECK_THROWS("ERR_VALUE", "finite", Tokenizer(plan, nullptr));
  plan.model.scores.pop_back();
  CHECK_THROWS("ERR_VALUE", "score for each", Tokenizer(plan, nullptr));
}

TEST(damaged_maps_of_characters_read_nothing_outside) {
  Random random(8);
  for (int n = 0; n < 300; ++n) {
    std::string map(random.integer(0, 200), '\0');
    for (char& byte : map) byte = static_cast<char>(random.integer(0, 255));
    const auto words = static_cast<char>(random.integer(0, 40) * 4);
    if (map.size() >= 4) map.replace(0, 4, std::string{words, 0, 0, 0});
    TokenizerPlan plan{};
    plan.model = random_unigram(random, false);
    plan.normalizer = {{NormalizerStep::kPrecompiled, map}};
    try {
      const Tokenizer tokenizer(plan, nullptr);
      encoded(tokenizer, random_text(random, 40));
    } catch (const Error& error) {
      CHECK_EQUAL(std::string(error.code()), std::string("ERR_VALUE"));
    }
  }
}
