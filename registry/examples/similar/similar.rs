//! How alike two strings are, letter by letter (Unicode code points).

/// The Levenshtein distance: how many letters must be put in, taken out or replaced to make one string of the other.
#[no_mangle]
pub extern "C" fn levenshtein(a: *const u8, a_length: usize, b: *const u8, b_length: usize) -> i64 {
    let (a, b) = unsafe { (string(a, a_length), string(b, b_length)) };
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + (x != y) as usize;
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()] as i64
}

/// The Jaro–Winkler similarity, from 0 to 1: the share of letters that both have at about the same place, and more for a common
/// beginning of up to four letters.
#[no_mangle]
pub extern "C" fn jaro_winkler(a: *const u8, a_length: usize, b: *const u8, b_length: usize) -> f64 {
    let (a, b) = unsafe { (string(a, a_length), string(b, b_length)) };
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let jaro = jaro(&a, &b);
    let prefix = a.iter().zip(&b).take(4).take_while(|(x, y)| x == y).count();
    jaro + prefix as f64 * 0.1 * (1.0 - jaro)
}

fn jaro(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut matched = Vec::new();
    for (i, x) in a.iter().enumerate() {
        for j in i.saturating_sub(window)..b.len().min(i + window + 1) {
            if !taken[j] && b[j] == *x {
                taken[j] = true;
                matched.push(*x);
                break;
            }
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let other = b.iter().zip(&taken).filter(|(_, &t)| t).map(|(c, _)| c);
    let moved = matched.iter().zip(other).filter(|(x, y)| x != y).count() / 2;
    let m = matched.len() as f64;
    (m / a.len() as f64 + m / b.len() as f64 + (m - moved as f64) / m) / 3.0
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
