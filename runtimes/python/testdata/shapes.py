"""The functions of the conformance suite that are aggregates, give rows, or fail for single rows."""

import math


class total:
    def __init__(self):
        self.sum = 0

    def step(self, a: int):
        self.sum += a

    def merge(self, other):
        self.sum += other.sum

    def finish(self) -> int:
        return self.sum


class careful(total):
    def step(self, a: int):
        if a == 13:
            raise ValueError("unlucky")
        self.sum += a


class wmean:
    def __init__(self):
        self.sum = self.weight = 0.0

    def step(self, a: float, b: float):
        self.sum += a * b
        self.weight += b

    def merge(self, other):
        self.sum += other.sum
        self.weight += other.weight

    def finish(self):
        return self.sum / self.weight if self.weight else None


class chain:
    def __init__(self):
        self.parts = []

    def step(self, a: str):
        self.parts.append(a)

    def merge(self, other):
        self.parts += other.parts

    def finish(self) -> str:
        return "-".join(self.parts)

    def save(self) -> bytes:
        return "\n".join(["", *self.parts]).encode()

    @classmethod
    def load(cls, data: bytes):
        state = cls()
        state.parts = data.decode().split("\n")[1:]
        return state


class gaps:
    def __init__(self):
        self.count = 0

    def step(self, a):
        self.count += a is None

    def merge(self, other):
        self.count += other.count

    def finish(self) -> int:
        return self.count


def upto(a: int):
    if a < 0:
        raise ValueError("negative")
    return range(a)


def words(a: str):
    for n, word in enumerate(a.split()):
        yield {"word": word, "n": n + 1}


def again(a, b: int):
    for _ in range(b):
        yield "-" if a is None else a or None


def pair(a: float):
    yield a, a, True
    yield -a, None, False


def endless(a: int):
    while True:
        yield a
        a += 1


def root(a: float) -> float:
    if a < 0:
        raise ValueError(f"{a} is negative")
    return math.sqrt(a)


def times(a: str, b: int) -> str:
    if b < 0:
        raise ValueError("negative")
    return a * b


def or_fail(a, b: bool):
    if not b:
        raise ValueError("told to fail")
    return a
