// WordPiece (Schuster and Nakajima 2012): the longest piece first.
#include "cpu/tokenize/utf8_text.h"
#include "cpu/tokenize/vocabulary.h"
#include "cpu/tokenize/word_model.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

class WordPieceModel : public WordModel {
 public:
  explicit WordPieceModel(const TokenModel& model)
      : vocabulary_(model.tokens, model.ids),
        unknown_(vocabulary_.find(model.unknown)),
        continuation_(vocabulary_.trie().walk(TokenTrie::kRoot, model.prefix)),
        max_characters_(model.max_characters) {
    if (unknown_ == Vocabulary::kNone) fail_value("unk_token: expected a token of the vocabulary.");
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<Scratch>(); }

  void encode(std::string_view word, std::vector<int32_t>& ids, Scratch&, Poll& poll) const override {
    int64_t characters = 0;
    for (const char byte : word) characters += !is_continuation(byte);
    poll(static_cast<int64_t>(word.size()));
    if (characters > max_characters_) {
      ids.push_back(unknown_);
      return;
    }
    const TokenTrie& trie = vocabulary_.trie();
    const size_t before = ids.size();
    int32_t node = TokenTrie::kRoot;
    for (size_t begin = 0; begin < word.size(); node = continuation_) {
      int32_t best = Vocabulary::kNone;
      for (size_t i = begin; node != TokenTrie::kNone && i < word.size();) {
        node = trie.step(node, static_cast<uint8_t>(word[i++]));
        if (node == TokenTrie::kNone || vocabulary_.id(node) == Vocabulary::kNone) continue;
        best = vocabulary_.id(node);
        begin = i;
      }
      if (best == Vocabulary::kNone) {
        ids.resize(before);
        ids.push_back(unknown_);
        return;
      }
      ids.push_back(best);
    }
  }

  int64_t bytes() const override { return vocabulary_.bytes(); }

 private:
  Vocabulary vocabulary_;
  int32_t unknown_, continuation_;
  int64_t max_characters_;
};

}  // namespace

std::unique_ptr<const WordModel> make_wordpiece(const TokenModel& model, Poll&) {
  return std::make_unique<const WordPieceModel>(model);
}

}  // namespace kindred
