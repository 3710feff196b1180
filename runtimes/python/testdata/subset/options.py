# Values that may be None.


# (float?) => float
def or_zero(x):
    return 0.0 if x is None else x


# (float) => float?
def positive(x):
    return x if x > 0 else None


# (string?) => string?
def label(s):
    return "-" if s is None else s or None


# (int?, int?) => int?
def first(a, b):
    if a is not None:
        return a
    return b


# (int?, int?) => bool
def equal(a, b):
    return a == b or a != 3 and None == b


# (int?) => int
def arithmetic(a):
    return a + 1


# (float?, int?) => bool
def mixed_equal(a, b):
    return a == b


# (int?) => bool
def truth(a):
    return not a


# (int?, string?) => string
def text(a, s):
    return str(a) + f"{s}:{a}"


# (bool?, bool?) => bool?
def either(a, b):
    return a or b


# (bool?, bool?) => bool?
def both(a, b):
    return a and b


# (float?) => float
def default(x):
    return x or 1.5


# (int?) => int?
def replaced(a):
    if a is None:
        a = 5
    if a > 100:
        a = None
    return a


# (string?, string?) => bool
def same_text(a, b):
    return a == b


# (string?) => bool
def known(s):
    return s in ("a", "b", None)


# (int?) => int?
def nothing(a):
    x = None
    return x
