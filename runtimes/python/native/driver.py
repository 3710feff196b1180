# The loop that runs inside CPython, behind the walls: it reads a request from descriptor 3, calls a function over whole
# columns in the memory of descriptor 4, and answers. wire.go describes the messages. It begins before the functions' source
# is known, so that a started interpreter can wait for any package of its environment.
import importlib
import json
import mmap
import os
import struct
import sys
import traceback
import types
import typing

SOCKET, NONE = 3, 0xFFFFFFFFFFFFFFFF


def serve():
    functions = []
    try:
        prepare()
        reply(b"\0")
    except BaseException as e:
        reply(b"\2", struct.pack("<i", -1), explain(e))
        return
    while True:
        body = receive()
        if body is None:
            return
        if body[0] == 67:  # C: call
            index, n = struct.unpack_from("<II", body, 1)
            reply(*functions[index].call(n, body))
        elif body[0] == 73:  # I: import
            import_all(json.loads(bytes(body[1:])))
            reply(b"\0")
        else:  # L: load
            try:
                functions = load(body)
                reply(b"\0")
            except BaseException as e:
                reply(b"\2", struct.pack("<i", -1), explain(e))


def prepare():
    global np, pa, memory, half
    memory = mmap.mmap(4, 0)
    os.close(4)
    half = len(memory) // 2
    try:
        import numpy as np
    except ImportError:
        raise Mismatch("the environment has no numpy, which every python-native function needs; add it to the lock") from None
    try:
        import pyarrow as pa
    except ImportError:
        pa = None
    define_types()


def import_all(names):
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # whoever needs it will hear why
            pass


def receive():
    data = os.read(SOCKET, 65536)
    while len(data) < 4:
        more = os.read(SOCKET, 65536)
        if not more:
            return None
        data += more
    size = struct.unpack_from("<I", data)[0]
    if len(data) == 4 + size:
        return memoryview(data)[4:]
    parts, have = [data[4:]], len(data) - 4
    while have < size:
        more = os.read(SOCKET, min(size - have, 1 << 20))
        if not more:
            return None
        parts.append(more)
        have += len(more)
    return memoryview(b"".join(parts))


def reply(*parts):
    body = b"".join(parts)
    body = memoryview(struct.pack("<I", len(body)) + body)
    while body:
        body = body[os.write(SOCKET, body):]


class Mismatch(Exception):
    row = -1


def at(row, text):
    e = Mismatch(text)
    e.row = row
    return e


class TooLarge(Exception):
    pass


def explain(e):
    if isinstance(e, Mismatch):
        text = str(e)
    else:
        tb = e.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename == "<string>":
            tb = tb.tb_next  # leave this file out
        text = "".join(traceback.format_exception(type(e), e, tb, limit=-8)).strip()
    return text.encode("utf-8", "replace")[-4000:]


def load(body):
    size = struct.unpack_from("<I", body, 1)[0]
    request, body = json.loads(bytes(body[5 : 5 + size])), body[5 + size :]
    source, body = bytes(body[: request["source"]]).decode(), body[request["source"] :]
    files = {}
    for f in request["files"] or ():
        files[f["name"]], body = bytes(body[: f["size"]]), body[f["size"] :]
    own = types.ModuleType("dreamql", "What a package brings beside its source.")
    own.files = types.MappingProxyType(files)

    def read(name):
        """The bytes of a file that the manifest names in files."""
        try:
            return files[name]
        except KeyError:
            raise FileNotFoundError(f"the package's files are {', '.join(sorted(files)) or 'none'}; there is no {name!r} among them") from None

    own.read = read
    sys.modules["dreamql"] = own
    scope = types.ModuleType("functions")
    sys.modules["functions"] = scope
    exec(compile(source, "functions.py", "exec"), scope.__dict__)
    return [Function(scope.__dict__, f) for f in request["functions"]]


