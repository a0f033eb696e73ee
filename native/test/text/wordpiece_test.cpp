#include "kindred/text/wordpiece.h"

#include <algorithm>

#include "cpu/text/utf8.h"
#include "cpu/text/wordpiece_tables.h"
#include "reference/text/wordpiece.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

using Ids = std::vector<int32_t>;

const std::vector<std::string> kVocabulary = {
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un",     "##aff",    "##able", "able",     "a", "##a", "aff",
    "the",   "cafe",  ",",     "!",     "\u4e2d", "\u03c3", "##\u03c3", "i",      "##\u0307", "[", "]",   "mask",
};

Ids encoded(const WordPiece& tokenizer, std::string_view text) {
  Ids ids;
  tokenizer.encode(text, ids, nullptr);
  return ids;
}

WordPieceOptions bert() {
  WordPieceOptions options;
  options.added = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  return options;
}

void check_ids(const WordPieceOptions& options, std::string_view text, const Ids& expected) {
  CHECK_CLOSE(encoded(WordPiece(kVocabulary, options), text), expected, 0, 0);
}

std::vector<WordPieceOptions> all_options() {
  std::vector<WordPieceOptions> all;
  for (int bits = 0; bits < 16; ++bits) {
    all.push_back(bert());
    all.back().clean_text = bits & 1;
    all.back().chinese = bits & 2;
    all.back().strip_accents = bits & 4;
    all.back().lowercase = bits & 8;
  }
  return all;
}

}  // namespace

TEST(takes_the_longest_piece_first) {
  check_ids(bert(), "unaffable", {5, 6, 7});
  check_ids(bert(), "able unable affa", {8, 5, 7, 11, 10});
  check_ids(bert(), "unaffablex the", {1, 12});
}

TEST(normalises_as_bert) {
  check_ids(bert(), "The\tCAF\u00c9,\u200bcafe\u0301!", {12, 13, 14, 13, 15});
  check_ids(bert(), "a\u4e2da", {9, 16, 9});
  check_ids(bert(), "\u03a3\u03a3", {17, 18});  // a final sigma too becomes the ordinary one
  check_ids(bert(), std::string("a\0a", 3), {9, 10});
  auto keep = bert();
  keep.strip_accents = false;
  check_ids(keep, "\u0130", {19, 20});
}

TEST(finds_added_tokens_in_the_raw_text) {
  check_ids(bert(), "a[MASK]a[mask][MASK", {9, 4, 9, 21, 23, 22, 21, 23});
  auto overlapping = bert();
  overlapping.added = {"a", "aff"};
  check_ids(overlapping, "aaff af", {9, 11, 9, 1});
}

TEST(words_of_too_many_characters_are_unknown) {
  const std::string longest(100, 'a');
  Ids pieces(100, 10);
  pieces[0] = 9;
  check_ids(bert(), longest, pieces);
  check_ids(bert(), longest + "a the", {1, 12});
  check_ids(bert(), std::string(100000, 'a'), {1});
}

TEST(nothing_gives_nothing) {
  for (const char* text : {"", " ", "\t\n \u3000", "\u0301\u200b"}) check_ids(bert(), text, {});
}

TEST(sorts_what_canonical_ordering_moves) {
  // U+1D165 (class 216) and U+302E (224) stay after accents are stripped; U+0316 (220) goes, and so does U+0E34, which
  // being of class 0 ends the run.
  const std::vector<std::string> vocabulary = {"[UNK]", "a\U0001d165\u302e", "a\u302e\U0001d165"};
  const WordPiece tokenizer(vocabulary, {});
  CHECK_CLOSE(encoded(tokenizer, "a\u302e\U0001d165"), Ids{1}, 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "a\u302e\u0316\U0001d165"), Ids{1}, 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "a\u302e\u0e34\U0001d165"), Ids{2}, 0, 0);
}

TEST(equals_the_reference_on_random_text) {
  // Vocabulary and texts of the same few characters, so that words do match; half of them are those that are treated
  // specially somewhere.
  Random random(1);
  const auto character = [&](int64_t kind) -> uint32_t {
    static const uint32_t few[] = {'a',    'B',     '.',     ' ',    '[',    0xe9,   0x301,  0x316,
                                   0x302e, 0x1d165, 0x1d160, 0x130,  0x3a3,  0x4e2d, 0xac01, 0xd7a3,
                                   0x1b44, 0xc48,   0xddd,   0xfa10, 0x2126, 0x37e,  0xa0,   0xad};
    if (kind == 0) return few[random.integer(0, std::size(few) - 1)];
    if (kind == 1) return static_cast<uint32_t>(random.integer(0, 0x24f));
    const auto point = static_cast<uint32_t>(random.integer(0, kind == 2 ? 0x31ff : 0x10ffff));
    return point >= 0xd800 && point < 0xe000 ? 'x' : point;
  };
  const auto piece = [&](int64_t most) {
    std::string out;
    char bytes[4];
    for (int64_t n = random.integer(1, most); n > 0; --n)
      out.append(bytes, encode_utf8(character(std::min<int64_t>(random.integer(0, 7) / 2, 3)), bytes));
    return out;
  };
  std::vector<std::string> vocabulary = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (int n = 0; n < 3000; ++n) vocabulary.push_back((n % 2 ? "##" : "") + piece(1 + n % 3));
  std::sort(vocabulary.begin(), vocabulary.end());
  vocabulary.erase(std::unique(vocabulary.begin(), vocabulary.end()), vocabulary.end());
  for (const WordPieceOptions& options : all_options()) {
    const WordPiece tokenizer(vocabulary, options);
    for (int n = 0; n < 300; ++n) {
      std::string text;
      for (int64_t parts = random.integer(0, 12); parts > 0; --parts)
        text += random.integer(0, 9) ? piece(4) : options.added[random.integer(0, 4)];
      CHECK_CLOSE(encoded(tokenizer, text), reference::encode(vocabulary, options, text), 0, 0);
    }
  }
}

