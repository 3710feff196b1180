//! Distances, directions and cells on a sphere of the Earth's mean radius. Angles are in degrees.
//!
//! Nothing here allocates through the standard library or can panic, so that the module stays small. README.md has the
//! command that builds it.

use std::arch::wasm32;

/// Mean radius of the Earth in kilometres (IUGG R1).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The great-circle distance in kilometres: 2 r asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)).
#[no_mangle]
pub extern "C" fn haversine(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    let (phi1, phi2) = (lat1.to_radians(), lat2.to_radians());
    let u = ((phi2 - phi1) / 2.0).sin();
    let v = ((lon2 - lon1).to_radians() / 2.0).sin();
    let h = u * u + phi1.cos() * phi2.cos() * v * v;
    // Rounding can carry h a little past 1 for opposite points. (h.min(1.0) would turn NaN into 1.)
    let h = if h > 1.0 { 1.0 } else { h };
    2.0 * EARTH_RADIUS_KM * h.sqrt().asin()
}

/// The initial direction of the great circle, clockwise from north, in 0..360.
#[no_mangle]
pub extern "C" fn bearing(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    let (phi1, phi2, delta) = (lat1.to_radians(), lat2.to_radians(), (lon2 - lon1).to_radians());
    let y = delta.sin() * phi2.cos();
    let x = phi1.cos() * phi2.sin() - phi1.sin() * phi2.cos() * delta.cos();
    (y.atan2(x).to_degrees() + 360.0) % 360.0
}

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// The geohash of a point: each letter is five bits, of which longitude and latitude take turns, longitude first. The
/// length is held to 1..12. A point that is not on the globe (or NaN) has none.
#[no_mangle]
pub extern "C" fn geohash(lat: f64, lon: f64, length: i64, present: *mut i32) -> i64 {
    if !(lat >= -90.0 && lat <= 90.0 && lon >= -180.0 && lon <= 180.0) {
        unsafe { *present = 0 };
        return 0;
    }
    let bits = spread(cell((lon + 180.0) / 360.0)) << 1 | spread(cell((lat + 90.0) / 180.0));
    let n = length.clamp(1, 12) as usize;
    let out = alloc(n);
    for i in 0..n {
        let letter = bits >> (55 - 5 * i) & 31;
        unsafe { *out.add(i) = ALPHABET[letter as usize] };
    }
    unsafe { *present = 1 };
    (out as i64) << 32 | n as i64
}

/// Which of 2³⁰ equal parts of 0..1 a fraction lies in; 1 itself is in the last.
fn cell(fraction: f64) -> u64 {
    const PARTS: u32 = 1 << 30;
    ((fraction * PARTS as f64) as u32).min(PARTS - 1) as u64
}

/// Puts a zero before each of the low 30 bits: abc becomes 0a0b0c.
fn spread(mut bits: u64) -> u64 {
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

extern "C" {
    static __heap_base: u8;
}

static mut TOP: usize = 0;

/// Room for size bytes. Nothing is freed: the host replaces an instance whose memory has grown much.
#[no_mangle]
pub extern "C" fn alloc(size: usize) -> *mut u8 {
    unsafe {
        if TOP == 0 {
            TOP = (&__heap_base as *const u8 as usize + 15) & !15;
        }
        let at = TOP;
        TOP += (size + 7) & !7;
        let pages = (TOP + 0xffff) >> 16;
        let have = wasm32::memory_size(0);
        if pages > have && wasm32::memory_grow(0, pages - have) == usize::MAX {
            wasm32::unreachable()
        }
        at as *mut u8
    }
}
