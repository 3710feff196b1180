// Functions for DreamQL. Each export is called once a row, from a loop inside WebAssembly.
//
// float is f64, int is i64, bool is i32. A string comes as pointer and length, and goes as pointer << 32 | length.

/** A plain function of numbers needs nothing else. */
export function custom_score(score: f64, boost: f64): f64 {
  return score * (1.0 + boost);
}

/** The first letter of each word, in upper case. */
export function initials(text: usize, length: usize): i64 {
  const words = read(text, length).split(" ");
  let out = "";
  for (let i = 0; i < words.length; i++) {
    if (words[i].length > 0) out += String.fromCodePoint(words[i].codePointAt(0)).toUpperCase();
  }
  return give(out);
}

/** DreamQL asks for room for strings here. */
export function alloc(size: usize): usize {
  return heap.alloc(size);
}

/** The string that DreamQL wrote. */
function read(text: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(text, length);
}

/** Hands a string to DreamQL, which reads it before it lets the instance go. */
function give(text: string): i64 {
  const bytes = String.UTF8.encode(text);
  return (<i64>changetype<usize>(bytes) << 32) | bytes.byteLength;
}
