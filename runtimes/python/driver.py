# The loop that runs inside CPython: it reads a frame from standard input, does what it says, and writes a frame to standard
# output. interpreter.go is the other side, and wire.go describes the frames. It begins before the functions' source is
# known, so that a started interpreter can wait for any package.
import array
import ast
import datetime
import gc
import itertools
import json
import struct
import sys
import traceback
import types
from operator import countOf


def serve():
    source, sink = sys.stdin.buffer.raw, sys.stdout.buffer.raw
    sys.stdin, sys.stdout = None, sys.stderr  # print() must not reach the wire

    def read(n):
        got = source.read(n)
        if got and len(got) < n:
            parts, n = [got], n - len(got)
            while n and (more := source.read(n)):
                parts.append(more)
                n -= len(more)
            got = b"".join(parts)
        return got

    def reply(*parts):
        body = b"".join(parts)
        body = memoryview(struct.pack("<I", len(body)) + body)
        while body:
            body = body[sink.write(body) :]

    operations = {76: load, 67: call, 78: accumulate, 82: resize, 85: update, 77: merge, 83: save, 70: finish, 68: drop,
                  84: open_table, 88: next_rows}
    reply(b"\0")
    while True:
        head = read(5)
        if not head:
            return
        size = struct.unpack_from("<I", head)[0]
        try:
            parts = operations[head[4]](Reader(read(size) if size else b""))
        except Failure as e:
            parts = b"\1", struct.pack("<i", e.row), explain(e.__cause__)
        except BaseException as e:
            parts = b"\1", struct.pack("<i", -1), explain(e)
        reply(*parts)


class Mismatch(Exception):
    """A value or a source that does not fit the signature."""


class Failure(Exception):
    """A row that failed; the cause is the exception."""

    def __init__(self, row):
        self.row = row


class Reader:
    """A frame, and how far it was read."""

    def __init__(self, body):
        self.body, self.at = memoryview(body), 0

    def take(self, n):
        self.at += n
        return self.body[self.at - n : self.at]

    def number(self):
        return struct.unpack("<I", self.take(4))[0]


# ---- loading

functions = []
accumulators = {}


def load(frame):
    request = json.loads(bytes(frame.body))
    module = types.ModuleType(request["name"])  # in sys.modules, so that pickle finds the classes of states
    sys.modules[request["name"]] = module
    filename = request["name"] + ".py"
    tree = ast.parse(request["source"], filename)
    exec(compile(tree, filename, "exec"), module.__dict__)
    functions[:] = [Function(module.__dict__, tree, filename, f) for f in request["functions"]]
    gc.collect()
    gc.freeze()  # what is here now stays, and need not be looked at again
    return b"\0",


# The class that carries each type.
CLASSES = {"bool": bool, "int": int, "float": float, "string": str, "json": str, "bytes": bytes, "date": datetime.date,
           "time": datetime.time, "timestamp": datetime.datetime, "duration": datetime.timedelta, "list": list, "record": dict}


def carrier(kind):
    if kind not in CLASSES:  # what few functions need is imported late
        if kind == "decimal":
            import decimal
            CLASSES[kind] = decimal.Decimal
        else:
            import uuid
            CLASSES[kind] = uuid.UUID
    return CLASSES[kind]


def prepare(spec):
    carrier(spec["kind"])
    for child in children(spec):
        prepare(child)


def children(spec):
    return [spec["elem"]] if "elem" in spec else [f["type"] for f in spec.get("fields", ())]


