//! What can be differentiated: one file for each operation, with its forward pass, its gradient and its laws.

mod add; // sums, differences, negatives
mod mul; // products, products with masks
mod div; // quotients, reciprocals
mod matmul; // products of matrices, linear layers
mod conv; // convolutions
mod conv_transpose; // convolutions the other way
mod pool; // averages and maxima of windows
mod sum; // sums and means
mod var; // variances, standard deviations
mod cumsum; // running sums, traces
mod prod; // products along an axis
mod extremes; // the largest and the smallest
mod reshape; // the same elements under other axes
mod permute; // axes in another order
mod expand; // axes repeated
mod narrow; // ranges, slices, parts
mod pad; // borders, windows
mod roll; // elements moved in a circle
mod cat; // tensors joined
mod index; // elements at positions of an axis
mod gather; // elements at positions along an axis
mod triangle; // triangles, diagonals
mod compare; // comparisons, selection
mod relu; // ReLU, leaky ReLU
mod clamp; // clamping
mod abs; // magnitudes, signs
mod exp; // the exponential
mod log; // the logarithm
mod sqrt; // roots
mod sigmoid; // the logistic function
mod tanh; // the hyperbolic tangent
mod erf; // the error function
mod gelu; // the Gaussian unit
mod silu; // the sigmoid unit
mod softplus; // the smooth ReLU
mod trigonometry; // sine, cosine
mod power; // squares, powers, polynomials
mod softmax; // softmax and its logarithm
mod norm; // norms, cosines
mod normalization; // of batches, layers, groups
mod random; // random constants
mod dropout; // elements set to zero at random
mod cross_entropy; // losses

pub use norm::Norm;
pub use normalization::{BatchNorm, RunningStatistics};
