//! Rows of numbers in two classes: drawn at random around a plane, or the breast cancers of Wisconsin
//! (`data/README.md` has their source and licence).

use anyhow::{Context, Result, ensure};
use crypten::autograd::{Engine, Plain};
use crypten::ndarray::{Array2, Axis, s};

use crate::shuffled;

/// Rows of features, each with its class.
#[derive(Clone, Debug)]
pub struct Table {
    /// `[rows, features]`.
    pub features: Array2<f64>,
    /// `[rows, 1]`, each 1 or -1.
    pub classes: Array2<f64>,
}

impl Table {
    /// Normal features, on either side of a random plane.
    ///
    /// # Errors
    /// None but the engine's, which has no reason to fail.
    pub fn gaussian(rows: usize, features: usize, seed: u64) -> Result<Self> {
        let engine = Plain::new(seed);
        let normal = |shape: &[usize]| engine.normal(shape);
        let (x, plane) = (normal(&[rows, features])?, normal(&[features, 1])?);
        let heights = engine.matmul(&x, &plane)?;
        let classes = heights.mapv(|height| if height > 0.0 { 1.0 } else { -1.0 });
        Ok(Self { features: x.to_owned().into_dimensionality()?, classes: classes.into_dimensionality()? })
    }

    /// 569 tumours: 30 features of the nuclei of their cells, and whether they are benign (1) or malignant (-1). In an
    /// order that is always the same.
    ///
    /// # Errors
    /// If the table compiled in is not the one its README describes.
    pub fn breast_cancer() -> Result<Self> {
        let mut lines = BREAST_CANCER.lines();
        let columns = lines.next().context("breast_cancer.csv has a headline")?.split(',').count();
        let numbers =
            lines.flat_map(|line| line.split(',')).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        ensure!(numbers.len() == 569 * columns, "breast_cancer.csv: {} numbers", numbers.len());
        let rows = Array2::from_shape_vec((569, columns), numbers)?.select(Axis(0), &shuffled(569, 1));
        Ok(Self {
            features: rows.slice(s![.., ..-1]).to_owned(),
            classes: rows.slice(s![.., -1..]).mapv(|benign| 2.0 * benign - 1.0),
        })
    }

    /// The first `count` rows, and the others.
    #[must_use]
    pub fn split(&self, count: usize) -> (Self, Self) {
        let part = |rows: std::ops::Range<usize>| Self {
            features: self.features.slice(s![rows.clone(), ..]).to_owned(),
            classes: self.classes.slice(s![rows, ..]).to_owned(),
        };
        (part(0..count), part(count..self.classes.nrows()))
    }

    /// Each feature less its mean and divided by its deviation, those of the first `count` rows. Whoever owns a column
    /// does it alone.
    #[must_use]
    pub fn standardised(self, count: usize) -> Self {
        let known = self.features.slice(s![..count, ..]);
        let (mean, deviation) = (known.sum_axis(Axis(0)) / count as f64, known.std_axis(Axis(0), 0.0));
        Self { features: (self.features - mean) / deviation, ..self }
    }
}

static BREAST_CANCER: &str = include_str!("../data/breast_cancer.csv");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_one_of_its_readme() -> Result<()> {
        let table = Table::breast_cancer()?;
        assert_eq!(table.features.dim(), (569, 30));
        assert_eq!(table.classes.iter().filter(|&&class| class == 1.0).count(), 357);
        Ok(())
    }

    #[test]
    fn standardised_features_have_mean_zero_and_deviation_one() -> Result<()> {
        let features = Table::breast_cancer()?.standardised(400).split(400).0.features;
        assert!(features.sum_axis(Axis(0)).iter().all(|sum| sum.abs() < 1e-9));
        assert!(features.std_axis(Axis(0), 0.0).iter().all(|deviation| (deviation - 1.0).abs() < 1e-9));
        Ok(())
    }

    #[test]
    fn a_plane_parts_what_was_drawn_around_it() -> Result<()> {
        let (first, rest) = Table::gaussian(50, 4, 1)?.split(20);
        assert_eq!((first.features.dim(), rest.classes.dim()), ((20, 4), (30, 1)));
        let ups = first.classes.iter().chain(&rest.classes).filter(|&&class| class == 1.0).count();
        assert!((10..40).contains(&ups));
        Ok(())
    }
}
