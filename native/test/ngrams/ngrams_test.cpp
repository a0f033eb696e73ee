#include "reference/ngrams/ngrams.h"

#include <algorithm>
#include <cmath>

#include "cpu/ngrams/murmur_hash.h"
#include "cpu/text/utf8.h"
#include "kindred/ngrams/columns.h"
#include "kindred/ngrams/counter.h"
#include "kindred/ngrams/tfidf.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

using Names = std::vector<std::string>;

struct Corpus {
  explicit Corpus(const Names& all) : offsets(1) {
    for (const std::string& text : all) {
      utf8 += text;
      offsets.push_back(static_cast<int64_t>(utf8.size()));
    }
  }
  Texts texts() const { return {utf8.data(), offsets.data(), static_cast<int64_t>(offsets.size()) - 1}; }

  std::string utf8;
  std::vector<int64_t> offsets;
};

struct Counted {
  NgramSelection selection;
  Names terms;
  std::vector<int32_t> texts;  // [terms]
  Csr rows;
};

Counted counted(const NgramRules& rules, const Names& all, bool binary = false, const NgramLimits& limits = {}) {
  NgramCounter counter(rules, binary, true);
  const Corpus corpus(all);
  const Texts texts = corpus.texts();
  const int64_t half = texts.count / 2;  // the last texts first
  counter.count({texts.utf8, texts.offsets + half, texts.count - half}, half, nullptr);
  counter.count({texts.utf8, texts.offsets, half}, 0, nullptr);
  Counted out;
  out.selection = counter.select(limits, nullptr);
  std::string utf8(out.selection.bytes, '\0');
  std::vector<int32_t> ends(out.selection.terms);
  out.texts.resize(out.selection.terms);
  counter.terms(utf8.data(), ends.data(), out.texts.data(), nullptr);
  for (size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++])
    out.terms.push_back(utf8.substr(begin, ends[i] - begin));
  out.rows.rows = texts.count;
  out.rows.cols = out.selection.terms;
  out.rows.indptr.resize(texts.count + 1);
  out.rows.indices.resize(out.selection.nonzeros);
  out.rows.values.resize(out.selection.nonzeros);
  counter.rows(out.rows.indptr.data(), out.rows.indices.data(), out.rows.values.data(), nullptr);
  return out;
}

// Everything in one list, for comparisons of all bits.
std::vector<double> flat(const Counted& c) {
  std::vector<double> out = doubles(c.rows.indptr);
  for (const auto& more : {doubles(c.rows.indices), doubles(c.rows.values), doubles(c.texts)})
    out.insert(out.end(), more.begin(), more.end());
  for (const std::string& term : c.terms) out.push_back(static_cast<double>(std::hash<std::string>()(term) >> 12));
  return out;
}

void check_equals_reference(const NgramRules& rules, const Names& all, bool binary) {
  std::map<std::string, int> texts_of;
  std::vector<std::map<std::string, int>> rows;
  int64_t empty = 0;
  for (const std::string& text : all) {
    rows.push_back(reference::count_ngrams(rules, text, binary));
    empty += rows.back().empty();
    for (const auto& [term, count] : rows.back()) ++texts_of[term];
  }
  Counted expected;
  std::map<std::string, int> column_of;
  for (const auto& [term, count] : texts_of) {
    column_of[term] = static_cast<int>(expected.terms.size());
    expected.terms.push_back(term);
    expected.texts.push_back(count);
  }
  expected.rows.indptr = {0};
  for (const auto& row : rows) {
    for (const auto& [term, count] : row) {
      expected.rows.indices.push_back(column_of[term]);
      expected.rows.values.push_back(static_cast<float>(count));
    }
    expected.rows.indptr.push_back(static_cast<int32_t>(expected.rows.indices.size()));
  }
  const Counted received = counted(rules, all, binary);
  CHECK(received.terms == expected.terms);
  CHECK_CLOSE(flat(received), flat(expected), 0, 0);
  CHECK_EQUAL(received.selection.empty, empty);

  const Corpus terms(expected.terms), corpus(all);
  const NgramColumns columns(rules, terms.texts(), nullptr);
  const Csr again = columns.transform(corpus.texts(), binary, nullptr);
  CHECK_EQUAL(again.cols, static_cast<int64_t>(expected.terms.size()));
  CHECK_CLOSE(again.indptr, expected.rows.indptr, 0, 0);
  CHECK_CLOSE(again.indices, expected.rows.indices, 0, 0);
  CHECK_CLOSE(again.values, expected.rows.values, 0, 0);
}

