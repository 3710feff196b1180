"""Functions for DreamQL. Each is called once a row; the standard library is there, files and network are not."""


def custom_score(score: float, boost: float) -> float:
    """The score, raised by a share of itself."""
    return score * (1.0 + boost)


def initials(text: str) -> str:
    """The first letter of each word, in upper case."""
    return "".join(word[0].upper() for word in text.split())
