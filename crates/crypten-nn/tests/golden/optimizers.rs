//! The optimisers of the cases, step by step; and gradients kept small.

use crypten_autograd::Var;
use crypten_nn::{
    Adam, AdamOptions, AdamW, Error, Optimizer, RMSprop, RMSpropOptions, SGD, SGDOptions, clip_grad_norm,
    clip_grad_value,
};

use super::file::{ClipCase, OptimizerCase, Tensor};
use super::judge::{Judge, Tested};

/// Takes the steps of a case on an engine: a parameter that follows its gradients, and one that has none.
pub(crate) fn run<E: Tested>(engine: &E, case: &OptimizerCase, judge: &mut Judge) -> Result<(), E::Error> {
    let (parameter, without_gradient) = (engine.leaf(&case.start)?, engine.leaf(&case.start)?);
    let mut method = optimizer(&case.name, [parameter.clone(), without_gradient.clone()]).unwrap();
    for (number, step) in case.steps.iter().enumerate() {
        method.zero_grad();
        parameter.backward_with(&engine.hide(step.gradient.array())?)?;
        method.step()?;
        judge.compare(&format!("parameter after step {number}"), engine, &parameter.value(), &step.after)?;
    }
    judge.compare("parameter without a gradient", engine, &without_gradient.value(), &case.start)
}

/// Clips the gradients of a case on an engine, by their norm and by value.
pub(crate) fn clip<E: Tested>(engine: &E, case: &ClipCase, judge: &mut Judge) -> Result<(), E::Error> {
    let parameters = case.before.iter().map(|before| {
        let parameter = engine.leaf(before)?;
        parameter.backward_with(&engine.hide(before.array())?)?;
        Ok(parameter)
    });
    let parameters = parameters.collect::<Result<Vec<_>, E::Error>>()?;
    let norm = clip_grad_norm(&parameters, case.limit)?.expect("there are gradients");
    judge.compare("norm", engine, &norm, &Tensor { shape: Vec::new(), values: vec![case.norm] })?;
    for (parameter, expected) in parameters.iter().zip(&case.by_norm) {
        judge.compare("gradient clipped by norm", engine, &parameter.gradient()?, expected)?;
    }
    for (parameter, before) in parameters.iter().zip(&case.before) {
        parameter.zero_grad();
        parameter.backward_with(&engine.hide(before.array())?)?;
    }
    clip_grad_value(&parameters, case.limit)?;
    for (parameter, expected) in parameters.iter().zip(&case.by_value) {
        judge.compare("gradient clipped by value", engine, &parameter.gradient()?, expected)?;
    }
    Ok(())
}

/// The optimiser of a case.
fn optimizer<E: Tested>(name: &str, parameters: [Var<E>; 2]) -> Result<Box<dyn Optimizer<E>>, Error> {
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
