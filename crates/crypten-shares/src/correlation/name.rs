//! What people call the kinds: `matmul [5, 2, 3] x [3, 4]`.

use std::fmt;

use crypten_ring::Conv2d;

use crate::correlation::{Kind, Window};

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Convolution { input, kernel, geometry } => {
                write!(f, "convolution {input:?} * {kernel:?}")?;
                let Conv2d { stride, padding, dilation, groups } = geometry;
                if *geometry == Conv2d::default() {
                    return Ok(());
                }
                write!(
                    f,
                    " with stride {stride:?}, padding {padding:?}, dilation {dilation:?}, groups {groups}"
                )
            }
            Self::Matmul { left, right } => write!(f, "matmul {left:?} x {right:?}"),
            Self::Sign { signs: 1, window: Window::Full, used } => write!(f, "sign for {used:?}"),
            Self::Sign { signs, window, used } => write!(f, "{signs} signs in {window:?} for {used:?}"),
            Self::Division { divisor } => write!(f, "division by {divisor}"),
            Self::Truncation { bits } => write!(f, "truncation by {bits} bits"),
            other => f.write_str(&format!("{other:?}").to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names_that_people_read() {
        let matmul = Kind::Matmul { left: vec![5, 2, 3], right: vec![3, 4] };
        let padded = Kind::Convolution { input: [1; 4], kernel: [1; 4], geometry: Conv2d::padded(1) };
        let names =
            [matmul, padded, Kind::Truncation { bits: 16 }, Kind::Product].map(|kind| kind.to_string());
        assert_eq!(names[0], "matmul [5, 2, 3] x [3, 4]");
        assert_eq!(
            names[1],
            "convolution [1, 1, 1, 1] * [1, 1, 1, 1] with stride [1, 1], padding [1, 1], dilation [1, 1], groups 1"
        );
        assert_eq!(names[2..], ["truncation by 16 bits".to_owned(), "product".to_owned()]);
    }
}
