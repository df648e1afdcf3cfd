//! Neural networks over any [`Engine`](crypten_autograd::Engine) of tensors, with the words of PyTorch.
//!
//! A [`Module`] has named parameters, and [`Forward`] says what it makes of a tensor. A [`Loss`] says how far its output
//! is from a target, the backward pass leaves a gradient in each parameter, and an [`Optimizer`] changes the parameters
//! by it. A [`StateDict`] carries what was trained to another engine, or to a file that PyTorch reads and writes too.
//! Nothing here knows whether a tensor is secret.
//!
//! A network of one's own is a struct with `#[derive(Module)]`; [`Sequential`] and [`Graph`] put one together from
//! parts.
//!
//! # Examples
//! ```
//! use crypten_autograd::{Plain, Var};
//! use crypten_nn::{Adam, BCEWithLogitsLoss, Forward, Generator, Linear, Loss, Module, Optimizer, Sequential, Tanh};
//! use ndarray::array;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Plain::default();
//! let generator = Generator::new(&engine, 1);
//! let network = Sequential::new()
//!     .push(Linear::new(&generator, 2, 8)?)
//!     .push(Tanh)
//!     .push(Linear::new(&generator, 8, 1)?);
//! let x = Var::constant(&engine, array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])?;
//! let xor = Var::constant(&engine, array![[0.0], [1.0], [1.0], [0.0]])?;
//! let mut optimizer = Adam::new(network.parameters(), 0.05)?;
//! for _ in 0..200 {
//!     optimizer.zero_grad();
//!     BCEWithLogitsLoss::default().forward(&network.forward(&x)?, &xor)?.backward()?;
//!     optimizer.step()?;
//! }
//! assert_eq!(network.forward(&x)?.gt(0.0)?.value(), xor.value());
//! # Ok(())
//! # }
//! ```

extern crate self as crypten_nn; // as `#[derive(Module)]` writes it

mod error; // what can go wrong
mod generator; // where new parameters come from
pub mod init; // their first values
mod state; // values under names
mod module; // what every part of a network is
mod container; // modules of modules
mod layer; // modules that compute
mod loss; // how far predictions are from targets
mod optim; // how parameters follow their gradients
mod schedule; // how the learning rate falls

pub use crypten_autograd as autograd;
pub use crypten_autograd::SettingError;

pub use container::{Graph, GraphBuilder, ModuleDict, ModuleList, Sequential};
pub use error::{Error, FileError, FileFlaw, GraphError};
pub use generator::Generator;
pub use layer::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, Cell,
    CellState, CellWeights, ConstantPad, ConstantPad1d, ConstantPad2d, ConstantPad3d, Conv1d, Conv2d,
    ConvTranspose1d, ConvTranspose2d, CosineSimilarity, Dropout, Dropout2d, Dropout3d, ELU, Embedding,
    Flatten, GELU, GRU, GRUCell, GlobalAveragePool, GroupNorm, Hardtanh, Identity, InstanceNorm,
    InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, LSTM, LSTMCell, LSTMState, LayerNorm, LeakyReLU, Linear,
    LogSoftmax, MaxPool2d, MultiheadAttention, RNN, RNNCell, ReLU, ReLU6, Recurrent, SiLU, Sigmoid, Softmax,
    Softplus, Tanh, Upsample,
};
pub use loss::{
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, KLDivLoss, L1Loss, Loss, MSELoss, NLLLoss,
    RAPPORLoss, Reduction, SmoothL1Loss,
};
pub use module::{Forward, Mode, Module, Parts};
pub use optim::{
    Adam, AdamOptions, AdamW, LearningRate, Optimizer, RMSprop, RMSpropOptions, SGD, SGDOptions,
    clip_grad_norm, clip_grad_value,
};
pub use schedule::{CosineAnnealingLR, ExponentialLR, Schedule, StepLR};
pub use state::{FloatType, Misshapen, StateDict, StateMismatch};
