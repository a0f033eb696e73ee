#include "kindred/ngrams/counter.h"

#include <algorithm>
#include <mutex>

#include "cpu/ngrams/ngram_scanner.h"
#include "cpu/ngrams/sort_terms.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kTextsAtOnce = 64;
constexpr int64_t kChunksAtOnce = 16;  // of texts that are written out
constexpr int32_t kNotChosen = -1;

// Of one term in what one lane has read.
struct Tally {
  int64_t last_text = -1;  // the lane's number of the text that had it last
  int64_t total = 0;
  int32_t texts = 0;
  int32_t place = 0;  // in that text's row
};

// Whoever takes a lane has it alone: no locks where n-grams are counted. Which texts a lane has read does not matter.
struct Lane {
  Lane(int32_t number, const NgramRules& rules, const TermTable& stop_words)
      : number(number), scanner(rules, stop_words) {}

  int32_t number;
  NgramScanner scanner;
  TermTable table;
  std::vector<Tally> tallies;       // [table.size()]
  std::vector<int32_t> columns;     // the same, once selected: kNotChosen or the column
  std::vector<int32_t> row, count;  // of the texts of one chunk: the lane's terms, and how often
  int64_t texts = 0;
  int64_t empty = 0;
};

// The rows of some texts, in the terms of a lane.
struct Chunk {
  int64_t first;
  int32_t lane;
  std::vector<int32_t> ends;  // [texts] of each row
  std::vector<int32_t> terms, counts;
};

}  // namespace

struct NgramCounter::State {
  State(const NgramRules& rules, bool binary, bool keep_rows)
      : rules(rules), stop_words(stop_word_table(rules)), binary(binary), keep_rows(keep_rows) {}

  Lane* take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) {
      lanes.push_back(std::make_unique<Lane>(static_cast<int32_t>(lanes.size()), rules, stop_words));
      return lanes.back().get();
    }
    Lane* lane = idle.back();
    idle.pop_back();
    return lane;
  }

  void give_back(Lane* lane, Chunk&& chunk) {
    const std::lock_guard lock(mutex);
    texts += static_cast<int64_t>(chunk.ends.size());
    if (keep_rows) chunks.push_back(std::move(chunk));
    idle.push_back(lane);
  }

  void count(Lane& lane, std::string_view text, Poll& poll) {
    const size_t begin = lane.row.size();
    const int64_t number = lane.texts++;
    lane.scanner.scan(text, poll, [&](std::string_view ngram) {
      const int32_t term = lane.table.add(ngram, TermTable::hash(ngram));
      if (term == static_cast<int32_t>(lane.tallies.size())) lane.tallies.emplace_back();
      Tally& tally = lane.tallies[term];
      if (tally.last_text != number) {
        tally.last_text = number;
        tally.place = static_cast<int32_t>(lane.row.size() - begin);
        ++tally.texts;
        ++tally.total;
        lane.row.push_back(term);
        lane.count.push_back(1);
      } else if (!binary) {
        ++tally.total;
        ++lane.count[begin + tally.place];
      }
    });
    lane.empty += lane.row.size() == begin;
  }

  NgramRules rules;
  TermTable stop_words;
  bool binary, keep_rows;
  std::mutex mutex;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::vector<Lane*> idle;
  std::vector<Chunk> chunks;
  int64_t texts = 0;

  bool selected = false;
  NgramSelection selection;
  TermTable table;                // of all lanes
  std::vector<int32_t> chosen;    // [selection.terms], numbers in the table, in the order of columns
  std::vector<int32_t> texts_of;  // [table.size()]
};

NgramCounter::NgramCounter(const NgramRules& rules, bool binary, bool keep_rows) {
  check_rules(rules);
  state_ = std::make_unique<State>(rules, binary, keep_rows);
}

NgramCounter::~NgramCounter() = default;

int64_t NgramCounter::texts() const { return state_->texts; }

const NgramSelection& NgramCounter::selection() const { return state_->selection; }

void NgramCounter::count(const Texts& texts, int64_t first, const AbortFlag* abort) {
  if (state_->selected) fail_value("counter: expected texts before features are selected.");
  parallel_for(texts.count, kTextsAtOnce, abort, [&](int64_t begin, int64_t end) {
    Lane& lane = *state_->take();
    Chunk chunk{first + begin, lane.number, {}, {}, {}};
    chunk.ends.reserve(end - begin);
    lane.row.clear();
    lane.count.clear();
    Poll poll(abort);
    for (int64_t i = begin; i < end; ++i) {
      state_->count(lane, texts[i], poll);
      if (lane.row.size() > INT32_MAX) throw Error("ERR_TOO_LARGE", "texts: expected fewer than 2^31 n-grams.");
      chunk.ends.push_back(static_cast<int32_t>(lane.row.size()));
      if (!state_->keep_rows) {
        lane.row.clear();
        lane.count.clear();
      }
    }
    chunk.terms = lane.row;
    chunk.counts = lane.count;
    state_->give_back(&lane, std::move(chunk));
  });
}

