//! Modules, losses, optimisers and schedules against PyTorch's, which `golden/make.py` has written down with its
//! version.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod golden {
    pub(crate) mod file; // what is written down
    pub(crate) mod layers; // the layers of the cases
    pub(crate) mod losses; // the losses
    pub(crate) mod optimizers; // the optimisers
}

use crypten_autograd::{Engine, Plain, Var};
use crypten_nn::{
    CosineAnnealingLR, Embedding, ExponentialLR, Forward, GRU, Generator, LSTM, LSTMState, LearningRate,
    MultiheadAttention, SGD, Schedule, StepLR, clip_grad_norm, clip_grad_value,
};
use ndarray::{ArrayD, arr0};

use golden::file::{Golden, close};
use golden::layers::layer;
use golden::losses::loss;
use golden::optimizers::optimizer;

#[test]
fn layers_and_their_gradients_are_those_of_pytorch() {
    let golden = Golden::read();
    assert!(golden.layers.len() > 55);
    for case in &golden.layers {
        let name = case.name.as_str();
        let engine = Plain::default();
        let generator = Generator::new(&engine, 1);
        let input = Var::leaf(&engine, case.input.tensor());
        let embedding = Embedding::new(&generator, 5, 3).unwrap();
        let attention = MultiheadAttention::new(&generator, 6, 2).unwrap();
        let lstm = LSTM::new(&generator, 3, 4, 2).unwrap();
        let both_ways = LSTM::bidirectional(&generator, 3, 4, 2).unwrap();
        let gru = GRU::new(&generator, 3, 4, 2).unwrap();
        let module: &dyn Forward<Plain> = match name {
            "Embedding" => &embedding,
            "MultiheadAttentionAcross" | "MultiheadAttentionWeights" => &attention,
            "LSTMStates" => &both_ways,
            "LSTMFrom" => &lstm,
            "GRUFrom" => &gru,
            _ => &layer(name, &generator).unwrap(),
        };
        let names = Vec::from_iter(module.named_parameters().into_iter().map(|(name, _)| name));
        assert_eq!(names, case.parameters, "parameters of {name}");
        if case.training {
            module.train();
        } else {
            module.eval();
        }
        let before = case.before.iter().map(|(name, value)| (name.clone(), value.tensor())).collect();
        module.load_state_dict(&before).unwrap_or_else(|error| panic!("{name}: {error}"));

        let given = |name: &str| Var::new(&engine, golden.given[name].tensor());
        let attend = || {
            let memory = given("memory");
            attention.attend(&input, &memory, &memory.mul(2.0)?, Some(&given("mask")))
        };
        let output = match name {
            "Embedding" => embedding.forward_indices(&case.input.indices()),
            "MultiheadAttentionAcross" => attend().map(|(output, _)| output),
            "MultiheadAttentionWeights" => attend().map(|(_, weights)| weights),
            "LSTMStates" => both_ways
                .forward_from(&input, None)
                .and_then(|(_, last)| Var::cat(&[&last.hidden, &last.cell], 0)),
            "LSTMFrom" => {
                let state = LSTMState { hidden: given("hidden"), cell: given("cell") };
                lstm.forward_from(&input, Some(&state)).map(|(output, _)| output)
            }
            "GRUFrom" => gru.forward_from(&input, Some(&given("hidden"))).map(|(output, _)| output),
            _ => module.forward(&input),
        };
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
        close(name, "output", &output.value(), &case.output);
        output.backward_with(&case.gradient.tensor()).unwrap();
        if let Some(gradient) = &case.input_gradient {
            close(name, "gradient of the input", &input.gradient().unwrap(), gradient);
        }
        for ((path, parameter), expected) in module.named_parameters().iter().zip(&case.parameter_gradients) {
            // What the output does not depend on has no gradient here, and zeros there.
            let zeros = || ArrayD::zeros(parameter.shape()).into_shared();
            let gradient = parameter.grad().unwrap_or_else(zeros);
            close(name, &format!("gradient of {path}"), &gradient, expected);
        }
        let after = module.state_dict();
        assert_eq!(after.len(), case.after.len(), "state of {name}");
        for ((found, value), (path, expected)) in after.iter().zip(&case.after) {
            assert_eq!(found, path, "order of the state of {name}");
            close(name, path, value, expected);
        }
    }
}