class Function:
    def __init__(self, scope, tree, filename, f):
        self.name, self.params, self.result, self.shape = f["entry"], f["params"], f["result"], f["shape"]
        self.row_errors = f["rowErrors"]
        for spec in (*self.params, self.result):
            prepare(spec)
        self.fn = self.find(scope)
        self.loop = None
        if self.shape == "scalar" and not self.row_errors:
            self.loop = inline(self.fn, scope, tree, filename, self.params)
        self.floats = self.loop.floats if self.loop is not None and self.result["kind"] == "float" else None

    def sure(self):
        """Whether the loop gives floats and nothing else, so that its results need not be looked at."""
        return self.floats is not None and all(type(self.loop.__globals__.get(name)) is float for name in self.floats)

    def find(self, scope):
        name, what = self.name, "class" if self.shape == "aggregate" else "function"
        fn = scope.get(name)
        if not callable(fn) or isinstance(fn, type) != (what == "class") and what == "class":
            names = sorted(k for k, v in scope.items() if callable(v) and not k.startswith("_"))
            raise Mismatch(f"the source defines no {what} {name!r}; it defines {', '.join(names[:20]) or 'none'}")
        if self.shape != "aggregate":
            self.check(fn, name, 0, self.result if self.shape == "scalar" else None)
            return fn
        for method in ("step", "merge", "finish"):
            if not callable(getattr(fn, method, None)):
                raise Mismatch(f"class {name} has no method {method}; an aggregate has step, merge and finish")
        if hasattr(fn, "save") != hasattr(fn, "load"):
            raise Mismatch(f"class {name} has save or load, but not both")
        self.check(fn.step, name + ".step", 1, None)
        self.check(fn.finish, name + ".finish", 1, self.result, params=[])
        return fn

    def check(self, fn, name, bound, result, params=None):
        """Compares a def with the signature; bound is 1 for methods."""
        code = getattr(fn, "__code__", None)
        if code is None:
            return
        params = self.params if params is None else params
        most = code.co_argcount - bound
        least = most - len(fn.__defaults__ or ())
        many = code.co_flags & 4
        if not (least <= len(params) and (len(params) <= most or many)):
            raise Mismatch(f"{name} takes {most} parameters, but its signature has {len(params)}")
        declared = [(p, code.co_varnames[i + bound]) for i, p in enumerate(params[:most])]
        if result is not None:
            declared.append((result, "return"))
        for spec, at in declared:
            note, want = fn.__annotations__.get(at), carrier(spec["kind"])
            if isinstance(note, type) and note is not want and note in CLASSES.values():
                what = "its result" if at == "return" else f"its parameter {at}"
                raise Mismatch(f"{name}: {what} is annotated {note.__name__}, but the signature says {spec['text']}; make them agree")


# ---- one loop a function
#
# A def that is nothing but returned expressions becomes one loop over its columns, without a call for each row: [its
# expression for x, y in zip(x, y)]. Names, line numbers and exceptions stay as they were.

SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
WATCHERS = {"locals", "vars", "dir", "eval", "exec", "super", "sys", "inspect", "traceback"}


def inline(fn, scope, tree, filename, params):
    if type(fn) is not types.FunctionType or fn.__closure__ or fn.__globals__ is not scope or not params:
        return None
    code = fn.__code__
    def_ = [s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == code.co_name and s.lineno == code.co_firstlineno]
    if len(def_) != 1 or def_[0].decorator_list:
        return None
    args, body = def_[0].args, def_[0].body
    if args.vararg or args.kwarg or args.kwonlyargs or args.defaults or len(args.posonlyargs + args.args) != len(params):
        return None
    expression = returned(body[1:] if ast.get_docstring(def_[0]) is not None else body, [200])
    if expression is None:
        return None
    for node in ast.walk(expression):
        if isinstance(node, SCOPES) or isinstance(node, ast.Name) and (node.id in WATCHERS or node.id.startswith(".")):
            return None
    names = [a.arg for a in args.posonlyargs + args.args]
    target = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store()) if len(names) > 1 else ast.Name(names[0], ast.Store())
    rows = ast.ListComp(expression, [ast.comprehension(target, ast.Name(".rows", ast.Load()), [], 0)])
    loop = ast.FunctionDef(code.co_name, ast.arguments([], [ast.arg(".rows")], None, [], [], None, []), [ast.Return(rows)], [],
                           type_params=[])
    ast.copy_location(loop, def_[0])
    for node in ast.walk(loop):
        if not hasattr(node, "lineno") and isinstance(node, (ast.expr, ast.stmt, ast.arg)):
            ast.copy_location(node, def_[0])
    into = {"__builtins__": scope["__builtins__"]}
    exec(compile(ast.Module([loop], []), filename, "exec"), into)
    made = types.FunctionType(into[code.co_name].__code__, scope, code.co_name)
    made.floats = set()
    floats = {n: p["kind"] == "float" and not p["optional"] for n, p in zip(names, params)}
    if not isfloat(expression, floats, made.floats):
        made.floats = None
    return made