class Function:
    def __init__(self, scope, f):
        name, params = f["entry"], f["params"] or []
        self.fn = fn = scope.get(name)
        if not callable(fn):
            names = sorted(k for k, v in scope.items() if isinstance(v, types.FunctionType) and not k.startswith("_"))
            raise Mismatch(f"the source defines no function {name!r}; it defines {', '.join(names[:20]) or 'none'}")
        notes = [None] * len(params)
        code = getattr(fn, "__code__", None)
        if code is not None:
            most = code.co_argcount
            least = most - len(fn.__defaults__ or ())
            if not code.co_flags & 4 and not least <= len(params) <= most:
                raise Mismatch(f"{name} takes {most} parameters, but its signature has {len(params)}")
            try:
                hints = typing.get_type_hints(fn)
            except Exception:
                hints = {}
            for i, at in enumerate(code.co_varnames[: min(most, len(params))]):
                notes[i] = hints.get(at)
        self.decoders = [decoder(name, p, note) for p, note in zip(params, notes)]
        self.encode = encoder(f["result"])
        self.layout = struct.Struct(f"<{4 * len(params)}Q")

    def call(self, n, body):
        try:
            v = self.layout.unpack_from(body, 9)
            columns = [d(n, *v[4 * i : 4 * i + 4]) for i, d in enumerate(self.decoders)]
            return self.encode(n, self.fn(*columns))
        except Mismatch as e:
            return b"\2", struct.pack("<i", e.row), explain(e)
        except TooLarge:
            return (b"\3",)
        except BaseException as e:
            return b"\1", struct.pack("<i", -1), explain(e)


# Arguments. v, d, size and o are where the bitmap of presence, the values, their length, and the offsets lie; NONE: nowhere.


def define_types():
    global FIXED, ARROW
    FIXED = {"int": "<i8", "float": "<f8", "date": "<i4", "timestamp": "<i8"}
    ARROW = pa and {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "date": pa.date32(), "timestamp": pa.timestamp("us", "UTC"),
                    "string": pa.string(), "json": pa.string(), "bytes": pa.binary()}