NgramSelection NgramCounter::select(const NgramLimits& limits, const AbortFlag* abort) {
  State& s = *state_;
  if (s.selected) fail_value("counter: expected features to be selected once.");
  s.selected = true;
  std::sort(s.chunks.begin(), s.chunks.end(), [](const Chunk& a, const Chunk& b) { return a.first < b.first; });
  int64_t next = 0;
  for (const Chunk& chunk : s.chunks) {
    if (chunk.first != next) fail_value("counter: expected texts 0, 1, 2, ..., each once.");
    next += static_cast<int64_t>(chunk.ends.size());
  }
  Poll poll(abort);
  std::vector<int64_t> totals;
  for (const auto& lane : s.lanes) {
    s.selection.empty += lane->empty;
    lane->columns.resize(lane->table.size());
    if (s.table.size() == 0) {  // the first lane's terms keep their numbers
      for (int32_t i = 0; i < lane->table.size(); ++i) {
        poll();
        totals.push_back(lane->tallies[i].total);
        s.texts_of.push_back(lane->tallies[i].texts);
        lane->columns[i] = i;
      }
      s.table = std::move(lane->table);
      lane->table = {};
      lane->tallies = {};
      continue;
    }
    for (int32_t i = 0; i < lane->table.size(); ++i) {
      poll(8);
      const int32_t term = s.table.add(lane->table[i], lane->table.hash_of(i));
      if (term == static_cast<int32_t>(totals.size())) {
        totals.push_back(0);
        s.texts_of.push_back(0);
      }
      totals[term] += lane->tallies[i].total;
      s.texts_of[term] += lane->tallies[i].texts;
      lane->columns[i] = term;
    }
    lane->table = {};
    lane->tallies = {};
  }

  for (int32_t term = 0; term < s.table.size(); ++term) {
    poll();
    if (s.texts_of[term] > limits.max_texts)
      ++s.selection.frequent;
    else if (s.texts_of[term] < limits.min_texts)
      ++s.selection.rare;
    else
      s.chosen.push_back(term);
  }
  if (static_cast<int64_t>(s.chosen.size()) > limits.max_features) {
    std::nth_element(s.chosen.begin(), s.chosen.begin() + limits.max_features, s.chosen.end(),
                     polled(poll, [&](int32_t a, int32_t b) {
                       return totals[a] != totals[b] ? totals[a] > totals[b] : s.table[a] < s.table[b];
                     }));
    s.selection.beyond = static_cast<int64_t>(s.chosen.size()) - limits.max_features;
    s.chosen.resize(limits.max_features);
  }
  sort_terms(s.table, s.chosen, abort);

  std::vector<int32_t> column_of(s.table.size(), kNotChosen);
  for (size_t column = 0; column < s.chosen.size(); ++column) {
    poll();
    const int32_t term = s.chosen[column];
    column_of[term] = static_cast<int32_t>(column);
    s.selection.bytes += static_cast<int64_t>(s.table[term].size());
    s.selection.nonzeros += s.texts_of[term];
  }
  s.selection.terms = static_cast<int64_t>(s.chosen.size());
  if (s.selection.bytes > INT32_MAX || (s.keep_rows && s.selection.nonzeros > INT32_MAX))
    throw Error("ERR_TOO_LARGE", "texts: expected fewer than 2^31 counts, and names of features within 2^31 bytes.");
  for (const auto& lane : s.lanes)
    for (int32_t& term : lane->columns) {
      poll();
      term = column_of[term];
    }
  return s.selection;
}

void NgramCounter::terms(char* utf8, int32_t* ends, int32_t* texts, const AbortFlag* abort) const {
  Poll poll(abort);
  int32_t used = 0;
  for (size_t column = 0; column < state_->chosen.size(); ++column) {
    poll(4);
    const std::string_view term = state_->table[state_->chosen[column]];
    std::copy(term.begin(), term.end(), utf8 + used);
    used += static_cast<int32_t>(term.size());
    ends[column] = used;
    texts[column] = state_->texts_of[state_->chosen[column]];
  }
}

void NgramCounter::rows(int32_t* indptr, int32_t* indices, float* values, const AbortFlag* abort) const {
  const State& s = *state_;
  if (!s.keep_rows || !s.selected) fail_value("counter: expected rows that are kept, after features are selected.");
  const auto chunks = static_cast<int64_t>(s.chunks.size());
  using Entries = std::vector<std::pair<int32_t, int32_t>>;  // column and count
  // visit(row, entries, chunk, begin, end) for each text, of which terms [begin, end) of the chunk are.
  const auto each_row = [&](auto visit) {
    parallel_for(chunks, kChunksAtOnce, abort, [&](int64_t from, int64_t to) {
      Entries entries;
      for (int64_t c = from; c < to; ++c) {
        const Chunk& chunk = s.chunks[c];
        int32_t begin = 0;
        for (size_t i = 0; i < chunk.ends.size(); begin = chunk.ends[i++])
          visit(chunk.first + static_cast<int64_t>(i), entries, chunk, begin, chunk.ends[i]);
      }
    });
  };
  indptr[0] = 0;
  each_row([&](int64_t row, Entries&, const Chunk& chunk, int32_t begin, int32_t end) {
    const int32_t* columns = s.lanes[chunk.lane]->columns.data();
    int32_t kept = 0;
    for (int32_t n = begin; n < end; ++n) kept += columns[chunk.terms[n]] != kNotChosen;
    indptr[row + 1] = kept;
  });
  in_steps(s.texts, abort, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) indptr[row + 1] += indptr[row];
  });
  each_row([&](int64_t row, Entries& entries, const Chunk& chunk, int32_t begin, int32_t end) {
    const int32_t* columns = s.lanes[chunk.lane]->columns.data();
    entries.clear();
    for (int32_t n = begin; n < end; ++n)
      if (const int32_t column = columns[chunk.terms[n]]; column != kNotChosen)
        entries.emplace_back(column, chunk.counts[n]);
    Poll poll(abort);
    std::sort(entries.begin(), entries.end(), polled(poll, std::less<>()));
    for (size_t i = 0; i < entries.size(); ++i) {
      indices[indptr[row] + i] = entries[i].first;
      values[indptr[row] + i] = static_cast<float>(entries[i].second);
    }
  });
}

}  // namespace kindred
