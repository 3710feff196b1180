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


# (float) => float
def turns(x):
    return math.sin(x) + m.cos(x) * 3 - math.tan(x)


# (float) => float
def arcs(x):
    x = math.fmod(x, 1)
    return math.asin(x) + math.acos(x) + math.atan(x * 7)


# (float, float) => float
def direction(x, y):
    return math.atan2(x, y)


# (float) => float
def hyperbolic(x):
    return math.sinh(x) - math.cosh(x / 3) + math.tanh(x)


# (float) => float
def inverse_hyperbolic(x):
    return math.asinh(x) + math.acosh(abs(x) + 1) + math.atanh(math.fmod(x, 1))


# (float) => float
def exponentials(x):
    return math.exp(x) + math.exp2(x / 2) + math.expm1(-x / 9)


# (float) => float
def logarithms(x):
    x = abs(x)
    return math.log(x) + math.log10(x) * 5 - math.log2(x) + math.log1p(x)


# (float, int) => float
def to_a_base(x, base):
    return math.log(x, base)


# (float) => float
def errors(x):
    return math.erf(x / 20) + math.erfc(x / 30) * math.cbrt(x)


# (float, float) => float
def powers(x, y):
    return math.pow(x, y) + abs(x) ** y


# (float, int) => float
def whole_powers(x, n):
    return x ** n + x**2 - 2.5 ** -n


# (int) => float
def reciprocal(n):
    return (n + 1000) ** -3 + n**0.5


# (float, float) => float
def ieee_remainder(x, y):
    return math.remainder(x, y)


# (float, float, float, float) => float
def great_circle(lat1, lon1, lat2, lon2):
    a = math.radians(lat1)
    b = math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, h)))


# (float, float) => float
def distance(x, y):
    return math.hypot(x, y) - math.hypot(x / 3, 4)
