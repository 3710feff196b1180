# str() and f-strings.


# (int) => string
def of_int(a):
    return str(a) + f"{a}"


# (float) => string
def of_float(x):
    return str(x) + f" {x}"


# (bool, string) => string
def of_others(b, s):
    return f"{b}{s}{{}}" + str(b) + str(s) + str(None) + f"{'a' + "b"}"


# (float) => string
def fixed(x):
    return f"{x:.2f}|{x:10.1f}|{x:<8.0f}|{x:^+9.3f}|{x:012.4f}|{x:,.2f}|{x:f}"


# (float) => string
def percent(x):
    return f"{x:.1%}|{x:.3e}|{x:12}|{x:+}"


# (int) => string
def whole(a):
    return f"{a:5d}|{a:05}|{a:,}|{a:<6}|{a:^7}|{a:+d}|{a: d}|{a:x}|{a:b}|{a:o}|{a:*>8}|{a:.1f}|{a:X}"


# (string) => string
def texts(s):
    return f"{s:10}|{s:>5}|{s:^7}|{s:.2}|{s:é<4.3s}"


# (float, int) => string
def message(price, n):
    return f"{n} at {price:.2f} each: {price * n:,.2f}" if n > 1 else f"one at {price}"


# (int?) => string
def optional(a):
    return f"<{a}>"


# (int, float) => string
def perhaps_int(a, x):
    y = a if a > 3 else x
    return f"{y:.3f}"
