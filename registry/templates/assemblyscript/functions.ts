// Functions for DreamQL: two of one row, an aggregate and a table function. Exports are called from a loop inside WebAssembly.
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

/** The state of the aggregate function. It has 16 bytes without references, which dreamql.toml says as state_bytes; so DreamQL can move
 * it from one machine to another. */
@unmanaged class Mean {
  inverses: f64 = 0;
  rows: f64 = 0;
}

export function harmonic_mean_init(): Mean {
  return new Mean();
}

export function harmonic_mean_step(state: Mean, x: f64): void {
  state.inverses += 1 / x;
  state.rows += 1;
}

export function harmonic_mean_merge(state: Mean, other: Mean): void {
  state.inverses += other.inverses;
  state.rows += other.rows;
}

/** A result of type float? has a last parameter, a pointer: 0 there means none. */
export function harmonic_mean_finish(state: Mean, present: usize): f64 {
  store<i32>(present, state.rows > 0 ? 1 : 0);
  return state.rows / state.inverses;
}

/** What the table function keeps between rows; one cursor is open at a time. */
let words: string[] = [];
let at = 0;

export function words_open(text: usize, length: usize): i32 {
  words = read(text, length).split(" ").filter((word) => word.length > 0);
  at = 0;
  return 0;
}

/** Writes the next row and returns 1, or returns 0 at the end. A row has 8 bytes a field, a string as pointer and length. */
export function words_next(cursor: i32, row: usize): i32 {
  if (at == words.length) return 0;
  const word = String.UTF8.encode(words[at++]);
  store<usize>(row, changetype<usize>(word));
  store<i32>(row, word.byteLength, 4);
  store<i64>(row, at, 8);
  return 1;
}

export function words_close(cursor: i32): void {}

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
