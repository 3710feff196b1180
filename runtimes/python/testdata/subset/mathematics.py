# The module math, as far as its results are the same everywhere; the names of imports.
import math
import math as m
import re
from math import floor, pi as PI, sqrt as root


# (float) => float
def roots(x):
    return math.sqrt(abs(x)) + m.sqrt(4) + root(2)


# (float) => float
def negative_root(x):
    return math.sqrt(x)


# (float) => int
def whole(x):
    return math.floor(x) + math.ceil(x) * 3 + math.trunc(x) + floor(7) + floor(-0.5)


# (float) => bool
def special(x):
    return math.isnan(x) or math.isinf(x) and math.isfinite(x)


# (float, float) => float
def signs(x, y):
    return math.copysign(x, y) + math.fabs(x)


# (float) => float
def angles(x):
    return math.degrees(x) + math.radians(x)


# (float, float) => float
def remainder(x, y):
    return math.fmod(x, y)


# (float) => float
def constants(x):
    return x * math.pi + PI + math.e - math.tau + (0.0 if x < math.inf else 1.0)


# (float, float) => float
def compensated(x, y):
    return sum(x * i - y for i in range(7))


# (int) => float
def sum_or_zero(n):
    return sum(1.5 for i in range(n % 3))


# (int) => int
def primes(n):
    n = n % 100
    return sum(1 for i in range(2, n) if all(i % j for j in range(2, i)))


# (float) => float
def polynomial(x):
    y = 1.0
    for i in range(12):
        y = y * x / (i + 1) + 1
    return y
