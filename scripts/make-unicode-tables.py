"""Writes native/cpu/ngrams/unicode_tables.h: what Python's str and re say of every code point, read from them by asking, since
scikit-learn's tokenisation is theirs.

    python scripts/make-unicode-tables.py && node scripts/format-native.mjs
"""

import itertools
import pathlib
import re
import sys
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)
POINTS = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]
SIGMA = "\u03a3"

word = {c for c in POINTS if re.fullmatch(r"\w", c)}
space = {c for c in POINTS if c.isspace()}
assert space == {c for c in POINTS if re.fullmatch(r"\s", c)}

# The final sigma: str.lower() looks past case-ignorable characters for a cased one.
ignorable = {c for c in POINTS if (f"A{c}{SIGMA}").lower()[-1] == "\u03c2" and (c + SIGMA).lower()[-1] == "\u03c3"}
cased = {c for c in POINTS if (c + SIGMA).lower()[-1] == "\u03c2"}
assert not ignorable & cased
assert [c for c in POINTS if len(c.lower()) != 1] == ["\u0130"] and "\u0130".lower() == "i\u0307"


def stripped(c):
    return [ord(d) for d in unicodedata.normalize("NFKD", c) if not unicodedata.combining(d)]


def ranges(points):
    """[first, last] of every run of consecutive code points."""
    numbers = sorted(map(ord, points))
    runs = itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    return [(run[0][1], run[-1][1]) for run in (list(group) for _, group in runs)]


def steps():
    """[first, last, step, what is added] of every run of characters with a small letter."""
    found = []
    for c in POINTS:
        p, delta = ord(c), ord(c.lower()[0]) - ord(c)
        if delta == 0 or c == "\u0130":
            continue
        last = found[-1] if found else None
        if last and last[3] == delta and p - last[1] <= 2 and last[2] in (0, p - last[1]):
            last[1], last[2] = p, p - last[1]
        else:
            found.append([p, p, 0, delta])
    return [(first, last, step or 1, delta) for first, last, step, delta in found]


def hexadecimal(n):
    return f"{'-' if n < 0 else ''}0x{abs(n):X}" if abs(n) > 9 else str(n)


def structs(kind, name, rows):
    return f"inline constexpr {kind} {name}[] = {{{', '.join('{' + ', '.join(map(hexadecimal, r)) + '}' for r in rows)}}};"


def numbers(kind, name, values):
    return f"inline constexpr {kind} {name}[] = {{{', '.join(map(hexadecimal, values))}}};"


changed = [c for c in POINTS if ord(c) not in HANGUL and stripped(c) != [ord(c)]]
runs = ranges(changed)
single, pool, places = [], [], {}
for first, last in runs:
    for p in range(first, last + 1):
        parts = stripped(chr(p))
        if len(parts) == 1:
            single.append(parts[0])
            continue
        if tuple(parts) not in places:
            places[tuple(parts)] = len(pool)
            pool += [*parts, 0]
        single.append(-1 - places[tuple(parts)])

out = f"""// Written by scripts/make-unicode-tables.py from Python {sys.version.split()[0]}, Unicode {unicodedata.unidata_version}; do not edit.
#pragma once

#include <cstdint>

namespace kindred::unicode_tables {{

struct Range {{
  uint32_t first, last;
}};
struct Case {{
  uint32_t first, last, step;
  int32_t delta;
}};

// \\w of Python's re: letters, numbers of every kind, the underscore.
{structs('Range', 'kWord', ranges(word))}

// \\s of Python's re.
{structs('Range', 'kSpace', ranges(space))}

// What a final sigma stands behind, and what is looked past to find it.
{structs('Range', 'kCased', ranges(cased))}
{structs('Range', 'kIgnorable', ranges(ignorable))}

// Small letters, by what is added. U+0130 alone has two: i and U+0307.
{structs('Case', 'kLower', steps())}

// Compatibility decompositions (NFKD) without combining marks, Hangul syllables left out: for each code point of these
// ranges in turn one code point, or -1 - i for those from kSequences[i] on, which 0 ends.
{structs('Range', 'kDecomposed', runs)}
{numbers('int32_t', 'kDecompositions', single)}
{numbers('uint32_t', 'kSequences', pool)}

}}  // namespace kindred::unicode_tables
"""
(pathlib.Path(__file__).parent.parent / "native/cpu/ngrams/unicode_tables.h").write_text(out)
