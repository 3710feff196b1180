//! A Bloom filter as an aggregate function: 65,536 bits, of which each string sets seven. It never denies a string that it has seen;
//! after 6,800 different strings it claims to have seen about one in a hundred of those that it has not.

const BYTES: usize = 8192;
const HASHES: u64 = 7;

/// The state is the filter itself: one flat piece, whose size dreamql.toml has as state_bytes.
pub type Filter = [u8; BYTES];

#[no_mangle]
pub extern "C" fn bloom_init() -> *mut Filter {
    Box::into_raw(Box::new([0; BYTES]))
}

#[no_mangle]
pub extern "C" fn bloom_step(filter: &mut Filter, text: *const u8, length: usize) {
    for bit in bits(unsafe { bytes(text, length) }) {
        filter[bit / 8] |= 1 << (bit % 8);
    }
}

#[no_mangle]
pub extern "C" fn bloom_merge(filter: &mut Filter, other: &Filter) {
    for (byte, more) in filter.iter_mut().zip(other) {
        *byte |= more;
    }
}

/// bytes, as strings, go as pointer << 32 | length. The state stays until it is dropped, so there is nothing to copy.
#[no_mangle]
pub extern "C" fn bloom_finish(filter: &Filter) -> u64 {
    (filter.as_ptr() as u64) << 32 | BYTES as u64
}

#[no_mangle]
pub unsafe extern "C" fn bloom_drop(filter: *mut Filter) {
    drop(Box::from_raw(filter));
}

#[link(wasm_import_module = "dreamql")]
extern "C" {
    #[link_name = "fail"]
    fn dreamql_fail(reason: *const u8, length: usize);
}

#[no_mangle]
pub extern "C" fn might_contain(filter: *const u8, size: usize, text: *const u8, length: usize) -> i32 {
    let filter = unsafe { bytes(filter, size) };
    if filter.len() != BYTES {
        let reason = "the bytes are no filter that bloom() made";
        unsafe { dreamql_fail(reason.as_ptr(), reason.len()) };
        return 0;
    }
    bits(unsafe { bytes(text, length) }).all(|bit| filter[bit / 8] & 1 << (bit % 8) != 0) as i32
}

/// The bits of a string: two hashes make any number of them.
fn bits(text: &[u8]) -> impl Iterator<Item = usize> {
    let (a, b) = (hash(text, 0xcbf2_9ce4_8422_2325), hash(text, 0x9e37_79b9_7f4a_7c15) | 1);
    (0..HASHES).map(move |i| (a.wrapping_add(i.wrapping_mul(b)) % (8 * BYTES as u64)) as usize)
}

/// FNV-1a from a seed, stirred at the end so that the low bits depend on everything.
fn hash(text: &[u8], seed: u64) -> u64 {
    let mut h = text.iter().fold(seed, |h, &byte| (h ^ byte as u64).wrapping_mul(0x100_0000_01b3));
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^ h >> 32
}

/// DreamQL asks for room for strings here.
#[no_mangle]
pub extern "C" fn alloc(size: usize) -> *mut u8 {
    let mut room = Vec::with_capacity(size);
    let at = room.as_mut_ptr();
    std::mem::forget(room);
    at
}

unsafe fn bytes<'a>(at: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    std::slice::from_raw_parts(at, length)
}
