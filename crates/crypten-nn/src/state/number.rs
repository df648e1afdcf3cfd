//! Numbers as bytes, little endian.
//!
//! A number of 16 bits is `(-1)^s 2^(e - 15) (1 + m / 1024)`, of a sign `s`, 5 bits `e` and 10 bits `m`; `2^-14 (m /
//! 1024)` where `e` is 0. Source: IEEE 754-2019, binary16. BF16 is the upper half of a number of 32 bits.

use safetensors::Dtype;

use super::FloatType;

/// Numbers as bytes of a type.
pub(super) fn encoded(numbers: impl Iterator<Item = f64>, float: FloatType) -> Vec<u8> {
    match float {
        FloatType::F32 => numbers.flat_map(|number| (number as f32).to_le_bytes()).collect(),
        FloatType::F64 => numbers.flat_map(f64::to_le_bytes).collect(),
    }
}

/// Numbers from bytes of a type, if it is read.
pub(super) fn decoded(bytes: &[u8], data_type: Dtype) -> Option<Vec<f64>> {
    Some(match data_type {
        Dtype::F64 => each(bytes, f64::from_le_bytes),
        Dtype::F32 => each(bytes, |number| f32::from_le_bytes(number).into()),
        Dtype::F16 => each(bytes, |number| half(u16::from_le_bytes(number))),
        Dtype::BF16 => each(bytes, |[low, high]| f32::from_le_bytes([0, 0, low, high]).into()),
        Dtype::I64 => each(bytes, |number| i64::from_le_bytes(number) as f64),
        Dtype::I32 => each(bytes, |number| i32::from_le_bytes(number).into()),
        Dtype::I16 => each(bytes, |number| i16::from_le_bytes(number).into()),
        Dtype::I8 => each(bytes, |number| i8::from_le_bytes(number).into()),
        Dtype::U64 => each(bytes, |number| u64::from_le_bytes(number) as f64),
        Dtype::U32 => each(bytes, |number| u32::from_le_bytes(number).into()),
        Dtype::U16 => each(bytes, |number| u16::from_le_bytes(number).into()),
        Dtype::U8 => each(bytes, |[number]| number.into()),
        Dtype::BOOL => each(bytes, |[truth]| f64::from(truth != 0)),
        _ => return None,
    })
}

fn each<const SIZE: usize>(bytes: &[u8], number: impl Fn([u8; SIZE]) -> f64) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
}

/// A number of 16 bits.
fn half(bits: u16) -> f64 {
    let mantissa = f64::from(bits & 0x3ff) / 1024.0;
    let magnitude = match i32::from(bits >> 10 & 0x1f) {
        0 => mantissa * 2_f64.powi(-14),
        0x1f if mantissa == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1.0 + mantissa) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}