#[test]
fn losses_and_their_gradients_are_those_of_pytorch() {
    let golden = Golden::read();
    assert!(golden.losses.len() > 35);
    for case in &golden.losses {
        let engine = Plain::default();
        let input = Var::leaf(&engine, case.input.tensor());
        let loss = loss(case, &input).unwrap();
        let name = format!("{} by {}", case.name, case.reduction);
        close(&name, "loss", &loss.value(), &case.output);
        loss.backward_with(&case.gradient.tensor()).unwrap();
        close(&name, "gradient", &input.gradient().unwrap(), &case.input_gradient);
    }
}

#[test]
fn optimizers_step_as_those_of_pytorch() {
    for case in &Golden::read().optimizers {
        let parameter = Var::leaf(&Plain::default(), case.start.tensor());
        let without_gradient = Var::leaf(&Plain::default(), case.start.tensor());
        let mut method = optimizer(&case.name, [parameter.clone(), without_gradient.clone()]).unwrap();
        for step in &case.steps {
            method.zero_grad();
            parameter.backward_with(&step.gradient.tensor()).unwrap();
            method.step().unwrap();
            close(&case.name, "parameter", &parameter.value(), &step.after);
        }
        assert_eq!(without_gradient.value(), case.start.array(), "{} moved what has no gradient", case.name);
    }
}

#[test]
fn schedules_go_as_those_of_pytorch() {
    for case in &Golden::read().schedules {
        let parameter = Var::leaf(&Plain::default(), arr0(1.0).into_dyn().into_shared());
        let mut method = SGD::new([parameter], 0.4).unwrap();
        let mut schedule: Box<dyn Schedule> = match case.name.as_str() {
            "StepLR" => Box::new(StepLR::new(&method, 3, 0.5)),
            "ExponentialLR" => Box::new(ExponentialLR::new(&method, 0.8)),
            "CosineAnnealingLR" => Box::new(CosineAnnealingLR::new(&method, 8, 0.05)),
            name => panic!("no schedule is called {name}"),
        };
        for (epoch, rate) in case.rates.iter().enumerate() {
            let found = method.learning_rate();
            assert!((found - rate).abs() < 1e-12, "{} in epoch {epoch}: {found}, not {rate}", case.name);
            schedule.step(&mut method);
        }
    }
}

#[test]
fn gradients_are_clipped_as_by_pytorch() {
    for case in &Golden::read().clips {
        let engine = Plain::default();
        let parameters = Vec::from_iter(case.before.iter().map(|before| {
            let parameter = Var::leaf(&engine, engine.constant(ArrayD::zeros(&before.shape[..])).unwrap());
            parameter.backward_with(&before.tensor()).unwrap();
            parameter
        }));
        let norm = clip_grad_norm(&parameters, case.limit).unwrap().unwrap();
        assert!((norm.sum() - case.norm).abs() < 1e-9);
        for (parameter, expected) in parameters.iter().zip(&case.by_norm) {
            close("clip_grad_norm", "gradient", &parameter.gradient().unwrap(), expected);
        }
        for (parameter, before) in parameters.iter().zip(&case.before) {
            parameter.zero_grad();
            parameter.backward_with(&before.tensor()).unwrap();
        }
        clip_grad_value(&parameters, case.limit).unwrap();
        for (parameter, expected) in parameters.iter().zip(&case.by_value) {
            close("clip_grad_value", "gradient", &parameter.gradient().unwrap(), expected);
        }
    }
}
