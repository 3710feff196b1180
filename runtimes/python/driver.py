# The loop that runs inside CPython: it reads a frame from standard input, calls a function over its rows, and writes a
# frame to standard output. interpreter.go is the other side, and wire.go describes the frames. It begins before the
# functions' source is known, so that a started interpreter can wait for any package.
import array
import datetime
import json
import struct
import sys
import traceback


def serve():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdin, sys.stdout = None, sys.stderr  # print() must not reach the wire
    functions = []

    def reply(*parts):
        body = b"".join(parts)
        sink.write(struct.pack("<I", len(body)))
        sink.write(body)
        sink.flush()

    reply(b"\0")
    while True:
        head = source.read(5)
        if len(head) < 5:
            return
        body = source.read(struct.unpack_from("<I", head)[0])
        if head[4] == 76:  # L: load
            try:
                functions = load(json.loads(body))
                reply(b"\0")
            except BaseException as e:
                reply(b"\1", struct.pack("<i", -1), explain(e))
        else:  # C: call
            function, n = struct.unpack_from("<II", body)
            reply(*call(*functions[function], n, memoryview(body)[8:]))


class Mismatch(Exception):
    pass


def load(request):
    scope = {"__name__": request["name"], "__builtins__": __builtins__}
    exec(compile(request["source"], request["name"] + ".py", "exec"), scope)
    return [bind(scope, f) for f in request["functions"]]


# The class that carries each type, and what else an annotation may say.
CLASSES = {"bool": bool, "int": int, "float": float, "string": str, "json": str, "bytes": bytes,
           "date": datetime.date, "timestamp": datetime.datetime}


def bind(scope, f):
    name, params, result = f["entry"], f["params"], f["result"]
    fn = scope.get(name)
    if not callable(fn):
        names = sorted(k for k, v in scope.items() if callable(v) and not k.startswith("_"))
        raise Mismatch(f"the source defines no function {name!r}; it defines {', '.join(names[:20]) or 'none'}")
    code = getattr(fn, "__code__", None)
    if code is not None:
        most = code.co_argcount
        least = most - len(fn.__defaults__ or ())
        if not least <= len(params) and not code.co_flags & 4 or len(params) > most and not code.co_flags & 4:
            raise Mismatch(f"{name} takes {most} parameters, but its signature has {len(params)}")
        notes = fn.__annotations__
        declared = [(p, code.co_varnames[i]) for i, p in enumerate(params[:most])] + [(result, "return")]
        for typ, at in declared:
            note = notes.get(at)
            want = CLASSES[typ.rstrip("?")]
            if isinstance(note, type) and note is not want and note in CLASSES.values():
                what = "its result" if at == "return" else f"its parameter {at}"
                raise Mismatch(f"{name}: {what} is annotated {note.__name__}, but the signature says {typ}; make them agree")
    return fn, params, result


def explain(e):
    if isinstance(e, Mismatch):
        text = str(e)
    else:
        tb = e.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename == "<string>":
            tb = tb.tb_next  # leave this file out
        text = "".join(traceback.format_exception(type(e), e, tb, limit=-8)).strip()
    return text.encode("utf-8", "replace")[-4000:]


def call(fn, params, result, n, body):
    out = []
    try:
        columns = []
        for typ in params:
            column, body = decode(typ, n, body)
            columns.append(column)
        if columns:
            out.extend(map(fn, *columns))
        else:
            out.extend(fn() for _ in range(n))
    except BaseException as e:
        return b"\1", struct.pack("<i", len(out)), explain(e)
    try:
        return b"\0", *encode(result, out)
    except Exception:
        for row, value in enumerate(out):
            try:
                b"".join(encode(result, [value]))
            except Exception as e:
                return b"\1", struct.pack("<i", row), explain(e)
        raise


EPOCH = datetime.date(1970, 1, 1).toordinal()
ZERO = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def decode(typ, n, body):
    present = None
    if typ[-1] == "?":
        typ, present, body = typ[:-1], bytes(body[:n]), body[n:]
    if typ == "bool":
        column, body = [b == 1 for b in body[:n]], body[n:]
    elif typ in ("string", "json", "bytes"):
        # Offsets of strings count characters, so that the text is decoded at once.
        offsets = array.array("I", bytes(body[: 4 * n + 4]))
        size = struct.unpack_from("<I", body, 4 * n + 4)[0]
        text = bytes(body[4 * n + 8 : 4 * n + 8 + size])
        body = body[4 * n + 8 + size :]
        if typ != "bytes":
            text = text.decode()
        column = [text[a:b] for a, b in zip(offsets, offsets[1:])]
    else:
        column, body = array.array("d" if typ == "float" else "q", bytes(body[: 8 * n])), body[8 * n :]
        if typ == "date":
            column = [datetime.date.fromordinal(EPOCH + d) for d in column]
        elif typ == "timestamp":
            column = [ZERO + MICROSECOND * t for t in column]
    if present is not None and 0 in present:
        column = [v if p else None for v, p in zip(column, present)]
    return column, body


DEFAULTS = {"bool": False, "int": 0, "float": 0.0, "string": "", "json": "", "bytes": b"",
            "date": datetime.date(1970, 1, 1), "timestamp": ZERO}


def encode(typ, out):
    parts = []
    if typ[-1] == "?":
        typ = typ[:-1]
        parts.append(bytes(v is not None for v in out))
        if None in map(lambda v: v if v is None else 0, out):
            default = DEFAULTS[typ]
            out = [default if v is None else v for v in out]
    want = CLASSES[typ]
    kinds = set(map(type, out))
    if kinds - ({float, int} if typ == "float" else {want}):
        odd = next(k for k in kinds if k is not want)
        what = "None where the result is not optional" if odd is type(None) else f"{odd.__name__}"
        raise Mismatch(f"it returned {what}; the signature says {typ}")
    if typ == "bool":
        parts.append(bytes(out))
    elif typ in ("string", "json"):
        text = "".join(out)
        if text.isascii():
            lengths, data = map(len, out), text.encode()
        else:
            encoded = [v.encode() for v in out]
            lengths, data = map(len, encoded), b"".join(encoded)
        parts += array.array("I", lengths).tobytes(), data
    elif typ == "bytes":
        parts += array.array("I", map(len, out)).tobytes(), b"".join(out)
    elif typ == "float":
        parts.append(array.array("d", out).tobytes())
    else:
        if typ == "date":
            out = [d.toordinal() - EPOCH for d in out]
        elif typ == "timestamp":
            if any(t.tzinfo is None for t in out):
                raise Mismatch("it returned a datetime without a time zone; use datetime.timezone.utc")
            out = [(t - ZERO) // MICROSECOND for t in out]
        try:
            parts.append(array.array("q", out).tobytes())
        except OverflowError:
            raise Mismatch("it returned an int that does not fit 64 bits") from None
    return parts


serve()
