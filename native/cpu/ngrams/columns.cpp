#include "kindred/ngrams/columns.h"

#include <algorithm>

#include "cpu/ngrams/murmur_hash.h"
#include "cpu/ngrams/ngram_scanner.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kTextsAtOnce = 64;

}  // namespace

struct NgramColumns::Tables {
  explicit Tables(const NgramRules& rules) : rules(rules), stop_words(stop_word_table(rules)) {}

  // Column and sign of an n-gram: 2 * column + (1 if it counts -1), or TermTable::kNone.
  int64_t place(std::string_view ngram) const {
    if (features == 0) {
      const int32_t column = terms.find(ngram, TermTable::hash(ngram));
      return column == TermTable::kNone ? TermTable::kNone : int64_t{2} * column;
    }
    const auto hash = static_cast<int32_t>(murmur_hash(ngram));
    const int64_t column = std::abs(int64_t{hash}) % features;
    return 2 * column + (alternate_sign && hash < 0);
  }

  NgramRules rules;
  TermTable stop_words;
  TermTable terms;
  int64_t features = 0;  // 0: columns are those of `terms`
  bool alternate_sign = false;
};

NgramColumns::NgramColumns(const NgramRules& rules, const Texts& terms, const AbortFlag* abort) {
  check_rules(rules);
  auto tables = std::make_unique<Tables>(rules);
  Poll poll(abort);
  for (int64_t i = 0; i < terms.count; ++i) {
    poll(16);
    if (tables->terms.add(terms[i], TermTable::hash(terms[i])) != i)
      throw Error("ERR_DUPLICATE", "vocabulary: term " + std::to_string(i) + " comes twice.");
  }
  tables_ = std::move(tables);
}

NgramColumns::NgramColumns(const NgramRules& rules, int64_t features, bool alternate_sign) {
  check_rules(rules);
  if (features < 1 || features > INT32_MAX)
    fail_value("features: expected 1 to 2147483647 but received " + std::to_string(features) + ".");
  auto tables = std::make_unique<Tables>(rules);
  tables->features = features;
  tables->alternate_sign = alternate_sign;
  tables_ = std::move(tables);
}

NgramColumns::~NgramColumns() = default;

int64_t NgramColumns::columns() const { return tables_->features == 0 ? tables_->terms.size() : tables_->features; }

int64_t NgramColumns::bytes() const { return tables_->terms.bytes() + tables_->stop_words.bytes(); }

Csr NgramColumns::transform(const Texts& texts, bool binary, const AbortFlag* abort) const {
  struct Rows {
    std::vector<int32_t> sizes, indices;
    std::vector<float> values;
  };
  std::vector<Rows> chunks((texts.count + kTextsAtOnce - 1) / kTextsAtOnce);
  parallel_for(texts.count, kTextsAtOnce, abort, [&](int64_t begin, int64_t end) {
    NgramScanner scanner(tables_->rules, tables_->stop_words);
    std::vector<int64_t> places;
    Rows& out = chunks[begin / kTextsAtOnce];
    Poll poll(abort);
    for (int64_t i = begin; i < end; ++i) {
      places.clear();
      scanner.scan(texts[i], poll, [&](std::string_view ngram) {
        const int64_t place = tables_->place(ngram);
        if (place >= 0) places.push_back(place);
      });
      std::sort(places.begin(), places.end(), polled(poll, std::less<>()));
      const size_t before = out.indices.size();
      for (size_t n = 0; n < places.size();) {
        const int64_t column = places[n] / 2;
        int64_t sum = 0;
        for (; n < places.size() && places[n] / 2 == column; ++n) sum += places[n] % 2 ? -1 : 1;
        out.indices.push_back(static_cast<int32_t>(column));
        out.values.push_back(binary ? 1.0f : static_cast<float>(sum));
      }
      out.sizes.push_back(static_cast<int32_t>(out.indices.size() - before));
    }
  });

  Csr csr;
  csr.rows = texts.count;
  csr.cols = columns();
  csr.indptr.push_back(0);
  for (const Rows& rows : chunks) {
    if (aborted(abort)) fail_aborted();
    if (csr.indices.size() + rows.indices.size() > INT32_MAX)
      throw Error("ERR_TOO_LARGE", "texts: expected fewer than 2^31 counts at a time.");
    for (const int32_t size : rows.sizes) csr.indptr.push_back(csr.indptr.back() + size);
    csr.indices.insert(csr.indices.end(), rows.indices.begin(), rows.indices.end());
    csr.values.insert(csr.values.end(), rows.values.begin(), rows.values.end());
  }
  return csr;
}

}  // namespace kindred
