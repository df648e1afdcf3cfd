//! Numbers that a caller chooses, and the ranges that they lie in.

/// A setting outside of its range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{setting} of {value}, expected {expected}")]
pub struct SettingError {
    /// The setting.
    pub setting: &'static str,
    /// Its value.
    pub value: f64,
    /// The range that it must lie in.
    pub expected: &'static str,
}

impl SettingError {
    /// Refuses a value unless it lies in its range.
    ///
    /// # Errors
    /// If it does not.
    pub fn unless(
        lies_in_range: bool,
        setting: &'static str,
        value: f64,
        expected: &'static str,
    ) -> Result<(), Self> {
        if lies_in_range { Ok(()) } else { Err(Self { setting, value, expected }) }
    }

    /// Refuses infinities, and what is no number.
    ///
    /// # Errors
    /// If it is one.
    pub fn unless_finite(setting: &'static str, value: f64) -> Result<(), Self> {
        Self::unless(value.is_finite(), setting, value, "a finite number")
    }

    /// Refuses what is below zero or not finite.
    ///
    /// # Errors
    /// If it is.
    pub fn unless_not_negative(setting: &'static str, value: f64) -> Result<(), Self> {
        Self::unless(value >= 0.0 && value.is_finite(), setting, value, "0 or above and finite")
    }

    /// Refuses what is not above zero or not finite.
    ///
    /// # Errors
    /// If it is not.
    pub fn unless_positive(setting: &'static str, value: f64) -> Result<(), Self> {
        Self::unless(value > 0.0 && value.is_finite(), setting, value, "above 0 and finite")
    }

    /// Refuses what is no share of a whole.
    ///
    /// # Errors
    /// If it does not lie between 0 and 1, both allowed.
    pub fn unless_share(setting: &'static str, value: f64) -> Result<(), Self> {
        Self::unless((0.0..=1.0).contains(&value), setting, value, "0 to 1")
    }

    /// Refuses a count of nothing.
    ///
    /// # Errors
    /// If it is 0.
    pub fn unless_some(setting: &'static str, count: usize) -> Result<(), Self> {
        Self::unless(count > 0, setting, 0.0, "1 or above")
    }
}
