# Functions that call one another.
import math
from typing import Optional

BASE = 10


def helper(x, y=2, *, unusual=3):
    return x


def square(x):
    return x * x


def clamp(x, low=0, high=10):
    return low if x < low else high if x > high else x


def greet(name: str, polite: bool = False) -> str:
    return ("Dear " if polite else "Hi ") + name


def find(s: str) -> Optional[int]:
    i = s.find("a")
    if i < 0:
        return None
    return i


def decline(n):
    if n > 50:
        raise ValueError("too much")
    return n


# (int) => int
def squares(n):
    return square(n % 1000) + square(3)


# (float, int) => float
def both_types(x, n):
    return square(x) + square(n % 1000)


# (float) => float
def clamped(x):
    return clamp(x) + clamp(x, -1.5) + clamp(x, high=2.5, low=1)


# (string, bool) => string
def greeted(s, b):
    return greet(s) + greet(s, b) + greet(polite=b, name=s)


# (int) => int
def factorial(n):
    return 1 if n <= 1 else n * factorial(n - 1)


# (int) => int
def fibonacci(n):
    n = n % 15
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


# (int) => bool
def mutual(n):
    return is_even(abs(n) % 40)


# (string) => int
def optional_result(s):
    i = find(s)
    return -1 if i is None else i * 2


# (int) => int
def declines(n):
    return decline(n % 100) + 1


# (int) => int
def deep(n):
    return 0 if n <= 0 else 1 + deep(n - 1)


# (int) => int
def endless(n):
    return endless(n + 1) + n


# (int) => int
def default_parameter(n, by=3, name="x"):
    return n // by + len(name) + BASE


# (string, int) => string
def text_recursion(s, n):
    return s if n % 10 <= 0 else text_recursion(s + "é", n % 10 - 1) + str(n)


# (int) => int
def hidden(n):
    abs = n * 2
    return abs + len("abs")
