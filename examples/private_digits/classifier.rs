//! A small convolutional network that learns in the clear, on plain ndarray:
//!
//! ```text
//! [n, 1, h, w] ─ convolution 3 x 3, 8 kernels, padding 1 ─ ReLU ─ maximum of 2 x 2 ─ flatten
//!              ─ linear, 64 ─ ReLU ─ linear ─ [n, 10] scores, the largest of which is the answer
//! ```
//!
//! The convolution is one matrix product, `[8, 9] · [9, n·h·w]`, over the 3 x 3 patches of all images. The
//! loss is the cross entropy of the softmax of the scores; the gradient is written by hand and descended
//! with momentum. Inside, feature maps are `[8, n, h, w]`; the flattened features are in PyTorch's order
//! (kernel, row, column).

mod layers;

use layers::{he_uniform, patches, rectify_and_pool, softmax_cross_entropy, unpool};
use ndarray::{
    Array1, Array2, Array4, ArrayView1, ArrayView2, ArrayView4, ArrayViewD, ArrayViewMutD, Axis, Zip,
};

use super::xorshift::Xorshift;

/// The parameters. A gradient has the same shapes, so the same type holds one.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Classifier {
    /// `[8, 1, 3, 3]`: kernel, the one channel of the image, row, column.
    pub(crate) convolution: Array4<f32>,
    /// `[8]`, one a kernel.
    pub(crate) convolution_bias: Array1<f32>,
    /// `[features, 64]`, where `features = 8 · ⌊h/2⌋ · ⌊w/2⌋`; multiplied from the right.
    pub(crate) hidden: Array2<f32>,
    /// `[64]`.
    pub(crate) hidden_bias: Array1<f32>,
    /// `[64, 10]`; multiplied from the right.
    pub(crate) output: Array2<f32>,
    /// `[10]`, one a digit.
    pub(crate) output_bias: Array1<f32>,
}

pub(crate) const KERNELS: usize = 8;
const SIDE: usize = 3;
const TAPS: usize = SIDE * SIDE;
pub(crate) const HIDDEN: usize = 64;
pub(crate) const CLASSES: usize = 10;

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const BATCH: usize = 32;
const RATE: f32 = 0.05;
const MOMENTUM: f32 = 0.9;

impl Classifier {
    /// Learns the labels of the images. `progress` hears each epoch, from 1, and its mean loss. The seed is
    /// fixed: the same digits give the same classifier.
    ///
    /// # Shapes
    /// Images `[n, 1, h, w]` with `h` and `w` at least 2, and `n` labels.
    ///
    /// # Panics
    /// If the shapes are others or a label is not below 10.
    pub(crate) fn train(
        images: &Array4<f32>,
        labels: &[usize],
        epochs: usize,
        mut progress: impl FnMut(usize, f32),
    ) -> Self {
        let (count, channels, height, width) = images.dim();
        assert_eq!(channels, 1, "one channel");
        assert_eq!(labels.len(), count, "one label an image");

        let mut random = Xorshift::new(SEED);
        let mut classifier = Self::random(height, width, &mut random);
        let mut velocity = classifier.zeros_like();
        let mut order: Vec<usize> = (0..count).collect();
        for epoch in 1..=epochs {
            random.shuffle(&mut order);
            let mut total = 0.0;
            for batch in order.chunks(BATCH) {
                let images = images.select(Axis(0), batch);
                let labels: Vec<usize> = batch.iter().map(|&index| labels[index]).collect();
                let (loss, gradient) = classifier.gradient(images.view(), &labels);
                classifier.descend(&mut velocity, &gradient);
                total += loss * batch.len() as f32;
            }
            progress(epoch, total / count as f32);
        }
        classifier
    }

    /// The share of images whose prediction is their label.
    pub(crate) fn accuracy(&self, images: &Array4<f32>, labels: &[usize]) -> f64 {
        let answers = self.predict(images);
        let right = answers.iter().zip(labels).filter(|(answer, label)| answer == label).count();
        right as f64 / labels.len() as f64
    }

