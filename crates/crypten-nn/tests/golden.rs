//! Modules, losses, optimisers and schedules against PyTorch's, which `golden/make.py` has written down with its version.

use std::collections::BTreeMap;

use crypten_autograd::{
    Conv1d as Geometry1d, Conv2d as Geometry2d, ConvTranspose1d as Transposed1d,
    ConvTranspose2d as Transposed2d, Engine, Error, Plain, PlainTensor, Pool2d, Var,
};
use crypten_nn::*;
use ndarray::{ArrayD, arr0};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    given: BTreeMap<String, Tensor>,
    layers: Vec<LayerCase>,
    losses: Vec<LossCase>,
    optimizers: Vec<OptimizerCase>,
    schedules: Vec<ScheduleCase>,
    clips: Vec<ClipCase>,
}

#[derive(Deserialize)]
struct LayerCase {
    name: String,
    training: bool,
    before: Vec<(String, Tensor)>,
    after: Vec<(String, Tensor)>,
    parameters: Vec<String>,
    input: Tensor,
    output: Tensor,
    gradient: Tensor,
    input_gradient: Option<Tensor>,
    parameter_gradients: Vec<Tensor>,
}

#[derive(Deserialize)]
struct LossCase {
    name: String,
    reduction: String,
    classes: bool,
    input: Tensor,
    target: Tensor,
    output: Tensor,
    gradient: Tensor,
    input_gradient: Tensor,
}

#[derive(Deserialize)]
struct OptimizerCase {
    name: String,
    start: Tensor,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    gradient: Tensor,
    after: Tensor,
}

#[derive(Deserialize)]
struct ScheduleCase {
    name: String,
    rates: Vec<f64>,
}

#[derive(Deserialize)]
struct ClipCase {
    limit: f64,
    before: Vec<Tensor>,
    norm: f64,
    by_norm: Vec<Tensor>,
    by_value: Vec<Tensor>,
}

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Tensor {
    fn array(&self) -> ArrayD<f64> {
        ArrayD::from_shape_vec(self.shape.clone(), self.values.clone()).expect("as many values")
    }

    fn tensor(&self) -> PlainTensor {
        self.array().into_shared()
    }

    fn indices(&self) -> ArrayD<usize> {
        self.array().mapv(|index| index as usize)
    }
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/golden.json")).unwrap()
}