std::vector<NgramRules> all_rules() {
  std::vector<NgramRules> all;
  for (const auto analyzer : {NgramAnalyzer::word, NgramAnalyzer::character, NgramAnalyzer::character_in_word})
    for (const auto accents : {Accents::kept, Accents::ascii, Accents::unicode})
      for (const auto tokens : {TokenPattern::two_or_more, TokenPattern::one_or_more, TokenPattern::not_space})
        for (const bool lowercase : {false, true}) {
          if (analyzer != NgramAnalyzer::word && tokens != TokenPattern::two_or_more) continue;
          NgramRules rules;
          rules.analyzer = analyzer;
          rules.accents = accents;
          rules.tokens = tokens;
          rules.lowercase = lowercase;
          rules.shortest = 1 + static_cast<int64_t>(all.size() % 3);
          rules.longest = rules.shortest + static_cast<int64_t>(all.size() % 2) * 2;
          if (analyzer == NgramAnalyzer::word && all.size() % 2) rules.stop_words = {"ab", "a", "\u00e9a"};
          all.push_back(rules);
        }
  return all;
}

// Words of few characters, so that they repeat; of half of these something is special.
std::string random_text(Random& random, int64_t most) {
  static const uint32_t few[] = {'a',   'B',     'b',    '_',   '7',   ' ',    ' ',    '.',    '\'',   0xe9,
                                 0xc9,  0x301,   0x130,  0x3a3, 0x3c3, 0x4e2d, 0xac01, 0xfb01, 0x2003, 0x1c,
                                 0x93e, 0x1d7d8, 0xfdfa, 0xad,  0x2b0, '\n',   0x85,   0,      0xb2,   0x37a};
  std::string text;
  char bytes[4];
  for (int64_t n = random.integer(0, most); n > 0; --n) {
    uint32_t point = few[random.integer(0, random.integer(0, 1) ? 8 : std::size(few) - 1)];
    if (random.integer(0, 30) == 0) point = static_cast<uint32_t>(random.integer(0, 0x10ffff));
    if (point >= 0xd800 && point < 0xe000) point = 'x';
    text.append(bytes, encode_utf8(point, bytes));
  }
  return text;
}

}  // namespace

TEST(equals_the_reference_on_random_texts) {
  Random random(1);
  for (const NgramRules& rules : all_rules())
    for (const int64_t count : {0, 1, 2, 63, 65, 200}) {
      Names texts;
      for (int64_t i = 0; i < count; ++i) texts.push_back(random_text(random, i % 7 == 0 ? 120 : 12));
      check_equals_reference(rules, texts, count % 2 == 1);
    }
}

TEST(every_code_point_as_in_the_reference) {
  NgramRules rules;
  rules.tokens = TokenPattern::one_or_more;
  for (const auto accents : {Accents::kept, Accents::unicode, Accents::ascii}) {
    rules.accents = accents;
    Names texts;
    char bytes[4];
    for (uint32_t point = 0; point < 0x110000; point += point < 0x3100 ? 1 : 61) {
      if (point >= 0xd800 && point < 0xe000) continue;
      const std::string one(bytes, encode_utf8(point, bytes));
      texts.push_back("a" + one + "b " + one + " A" + one + "\u03a3" + one);
    }
    check_equals_reference(rules, texts, false);
  }
}

