// n-grams, one plain step after the other over whole texts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/ngrams/rules.h"

namespace kindred::reference {

// All n-grams of a text, in any order, each as often as it is there.
std::vector<std::string> ngrams(const NgramRules& rules, std::string_view text);

// How often each is there.
std::map<std::string, int> count_ngrams(const NgramRules& rules, std::string_view text, bool binary);

}  // namespace kindred::reference