def returned(body, budget):
    """The expression that a body of if and return gives, or None where there is more to it. The budget bounds what is repeated."""
    budget[0] -= 1
    if budget[0] < 0:
        return None
    if not body:
        return ast.Constant(None)
    first, rest = body[0], body[1:]
    if isinstance(first, ast.Return):
        return ast.Constant(None) if first.value is None else first.value
    if isinstance(first, ast.Pass):
        return returned(rest, budget)
    if isinstance(first, ast.If):
        then, other = returned(first.body + rest, budget), returned(first.orelse + rest, budget)
        if then is not None and other is not None:
            return ast.copy_location(ast.IfExp(first.test, then, other), first)
    return None


def isfloat(e, params, names):
    """Whether an expression can give nothing but a float (or raise), as long as the globals whose names it adds are floats."""
    if isinstance(e, ast.Name):
        if e.id not in params:
            names.add(e.id)
        return params.get(e.id, True)
    if isinstance(e, ast.Constant):
        return type(e.value) is float
    if isinstance(e, ast.UnaryOp):
        return isinstance(e.op, (ast.USub, ast.UAdd)) and isfloat(e.operand, params, names)
    if isinstance(e, ast.IfExp):
        return isfloat(e.body, params, names) and isfloat(e.orelse, params, names)
    if isinstance(e, ast.BinOp) and isinstance(e.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        number = [isinstance(s, ast.Constant) and type(s.value) is int for s in (e.left, e.right)]
        sides = [n or isfloat(s, params, names) for n, s in zip(number, (e.left, e.right))]
        return all(sides) and not all(number)
    return False


# ---- calling

def explain(e):
    if isinstance(e, Mismatch):
        text = str(e)
    else:
        tb = e.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename == "<string>":
            tb = tb.tb_next  # leave this file out
        try:
            text = "".join(traceback.format_exception(type(e), e, tb, limit=-8)).strip()
        except BaseException:  # the exception's own __str__ may raise anything
            text = type(e).__name__
    return text.encode("utf-8", "replace")[-4000:]


def arguments(frame, params, n):
    """The columns of a call, to be gone through once."""
    return [numbers(p, n, frame) if p["kind"] in CODES and not p["optional"] else decode(p, n, frame) for p in params]


def call(frame):
    f, n = functions[frame.number()], frame.number()
    columns = arguments(frame, f.params, n)
    if f.row_errors:
        return call_each(f, n, columns)
    if f.loop is not None:
        first = iter(columns[0])
        try:
            out = f.loop(zip(first, *columns[1:]) if len(columns) > 1 else first)
        except BaseException as e:
            raise Failure(row_of(first, n)) from e
    else:
        out = []
        try:
            out.extend(map(f.fn, *columns) if columns else (f.fn() for _ in range(n)))
        except BaseException as e:
            raise Failure(len(out)) from e
    return b"\0", *encode_rows(f.result, out, f.sure())


def row_of(iterator, n):
    """The row that an iterator over n of them gave last."""
    state = iterator.__reduce__()
    return state[2] - 1 if len(state) > 2 else n - 1  # at the end it has let go of its column


def call_each(f, n, columns):
    """The rows that raise, or whose result does not fit, are reported, and the others are given."""
    out, failed, default = [], [], default_of(f.result)
    for row, args in enumerate(zip(*columns) if columns else itertools.repeat((), n)):
        try:
            out.append(f.fn(*args))
        except BaseException as e:
            failed.append((row, e))
            out.append(default)
    try:
        parts = encode(f.result, out)
    except Exception:
        for row, value in enumerate(out):
            try:
                b"".join(encode(f.result, [value]))
            except Exception as e:
                failed.append((row, e))
                out[row] = default
        parts = encode(f.result, out)
    if not failed:
        return b"\0", *parts
    failed.sort(key=lambda r: r[0])
    head = [b"\2", struct.pack("<I", len(failed))]
    for i, (row, e) in enumerate(failed):
        text = explain(e)[-4000 if i < 100 else -200 :]  # many rows may fail
        head.append(struct.pack("<II", row, len(text)) + text)
    return *head, *parts


def encode_rows(spec, out, sure=False):
    try:
        return encode(spec, out, sure)
    except Exception:
        for row, value in enumerate(out):
            try:
                b"".join(encode(spec, [value]))
            except Exception as e:
                raise Failure(row) from e
        raise


# ---- aggregates

BYTES = {"kind": "bytes", "optional": False, "text": "bytes"}


class Accumulator:
    def __init__(self, f):
        self.f, self.states = f, []
        cls = f.fn
        self.dump = getattr(cls, "save", None)
        self.parse = getattr(cls, "load", None)
        if self.dump is None:
            import pickle
            self.dump = pickle.dumps
            self.parse = pickle.loads


def each(out, results):
    """Runs through results, and says at which one there was an exception."""
    try:
        out.extend(results)
    except BaseException as e:
        raise Failure(len(out)) from e
    return out


def accumulate(frame):
    f, number = functions[frame.number()], frame.number()
    accumulators[number] = Accumulator(f)
    return b"\0",


def resize(frame):
    a, n = accumulators[frame.number()], frame.number()
    a.states.extend(a.f.fn() for _ in range(n - len(a.states)))
    return b"\0",


def targets(frame, a, n):
    return map(a.states.__getitem__, array.array("I", bytes(frame.take(4 * n))))


def update(frame):
    a, n = accumulators[frame.number()], frame.number()
    states = targets(frame, a, n)
    each([], map(a.f.fn.step, states, *arguments(frame, a.f.params, n)))
    return b"\0",


def merge(frame):
    a, n = accumulators[frame.number()], frame.number()
    states = targets(frame, a, n)
    others = map(a.parse, decode(BYTES, n, frame))
    each([], map(a.f.fn.merge, states, others))
    return b"\0",


def save(frame):
    a, lo, hi = accumulators[frame.number()], frame.number(), frame.number()
    saved = each([], map(a.dump, a.states[lo:hi]))
    return b"\0", *encode_rows(BYTES, saved)


def finish(frame):
    a, lo, hi = accumulators[frame.number()], frame.number(), frame.number()
    return b"\0", *encode_rows(a.f.result, each([], map(a.f.fn.finish, a.states[lo:hi])))


def drop(frame):
    accumulators.pop(frame.number(), None)
    return b"\0",


# ---- tables

table = None


def open_table(frame):
    global table
    f, n = functions[frame.number()], frame.number()
    table = f, rows_of(f, zip(*arguments(frame, f.params, n)) if f.params else itertools.repeat((), n))
    return b"\0",


def rows_of(f, calls):
    for row, args in enumerate(calls):
        try:
            result = f.fn(*args)
            if result is None:
                raise Mismatch("it returned None; a table function yields its rows, or returns a list of them")
            for element in result:
                yield row, element
        except GeneratorExit:
            raise
        except BaseException as e:
            raise Failure(row) from e


def next_rows(frame):
    global table
    f, rows = table
    got = list(itertools.islice(rows, frame.number()))
    if not got:
        table = None
    try:
        elements = encode_rows(f.result["elem"], [e for _, e in got])
    except Failure as e:
        raise Failure(got[e.row][0]) from e.__cause__
    return b"\0", struct.pack("<I", len(got)), array.array("I", [row for row, _ in got]).tobytes(), *elements


# ---- columns

EPOCH = datetime.date(1970, 1, 1).toordinal()
ZERO = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
DAY = 86_400_000_000


def decode(spec, n, frame):
    kind, present = spec["kind"], None
    if spec["optional"]:
        present = bytes(frame.take(n))
    if kind == "bool":
        column = frame.take(n).cast("?").tolist()
    elif kind in ("string", "json", "bytes"):
        # Offsets of strings count characters, so that the text is decoded at once.
        offsets = array.array("I", bytes(frame.take(4 * n + 4)))
        text = bytes(frame.take(frame.number()))
        if kind != "bytes":
            text = text.decode()
        column = [text[a:b] for a, b in zip(offsets, offsets[1:])]
    elif kind == "list":
        offsets = array.array("I", bytes(frame.take(4 * n + 4)))
        elements = decode(spec["elem"], offsets[-1], frame)
        column = [elements[a:b] for a, b in zip(offsets, offsets[1:])]
    elif kind == "record":
        names = [f["name"] for f in spec["fields"]]
        fields = [decode(f["type"], n, frame) for f in spec["fields"]]
        column = [dict(zip(names, values)) for values in zip(*fields)] if fields else [{} for _ in range(n)]
    elif kind in ("decimal", "uuid", "duration"):
        words = bytes(frame.take(16 * n))
        words = [words[i : i + 16] for i in range(0, 16 * n, 16)]
        column = list(map(WIDE[kind], words, itertools.repeat(spec)))
    else:
        column = frame.take(8 * n).cast("d" if kind == "float" else "q").tolist()
        if kind == "date":
            column = [datetime.date.fromordinal(EPOCH + d) for d in column]
        elif kind == "timestamp":
            column = [ZERO + MICROSECOND * t for t in column]
        elif kind == "time":
            column = [(ZERO + MICROSECOND * t).time() for t in column]
    if present is not None and 0 in present:
        column = [v if p else None for v, p in zip(column, present)]
    return column


CODES = {"float": "d", "int": "q"}


def numbers(spec, n, frame):
    """A column as an array of numbers: each becomes an object when it is looked at, which is cheaper than to have all at once."""
    column = array.array(CODES[spec["kind"]])
    column.frombytes(frame.take(8 * n))
    return column


def to_decimal(word, spec):
    return CLASSES["decimal"](f"{int.from_bytes(word, 'little', signed=True)}E-{spec['scale']}")


def to_uuid(word, spec):
    return CLASSES["uuid"](bytes=word)


def to_duration(word, spec):
    months, days, nanos = struct.unpack("<iiq", word)
    if months or nanos % 1000:
        what = "months" if months else "parts of a microsecond"
        raise Mismatch(f"an argument is a duration with {what}, which datetime.timedelta cannot hold; pass days or shorter units")
    return datetime.timedelta(days=days, microseconds=nanos // 1000)


WIDE = {"decimal": to_decimal, "uuid": to_uuid, "duration": to_duration}


def default_of(spec):
    """Any value of the type, for rows that have none."""
    if spec["optional"]:
        return None
    return default_value(spec)


def default_value(spec):
    kind = spec["kind"]
    if kind == "record":
        return {f["name"]: default_of(f["type"]) for f in spec["fields"]}
    if kind in ("date", "timestamp"):
        return ZERO if kind == "timestamp" else ZERO.date()
    if kind == "json":
        return "null"
    return carrier(kind)(int=0) if kind == "uuid" else carrier(kind)()


def kinds_of(out, spec, also=()):
    """Refuses values that are not of exactly the type that the signature says."""
    want = CLASSES[spec["kind"]]
    if countOf(map(type, out), want) == len(out):
        return
    for odd in set(map(type, out)).difference((want, *also)):
        if spec["kind"] == "record" and issubclass(odd, tuple) and hasattr(odd, "_fields"):
            continue  # columns_of compares the names
        what = "None where the result is not optional" if odd is type(None) else odd.__name__
        raise Mismatch(f"it returned {what}; the signature says {spec['text']}")


def encode(spec, out, sure=False):
    parts, kind = [], spec["kind"]
    if spec["optional"]:
        parts.append(bytes([v is not None for v in out]))
        if 0 in parts[0]:
            default = default_value(spec)
            out = [default if v is None else v for v in out]
    if not sure:
        kinds_of(out, spec, ALSO.get(kind, ()))
    if kind == "float":
        try:
            parts.append(packed("d", out))
        except struct.error:
            parts.append(array.array("d", out).tobytes())  # it says what is wrong: an int is too large
    elif kind == "bool":
        parts.append(bytes(out))
    elif kind in ("string", "json"):
        text = "".join(out)
        if text.isascii():
            lengths, data = map(len, out), text.encode()
        else:
            encoded = [v.encode() for v in out]
            lengths, data = map(len, encoded), b"".join(encoded)
        parts += packed("I", lengths), data
    elif kind == "bytes":
        parts += packed("I", map(len, out)), b"".join(out)
    elif kind == "list":
        parts += packed("I", map(len, out)), *encode(spec["elem"], list(itertools.chain.from_iterable(out)))
    elif kind == "record":
        for field, column in zip(spec["fields"], columns_of(spec["fields"], out)):
            parts += encode(field["type"], column)
    elif kind in ("decimal", "uuid", "duration"):
        parts += map(NARROW[kind], out, itertools.repeat(spec))
    else:
        if kind == "date":
            out = [d.toordinal() - EPOCH for d in out]
        elif kind == "timestamp":
            if any(t.tzinfo is None for t in out):
                raise Mismatch("it returned a datetime without a time zone; use datetime.timezone.utc")
            out = [(t - ZERO) // MICROSECOND for t in out]
        elif kind == "time":
            if any(t.tzinfo is not None for t in out):
                raise Mismatch("it returned a time with a time zone; return it without")
            out = [((t.hour * 60 + t.minute) * 60 + t.second) * 1_000_000 + t.microsecond for t in out]
        try:
            parts.append(packed("q", out))
        except struct.error:
            raise Mismatch("it returned an int that does not fit 64 bits") from None
    return parts


def packed(code, values):
    """The values as an array of them; a third of the time that array.array takes."""
    values = tuple(values)
    return struct.pack(f"{len(values)}{code}", *values)


ALSO = {"float": (int,), "decimal": (int,), "list": (tuple,), "record": (tuple,)}


def columns_of(fields, out):
    """The columns of records: dicts with just these keys, tuples of their values in order, or named tuples with these names."""
    names = [f["name"] for f in fields]
    keys = set(names)
    rows = []
    for v in out:
        if isinstance(v, dict):
            if v.keys() != keys:
                missing, more = sorted(keys - v.keys()), sorted(map(str, v.keys() - keys))
                raise Mismatch(f"it returned a dict {'without ' + ', '.join(missing) if missing else 'with ' + ', '.join(more[:10])}; "
                               f"the record has {', '.join(names)}")
            rows.append([v[n] for n in names])
            continue
        if type(v) is not tuple:
            if list(type(v)._fields) != names:
                raise Mismatch(f"it returned a {type(v).__name__} of {', '.join(map(str, type(v)._fields[:10]))}; the record has {', '.join(names)}")
            v = tuple.__getitem__(v, slice(None))
        if len(v) != len(names):
            raise Mismatch(f"it returned a tuple of {len(v)}; the record has {', '.join(names)}")
        rows.append(v)
    return [list(c) for c in zip(*rows)] if rows else [[] for _ in fields]


def from_decimal(v, spec):
    import decimal
    scale, most = spec["scale"], 10 ** spec["precision"]
    v = decimal.Decimal(v)
    if v.is_finite():
        sign, digits, exponent = v.as_tuple()
        n, shift = int("".join(map(str, digits))), exponent + scale
        if not n:
            return bytes(16)
        if -1000 < shift <= 38:
            n, rest = (n * 10**shift, 0) if shift >= 0 else divmod(n, 10**-shift)
            if not rest and n < most:
                return (-n if sign else n).to_bytes(16, "little", signed=True)
    raise Mismatch(f"it returned {str(v)[:60]}, which does not fit {spec['text']}; round it with quantize")


def from_uuid(v, spec):
    return v.bytes


def from_duration(v, spec):
    micros = v // MICROSECOND
    days = abs(micros) // DAY * (1 if micros >= 0 else -1)
    return struct.pack("<iiq", 0, days, (micros - days * DAY) * 1000)


NARROW = {"decimal": from_decimal, "uuid": from_uuid, "duration": from_duration}

serve()
