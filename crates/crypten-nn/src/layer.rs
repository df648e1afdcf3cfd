//! The layers, one file each.

mod affine; // factors and shifts after a normalisation
mod linear; // x Wᵀ + b
mod kernel; // the weights of a convolution
mod conv1d; // convolutions over one axis
mod conv2d; // over two
mod conv_transpose1d; // the other way, over one axis
mod conv_transpose2d; // over two
mod embedding; // a vector for each word
mod batch_norm; // normalisation over batches
mod layer_norm; // over the last axes
mod group_norm; // over groups of channels
mod instance_norm; // over single channels
mod multihead_attention; // what looks at what
mod recurrent; // sequences, step by step
mod lstm; // with a memory
mod gru; // without
mod rnn; // without gates
mod dropout; // elements set to zero
mod dropout2d; // channels set to zero
mod max_pool2d; // the largest of windows
mod avg_pool2d; // the mean of windows
mod adaptive_max_pool2d; // the largest of so many windows
mod adaptive_avg_pool2d; // the mean of so many windows
mod global_average_pool; // the mean of images
mod upsample; // pixels repeated
mod constant_pad; // a number around a tensor
mod cosine_similarity; // angles between vectors
mod flatten; // axes joined
mod identity; // nothing
mod relu; // max(x, 0)
mod relu6; // up to six
mod hardtanh; // between two numbers
mod leaky_relu; // with a slope below zero
mod elu; // with an exponential below zero
mod gelu; // with the normal distribution
mod silu; // with the sigmoid
mod sigmoid; // the logistic function
mod tanh; // the hyperbolic tangent
mod softplus; // the smooth rectifier
mod softmax; // shares of a whole
mod log_softmax; // and their logarithms

use crypten_autograd::{Engine, Var};

pub use adaptive_avg_pool2d::AdaptiveAvgPool2d;
pub use adaptive_max_pool2d::AdaptiveMaxPool2d;
pub use avg_pool2d::AvgPool2d;
pub use batch_norm::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d};
pub use constant_pad::{ConstantPad, ConstantPad1d, ConstantPad2d, ConstantPad3d};
pub use conv_transpose1d::ConvTranspose1d;
pub use conv_transpose2d::ConvTranspose2d;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use cosine_similarity::CosineSimilarity;
pub use dropout::Dropout;
pub use dropout2d::{Dropout2d, Dropout3d};
pub use elu::ELU;
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use gelu::GELU;
pub use global_average_pool::GlobalAveragePool;
pub use group_norm::GroupNorm;
pub use gru::{GRU, GRUCell};
pub use hardtanh::Hardtanh;
pub use identity::Identity;
pub use instance_norm::{InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d};
pub use layer_norm::LayerNorm;
pub use leaky_relu::LeakyReLU;
pub use linear::Linear;
pub use log_softmax::LogSoftmax;
pub use lstm::{LSTM, LSTMCell, LSTMState};
pub use max_pool2d::MaxPool2d;
pub use multihead_attention::MultiheadAttention;
pub use recurrent::{Cell, CellState, CellWeights, Recurrent};
pub use relu::ReLU;
pub use relu6::ReLU6;
pub use rnn::{RNN, RNNCell};
pub use sigmoid::Sigmoid;
pub use silu::SiLU;
pub use softmax::Softmax;
pub use softplus::Softplus;
pub use tanh::Tanh;
pub use upsample::Upsample;

/// Batch and length exchanged, if the batch comes first.
fn turned<E: Engine>(x: &Var<E>, batch_first: bool) -> Result<Var<E>, E::Error> {
    if batch_first { x.transpose(0, 1) } else { Ok(x.clone()) }
}
