//! Distances, directions and cells on a sphere of the Earth's mean radius. Angles are in degrees.
//!
//! Nothing here allocates through the standard library or can panic, so that the module stays small. README.md has the
//! command that builds it.

use std::arch::wasm32;

/// Mean radius of the Earth in kilometres (IUGG R1).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The great-circle distance in kilometres: 2 r asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)), where cos φ₁ cos φ₂ is
/// cos²((φ₁ + φ₂)/2) − sin²(Δφ/2), so that three sines do. There are no branches: whether a point lies north, or far away, cannot
/// be foreseen.
#[no_mangle]
pub extern "C" fn haversine(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    let u = sine_of_half(lat2 - lat1);
    let v = sine_of_half(lon2 - lon1);
    // The sine of half the way over the nearer pole is the cosine; close to that pole the differences are exact.
    let pole = 90f64.copysign(lat1 + lat2);
    let w = sine_of_half((pole - lat1) + (pole - lat2));
    let (u, v, w) = (u * u, v * v, w * w);
    // Rounding can carry h a little below 0, or above 1.
    distance((u + (w - u) * v).abs())
}

/// Adding it and taking it away rounds to a whole number.
const SHIFT: f64 = 6755399441055744.0; // 1.5 · 2⁵²

/// The sine of half an angle in degrees but for its sign, which squaring loses, off by less than 10⁻¹⁵ for angles up to some turns: less
/// a whole number of turns, which is exact in degrees, by a polynomial in x² that was fitted (Chebyshev) to 0..(π/2)². Its even and odd
/// terms are summed apart, at the same time.
#[inline(always)]
fn sine_of_half(angle: f64) -> f64 {
    let x = (angle - ((angle * (1.0 / 360.0) + SHIFT) - SHIFT) * 360.0) * (std::f64::consts::PI / 360.0);
    let s = x * x;
    x + x * s * fitted_sine(s, s * s)
}

/// (sin √s ⁄ √s − 1) ⁄ s.
#[inline(always)]
fn fitted_sine(s: f64, s2: f64) -> f64 {
    (-0.16666666666666666 + s2 * (-0.00019841269841254966 + s2 * (-2.505210761669045e-08 + s2 *
        (-7.643969663988074e-13)))) + s * (0.008333333333333316 + s2 * (2.7557319219160833e-06 + s2 *
        (1.6058977292642743e-10 + s2 * (2.7314368769379893e-15))))
}

/// 2 r asin √h for h in 0..1, off by less than 10⁻¹⁵ of it: for √h above ½ by asin x = π/2 − 2 asin √((1 − x)/2), below by a polynomial
/// that was fitted (Chebyshev) to 0..¼.
#[inline(always)]
fn distance(h: f64) -> f64 {
    let x = h.sqrt();
    let large = (x + SHIFT) - SHIFT; // 1 or 0
    let z = ((h - large * h) + (0.5 * large) * (1.0 - x)).abs();
    let p = z.sqrt() * fitted_arcsine(z, z * z);
    large * (std::f64::consts::PI * EARTH_RADIUS_KM) + (1.0 - 3.0 * large) * p
}

/// 2 r asin √z ⁄ √z.
#[inline(always)]
fn fitted_arcsine(z: f64, z2: f64) -> f64 {
    12742.017600000001 + z * ((2123.66959999978 + z2 * (568.8400671363182 + z2 * (285.0612288427717 + z2 * (176.92091166724904 + z2 *
        (83.19648106006865 + z2 * (-206.26003722282013)))))) + z * (955.6513200490824 + z2 * (387.12746519039473 + z2 *
        (221.19861772220312 + z2 * (155.0721201386946 + z2 * (248.64095589449636 + z2 * 406.21069697049387))))))
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
