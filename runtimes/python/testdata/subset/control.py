# Statements: loops, jumps, assignments, and what they leave behind.


# (int) => int
def total(n):
    t = 0
    for i in range(n % 50):
        if i % 2:
            continue
        if i > 30:
            break
        t += i
    return t


# (int, int, int) => int
def stepped(a, b, c):
    t = 0
    for i in range(a % 20 - 10, b % 20 - 10, c % 7 - 3):
        t = t * 3 + i
    return t


# (int) => int
def far(a):
    t = 0
    for i in range(9223372036854775800, 9223372036854775807, 5):
        t += i % 10
    for i in range(a, a - 9, -3):
        t += 1
    return t


# (int) => int
def loop_variable(n):
    for i in range(n % 5):
        i = i * 2
    return i


# (int) => int
def unbound(n):
    if n > 0:
        x = n
    return x + 1


# (int) => int
def while_loop(n):
    steps = 0
    n = abs(n % 1000) + 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
        if steps > 500:
            return -1
    else:
        steps += 1000
    return steps


# (int) => int
def endless(n):
    i = 0
    while True:
        i += 1
        if i * i > n % 1000:
            break
    return i


# (int) => int
def for_else(n):
    for i in range(2, 20):
        if n % i == 0:
            r = i
            break
    else:
        r = -1
    return r


# (int) => int
def nested(n):
    t = 0
    for i in range(n % 7):
        for j in range(i):
            if j == 3:
                break
            if (i + j) % 3 == 0:
                continue
            t += i * j
        else:
            t += 100
    return t


# (int, int) => int
def swap(a, b):
    a, b = b, a
    x = y = a - b
    (p, q) = x, y
    return p * 2 + q + a; pass


# (float) => float
def float_total(x):
    t = 0
    for i in range(10):
        t += x / (i + 1)
    return t


# (int) => float
def perhaps_float(n):
    t = 0
    for i in range(n % 4):
        t += 0.5
    return t


# (int) => int
def asserted(n):
    assert n % 10 != 3, "three"
    if n % 10 == 7:
        raise ValueError("seven", n)
    return n


# (int) => int?
def falls_off(n):
    if n > 3:
        return n


# (int) => int?
def returns_nothing(n):
    if n > 3:
        return
    elif n < -3:
        return None
    else:
        return -n


# (int) => int
def annotated(n):
    """A docstring."""
    x: int = n % 9
    y: int | None = None
    if x > 4:
        y = x
    return x if y is None else y * 2


# (int) => int
def widened(n):
    n = n % 10
    first = None
    for i in range(n):
        if first is None:
            first = i + 5
        else:
            first = first + 1
    return -1 if first is None else first


# (int) => int
def previous(n):
    total = 0
    for i in range(n % 6):
        if i > 0:
            total += before
        before = i * i
    return total


# (int) => int
def one_line(n):
    if n > 0: n -= 1; n *= 1
    while n > 100: n //= 2
    for i in range(3): n += i
    return n


# (int) => int
def augmented(n):
    n %= 100
    n <<= 2
    n |= 1
    n ^= 5
    n &= 0xFFF
    n >>= 1
    n **= 2
    n -= 3
    return n
