//! Functions for DreamQL: two of one row, an aggregate and a table function. Exports are called from a loop inside WebAssembly.
//!
//! float is f64, int is i64, bool is i32. A string comes as pointer and length, and goes as pointer << 32 | length.

/// A plain function of numbers needs nothing else.
#[no_mangle]
pub extern "C" fn custom_score(score: f64, boost: f64) -> f64 {
    score * (1.0 + boost)
}

/// The first letter of each word, in upper case.
#[no_mangle]
pub extern "C" fn initials(text: *const u8, length: usize) -> u64 {
    let text = unsafe { string(text, length) };
    let letters = text.split_whitespace().filter_map(|word| word.chars().next());
    give(letters.flat_map(char::to_uppercase).collect())
}

/// The state of the aggregate function. It has 16 bytes without pointers, which dreamql.toml says as state_bytes; so DreamQL can move it
/// from one machine to another.
#[repr(C)]
pub struct Mean {
    inverses: f64,
    rows: f64,
}

#[no_mangle]
pub extern "C" fn harmonic_mean_init() -> *mut Mean {
    Box::into_raw(Box::new(Mean { inverses: 0.0, rows: 0.0 }))
}

#[no_mangle]
pub extern "C" fn harmonic_mean_step(state: &mut Mean, x: f64) {
    state.inverses += 1.0 / x;
    state.rows += 1.0;
}

#[no_mangle]
pub extern "C" fn harmonic_mean_merge(state: &mut Mean, other: &Mean) {
    state.inverses += other.inverses;
    state.rows += other.rows;
}

/// A result of type float? has a last parameter: 0 there means none.
#[no_mangle]
pub extern "C" fn harmonic_mean_finish(state: &Mean, present: &mut i32) -> f64 {
    *present = (state.rows > 0.0) as i32;
    state.rows / state.inverses
}

#[no_mangle]
pub unsafe extern "C" fn harmonic_mean_drop(state: *mut Mean) {
    drop(Box::from_raw(state));
}

/// What the table function keeps between rows. The text stays where it is until the cursor is closed.
pub struct Words {
    rest: std::str::SplitWhitespace<'static>,
    n: i64,
}

/// A row: 8 bytes a field, a string as pointer and length.
#[repr(C)]
pub struct Word {
    word: *const u8,
    length: usize,
    n: i64,
}

#[no_mangle]
pub extern "C" fn words_open(text: *const u8, length: usize) -> *mut Words {
    let text = unsafe { string(text, length) };
    Box::into_raw(Box::new(Words { rest: text.split_whitespace(), n: 0 }))
}

/// Writes the next row and returns 1, or returns 0 at the end.
#[no_mangle]
pub extern "C" fn words_next(words: &mut Words, row: &mut Word) -> i32 {
    let word = match words.rest.next() {
        Some(word) => word,
        None => return 0,
    };
    words.n += 1;
    *row = Word { word: word.as_ptr(), length: word.len(), n: words.n };
    1
}

#[no_mangle]
pub unsafe extern "C" fn words_close(words: *mut Words) {
    drop(Box::from_raw(words));
}

/// DreamQL asks for room for strings here.
#[no_mangle]
pub extern "C" fn alloc(size: usize) -> *mut u8 {
    let mut room = Vec::with_capacity(size);
    let at = room.as_mut_ptr();
    std::mem::forget(room);
    at
}

/// The string that DreamQL wrote; it is always UTF-8.
unsafe fn string<'a>(at: *const u8, length: usize) -> &'a str {
    if length == 0 {
        return "";
    }
    std::str::from_utf8_unchecked(std::slice::from_raw_parts(at, length))
}

/// Hands a string to DreamQL, which reads it before it lets the instance go.
fn give(text: String) -> u64 {
    let bytes = text.into_bytes();
    let packed = (bytes.as_ptr() as u64) << 32 | bytes.len() as u64;
    std::mem::forget(bytes);
    packed
}
