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
    let u = sine((lat2 - lat1) * (RADIANS / 2.0));
    let v = sine((lon2 - lon1) * (RADIANS / 2.0));
    let h = u * u + sine((90.0 - lat1) * RADIANS) * sine((90.0 - lat2) * RADIANS) * v * v;
    // Rounding can carry h a little past its bounds. (h.min(1.0) would turn NaN into 1.)
    let h = if h > 1.0 { 1.0 } else { h };
    let h = if h < 0.0 { 0.0 } else { h };
    2.0 * EARTH_RADIUS_KM * arcsine_of_root(h)
}

const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// The sine, off by less than 10⁻¹⁵ for angles up to some turns: less a whole number of half turns, in two steps that lose nothing, by
/// a polynomial in x² that was fitted (Chebyshev) to 0..(π/2)². Its even and odd terms are summed apart, at the same time.
#[inline(always)]
fn sine(x: f64) -> f64 {
    const HIGH: f64 = std::f64::consts::PI;
    const LOW: f64 = 1.2246467991473532e-16;
    const SHIFT: f64 = 6755399441055744.0; // 1.5 · 2⁵²: adding it and taking it away rounds to a whole number
    let k = (x * std::f64::consts::FRAC_1_PI + SHIFT) - SHIFT;
    let r = (x - k * HIGH) - k * LOW;
    let s = r * r;
    let s2 = s * s;
    let p = r + r * s * fitted_sine(s, s2);
    // (-1)ᵏ: half of an odd number is not whole.
    let half = k * 0.5;
    if (half + SHIFT) - SHIFT == half { p } else { -p }
}

/// (sin √s ⁄ √s − 1) ⁄ s.
#[inline(always)]
fn fitted_sine(s: f64, s2: f64) -> f64 {
    (-0.16666666666666666 + s2 * (-0.00019841269841254966 + s2 * (-2.505210761669045e-08 + s2 *
        (-7.643969663988074e-13)))) + s * (0.008333333333333316 + s2 * (2.7557319219160833e-06 + s2 *
        (1.6058977292642743e-10 + s2 * (2.7314368769379893e-15))))
}

/// asin √h for h in 0..1, off by less than 10⁻¹⁵: above ½ by asin x = π/2 − 2 asin √((1 − x)/2), below by a polynomial that was fitted
/// (Chebyshev) to 0..¼.
#[inline(always)]
fn arcsine_of_root(h: f64) -> f64 {
    let x = h.sqrt();
    let large = x > 0.5;
    let z = if large { (1.0 - x) * 0.5 } else { h };
    let r = if large { z.sqrt() } else { x };
    let p = r + r * z * fitted_arcsine(z, z * z);
    if large { std::f64::consts::FRAC_PI_2 - 2.0 * p } else { p }
}

/// (asin √z ⁄ √z − 1) ⁄ z.
#[inline(always)]
fn fitted_arcsine(z: f64, z2: f64) -> f64 {
    (0.1666666666666665 + z2 * (0.044642857103423646 + z2 * (0.02237204763174451 + z2 * (0.013929652902326633
        + z2 * (0.0078029494773533175 + z2 * (-0.010749050339697808)))))) + z * (0.07500000000020764 + z2 *
        (0.03038194736709848 + z2 * (0.017355259955786323 + z2 * (0.011875494382636922 + z2 *
        (0.01603551434914882 + z2 * (0.028169218060881414))))))
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