TEST(any_bytes_do) {
  Random random(3);
  for (const NgramRules& rules : all_rules()) {
    Names texts;
    for (int n = 0; n < 20; ++n) {
      std::string text(random.integer(0, 60), '\0');
      for (char& byte : text) byte = static_cast<char>(random.integer(n % 2 ? 0 : 0x80, 255));
      texts.push_back(text);
    }
    check_equals_reference(rules, texts, false);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  Names texts;
  for (int i = 0; i < 1500; ++i) texts.push_back(random_text(random, 40));
  NgramRules rules;
  rules.longest = 2;
  CHECK_SAME_BITS(return flat(counted(rules, texts)));
  NgramLimits limits;
  limits.min_texts = 2;
  limits.max_features = 100;
  CHECK_SAME_BITS(return flat(counted(rules, texts, false, limits)));
}

TEST(selects_by_texts_and_by_frequency) {
  const Names texts = {"aa bb cc", "aa bb bb dd", "aa bb ee", "aa ff ff", ""};
  NgramLimits limits;
  limits.max_texts = 3;
  const Counted few = counted({}, texts, false, limits);
  CHECK(few.terms == Names({"bb", "cc", "dd", "ee", "ff"}));
  CHECK_EQUAL(few.selection.frequent, 1);
  CHECK_EQUAL(few.selection.empty, 1);
  limits.min_texts = 1.5;
  CHECK(counted({}, texts, false, limits).terms == Names({"bb"}));
  CHECK_EQUAL(counted({}, texts, false, limits).selection.rare, 4);
  limits = {};
  limits.max_features = 3;
  const Counted three = counted({}, texts, false, limits);  // of aa 4, bb 4, ff 2
  CHECK(three.terms == Names({"aa", "bb", "ff"}));
  CHECK_EQUAL(three.selection.beyond, 3);
  CHECK_CLOSE(three.rows.values, (std::vector<float>{1, 1, 1, 2, 1, 1, 1, 2}), 0, 0);
  CHECK(counted({}, texts, true, limits).terms == Names({"aa", "bb", "cc"}));  // of equals the first
  limits.max_features = 0;
  CHECK(counted({}, texts, false, limits).terms.empty());
}

TEST(sorts_more_terms_than_one_piece_holds) {
  Random random(5);
  std::string text;
  for (int i = 0; i < 100000; ++i)
    text += "prefix" + std::to_string(random.integer(0, 1 << 20)) + (i % 3 ? " " : "\u00e9 ");
  const Counted all = counted({}, {text});
  CHECK(all.terms.size() > 60000);
  CHECK(std::is_sorted(all.terms.begin(), all.terms.end()));
}

TEST(hashes_as_murmur) {
  CHECK_EQUAL(murmur_hash(""), 0u);
  CHECK_EQUAL(murmur_hash("test"), 0xba6bd213u);
  CHECK_EQUAL(murmur_hash("Hello, world!"), 0xc0363e43u);
  CHECK_EQUAL(murmur_hash("The quick brown fox jumps over the lazy dog"), 0x2e4ff723u);
}

TEST(hashed_columns_add_up_with_their_signs) {
  const Corpus corpus({"aa bb cc dd ee ff gg", "", "aa aa"});
  const NgramColumns one({}, 1, true);
  int sum = 0;
  for (const char* term : {"aa", "bb", "cc", "dd", "ee", "ff", "gg"})
    sum += static_cast<int32_t>(murmur_hash(term)) < 0 ? -1 : 1;
  const int sign = static_cast<int32_t>(murmur_hash("aa")) < 0 ? -1 : 1;
  CHECK_CLOSE(one.transform(corpus.texts(), false, nullptr).values, (std::vector<int>{sum, 2 * sign}), 0, 0);
  CHECK_CLOSE(one.transform(corpus.texts(), true, nullptr).values, (std::vector<int>{1, 1}), 0, 0);
  const NgramColumns unsigned_one({}, 1, false);
  CHECK_CLOSE(unsigned_one.transform(corpus.texts(), false, nullptr).values, (std::vector<int>{7, 2}), 0, 0);
}

TEST(weighs_as_its_formula) {
  Random random(6);
  for (const int64_t rows : {0, 1, 257, 1025}) {
    const Csr counts = random_csr(random, rows, 33, 0.2);
    std::vector<double> idf(33);
    for (double& value : idf) value = random.uniform(0, 4);
    for (const RowNorm norm : {RowNorm::none, RowNorm::l1, RowNorm::l2})
      for (const bool sublinear : {false, true})
        for (const bool has_idf : {false, true}) {
          std::vector<float> received = counts.values;
          weigh_tfidf(counts.view(), {has_idf ? idf.data() : nullptr, sublinear, norm}, received.data(), nullptr);
          std::vector<double> expected;
          for (int64_t row = 0; row < rows; ++row) {
            double sum = 0;
            for (int n = counts.indptr[row]; n < counts.indptr[row + 1]; ++n) {
              double value = sublinear ? 1 + std::log(counts.values[n]) : counts.values[n];
              if (has_idf) value *= idf[counts.indices[n]];
              expected.push_back(value);
              sum += norm == RowNorm::l1 ? value : value * value;
            }
            const double by = norm == RowNorm::none || sum == 0 ? 1 : norm == RowNorm::l1 ? sum : std::sqrt(sum);
            for (int n = counts.indptr[row]; n < counts.indptr[row + 1]; ++n) expected[n] /= by;
          }
          CHECK_CLOSE(received, expected, 0, 1e-6);
        }
  }
  Csr bad = random_csr(random, 3, 9, 0.9);
  bad.indices[1] = 9;
  CHECK_THROWS("ERR_SHAPE", "column", weigh_tfidf(bad.view(), {}, bad.values.data(), nullptr));
}

TEST(refuses_what_does_not_serve) {
  NgramRules rules;
  rules.shortest = 2;
  CHECK_THROWS("ERR_VALUE", "ngramRange", NgramCounter(rules, false, false));
  rules = {};
  rules.analyzer = NgramAnalyzer::character;
  rules.stop_words = {"the"};
  CHECK_THROWS("ERR_VALUE", "stopWords", NgramColumns(rules, 8, false));
  CHECK_THROWS("ERR_VALUE", "features", NgramColumns({}, 0, false));
  const Corpus twice({"aa", "bb", "aa"});
  CHECK_THROWS("ERR_DUPLICATE", "term 2", NgramColumns({}, twice.texts(), nullptr));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  std::string text;
  for (int n = 0; n < 200000; ++n) text += "the " + std::to_string(n) + " ";
  const Corpus corpus({text});
  NgramCounter counter({}, false, true);
  CHECK_THROWS("ERR_ABORTED", "aborted", counter.count(corpus.texts(), 0, &abort));
  const NgramColumns columns({}, 8, false);
  CHECK_THROWS("ERR_ABORTED", "aborted", columns.transform(corpus.texts(), false, &abort));
}
