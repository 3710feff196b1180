//! Functions for DreamQL. Each export is called once a row, from a loop inside WebAssembly.
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
