// The value at a path in a JSON text. It is found in the bytes where DreamQL put them: nothing is decoded, copied or built.

@external("dreamql", "fail")
declare function fail(reason: usize, length: i32): void;

/** The document that is read: where we are in it, and its end. */
let at: usize = 0;
let end: usize = 0;

/** A path has steps: .name, ['name'] or [0]. The first may have a $ before it, or be a name alone. */
export function json_path(doc: usize, docLength: usize, path: usize, pathLength: usize, present: usize): i64 {
  at = doc;
  end = doc + docLength;
  let p = path;
  const last = path + pathLength;
  if (p < last && load<u8>(p) == c("$")) p++;
  while (p < last) {
    const sign = load<u8>(p);
    let found: bool;
    if (sign == c("[") && p + 1 < last && load<u8>(p + 1) == c("'")) {
      const name = p + 2;
      for (p = name; p < last && load<u8>(p) != c("'"); ) p++;
      if (p + 1 >= last || load<u8>(p + 1) != c("]")) return refuse();
      found = member(name, p);
      p += 2;
    } else if (sign == c("[")) {
      let index: i64 = 0;
      const digits = ++p;
      for (; p < last && isDigit(load<u8>(p)) && p - digits < 10; p++) index = index * 10 + (load<u8>(p) - c("0"));
      if (p == digits || p >= last || load<u8>(p) != c("]")) return refuse();
      found = element(index);
      p++;
    } else {
      if (sign == c(".")) p++;
      else if (p != path) return refuse();
      const name = p;
      while (p < last && load<u8>(p) != c(".") && load<u8>(p) != c("[")) p++;
      if (p == name) return refuse();
      found = member(name, p);
    }
    if (!found) {
      store<i32>(present, 0);
      return 0;
    }
  }
  space();
  const start = at;
  value();
  return (<i64>start << 32) | <i64>(at - start);
}

function refuse(): i64 {
  const reason = String.UTF8.encode("the path has steps like .name, ['name'] or [0]");
  fail(changetype<usize>(reason), reason.byteLength);
  return 0;
}

/** The code of an ASCII character. */
// @ts-ignore: decorator
@inline function c(s: string): u8 {
  return <u8>s.charCodeAt(0);
}

function isDigit(b: u8): bool {
  return b >= 48 && b <= 57;
}

function peek(): u8 {
  return at < end ? load<u8>(at) : 0;
}

function space(): void {
  while (at < end && load<u8>(at) <= 32) at++;
}

/** Moves past a byte, and the white space around it, if it is the one that is expected. */
function past(b: u8): bool {
  space();
  if (peek() != b) return false;
  at++;
  space();
  return true;
}

/** Moves to the value of a member of the object that we are at. */
function member(name: usize, nameEnd: usize): bool {
  if (!past(c("{"))) return false;
  while (peek() == c('"')) {
    const same = isKey(name, nameEnd);
    if (!past(c(":"))) return false;
    if (same) return true;
    value();
    if (!past(c(","))) return false;
  }
  return false;
}

/** Moves to an element of the array that we are at. */
function element(index: i64): bool {
  if (!past(c("[")) || peek() == c("]")) return false;
  for (; index > 0; index--) {
    value();
    if (!past(c(","))) return false;
  }
  return true;
}

/** Moves past a key, and tells whether it is this name. A key with escapes is decoded for that. */
function isKey(name: usize, nameEnd: usize): bool {
  const start = at + 1;
  const escaped = text();
  const size = at - 1 - start;
  if (!escaped) return size == nameEnd - name && memory.compare(start, name, size) == 0;
  const key = String.UTF8.encode(decode(start, at - 1));
  return <usize>key.byteLength == nameEnd - name && memory.compare(changetype<usize>(key), name, nameEnd - name) == 0;
}

/** Moves past a string, and tells whether it has escapes. */
function text(): bool {
  let escaped = false;
  for (at++; at < end && load<u8>(at) != c('"'); at++) {
    if (load<u8>(at) == c("\\")) {
      escaped = true;
      at++;
    }
  }
  at = min(at + 1, end);
  return escaped;
}

function decode(from: usize, to: usize): string {
  let out = "";
  let plain = from;
  for (let i = from; i < to; i++) {
    if (load<u8>(i) != c("\\") || i + 1 >= to) continue;
    out += String.UTF8.decodeUnsafe(plain, i - plain);
    const letter = load<u8>(++i);
    if (letter == c("u") && i + 4 < to) {
      out += String.fromCharCode(<i32>parseInt(String.UTF8.decodeUnsafe(i + 1, 4), 16));
      i += 4;
    } else if (letter == c("n")) out += "\n";
    else if (letter == c("t")) out += "\t";
    else if (letter == c("r")) out += "\r";
    else if (letter == c("b")) out += "\b";
    else if (letter == c("f")) out += "\f";
    else out += String.fromCharCode(letter);
    plain = i + 1;
  }
  return out + String.UTF8.decodeUnsafe(plain, to - plain);
}

/** Moves past a value. */
function value(): void {
  let depth = 0;
  do {
    const b = peek();
    if (b == c('"')) text();
    else if (b == c("{") || b == c("[")) {
      depth++;
      at++;
    } else if (b == c("}") || b == c("]")) {
      depth--;
      at++;
    } else if (b == c(",") || b == c(":") || b <= 32) at++;
    else while (at < end && isWord(load<u8>(at))) at++;
  } while (depth > 0 && at < end);
}

/** Whether a byte belongs to a number, true, false or null. */
function isWord(b: u8): bool {
  return b > 32 && b != c(",") && b != c("]") && b != c("}") && b != c(":");
}

/** DreamQL asks for room for strings here. */
export function alloc(size: usize): usize {
  return heap.alloc(size);
}
