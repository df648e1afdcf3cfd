//! What `make.py` has written down.

use std::collections::BTreeMap;

use ndarray::ArrayD;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) given: BTreeMap<String, Tensor>,
    pub(crate) layers: Vec<LayerCase>,
    pub(crate) losses: Vec<LossCase>,
    pub(crate) optimizers: Vec<OptimizerCase>,
    pub(crate) schedules: Vec<ScheduleCase>,
    pub(crate) clips: Vec<ClipCase>,
}

#[derive(Deserialize)]
pub(crate) struct LayerCase {
    pub(crate) name: String,
    pub(crate) training: bool,
    pub(crate) before: Vec<(String, Tensor)>,
    pub(crate) after: Vec<(String, Tensor)>,
    pub(crate) parameters: Vec<String>,
    pub(crate) input: Tensor,
    pub(crate) output: Tensor,
    pub(crate) gradient: Tensor,
    pub(crate) input_gradient: Option<Tensor>,
    pub(crate) parameter_gradients: Vec<Tensor>,
}

#[derive(Deserialize)]
pub(crate) struct LossCase {
    pub(crate) name: String,
    pub(crate) reduction: String,
    pub(crate) classes: bool,
    pub(crate) input: Tensor,
    pub(crate) target: Tensor,
    pub(crate) output: Tensor,
    pub(crate) gradient: Tensor,
    pub(crate) input_gradient: Tensor,
}

#[derive(Deserialize)]
pub(crate) struct OptimizerCase {
    pub(crate) name: String,
    pub(crate) start: Tensor,
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) gradient: Tensor,
    pub(crate) after: Tensor,
}

#[derive(Deserialize)]
pub(crate) struct ScheduleCase {
    pub(crate) name: String,
    pub(crate) rates: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct ClipCase {
    pub(crate) limit: f64,
    pub(crate) before: Vec<Tensor>,
    pub(crate) norm: f64,
    pub(crate) by_norm: Vec<Tensor>,
    pub(crate) by_value: Vec<Tensor>,
}

#[derive(Deserialize)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Golden {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("golden.json")).expect("make.py writes this format")
    }
}

impl Tensor {
    pub(crate) fn array(&self) -> ArrayD<f64> {
        ArrayD::from_shape_vec(self.shape.clone(), self.values.clone()).expect("as many values")
    }

    pub(crate) fn indices(&self) -> ArrayD<usize> {
        self.array().mapv(|index| index as usize)
    }
}
