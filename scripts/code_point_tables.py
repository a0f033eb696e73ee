"""What make-unicode-tables.py and make-wordpiece-tables.py write: runs of code points as C++."""

import itertools

POINTS = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]


def ranges(points):
    """[first, last] of every run of consecutive code points."""
    numbers = sorted(map(ord, points))
    runs = itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    return [(run[0][1], run[-1][1]) for run in (list(group) for _, group in runs)]


def steps(lower):
    """[first, last, step, what is added] of every run of characters with a small letter."""
    found = []
    for c in POINTS:
        p, delta = ord(c), ord(lower(c)[0]) - ord(c)
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
