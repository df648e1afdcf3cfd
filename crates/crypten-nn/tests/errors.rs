//! Mistakes of a caller, each of which is refused by its name and with its numbers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten_autograd::{Conv2d as Geometry, Error, Plain, Var};
use crypten_nn::{
    BatchNorm2d, Conv2d, CosineAnnealingLR, CrossEntropyLoss, ExponentialLR, Forward, GRU, Generator,
    GroupNorm, HuberLoss, Loss, MultiheadAttention, NLLLoss, RAPPORLoss, Reduction, SGD, SettingError,
    SmoothL1Loss, StepLR, Upsample, clip_grad_norm, clip_grad_value, init,
};
use ndarray::{Array1, Array2, ArrayD, array};

fn zeros(shape: &[usize]) -> Var<Plain> {
    Var::leaf(&Plain::default(), ArrayD::zeros(shape).into_shared())
}

fn generator() -> Generator<Plain> {
    Generator::new(&Plain::default(), 1)
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, message: &str) {
    assert_eq!(result.err().map(|error| error.to_string()).as_deref(), Some(message));
}

#[test]
fn what_cannot_be_divided_is_told() {
    refused(
        MultiheadAttention::new(&generator(), 6, 4),
        "multihead_attention: 6 cannot be divided into 4 equal parts",
    );
    refused(GroupNorm::new(&generator(), 0, 6), "group_norm: 6 cannot be divided into 0 equal parts");
    let conv = |inputs, outputs| {
        Conv2d::new(&generator(), inputs, outputs, [3, 3], Geometry { groups: 4, ..Geometry::default() })
    };
    refused(conv(6, 8), "conv2d: 6 cannot be divided into 4 equal parts");
    refused(conv(8, 6), "conv2d: 6 cannot be divided into 4 equal parts");
    assert!(conv(8, 4).is_ok());
    refused(
        zeros(&[2, 6]).group_norm(4, None, None, 1e-5),
        "group_norm: 6 cannot be divided into 4 equal parts",
    );
}

#[test]
fn axes_that_are_missing_are_told() {
    let vector = zeros(&[3]);
    refused(Upsample::new([2, 2]).forward(&vector), "upsample of shape [3]: 2 or more axes expected");
    refused(init::xavier_normal_(&vector, 1.0, &generator()), "fans of shape [3]: 2 or more axes expected");
    let norm = BatchNorm2d::new(&generator(), 3).unwrap();
    refused(norm.forward(&zeros(&[2, 3])), "batch_norm of shape [2, 3]: 4 axes expected");
    let gru = GRU::new(&generator(), 3, 3, 1).unwrap();
    refused(gru.forward(&vector), "recurrent of shape [3]: 3 axes expected");
    let attention = MultiheadAttention::new(&generator(), 3, 1).unwrap();
    refused(attention.forward(&vector), "multihead_attention of shape [3]: 3 axes expected");
    refused(zeros(&[1, 1, 1]).diag(0), "diag of shape [1, 1, 1]: 1 to 2 axes expected");
}

#[test]
fn classes_and_weights_that_do_not_fit_are_told() {
    let x = Var::constant(&Plain::default(), Array2::zeros((2, 3))).unwrap();
    let (classes, loss) = (Array1::from(vec![0, 3]), CrossEntropyLoss::default());
    refused(loss.forward_classes(&x, &classes), "cross_entropy_loss of class 3: below 3 expected");
    assert!(loss.forward_classes(&x, &Array1::from(vec![0])).is_err());
    let ignoring = CrossEntropyLoss { ignore_index: Some(3), ..loss.clone() };
    assert!(ignoring.forward_classes(&x, &classes).is_ok());
    let weighted = NLLLoss { weight: Some(vec![1.0; 2]), ..NLLLoss::default() };
    let message = "nll_loss of 3 classes cannot have 2 class weights";
    refused(weighted.forward_classes(&x, &Array1::from(vec![0, 1])), message);
    refused(weighted.forward(&x, &x.detach()), message);
}

#[test]
fn nothing_has_no_mean() {
    let x = Var::constant(&Plain::default(), Array2::zeros((2, 3))).unwrap();
    let none = Array1::from(vec![9, 9]);
    let loss = CrossEntropyLoss { ignore_index: Some(9), ..CrossEntropyLoss::default() };
    let message = "cross_entropy_loss of examples of which none counts: they have no mean";
    refused(loss.forward_classes(&x, &none), message);
    let sum = CrossEntropyLoss { reduction: Reduction::Sum, ..loss };
    assert_eq!(sum.forward_classes(&x, &none).unwrap().value(), ndarray::arr0(0.0).into_dyn());
    let weightless = NLLLoss { weight: Some(vec![0.0, 1.0, 1.0]), ..NLLLoss::default() };
    assert_eq!(
        weightless.forward_classes(&x, &array![0, 0]).unwrap_err(),
        Error::NothingCounts { operation: "nll_loss" }
    );
    let empty = Var::constant(&Plain::default(), Array2::zeros((0, 3))).unwrap();
    refused(CrossEntropyLoss::default().forward_classes(&empty, &Array1::from(vec![])), message);
}

#[test]
fn settings_of_losses_and_gradients_keep_their_ranges() {
    let x = zeros(&[2, 2]);
    for (smoothing, value) in [(1.5, "1.5"), (-0.1, "-0.1"), (f64::NAN, "NaN")] {
        let loss = CrossEntropyLoss { label_smoothing: smoothing, ..CrossEntropyLoss::default() };
        let message = format!("label_smoothing of {value}, expected 0 to 1");
        refused(loss.forward(&x, &x), &message);
        refused(loss.forward_classes(&x, &array![0, 1]), &message);
    }
    refused(RAPPORLoss::new(-0.5).forward(&x, &x), "alpha of -0.5, expected 0 to 1");
    let huber = HuberLoss { delta: 0.0, ..HuberLoss::default() };
    refused(huber.forward(&x, &x), "delta of 0, expected above 0 and finite");
    let smooth = SmoothL1Loss { beta: -1.0, ..SmoothL1Loss::default() };
    refused(smooth.forward(&x, &x), "beta of -1, expected 0 or above and finite");
    refused(clip_grad_value([&x], -1.0), "clip_value of -1, expected 0 or above and finite");
    refused(clip_grad_norm([&x], f64::INFINITY), "max_norm of inf, expected 0 or above and finite");
    refused(GRU::new(&generator(), 3, 0, 1), "hidden_size of 0, expected 1 or above");
    refused(GRU::new(&generator(), 3, 3, 0), "num_layers of 0, expected 1 or above");
}

#[test]
fn settings_of_schedules_keep_their_ranges() {
    let method = SGD::<Plain>::new([], 0.1).unwrap();
    let refused = |error: Option<crypten_nn::Error>, setting, value, expected| {
        assert_eq!(error, Some(SettingError { setting, value, expected }.into()));
    };
    refused(StepLR::new(&method, 0, 0.5).err(), "step_size", 0.0, "1 or above");
    refused(StepLR::new(&method, 1, -0.5).err(), "gamma", -0.5, "0 or above and finite");
    refused(ExponentialLR::new(&method, -1.0).err(), "gamma", -1.0, "0 or above and finite");
    refused(CosineAnnealingLR::new(&method, 0, 0.0).err(), "t_max", 0.0, "1 or above");
    refused(CosineAnnealingLR::new(&method, 9, -0.5).err(), "eta_min", -0.5, "0 or above and finite");
}
