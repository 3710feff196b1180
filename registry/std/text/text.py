"""Functions on text that need no more than Python's standard library."""

import re
import unicodedata

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def slugify(text: str) -> str:
    """The text as part of a web address: accents removed, lower case, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _NOT_IN_SLUG.sub("-", plain.lower()).strip("-")


def similarity(a: str, b: str) -> float:
    """The Sørensen–Dice coefficient of the letter pairs of two texts: 2 |A ∩ B| / (|A| + |B|), from 0 to 1."""
    a, b = a.casefold(), b.casefold()
    if a == b:
        return 1.0
    if len(a) < 2 or len(b) < 2:
        return 0.0
    pairs = {}
    for i in range(len(a) - 1):
        pair = a[i : i + 2]
        pairs[pair] = pairs.get(pair, 0) + 1
    common = 0
    for i in range(len(b) - 1):
        pair = b[i : i + 2]
        left = pairs.get(pair, 0)
        if left:
            pairs[pair] = left - 1
            common += 1
    return 2.0 * common / (len(a) + len(b) - 2)


def word_count(text: str) -> int:
    """How many words the text has, as parted by white space."""
    return len(text.split())
