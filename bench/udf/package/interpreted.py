FACTOR = float("1.5")  # no literal: what only computes with numbers is compiled, and this is to be interpreted


def score_interpreted(x: float, y: float) -> float:
    return x * y * FACTOR
