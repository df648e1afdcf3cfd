//! What noise promises: Gaussian differential privacy, and that of flipped labels.
//!
//! Noise of deviation `σ` on what a label changes by at most `Δ` makes telling two labels apart as hard as telling normal
//! numbers of means 0 and `μ = Δ / σ` apart. Steps that follow each other add up to the root of the sum of `μ²`. In the
//! common terms, `δ(ε) = Φ(μ/2 - ε/μ) - e^ε Φ(-μ/2 - ε/μ)`, for every `ε`. Sources: J. Dong, A. Roth, W. Su, "Gaussian
//! differential privacy" (2022), theorem 2.7, corollaries 2.13 and 3.3; B. Balle, Y.-X. Wang (ICML 2018), theorem 8.

use std::f64::consts::SQRT_2;

/// How little a label can be told from another by what has been opened: the smaller, the better.
///
/// # Examples
/// ```
/// use crypten::GaussianPrivacy;
///
/// // Noise as large as what one label changes, in 10 steps that it takes part in.
/// let spent = GaussianPrivacy::of(1.0, 1.0).times(10);
/// assert!((spent.epsilon(1e-5) - 17.86).abs() < 0.01);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct GaussianPrivacy {
    /// Not negative; infinite where nothing is promised.
    mu: f64,
}

impl GaussianPrivacy {
    /// What noise of a standard deviation promises where a label changes what is opened by at most the sensitivity, as
    /// the root of the sum of squares.
    #[must_use]
    pub fn of(sensitivity: f64, deviation: f64) -> Self {
        if sensitivity == 0.0 { Self::default() } else { Self { mu: (sensitivity / deviation).abs() } }
    }

    /// What is left after another opening, which may depend on the first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { mu: self.mu.hypot(other.mu) }
    }

    /// What is left after as many openings like this.
    #[must_use]
    pub fn times(self, steps: u32) -> Self {
        Self { mu: self.mu * f64::from(steps).sqrt() }
    }

    /// The distance between the two normal distributions.
    #[must_use]
    pub fn mu(self) -> f64 {
        self.mu
    }

    /// The `δ` for which (ε, δ)-differential privacy holds.
    #[must_use]
    pub fn delta(self, epsilon: f64) -> f64 {
        if self.mu == 0.0 {
            return 0.0;
        }
        if self.mu.is_infinite() {
            return 1.0;
        }
        let (half, share) = (self.mu / 2.0, epsilon / self.mu);
        // Where e^ε overflows, what it multiplies is less than nothing: without it δ is larger, never smaller.
        let taken = if epsilon < 700.0 { epsilon.exp() * normal_below(-half - share) } else { 0.0 };
        (normal_below(half - share) - taken).clamp(0.0, 1.0)
    }

    /// The smallest `ε` for which (ε, δ)-differential privacy holds, rounded up in its tenth digit; infinite if none
    /// does.
    #[must_use]
    pub fn epsilon(self, delta: f64) -> f64 {
        if self.delta(0.0) <= delta {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        while self.delta(high) > delta {
            (low, high) = (high, 2.0 * high);
            if high > 1e12 {
                return f64::INFINITY;
            }
        }
        while high - low > 1e-10 * high {
            let middle = f64::midpoint(low, high);
            if self.delta(middle) > delta { low = middle } else { high = middle }
        }
        high
    }
}

/// The `ε` of a label that is replaced with a probability by one of the other classes, all equally likely: `ln` of the
/// chance that it stays over that of one other, `ln ((1 - p)(k - 1) / p)`.
///
/// It holds for each time a label is flipped, whatever is computed of it afterwards, if the probability is exact; what
/// is drawn in a session is rounded, and [`SplitLabels::epsilon`](crate::SplitLabels::epsilon) states what it promises.
/// Where a label stays less often than it becomes one other, it is `ln` of the inverse. Source: P. Kairouz, S. Oh, P.
/// Viswanath (NIPS 2014).
#[must_use]
pub fn randomized_response_epsilon(probability: f64, classes: usize) -> f64 {
    ((1.0 - probability) * (classes as f64 - 1.0) / probability).ln().abs()
}

/// How likely a normal number is below another.
fn normal_below(x: f64) -> f64 {
    libm::erfc(-x / SQRT_2) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `∫ max(φ(x - μ) - e^ε φ(x), 0) dx`, which is `δ` by its definition.
    fn by_definition(mu: f64, epsilon: f64) -> f64 {
        let step = 1e-4;
        let normal = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let excess = |x: f64| (normal(x - mu) - epsilon.exp() * normal(x)).max(0.0);
        (-100_000..200_000).map(|index| excess(f64::from(index) * step) * step).sum()
    }

    #[test]
    fn delta_is_what_its_definition_says() {
        for (mu, epsilon) in [(0.5, 0.0), (0.5, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 0.5)] {
            let found = GaussianPrivacy::of(mu, 1.0).delta(epsilon);
            let expected = by_definition(mu, epsilon);
            assert!((found - expected).abs() < 1e-7, "{found}, not {expected}, at {mu} and {epsilon}");
        }
    }

    #[test]
    fn epsilon_undoes_delta() {
        for mu in [0.1, 1.0, 5.0, 30.0] {
            let privacy = GaussianPrivacy::of(2.0 * mu, 2.0);
            for delta in [1e-2, 1e-5, 1e-9] {
                let epsilon = privacy.epsilon(delta);
                assert!(
                    (privacy.delta(epsilon) / delta - 1.0).abs() < 1e-3 || epsilon == 0.0,
                    "{mu}, {delta}"
                );
            }
        }
    }

    #[test]
    fn steps_add_up_as_squares() {
        let step = GaussianPrivacy::of(1.0, 4.0);
        let four = step.and(step).and(step).and(step);
        assert!((four.mu() - step.times(4).mu()).abs() < 1e-12 && (four.mu() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn no_noise_promises_nothing_and_no_change_everything() {
        let none = GaussianPrivacy::of(1.0, 0.0);
        assert_eq!((none.delta(1e6), none.epsilon(1e-5)), (1.0, f64::INFINITY));
        let all = GaussianPrivacy::of(0.0, 0.0);
        assert_eq!((all.delta(0.0), all.epsilon(0.0)), (0.0, 0.0));
    }

    #[test]
    fn a_fair_coin_tells_nothing() {
        assert_eq!(randomized_response_epsilon(0.5, 2), 0.0);
        assert!((randomized_response_epsilon(0.25, 2) - 3.0_f64.ln()).abs() < 1e-12);
        assert!(randomized_response_epsilon(2.0 / 3.0, 3).abs() < 1e-12);
        assert!((randomized_response_epsilon(0.75, 2) - 3.0_f64.ln()).abs() < 1e-12, "lies tell as much");
    }
}
