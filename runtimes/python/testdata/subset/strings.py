# Strings: characters are code points, whatever their encoding.

VOWELS = "aeiou"
KNOWN = ("abc", "", "é")


# (string, string) => string
def concatenate(a, b):
    return a + "-" + b + a


# (string, int) => string
def repeat(s, n):
    return s * (n % 5) + (n % 3) * "ab"


# (string, string) => bool
def equal(a, b):
    return a == b or a != a[:1] and b == "é"


# (string, string) => int
def order(a, b):
    return (a < b) + 2 * (a <= b) + 4 * (a > b) + 8 * (a >= b)


# (string, string) => bool
def contains(a, b):
    return b in a or "é" not in a


# (string) => bool
def known(s):
    return s in KNOWN or s not in ["x", "yy"]


# (string) => int
def length(s):
    return len(s) + len("é€") + len(s + s)


# (string, int) => string
def item(s, i):
    return s[i % 9 - 4]


# (string, int, int) => string
def slices(s, i, j):
    return s[i % 9 - 4:j % 9 - 4] + "|" + s[i % 5:] + "|" + s[:j % 5] + "|" + s[:]


# (string, int, int, int) => string
def stepped(s, i, j, k):
    return s[i % 9 - 4:j % 9 - 4:k % 7 - 3] + s[::-1] + s[1::2] + s[:2:-1]


# (string) => string
def shout(s):
    return "".join(c.upper() if "a" <= c <= "z" else c for c in s)


# (string) => int
def vowels(s):
    n = 0
    for c in s.lower():
        if c in VOWELS:
            n += 1
    return n


# (string) => int
def count_vowels(s):
    return sum(1 for c in s if c in "aeiou")


# (string) => string
def reverse(s):
    r = ""
    for c in s:
        r = c + r
    return r


# (string) => string
def grow(s):
    r = ""
    for c in s:
        r += c
        r += str(len(r)) + ","
    return r


# (string) => string
def cases(s):
    return s.upper() + s.lower() + s.capitalize() + s.title() + s.swapcase()


# (string) => string
def stripped(s):
    return s.strip() + "|" + s.lstrip() + "|" + s.rstrip() + "|" + s.strip("aé ") + "|" + s.rstrip("b")


# (string, string) => bool
def ends(s, t):
    return s.startswith(t) or s.endswith(t)


# (string, string) => string
def without(s, t):
    return s.removeprefix(t) + "|" + s.removesuffix(t)


# (string, string, string) => string
def replaced(s, a, b):
    return s.replace(a, b)


# (string, string) => int
def found(s, t):
    return s.find(t) * 100 + s.rfind(t) * 10 + s.count(t)


# (string, string) => int
def index(s, t):
    return s.index(t)


# (string) => int
def kinds(s):
    return (s.isdigit() + 2 * s.isalpha() + 4 * s.isalnum() + 8 * s.isspace() + 16 * s.isupper() + 32 * s.islower()
            + 64 * s.isascii())


# (string, int) => string
def padded(s, n):
    n = n % 12
    return s.zfill(n) + "|" + s.ljust(n) + "|" + s.rjust(n, "é") + "|" + s.center(n, "*")


# (string) => int
def codes(s):
    n = 7
    for c in s:
        n = (n * 31 + ord(c)) % 1000003
    return n


# (int) => string
def character(n):
    return chr(n % 70000 + 1)


# (string) => bool
def truth(s):
    return not s or bool(s) and s > "b"


# (string, string) => string
def either(a, b):
    return a or b or "neither"


# (string, string) => string
def least(a, b):
    return min(a, b) + max(a, b, "c")


# (string) => int
def parse(s):
    return int(s)


# (string) => float
def parse_float(s):
    return float(s)


# (int) => int
def digits(n):
    t = 0
    for c in str(n):
        if c.isdigit():
            t += int(c)
    return t


# (string) => bool
def palindrome(s):
    n = len(s)
    for i in range(n // 2):
        if s[i] != s[n - 1 - i]:
            return False
    return True


# (string, string) => int
def distance(a, b):
    """The Hamming distance, and what one is longer."""
    n = abs(len(a) - len(b))
    for i in range(min(len(a), len(b))):
        n += a[i] != b[i]
    return n


# (string) => string
def escapes(s):
    return s + "\t\x41\u00e9\U0001f600\101\\" + r"\n" 'two' "three" + '''a
b'''


# (string) => json
def as_json(s):
    return '"' + s + '"'


# (string) => bool
def all_letters(s):
    return all(c.isalpha() for c in s) and not any(c == "x" for c in s)


# (string) => string
def joined(s):
    return ", ".join(c + c for c in s if c != " ")
