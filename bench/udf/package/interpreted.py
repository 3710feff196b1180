FACTORS = {"score": 1.5}


def score_interpreted(x: float, y: float) -> float:
    return x * y * FACTORS["score"]