#[test]
fn layers_and_their_gradients_are_those_of_pytorch() {
    let golden = golden();
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
        let module: &dyn Module<Plain> = match name {
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
    let golden = golden();
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
    for case in &golden().optimizers {
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
    for case in &golden().schedules {
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
    for case in &golden().clips {
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

fn close(name: &str, what: &str, found: &PlainTensor, expected: &Tensor) {
    assert_eq!(found.shape(), expected.shape, "shape of the {what} of {name}");
    for (found, expected) in found.iter().zip(&expected.values) {
        let off = (found - expected).abs();
        assert!(off <= 1e-5 * (1.0 + expected.abs()), "{what} of {name}: {found}, not {expected}");
    }
}

/// The layer of a case; all are in the order of `make.py`.
fn layer(name: &str, generator: &Generator<Plain>) -> Result<Box<dyn Module<Plain>>, Error> {
    let pool = Pool2d { kernel: [3, 2], stride: [2, 1], padding: [1, 1], dilation: [1, 1], ceil_mode: true };
    Ok(match name {
        "Linear" => Box::new(Linear::new(generator, 3, 4)?),
        "LinearWithoutBias" => Box::new(Linear::new(generator, 3, 4)?.without_bias()),
        "Conv1d" => {
            let geometry = Geometry1d { stride: 2, padding: 1, dilation: 2, groups: 2 };
            Box::new(Conv1d::new(generator, 4, 6, 3, geometry)?)
        }
        "Conv2d" => {
            let geometry = Geometry2d { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 };
            Box::new(Conv2d::new(generator, 4, 6, [3, 2], geometry)?)
        }
        "Conv2dWithoutBias" => {
            Box::new(Conv2d::new(generator, 4, 3, [3, 3], Geometry2d::default())?.without_bias())
        }
        "ConvTranspose1d" => {
            let geometry = Transposed1d { stride: 2, padding: 1, output_padding: 1, dilation: 1, groups: 2 };
            Box::new(ConvTranspose1d::new(generator, 4, 6, 3, geometry)?)
        }
        "ConvTranspose2d" => {
            let (stride, padding, output_padding, dilation) = ([2, 3], [1, 1], [1, 2], [2, 1]);
            let geometry = Transposed2d { stride, padding, output_padding, dilation, groups: 2 };
            Box::new(ConvTranspose2d::new(generator, 4, 6, [3, 2], geometry)?)
        }
        "BatchNorm1d" => Box::new(BatchNorm1d::new(generator, 3)?),
        "BatchNorm2d" => Box::new(BatchNorm2d::new(generator, 4)?),
        "BatchNorm2dWithoutAffine" => Box::new(BatchNorm2d::new(generator, 4)?.without_affine()),
        "LayerNorm" => Box::new(LayerNorm::new(generator, &[5, 6])?),
        "LayerNormWithoutAffine" => Box::new(LayerNorm::new(generator, &[6])?.without_affine()),
        "GroupNorm" => Box::new(GroupNorm::new(generator, 2, 4)?),
        "InstanceNorm" => Box::new(InstanceNorm::new()),
        "InstanceNormAffine" => Box::new(InstanceNorm::affine(generator, 4)?),
        "Dropout" => Box::new(Dropout::new(0.4)),
        "Flatten" => Box::new(Flatten::default()),
        "ReLU" => Box::new(ReLU),
        "ReLU6" => Box::new(ReLU6),
        "Hardtanh" => Box::new(Hardtanh::default()),
        "LeakyReLU" => Box::new(LeakyReLU::default()),
        "ELU" => Box::new(ELU::default()),
        "GELU" => Box::new(GELU),
        "SiLU" => Box::new(SiLU),
        "Sigmoid" => Box::new(Sigmoid),
        "Tanh" => Box::new(Tanh),
        "Softplus" => Box::new(Softplus::default()),
        "ELUWithAlpha" => Box::new(ELU { alpha: 0.7 }),
        "SoftplusWithBeta" => Box::new(Softplus { beta: 1.7 }),
        "LeakyReLUWithSlope" => Box::new(LeakyReLU { negative_slope: 0.2 }),
        "Softmax" => Box::new(Softmax::new(1)),
        "LogSoftmax" => Box::new(LogSoftmax::new(-1)),
        "MaxPool2d" => Box::new(MaxPool2d::new(Pool2d::square(2))),
        "MaxPool2dWithOptions" => Box::new(MaxPool2d::new(Pool2d { dilation: [1, 2], ..pool })),
        "AvgPool2d" => Box::new(AvgPool2d::new(Pool2d::square(2))),
        "AvgPool2dWithOptions" => Box::new(AvgPool2d::new(pool)),
        "AdaptiveAvgPool2d" => Box::new(AdaptiveAvgPool2d::new([3, 2])),
        "AdaptiveMaxPool2d" => Box::new(AdaptiveMaxPool2d::new([3, 2])),
        "GlobalAveragePool" => Box::new(GlobalAveragePool),
        "Upsample" => Box::new(Upsample::new([2, 3])),
        "MultiheadAttention" => Box::new(MultiheadAttention::new(generator, 6, 2)?),
        "MultiheadAttentionBatchFirst" => {
            Box::new(MultiheadAttention::new(generator, 6, 3)?.without_bias().batch_first())
        }
        "LSTM" => Box::new(LSTM::new(generator, 3, 4, 2)?),
        "LSTMBidirectional" => Box::new(LSTM::bidirectional(generator, 3, 4, 2)?.batch_first()),
        "GRU" => Box::new(GRU::new(generator, 3, 4, 2)?),
        "GRUBidirectional" => Box::new(GRU::bidirectional(generator, 3, 4, 2)?),
        "Sequential" => Box::new(
            Sequential::new()
                .push(Conv2d::new(generator, 4, 3, [3, 3], Geometry2d::default())?)
                .push(BatchNorm2d::new(generator, 3)?)
                .push(ReLU)
                .push(Flatten::default())
                .push(Linear::new(generator, 36, 2)?),
        ),
        _ => panic!("no layer is called {name}"),
    })
}

fn loss(case: &LossCase, input: &Var<Plain>) -> Result<Var<Plain>, Error> {
    let reduction = match case.reduction.as_str() {
        "mean" => Reduction::Mean,
        "sum" => Reduction::Sum,
        _ => Reduction::None,
    };
    let target = &Var::new(input.engine(), case.target.tensor());
    let cross_entropy = CrossEntropyLoss { reduction, label_smoothing: 0.0 };
    match case.name.as_str() {
        "MSELoss" => MSELoss { reduction }.forward(input, target),
        "L1Loss" => L1Loss { reduction }.forward(input, target),
        "SmoothL1Loss" => SmoothL1Loss { beta: 0.5, reduction }.forward(input, target),
        "HuberLoss" => HuberLoss { delta: 0.7, reduction }.forward(input, target),
        "BCELoss" => BCELoss { reduction }.forward(input, target),
        "BCEWithLogitsLoss" => BCEWithLogitsLoss { reduction }.forward(input, target),
        "CrossEntropyLoss" if case.classes => cross_entropy.forward_classes(input, &case.target.indices()),
        "CrossEntropyLoss" => cross_entropy.forward(input, target),
        "CrossEntropyLossWithSmoothing" => {
            let smoothed = CrossEntropyLoss { label_smoothing: 0.1, ..cross_entropy };
            smoothed.forward_classes(input, &case.target.indices())
        }
        "NLLLoss" => NLLLoss { reduction }.forward_classes(input, &case.target.indices()),
        "KLDivLoss" => KLDivLoss { log_target: false, reduction }.forward(input, target),
        "KLDivLossOfLogarithms" => KLDivLoss { log_target: true, reduction }.forward(input, target),
        name => panic!("no loss is called {name}"),
    }
}

fn optimizer(
    name: &str,
    parameters: [Var<Plain>; 2],
) -> Result<Box<dyn Optimizer<Plain>>, crypten_nn::Error> {
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
