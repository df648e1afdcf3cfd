//! Powers by repeated squaring: `x^n` in at most `2 log2 n` products.

use super::Engine;

pub(super) fn pow<E: Engine>(engine: &E, x: &E::Tensor, n: u64) -> Result<E::Tensor, E::Error> {
    let (mut square, mut rest) = (x.clone(), n);
    let mut power: Option<E::Tensor> = None;
    loop {
        if rest % 2 == 1 {
            power = Some(match power {
                Some(power) => engine.mul(&power, &square)?,
                None => square.clone(),
            });
        }
        rest /= 2;
        match power {
            Some(power) if rest == 0 => return Ok(power),
            None if rest == 0 => return engine.add_number(&engine.mul_number(x, 0.0)?, 1.0),
            _ => square = engine.square(&square)?,
        }
    }
}