def bits(n, at):
    return np.unpackbits(np.frombuffer(memory, np.uint8, (n + 7) // 8, at), count=n, bitorder="little").view(np.bool_)


def as_bool(n, v, d, size, o):
    return bits(n, d)


def as_int(n, v, d, size, o):
    return np.frombuffer(memory, np.int64, n, d)


def as_float(n, v, d, size, o):
    return np.frombuffer(memory, np.float64, n, d)


def as_date(n, v, d, size, o):
    return np.frombuffer(memory, np.int32, n, d).astype("datetime64[D]")


def as_timestamp(n, v, d, size, o):
    return np.frombuffer(memory, "<M8[us]", n, d)


def as_objects(text):
    def decode(n, v, d, size, o):
        ends = np.frombuffer(memory, np.int32, n + 1, o).tolist()
        data = memory[d : d + size]
        out = np.empty(n, object)
        if text:
            out[:] = [data[a:b].decode() for a, b in zip(ends, ends[1:])]
        else:
            out[:] = [data[a:b] for a, b in zip(ends, ends[1:])]
        return out

    return decode


def as_masked(plain):
    def decode(n, v, d, size, o):
        return np.ma.MaskedArray(plain(n, v, d, size, o), mask=np.zeros(n, bool) if v == NONE else ~bits(n, v))

    return decode


def as_arrow(kind):
    dtype, whole = ARROW[kind], pa.py_buffer(memory)

    def decode(n, v, d, size, o):
        buffers = [None if v == NONE else whole.slice(v, (n + 7) // 8)]
        if kind in ("string", "json", "bytes"):
            buffers.append(whole.slice(o, 4 * n + 4))
        buffers.append(whole.slice(d, size))
        return pa.Array.from_buffers(dtype, n, buffers)

    return decode


def decoder(function, param, note):
    kind, optional = param["type"].rstrip("?"), param["type"].endswith("?")
    where = f"{function}: its parameter {param['name']}"
    plain = {"bool": as_bool, "int": as_int, "float": as_float, "date": as_date, "timestamp": as_timestamp,
             "string": as_objects(True), "json": as_objects(True), "bytes": as_objects(False)}[kind]
    origin = typing.get_origin(note) or note
    if origin is None or origin is typing.Any:
        if not optional and kind in FIXED or kind == "bool" and not optional:
            return plain
        if pa is None:
            raise Mismatch(f"{where} of type {param['type']} comes as a pyarrow array, and the environment has no pyarrow; add pyarrow to the "
                           "lock, or annotate the parameter np.ma.MaskedArray if it is optional, else np.ndarray")
        return as_arrow(kind)
    if isinstance(origin, type):
        if issubclass(origin, np.ma.MaskedArray):
            return as_masked(plain)
        if issubclass(origin, np.ndarray):
            if optional:
                raise Mismatch(f"{where} may be absent, which np.ndarray cannot say; annotate it np.ma.MaskedArray or pyarrow.Array")
            return plain
        if pa is not None and issubclass(origin, pa.Array):
            return as_arrow(kind)
    raise Mismatch(f"{where} is annotated {getattr(note, '__name__', note)}, but a whole column comes: annotate it np.ndarray, "
                   "np.ma.MaskedArray, pyarrow.Array or not at all")


# Results. Each encoder writes into the upper half of the memory, and says where.


def encoder(typ):
    kind, optional = typ.rstrip("?"), typ.endswith("?")

    def encode(n, out):
        # The common case first.
        if kind == "float" and type(out) is np.ndarray and out.dtype == np.float64 and out.shape == (n,):
            if 8 * n > half:
                raise TooLarge
            np.frombuffer(memory, np.float64, n, half)[:] = out
            return b"\0", struct.pack("<QQQQ", NONE, half, 8 * n, NONE)
        values, absent = normal(n, out, typ, kind)
        if absent is not None and absent.any():
            if not optional:
                raise at(int(absent.argmax()), f"it returned no value for a row; the signature says {typ}: make that {typ}? or return a value")
        else:
            absent = None
        space = Space()
        if kind in ("string", "json", "bytes"):
            o, d, size = write_text(space, values, absent, kind, typ)
        elif kind == "bool":
            (d, size), o = space.put(np.packbits(values, bitorder="little")), NONE
        else:
            (d, size), o = space.put(values), NONE
        v = NONE if absent is None else space.put(np.packbits(~absent, bitorder="little"))[0]
        return b"\0", struct.pack("<QQQQ", v, d, size, o)

    return encode


class Space:
    def __init__(self):
        self.end = half

    def put(self, values):
        values = np.ascontiguousarray(values)
        start = self.end
        self.end = start + (values.nbytes + 63) // 64 * 64
        if self.end > len(memory):
            raise TooLarge
        if values.nbytes:
            np.frombuffer(memory, values.dtype, values.size, start)[:] = values
        return start, values.nbytes


def normal(n, out, typ, kind):
    """The result as a NumPy array of the type's own kind (texts: a list, or a pyarrow array), and which rows are absent."""
    absent = None
    if pa is not None and isinstance(out, (pa.Array, pa.ChunkedArray)):
        return from_arrow(n, out, typ, kind)
    if isinstance(out, np.ma.MaskedArray):
        absent, out = np.ma.getmaskarray(out), out.data
    elif isinstance(out, (list, tuple)):
        out, absent = from_list(out, kind)
    elif not isinstance(out, np.ndarray):
        hint = "; add .to_numpy()" if hasattr(out, "to_numpy") else ""
        raise Mismatch(f"it returned {type(out).__name__}; a column function returns an array with a value for each row{hint}")
    if out.shape != (n,):
        hint = "; add .ravel()" if out.size == n else ""
        raise Mismatch(f"it returned an array of shape {out.shape} for {n} rows{hint}")
    if absent is not None and absent.shape != (n,):
        raise Mismatch(f"it returned a mask of shape {absent.shape} for {n} rows")
    return convert(n, np.asarray(out), absent, typ, kind)


def from_list(out, kind):
    absent = np.fromiter((v is None for v in out), bool, len(out))
    values = np.empty(len(out), object)
    values[:] = list(out)
    if kind in ("string", "json", "bytes"):
        return values, absent
    present = [v for v in out if v is not None]
    if present and kind == "timestamp":
        import datetime

        present = [v.astimezone(datetime.timezone.utc).replace(tzinfo=None) if getattr(v, "tzinfo", None) else v for v in present]
    typed = np.array(present, "datetime64") if present and kind in ("date", "timestamp") else np.array(present)
    if not present:
        typed = np.zeros(0, {"bool": "?", "int": "<i8", "float": "<f8", "date": "<M8[D]", "timestamp": "<M8[us]"}[kind])
    if typed.ndim != 1:
        raise Mismatch(f"it returned a list of {type(present[0]).__name__}, where each row has one value")
    whole = np.zeros(len(out), typed.dtype)
    whole[~absent] = typed
    return whole, absent


def convert(n, out, absent, typ, kind):
    k = out.dtype.kind
    wrong = Mismatch(f"it returned an array of {out.dtype}; the signature says {typ}")
    if kind in ("string", "json", "bytes"):
        if k == "O" or k == ("S" if kind == "bytes" else "U"):
            values = out.tolist()
            none = np.fromiter((v is None for v in values), bool, n)
            return values, none if absent is None else absent | none
        raise wrong
    if kind == "bool":
        if k != "b":
            raise wrong
        return out, absent
    if kind == "float":
        if k not in "fiu":
            raise wrong
        return out.astype(np.float64), absent
    if kind == "int":
        if k == "u" and n and out.max() > 0x7FFFFFFFFFFFFFFF:
            raise at(int(out.argmax()), "it returned an integer that does not fit 64 bits with a sign")
        if k not in "iu":
            raise Mismatch(f"{wrong}; add .astype(np.int64)" if k == "f" else str(wrong))
        return out.astype(np.int64), absent
    if k != "M":
        raise Mismatch(f"{wrong}, which is datetime64[{'D' if kind == 'date' else 'us'}]")
    none = np.isnat(out)
    if none.any():
        absent = none if absent is None else absent | none
        out = np.where(none, np.datetime64(0, np.datetime_data(out.dtype)[0] if np.datetime_data(out.dtype)[0] != "generic" else "D"), out)
    if kind == "timestamp":
        return out.astype("<M8[us]").view(np.int64), absent
    days = out.astype("<M8[D]")
    if (days != out).any():
        raise at(int((days != out).argmax()), "it returned a time of day where the signature says date; add .astype('datetime64[D]')")
    return days.view(np.int64).astype(np.int32), absent


def from_arrow(n, out, typ, kind):
    if isinstance(out, pa.ChunkedArray):
        out = out.combine_chunks() if out.num_chunks != 1 else out.chunk(0)
    if len(out) != n:
        raise Mismatch(f"it returned an array of {len(out)} values for {n} rows")
    t = pa.types
    if t.is_dictionary(out.type):
        out = out.dictionary_decode()
    have = out.type
    fits = {"bool": t.is_boolean, "int": t.is_integer, "float": lambda x: t.is_floating(x) or t.is_integer(x), "date": t.is_date, "timestamp": t.is_timestamp,
            "string": lambda x: t.is_string(x) or t.is_large_string(x), "json": lambda x: t.is_string(x) or t.is_large_string(x),
            "bytes": lambda x: t.is_binary(x) or t.is_large_binary(x)}[kind]
    if t.is_null(have):
        out = pa.nulls(n, ARROW[kind])
    elif not fits(have):
        raise Mismatch(f"it returned a pyarrow array of {have}; the signature says {typ}")
    try:
        out = out.cast(ARROW[kind])
    except pa.ArrowInvalid as e:
        raise Mismatch(f"it returned {have}, which does not fit {typ}: {e}") from None
    absent = out.is_null().to_numpy(zero_copy_only=False) if out.null_count else None
    if kind in ("string", "json", "bytes"):
        return out, absent
    if absent is not None:
        out = out.fill_null({"bool": False, "float": 0.0}.get(kind) if kind in ("bool", "float") else pa.scalar(0).cast(out.type) if kind == "int"
                            else pa.scalar(0, pa.int32() if kind == "date" else pa.int64()).cast(out.type))
    if kind in ("date", "timestamp"):
        out = out.view(pa.int32() if kind == "date" else pa.int64())
    return out.to_numpy(zero_copy_only=False), absent


def write_text(space, values, absent, kind, typ):
    if pa is not None and isinstance(values, pa.Array):
        _, offsets, data = values.buffers()
        if offsets is None or len(values) == 0:
            offsets = np.zeros(len(values) + 1, np.int32)
        else:
            offsets = np.frombuffer(offsets, np.int32, len(values) + 1, 4 * values.offset)
        first, last = int(offsets[0]), int(offsets[-1])
        data = np.frombuffer(data, np.uint8, last - first, first) if last > first else np.zeros(0, np.uint8)
        o = space.put(offsets - np.int32(first))[0]
        return (o, *space.put(data))
    want = bytes if kind == "bytes" else str
    for i, v in enumerate(values):
        if not isinstance(v, want) and not (absent is not None and absent[i]):
            raise at(i, f"it returned {type(v).__name__}; the signature says {typ}")
    if absent is not None:
        values = ["" if a else v for v, a in zip(values, absent)] if want is str else [b"" if a else v for v, a in zip(values, absent)]
    parts = values if want is bytes else [v.encode("utf-8", "strict") for v in values]
    ends = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=ends[1:])
    if ends[-1] > half:
        raise TooLarge
    o = space.put(ends.astype(np.int32))[0]
    return (o, *space.put(np.frombuffer(b"".join(parts), np.uint8)))


serve()
