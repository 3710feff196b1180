# Arithmetic and comparisons: ints that stay ints, floats, and the two together.

LIMIT = 12
RATE = 0.25
SCALE = LIMIT * 2
HALF = 1 / 2


# (float, float) => float
def scale(x: float, y: float) -> float:
    return x * y * 1.5


# (int, int) => int
def add(a, b):
    return a + b


# (int, int) => int
def subtract(a, b):
    return a - b


# (int, int) => int
def multiply(a, b):
    return a * b


# (int, int) => float
def divide(a, b):
    return a / b


# (int, int) => int
def floor_divide(a, b):
    return a // b


# (int, int) => int
def modulo(a, b):
    return a % b


# (float, float) => float
def float_floor_divide(a, b):
    return a // b


# (float, float) => float
def float_modulo(a, b):
    return a % b


# (int, float) => float
def mixed_floor_divide(a, b):
    return a // b + b % a


# (int, int) => int
def power(a, b):
    return a ** (b % 7)


# (int) => int
def square(a):
    return a ** 2 - -a ** 2 + 2 ** 3 ** 2


# (int, int) => int
def bits(a, b):
    return (a & b) | (a ^ 255) & ~b


# (int, int) => int
def shifts(a, b):
    return (a << b % 20) + (a >> b % 64)


# (bool, bool) => bool
def bools(a, b):
    return (a & b) | (a ^ True)


# (int) => int
def negative(a):
    return -a + +a - (-a)


# (float) => float
def negative_float(a):
    return -a + (-0.0)


# (bool, int) => int
def bool_as_int(a, b):
    return a + b * True - (not a) + (-a)


# (int, float) => bool
def compare_exactly(a, b):
    return a < b or a == b + 1 or b >= a


# (int, float) => int
def compare_all(a, b):
    n = 0
    if a < b:
        n += 1
    if a <= b:
        n += 2
    if a > b:
        n += 4
    if a >= b:
        n += 8
    if a == b:
        n += 16
    if a != b:
        n += 32
    if b < a:
        n += 64
    if 9007199254740993 == b:
        n += 128
    if b == True:
        n += 256
    return n


# (int, int, int) => bool
def chained(a, b, c):
    return a < b <= c != 3 > -a


# (float, int, float) => bool
def chained_mixed(a, b, c):
    return a <= b < c == c


# (int) => bool
def within(a):
    return a in (1, 2, 3.0, True, -5) and a not in {7, 8} or a in []


# (int) => int
def constants(a):
    return a * SCALE + LIMIT


# (float) => float
def float_constants(a):
    return a * RATE + HALF


# (int) => float
def sometimes_int(a):
    return a if a % 2 else a / 3


# (float) => float
def at_least_zero(x):
    return max(0, x) + min(x, 100, 7.5)


# (float, int) => float
def number_arithmetic(x, n):
    y = 0
    if x > 1:
        y = x
    z = y + 3
    z = z * y - n
    return z // 2 + z % 3 + (-y) + abs(z)


# (int, int) => int
def smallest(a, b):
    return min(a, b, 10) - max(-a, b) + abs(a - b)


# (float) => int
def rounded(x):
    return round(x) + int(x) - round(7)


# (float) => float
def rounded_to(x):
    return round(x, 2) + round(x * 1000, 1) - round(x, 0)


# (float, int) => float
def rounded_by(x, n):
    return round(x, n % 12)


# (int) => float
def to_float(a):
    return float(a) + float(True) + int(2.9) + round(5, 2)


# (float) => bool
def truth(x):
    return bool(x) and not x > 3 or bool(0.0)


# (float, float) => float
def either(a, b):
    return a or b and a / b or 2.5


# (float, float) => float
def choice(a, b):
    return a if a > b else b if b > 3 else -1.5


# (int) => int
def hexadecimal(a):
    return a + 0xFF + 0b101 + 0o17 + 1_000_000


# (float) => float
def literals(x):
    return x + 1e3 + .5 + 1. + 1_0.0_1e-2 + 1e400 * 0 if x > 1 else x + 5e-324
