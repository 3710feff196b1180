# The functions of package runtimetest, as an author would write them in Python.
import datetime


def scale(a: float, b: float) -> float:
    return a * b * 1.5


def add(a: int, b: int) -> int:
    return a + b


def both(a: bool, b: bool) -> bool:
    return a and b


def next_day(a: datetime.date) -> datetime.date:
    return a + datetime.timedelta(days=1)


def later(a: datetime.datetime) -> datetime.datetime:
    return a + datetime.timedelta(seconds=1)


def shout(s: str) -> str:
    return "".join(c.upper() if "a" <= c <= "z" else c for c in s)


def join(a: str, times: int, c: str) -> str:
    return a + c * times


def reverse(b: bytes) -> bytes:
    return b[::-1]


def or_zero(a):
    return 0.0 if a is None else a


def positive(a: float):
    return a if a > 0 else None


def label(s):
    return "-" if s is None else s or None


def unlucky(a: int) -> int:
    if a == 13:
        raise ValueError("thirteen is refused")
    return a


def forever(a):
    while True:
        a += 1


def deep(a: int) -> int:
    return deep(a + 1) + a


def hoard(a: int) -> int:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def garbled(a: int):
    return "\ud800"
