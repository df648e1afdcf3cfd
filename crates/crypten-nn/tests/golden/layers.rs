//! The layers of the cases, forwards and backwards.

use crypten_autograd::{
    Conv1d as Geometry1d, Conv2d as Geometry2d, ConvTranspose1d as Transposed1d,
    ConvTranspose2d as Transposed2d, Pool2d, Var,
};
use crypten_nn::*;
use ndarray::ArrayD;

use super::file::{Golden, LayerCase};
use super::judge::{Judge, Tested};

/// Computes a case on an engine: its output, all gradients, and the state afterwards.
pub(crate) fn run<E: Tested>(
    engine: &E,
    golden: &Golden,
    case: &LayerCase,
    judge: &mut Judge,
) -> Result<(), E::Error> {
    let name = case.name.as_str();
    let generator = Generator::new(engine, 1);
    let input = engine.leaf(&case.input)?;
    let embedding = Embedding::new(&generator, 5, 3)?;
    let attention = MultiheadAttention::new(&generator, 6, 2)?;
    let lstm = LSTM::new(&generator, 3, 4, 2)?;
    let both_ways = LSTM::bidirectional(&generator, 3, 4, 2)?;
    let gru = GRU::new(&generator, 3, 4, 2)?;
    let module: &dyn Forward<E> = match name {
        "Embedding" => &embedding,
        "MultiheadAttentionAcross" | "MultiheadAttentionWeights" => &attention,
        "LSTMStates" => &both_ways,
        "LSTMFrom" => &lstm,
        "GRUFrom" => &gru,
        "CosineSimilarity" => &Identity, // both have no parameters
        _ => &layer(name, &generator)?,
    };
    let names = Vec::from_iter(module.named_parameters().into_iter().map(|(name, _)| name));
    assert_eq!(names, case.parameters, "parameters of {name}");
    if case.training {
        module.train();
    } else {
        module.eval();
    }
    let hidden = case.before.iter().map(|(name, value)| Ok((name.clone(), engine.hide(value.array())?)));
    let before = hidden.collect::<Result<StateDict<E::Tensor>, E::Error>>()?;
    module.load_state_dict(&before).unwrap_or_else(|error| panic!("{name}: {error}"));

    let given = |name: &str| Ok::<_, E::Error>(Var::new(engine, engine.hide(golden.given[name].array())?));
    let attend = || {
        let memory = given("memory")?;
        attention.attend(&input, &memory, &memory.mul(2.0)?, Some(&given("mask")?))
    };
    let output = match name {
        "Embedding" => embedding.forward_indices(&case.input.indices()),
        "MultiheadAttentionAcross" => attend().map(|(output, _)| output),
        "MultiheadAttentionWeights" => attend().map(|(_, weights)| weights),
        "LSTMStates" => both_ways
            .forward_from(&input, None)
            .and_then(|(_, last)| Var::cat(&[&last.hidden, &last.cell], 0)),
        "LSTMFrom" => {
            let state = LSTMState { hidden: given("hidden")?, cell: given("cell")? };
            lstm.forward_from(&input, Some(&state)).map(|(output, _)| output)
        }
        "GRUFrom" => gru.forward_from(&input, Some(&given("hidden")?)).map(|(output, _)| output),
        "CosineSimilarity" => {
            let vectors = input.unbind(0)?;
            CosineSimilarity::default().forward(&vectors[0], &vectors[1])
        }
        _ => module.forward(&input),
    }?;
    judge.compare("output", engine, &output.value(), &case.output)?;
    output.backward_with(&engine.hide(case.gradient.array())?)?;
    if let Some(gradient) = &case.input_gradient {
        judge.compare("gradient of the input", engine, &input.gradient()?, gradient)?;
    }
    for ((path, parameter), expected) in module.named_parameters().iter().zip(&case.parameter_gradients) {
        // What the output does not depend on has no gradient here, and zeros there.
        let gradient = match parameter.grad() {
            Some(gradient) => gradient,
            None => engine.constant(ArrayD::zeros(parameter.shape()))?,
        };
        judge.compare(&format!("gradient of {path}"), engine, &gradient, expected)?;
    }
    let after = module.state_dict();
    assert_eq!(after.len(), case.after.len(), "state of {name}");
    for ((found, value), (path, expected)) in after.iter().zip(&case.after) {
        assert_eq!(found, path, "order of the state of {name}");
        judge.compare(path, engine, value, expected)?;
    }
    Ok(())
}

/// The layer of a case; all are in the order of `make.py`.
fn layer<E: Tested>(name: &str, generator: &Generator<E>) -> Result<Box<dyn Forward<E>>, E::Error> {
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
        "BatchNorm3d" => Box::new(BatchNorm3d::new(generator, 3)?),
        "BatchNorm2dWithoutAffine" => Box::new(BatchNorm2d::new(generator, 4)?.without_affine()),
        "LayerNorm" => Box::new(LayerNorm::new(generator, &[5, 6])?),
        "LayerNormWithoutAffine" => Box::new(LayerNorm::new(generator, &[6])?.without_affine()),
        "GroupNorm" => Box::new(GroupNorm::new(generator, 2, 4)?),
        "InstanceNorm" => Box::new(InstanceNorm::new()),
        "InstanceNormAffine" => Box::new(InstanceNorm::affine(generator, 4)?),
        "Identity" => Box::new(Identity),
        "Dropout2d" => Box::new(Dropout2d::new(0.4)),
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
        "RNN" => Box::new(RNN::new(generator, 3, 4, 2)?),
        "LSTMWithoutBias" => Box::new(LSTM::new(generator, 3, 4, 2)?.without_bias().dropout(0.5)),
        "ConstantPad1d" => Box::new(ConstantPad1d::new([(1, 2)], 0.5)),
        "ConstantPad2d" => Box::new(ConstantPad2d::new([(1, 2), (0, 3)], -1.5)),
        "ConstantPad3d" => Box::new(ConstantPad3d::new([(1, 0), (2, 1), (1, 1)], 0.0)),
        "Dropout3d" => Box::new(Dropout3d::new(0.4)),
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