    /// The digit with the largest score, for each image.
    pub(crate) fn predict(&self, images: &Array4<f32>) -> Vec<usize> {
        let best = |scores: ArrayView1<'_, f32>| {
            let ranked = scores.iter().enumerate().max_by(|(_, left), (_, right)| left.total_cmp(right));
            ranked.map_or(0, |(digit, _)| digit)
        };
        self.scores(images).outer_iter().map(best).collect()
    }

    /// Ten scores an image, `[n, 10]`: the logarithms of the probabilities, up to a constant for each image.
    ///
    /// # Panics
    /// If the images have another size than those the classifier learned from.
    pub(crate) fn scores(&self, images: &Array4<f32>) -> Array2<f32> {
        const AT_ONCE: usize = 256;
        let mut scores = Array2::<f32>::zeros((images.dim().0, CLASSES));
        let parts = scores.axis_chunks_iter_mut(Axis(0), AT_ONCE);
        for (mut scores, images) in parts.zip(images.axis_chunks_iter(Axis(0), AT_ONCE)) {
            scores.assign(&self.forward(images).scores);
        }
        scores
    }

    fn forward(&self, images: ArrayView4<'_, f32>) -> Forward {
        let (count, _, height, width) = images.dim();
        let patches = patches(images);
        let mut maps = self.kernels().dot(&patches);
        maps += &self.convolution_bias.view().insert_axis(Axis(1));
        let maps = maps.into_shape_with_order((KERNELS, count, height, width)).expect("the same elements");

        let (largest, winners) = rectify_and_pool(&maps);
        let by_image = largest.permuted_axes([1, 0, 2, 3]);
        let features = by_image
            .to_shape((count, self.hidden.nrows()))
            .expect("images have the size the classifier learned from")
            .into_owned();

        let mut hidden = features.dot(&self.hidden) + &self.hidden_bias;
        hidden.mapv_inplace(|value| value.max(0.0));
        let scores = hidden.dot(&self.output) + &self.output_bias;
        Forward { patches, winners, features, hidden, scores }
    }

    /// The mean loss of a batch, and its gradient.
    fn gradient(&self, images: ArrayView4<'_, f32>, labels: &[usize]) -> (f32, Self) {
        let (_, _, height, width) = images.dim();
        let forward = self.forward(images);
        let (loss, scores) = softmax_cross_entropy(forward.scores, labels);
        let mut hidden = scores.dot(&self.output.t());
        Zip::from(&mut hidden).and(&forward.hidden).for_each(|slope, &value| {
            if value <= 0.0 {
                *slope = 0.0;
            }
        });
        let maps = unpool(hidden.dot(&self.hidden.t()), &forward.winners, height, width);

        let convolution = maps.dot(&forward.patches.t());
        let gradient = Self {
            convolution: convolution.into_shape_with_order((KERNELS, 1, SIDE, SIDE)).expect("8 x 9 taps"),
            convolution_bias: maps.sum_axis(Axis(1)),
            hidden: forward.features.t().dot(&hidden),
            hidden_bias: hidden.sum_axis(Axis(0)),
            output: forward.hidden.t().dot(&scores),
            output_bias: scores.sum_axis(Axis(0)),
        };
        (loss, gradient)
    }

    /// One step: `velocity ← momentum · velocity + gradient`, then `self ← self - rate · velocity`.
    fn descend(&mut self, velocity: &mut Self, gradient: &Self) {
        let moving = self.parameters_mut().into_iter().zip(velocity.parameters_mut());
        for ((parameter, velocity), gradient) in moving.zip(gradient.parameters()) {
            Zip::from(parameter).and(velocity).and(gradient).for_each(|parameter, velocity, &slope| {
                *velocity = MOMENTUM * *velocity + slope;
                *parameter -= RATE * *velocity;
            });
        }
    }

    /// Weights as He et al. draw them before ReLU ("Delving deep into rectifiers", ICCV 2015), zero biases.
    fn random(height: usize, width: usize, random: &mut Xorshift) -> Self {
        let features = KERNELS * (height / 2) * (width / 2);
        Self {
            convolution: he_uniform((KERNELS, 1, SIDE, SIDE), TAPS, random),
            convolution_bias: Array1::zeros(KERNELS),
            hidden: he_uniform((features, HIDDEN), features, random),
            hidden_bias: Array1::zeros(HIDDEN),
            output: he_uniform((HIDDEN, CLASSES), HIDDEN, random),
            output_bias: Array1::zeros(CLASSES),
        }
    }

    fn zeros_like(&self) -> Self {
        let mut zeros = self.clone();
        zeros.parameters_mut().iter_mut().for_each(|parameter| parameter.fill(0.0));
        zeros
    }

    /// The kernels as a matrix, `[8, 9]`.
    fn kernels(&self) -> ArrayView2<'_, f32> {
        self.convolution.view().into_shape_with_order((KERNELS, TAPS)).expect("8 x 9 taps")
    }

    fn parameters(&self) -> [ArrayViewD<'_, f32>; 6] {
        [
            self.convolution.view().into_dyn(),
            self.convolution_bias.view().into_dyn(),
            self.hidden.view().into_dyn(),
            self.hidden_bias.view().into_dyn(),
            self.output.view().into_dyn(),
            self.output_bias.view().into_dyn(),
        ]
    }

    fn parameters_mut(&mut self) -> [ArrayViewMutD<'_, f32>; 6] {
        [
            self.convolution.view_mut().into_dyn(),
            self.convolution_bias.view_mut().into_dyn(),
            self.hidden.view_mut().into_dyn(),
            self.hidden_bias.view_mut().into_dyn(),
            self.output.view_mut().into_dyn(),
            self.output_bias.view_mut().into_dyn(),
        ]
    }
}