TEST(every_code_point_alone_and_after_a_letter_as_in_the_reference) {
  const std::vector<std::string> vocabulary = {"[UNK]", "a", "##a", "\u1100", "##\u1161", "k", "\u00e5", "##\u0307"};
  const WordPiece tokenizer(vocabulary, {});
  Random random(2);
  char bytes[4];
  for (uint32_t point = 0; point < 0x110000; point += point < 0x3000 ? 1 : random.integer(1, 97)) {
    if (point >= 0xd800 && point < 0xe000) continue;
    std::string text(bytes, encode_utf8(point, bytes));
    text += " a" + text + "a";
    const Ids received = encoded(tokenizer, text), expected = reference::encode(vocabulary, {}, text);
    if (received != expected) CHECK_EQUAL(point, uint32_t{0});
  }
}

TEST(any_bytes_do) {
  Random random(3);
  for (const WordPieceOptions& options : all_options()) {
    const WordPiece tokenizer(kVocabulary, options);
    for (int n = 0; n < 500; ++n) {
      std::string text(random.integer(0, 300), '\0');
      for (char& byte : text) byte = static_cast<char>(random.integer(n % 2 ? 0 : 0x80, 255));
      const std::vector<char> exact(text.begin(), text.end());  // nothing behind it that could hide a read too far
      CHECK_CLOSE(encoded(tokenizer, std::string_view(exact.data(), exact.size())),
                  reference::encode(kVocabulary, options, text), 0, 0);
    }
  }
}

TEST(a_byte_that_is_not_utf8_is_a_replacement_character) {
  auto options = bert();
  options.clean_text = false;
  const WordPiece tokenizer({"[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", "\ufffd", "##\ufffd", "a"}, options);
  CHECK_CLOSE(encoded(tokenizer, "\x80"), Ids{5}, 0, 0);
  CHECK_CLOSE(encoded(tokenizer, "\xe4\xb8"), (Ids{5, 6}), 0, 0);                // cut off
  CHECK_CLOSE(encoded(tokenizer, "\xc0\x80"), (Ids{5, 6}), 0, 0);                // overlong
  CHECK_CLOSE(encoded(tokenizer, "\xed\xa0\x80"), (Ids{5, 6, 6}), 0, 0);         // a surrogate
  CHECK_CLOSE(encoded(tokenizer, "\xf4\x90\x80\x80"), (Ids{5, 6, 6, 6}), 0, 0);  // beyond Unicode
  CHECK_CLOSE(encoded(tokenizer, "a \xff a"), (Ids{7, 5, 7}), 0, 0);
}

TEST(refuses_what_does_not_serve) {
  auto options = bert();
  options.unknown = "[unk]";
  CHECK_THROWS("ERR_VALUE", "[unk]", WordPiece(kVocabulary, options));
  options = bert();
  options.added.push_back("[NEW]");
  CHECK_THROWS("ERR_VALUE", "[NEW]", WordPiece(kVocabulary, options));
  CHECK_THROWS("ERR_DUPLICATE", "token 1", WordPiece({"[UNK]", "[UNK]"}, {}));
  CHECK_THROWS("ERR_VALUE", "[UNK]", WordPiece({}, {}));
  options = bert();
  options.max_characters = 0;
  CHECK_THROWS("ERR_VALUE", "max_characters", WordPiece(kVocabulary, options));
}

TEST(a_vocabulary_of_one_token_and_awkward_keys) {
  const std::vector<std::string> vocabulary = {
      "[UNK]", "", "##", std::string("\0", 1), "\xff", std::string(70000, 'a')};
  const WordPiece tokenizer(vocabulary, {});
  CHECK_EQUAL(tokenizer.size(), 6);
  CHECK_CLOSE(encoded(tokenizer, "aa b"), (Ids{0, 0}), 0, 0);
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const WordPiece tokenizer(kVocabulary, bert());
  std::string text;
  for (int n = 0; n < 2000; ++n) text += "the ";
  Ids ids;
  CHECK_THROWS("ERR_ABORTED", "aborted", tokenizer.encode(text, ids, &abort));
}
