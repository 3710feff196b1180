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

/// The geohash of a point: each letter halves the cell five times, longitude first. The length is held to 1..12.
/// A point that is not on the globe (or NaN) has none.
#[no_mangle]
pub extern "C" fn geohash(lat: f64, lon: f64, length: i64, present: *mut i32) -> i64 {
    if !(lat >= -90.0 && lat <= 90.0 && lon >= -180.0 && lon <= 180.0) {
        unsafe { *present = 0 };
        return 0;
    }
    let n = if length < 1 { 1 } else if length > 12 { 12 } else { length as usize };
    let (mut south, mut north, mut west, mut east) = (-90.0, 90.0, -180.0, 180.0);
    let out = alloc(n);
    let mut along = true;
    for i in 0..n {
        let mut letter = 0;
        for _ in 0..5 {
            let (value, low, high) = if along { (lon, &mut west, &mut east) } else { (lat, &mut south, &mut north) };
            let middle = (*low + *high) / 2.0;
            letter <<= 1;
            if value >= middle {
                letter |= 1;
                *low = middle;
            } else {
                *high = middle;
            }
            along = !along;
        }
        unsafe { *out.add(i) = ALPHABET[letter & 31] };
    }
    unsafe { *present = 1 };
    (out as i64) << 32 | n as i64
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
