// Extended grapheme clusters (Unicode Standard Annex 29), with the Unicode data of the reference.
#pragma once

namespace kindred {

// The end of the cluster that begins at p < end, in well-formed UTF-8.
const char* end_of_grapheme(const char* p, const char* end);

}  // namespace kindred
