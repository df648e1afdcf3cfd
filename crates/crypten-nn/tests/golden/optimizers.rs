//! The optimisers of the cases.

use crypten_autograd::{Plain, Var};
use crypten_nn::{Adam, AdamOptions, AdamW, Error, Optimizer, RMSprop, RMSpropOptions, SGD, SGDOptions};

/// The optimiser of a case.
pub(crate) fn optimizer(name: &str, parameters: [Var<Plain>; 2]) -> Result<Box<dyn Optimizer<Plain>>, Error> {
    let momentum = SGDOptions { momentum: 0.9, ..SGDOptions::default() };
    Ok(match name {
        "SGD" => Box::new(SGD::new(parameters, 0.1)?),
        "SGDWithMomentum" => {
            let options = SGDOptions { dampening: 0.2, weight_decay: 0.05, ..momentum };
            Box::new(SGD::with_options(parameters, 0.1, options)?)
        }
        "SGDWithNesterov" => {
            Box::new(SGD::with_options(parameters, 0.1, SGDOptions { nesterov: true, ..momentum })?)
        }
        "Adam" => Box::new(Adam::new(parameters, 0.1)?),
        "AdamWithOptions" => {
            let options = AdamOptions { betas: [0.8, 0.95], eps: 1e-3, weight_decay: 0.05 };
            Box::new(Adam::with_options(parameters, 0.1, options)?)
        }
        "AdamW" => Box::new(AdamW::new(parameters, 0.1)?),
        "RMSprop" => Box::new(RMSprop::new(parameters, 0.1)?),
        "RMSpropWithOptions" => {
            let (alpha, eps, weight_decay, momentum) = (0.9, 1e-3, 0.05, 0.8);
            let options = RMSpropOptions { alpha, eps, weight_decay, momentum, centered: true };
            Box::new(RMSprop::with_options(parameters, 0.1, options)?)
        }
        _ => panic!("no optimiser is called {name}"),
    })
}