/// What the gradient needs of the way from the images to the scores.
struct Forward {
    patches: Array2<f32>,
    winners: Array4<u8>,
    features: Array2<f32>,
    hidden: Array2<f32>,
    scores: Array2<f32>,
}

#[cfg(test)]
mod tests {
    use ndarray::s;

    use super::super::data::Digits;
    use super::*;

    /// Along the gradient of each parameter the loss rises by the gradient's length; 7 x 6 pixels, so that
    /// pooling leaves a row out.
    #[test]
    fn the_gradient_equals_finite_differences() {
        const STEP: f32 = 1e-2;
        let digits = Digits::uci().expect("the file is whole");
        let images = digits.images.slice(s![..100, .., ..7, ..6]).to_owned();
        let labels = &digits.labels[..100];
        let classifier = Classifier::train(&images, labels, 2, |_, _| ());
        let (_, gradient) = classifier.gradient(images.view(), labels);
        for (index, slopes) in gradient.parameters().into_iter().enumerate() {
            let length = slopes.iter().map(|slope| slope * slope).sum::<f32>().sqrt();
            let loss_after = |step: f32| {
                let mut moved = classifier.clone();
                moved.parameters_mut()[index].scaled_add(step / length, &slopes);
                moved.gradient(images.view(), labels).0
            };
            let measured = (loss_after(STEP) - loss_after(-STEP)) / (2.0 * STEP);
            assert!((measured - length).abs() < 0.05 * length, "{index}: {measured}, {length}");
        }
    }

    #[test]
    fn digits_never_seen_are_recognised() {
        let (train, test) = Digits::uci().and_then(|digits| digits.split(1200)).expect("1200 of 1797 digits");
        let mut losses = Vec::new();
        let classifier = Classifier::train(&train.images, &train.labels, 10, |_, loss| losses.push(loss));
        assert!(losses.len() == 10 && losses[9] < losses[0]);
        assert!(classifier.accuracy(&test.images, &test.labels) > 0.95);
    }
}
