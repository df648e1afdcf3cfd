//! Squares, powers and polynomials: `∂xⁿ = n xⁿ⁻¹ ∂x`, where `xⁿ⁻¹` is on the way to `xⁿ`.

use ndarray::ArrayD;

use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::tape::sum_to;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `self²`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn square(&self) -> Result<Self, E::Error> {
        let x = self.value();
        let square = self.engine().square(&x)?;
        let pullback =
            move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &engine.mul_number(&x, 2.0)?);
        Ok(self.record("square", square).input(self, pullback).finish())
    }

    /// `self` to a whole power, which may be negative; 1 to the power of 0.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn pow(&self, n: i64) -> Result<Self, E::Error> {
        match n {
            i64::MIN..0 => return self.reciprocal()?.pow(n.saturating_neg()),
            0 => return Self::constant(self.engine(), ArrayD::ones(self.shape())),
            1 => return Ok(self.clone()),
            2 => return self.square(),
            _ => {}
        }
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("pow", engine.pow(&x, n.unsigned_abs())?).finish());
        }
        let below = engine.pow(&x, n.unsigned_abs() - 1)?;
        let power = engine.mul(&below, &x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.mul_number(&engine.mul(gradient, &below)?, n as f64)
        };
        Ok(self.record("pow", power).input(self, pullback).finish())
    }

    /// `self` to a real power, a tensor of them or a number, where `self` is positive: `e^(p ln x)`.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the engine fails.
    pub fn pos_pow(&self, p: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        match p.into() {
            Operand::Number(p) if p.fract() == 0.0 && p.abs() < 64.0 => self.pow(p as i64),
            p => self.log()?.mul(p)?.exp(),
        }
    }

    /// The polynomial `c_1 x + c_2 x^2 + .. + c_n x^n`, from the linear term up and without a constant.
    ///
    /// The gradient takes the powers that the result took.
    ///
    /// # Shapes
    /// The coefficients have one axis.
    ///
    /// # Errors
    /// If the coefficients have another number of axes, or the engine fails.
    pub fn polynomial(&self, coefficients: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let coefficients = coefficients.into().into_var(engine)?;
        let &[count] = coefficients.shape() else {
            return Err(Error::mismatch("polynomial", self.shape(), coefficients.shape()).into());
        };
        if count == 0 {
            return Self::constant(engine, ArrayD::zeros(self.shape()));
        }
        let mut column = vec![1; self.ndim() + 1];
        column[0] = count;
        let (powers, shape) = (self.powers(count)?, self.shape().to_vec());
        let factors = engine.reshape(&coefficients.value(), &column)?;
        let sum = engine.sum_keepdim(&engine.mul(&powers, &factors)?, &[0])?;
        let polynomial = engine.reshape(&sum, &shape)?;
        let (terms, orders) = (powers.clone(), column.clone());
        let to_x = move |engine: &E, gradient: &E::Tensor| {
            // Of 1, x, .., xⁿ⁻¹ with the coefficients 1 c_1, .., n c_n.
            let ones = engine.constant(ArrayD::ones([&[1], &shape[..]].concat()))?;
            let below = engine.cat(&[&ones, &engine.narrow(&powers, 0, 0, count - 1)?], 0)?;
            let orders = ArrayD::from_shape_fn(&orders[..], |place| (place[0] + 1) as f64);
            let factors = engine.mul(&factors, &engine.constant(orders)?)?;
            let slope = engine.sum_keepdim(&engine.mul(&below, &factors)?, &[0])?;
            engine.mul(gradient, &engine.reshape(&slope, &shape)?)
        };
        let to_coefficients = move |engine: &E, gradient: &E::Tensor| {
            let sums = sum_to(engine, &engine.mul(&terms, gradient)?, &column)?;
            engine.reshape(&sums, &[count])
        };
        let record = self.record("polynomial", polynomial).input(self, to_x);
        Ok(record.input(&coefficients, to_coefficients).finish())
    }

    /// `x, x², .., xⁿ` along a new first axis, in `log2 n` products: each doubles the number of powers.
    fn powers(&self, count: usize) -> Result<E::Tensor, E::Error> {
        let engine = self.engine();
        let mut powers = engine.reshape(&self.value(), &[&[1], self.shape()].concat())?;
        let mut known = 1;
        while known < count {
            let more = known.min(count - known);
            let highest = engine.narrow(&powers, 0, known - 1, 1)?;
            let next = engine.mul(&engine.narrow(&powers, 0, 0, more)?, &highest)?;
            powers = engine.cat(&[&powers, &next], 0)?;
            known += more;
        }
        Ok(powers)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{law, unary_law};

    unary_law!(squares_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].square());
    unary_law!(cubes_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].pow(3));
    unary_law!(high_powers_have_the_gradient_of_finite_differences, -1.2..1.2, |x| x[0].pow(7));
    unary_law!(negative_powers_have_the_gradient_of_finite_differences, 0.5..2.0, |x| x[0].pow(-3));
    unary_law!(real_powers_have_the_gradient_of_finite_differences, 0.5..2.0, |x| x[0].pos_pow(1.5));
    law!(powers_of_tensors_have_the_gradient_of_finite_differences, [&[2, 3], &[3]], 0.5..2.0, |x| {
        x[0].pos_pow(&x[1])
    });
    law!(polynomials_have_the_gradient_of_finite_differences, [&[2, 3], &[5]], -1.0..1.0, |x| {
        x[0].polynomial(&x[1])
    });
}
