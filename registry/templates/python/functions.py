"""Functions for DreamQL. The standard library is there, files and network are not."""


def custom_score(score: float, boost: float) -> float:
    """The score, raised by a share of itself."""
    return score * (1.0 + boost)


def initials(text: str) -> str:
    """The first letter of each word, in upper case."""
    return "".join(word[0].upper() for word in text.split())


class HarmonicMean:
    """The number of rows over the sum of 1 / x. An object is the state of one group."""

    def __init__(self):
        self.rows, self.inverse = 0, 0.0

    def step(self, x: float):
        self.rows += 1
        self.inverse += 1 / x

    def merge(self, other):
        self.rows += other.rows
        self.inverse += other.inverse

    def finish(self):
        return self.rows / self.inverse if self.rows else None


def words(text: str):
    """The words of a text, numbered from 1."""
    for n, word in enumerate(text.split(), start=1):
        yield {"word": word, "n": n}
