#include "kindred/text/static_embedding.h"

#include "reference/text/static_embedding.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr int64_t kVocabulary = 27;  // [UNK] and the letters
constexpr int64_t kAll = INT64_MAX;

WordPiece letters() {
  std::vector<std::string> vocabulary{"[UNK]"};
  for (char letter = 'a'; letter <= 'z'; ++letter) vocabulary.emplace_back(1, letter);
  return {vocabulary, {}};
}

struct Table {
  Table(Random& random, int64_t dims)
      : rows(kVocabulary * dims), scales(random.floats(kVocabulary, 0.01, 2)), dims(dims) {
    for (int8_t& value : rows) value = static_cast<int8_t>(random.integer(-128, 127));
  }
  StaticTable view() const { return {rows.data(), scales.data(), kVocabulary, dims}; }

  std::vector<int8_t> rows;
  std::vector<float> scales;
  int64_t dims;
};

struct Corpus {
  void add(const std::string& text) {
    utf8 += text;
    offsets.push_back(static_cast<int64_t>(utf8.size()));
  }
  // Letters with a space after each.
  void add_random(Random& random, int64_t tokens) {
    std::string text;
    for (int64_t n = 0; n < tokens; ++n) text += {static_cast<char>('a' + random.integer(0, 25)), ' '};
    add(text);
  }
  Texts view() const { return {utf8.data(), offsets.data(), static_cast<int64_t>(offsets.size()) - 1}; }

  std::string utf8;
  std::vector<int64_t> offsets{0};
};

struct Embedded {
  std::vector<float> vectors;
  std::vector<int32_t> tokens;
};

Embedded embedded(const Table& table, const Corpus& corpus, int64_t max_tokens = kAll, bool normalize = false) {
  const Texts texts = corpus.view();
  Embedded out{std::vector<float>(texts.count * table.dims, 7.0f), std::vector<int32_t>(texts.count, 7)};
  static_embed(letters(), table.view(), texts, max_tokens, normalize, out.vectors.data(), out.tokens.data(), nullptr);
  return out;
}

}  // namespace

TEST(equals_the_reference_on_awkward_sizes) {
  Random random(1);
  const WordPiece tokenizer = letters();
  Corpus corpus;
  for (const int64_t tokens : {0, 1, 2, 31, 1023, 1024, 1025, 5000}) corpus.add_random(random, tokens);
  for (const int64_t dims : kSizes) {
    const Table table(random, dims);
    for (const int64_t max_tokens : {int64_t{0}, int64_t{1}, int64_t{1030}, kAll})
      for (const bool normalize : {false, true}) {
        const Embedded received = embedded(table, corpus, max_tokens, normalize);
        std::vector<double> vectors;
        std::vector<int32_t> tokens;
        for (int64_t i = 0; i < corpus.view().count; ++i) {
          std::vector<int32_t> ids;
          tokenizer.encode({corpus.utf8.data() + corpus.offsets[i], corpus.utf8.data() + corpus.offsets[i + 1]}, ids,
                           nullptr);
          tokens.push_back(static_cast<int32_t>(ids.size()));
          ids.resize(std::min<size_t>(ids.size(), max_tokens));
          const auto vector = reference::static_vector(table.view(), ids, normalize);
          vectors.insert(vectors.end(), vector.begin(), vector.end());
        }
        CHECK_CLOSE(received.vectors, vectors, 2e-5, 1e-4);
        CHECK_CLOSE(received.tokens, tokens, 0, 0);
      }
  }
}

TEST(texts_without_tokens_and_zero_means_are_zero) {
  Random random(2);
  Table table(random, 65);
  table.rows.assign(table.rows.size(), 3);
  table.scales[1] = 1, table.scales[2] = -1;
  Corpus corpus;
  for (const char* text : {"", " \t", "a b"}) corpus.add(text);
  const Embedded received = embedded(table, corpus, kAll, true);
  CHECK_CLOSE(received.vectors, std::vector<float>(3 * 65, 0.0f), 0, 0);
  CHECK_CLOSE(received.tokens, (std::vector<int32_t>{0, 0, 2}), 0, 0);
}

TEST(no_texts_write_nothing) {
  Random random(3);
  static_embed(letters(), Table(random, 5).view(), Corpus().view(), kAll, true, nullptr, nullptr, nullptr);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Table table(random, 256);
  Corpus corpus;
  for (int n = 0; n < 100; ++n) corpus.add_random(random, random.integer(0, 60));
  CHECK_SAME_BITS(return doubles(embedded(table, corpus, kAll, true).vectors));
}

TEST(refuses_a_table_of_another_vocabulary) {
  Random random(5);
  const Table table(random, 4);
  StaticTable view = table.view();
  view.vocabulary = 26;
  CHECK_THROWS("ERR_SHAPE", "27 rows",
               static_embed(letters(), view, Corpus().view(), kAll, true, nullptr, nullptr, nullptr));
}

TEST(stops_when_aborted) {
  Random random(6);
  const Table table(random, 4);
  Corpus corpus;
  corpus.add("a");
  const AbortFlag abort{true};
  float out[4];
  int32_t tokens;
  CHECK_THROWS("ERR_ABORTED", "aborted",
               static_embed(letters(), table.view(), corpus.view(), kAll, true, out, &tokens, &abort));
}
