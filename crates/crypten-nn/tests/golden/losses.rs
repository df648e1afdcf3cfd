//! The losses of the cases, forwards and backwards.

use crypten_autograd::Var;
use crypten_nn::{
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, KLDivLoss, L1Loss, Loss, MSELoss, NLLLoss,
    RAPPORLoss, Reduction, SmoothL1Loss,
};

use super::file::LossCase;
use super::judge::{Judge, Tested};

/// Computes a case on an engine: the loss and the gradient of the prediction.
pub(crate) fn run<E: Tested>(engine: &E, case: &LossCase, judge: &mut Judge) -> Result<(), E::Error> {
    let input = engine.leaf(&case.input)?;
    let loss = loss(case, &input)?;
    judge.compare("loss", engine, &loss.value(), &case.output)?;
    loss.backward_with(&engine.hide(case.gradient.array())?)?;
    judge.compare("gradient", engine, &input.gradient()?, &case.input_gradient)
}

/// The loss of a case.
fn loss<E: Tested>(case: &LossCase, input: &Var<E>) -> Result<Var<E>, E::Error> {
    let reduction = match case.reduction.as_str() {
        "mean" => Reduction::Mean,
        "sum" => Reduction::Sum,
        _ => Reduction::None,
    };
    let target = &Var::new(input.engine(), input.engine().hide(case.target.array())?);
    let classes = &case.target.indices();
    let (weight, ignore_index) = (Some(vec![0.5, 2.0, 1.0, 0.25]), Some(9));
    let cross_entropy = CrossEntropyLoss { reduction, ..CrossEntropyLoss::default() };
    let weighted = CrossEntropyLoss { weight: weight.clone(), ignore_index, ..cross_entropy.clone() };
    match case.name.as_str() {
        "MSELoss" => MSELoss { reduction }.forward(input, target),
        "L1Loss" => L1Loss { reduction }.forward(input, target),
        "SmoothL1Loss" => SmoothL1Loss { beta: 0.5, reduction }.forward(input, target),
        "HuberLoss" => HuberLoss { delta: 0.7, reduction }.forward(input, target),
        "BCELoss" => BCELoss { reduction }.forward(input, target),
        "BCEWithLogitsLoss" => BCEWithLogitsLoss { reduction }.forward(input, target),
        "CrossEntropyLoss" if case.classes => cross_entropy.forward_classes(input, classes),
        "CrossEntropyLoss" => cross_entropy.forward(input, target),
        "CrossEntropyLossWithSmoothing" => {
            let smoothed = CrossEntropyLoss { label_smoothing: 0.1, ..cross_entropy };
            smoothed.forward_classes(input, classes)
        }
        "CrossEntropyLossWithWeights" => weighted.forward_classes(input, classes),
        "CrossEntropyLossWithWeightsAndSmoothing" => {
            CrossEntropyLoss { label_smoothing: 0.1, ..weighted }.forward_classes(input, classes)
        }
        "CrossEntropyLossOfWeightedShares" => {
            CrossEntropyLoss { label_smoothing: 0.2, ..weighted }.forward(input, target)
        }
        "NLLLoss" => NLLLoss { reduction, ..NLLLoss::default() }.forward_classes(input, classes),
        "NLLLossWithWeights" => NLLLoss { weight, ignore_index, reduction }.forward_classes(input, classes),
        "RAPPORLoss" => RAPPORLoss { alpha: 0.8, reduction }.forward(input, target),
        "KLDivLoss" => KLDivLoss { log_target: false, reduction }.forward(input, target),
        "KLDivLossOfLogarithms" => KLDivLoss { log_target: true, reduction }.forward(input, target),
        name => panic!("no loss is called {name}"),
    }
}
