def score_python(x: float, y: float) -> float:
    return x * y * 1.5
