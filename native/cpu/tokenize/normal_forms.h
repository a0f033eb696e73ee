// The normal forms of Unicode (Unicode Standard Annex 15), with the Unicode data of the reference.
#pragma once

#include <string>
#include <string_view>

namespace kindred {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

// Appends the normal form of well-formed UTF-8 to `out`. n log n in the length of a run of combining marks.
void append_normal_form(NormalForm form, std::string_view text, std::string& out);

}  // namespace kindred
