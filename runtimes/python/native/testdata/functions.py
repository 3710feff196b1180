# The functions of package runtimetest, over columns.
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def scale(a, b):
    return a * b * 1.5


def add(a: np.ndarray, b: np.ndarray):
    return a + b


def both(a, b):
    return a & b


def next_day(a):
    return a + np.timedelta64(1, "D")


def later(a):
    return a + np.timedelta64(1, "s")


def shout(a):
    return pc.ascii_upper(a)


def join(a: np.ndarray, b, c: pa.StringArray):
    return [x + z * int(y) for x, y, z in zip(a, b, c.to_pylist())]


def reverse(a):
    return [v[::-1] for v in a.to_pylist()]


def or_zero(a: np.ma.MaskedArray):
    return a.filled(0.0)


def positive(a):
    return np.ma.masked_where(~(a > 0), a)


def label(a):
    return ["-" if v is None else v or None for v in a.to_pylist()]


def unlucky(a):
    if (a == 13).any():
        raise ValueError("thirteen is refused")
    return a


def forever(a):
    while True:
        pass


def deep(a):
    return deep(a + 1)


def hoard(a):
    kept = []
    while True:
        kept.append(np.ones(1 << 22))


def garbled(a):
    return a
