//! The schedules of the cases.

use crypten_nn::{CosineAnnealingLR, ExponentialLR, LearningRate, SGD, Schedule, StepLR};

use super::file::{ScheduleCase, Tensor};
use super::judge::Tested;

/// Steps the schedule of a case, and compares the learning rate of each epoch, which every engine has in the clear.
pub(crate) fn run<E: Tested>(engine: &E, case: &ScheduleCase) -> Result<(), E::Error> {
    let parameter = engine.leaf(&Tensor { shape: Vec::new(), values: vec![1.0] })?;
    let mut method = SGD::new([parameter], 0.4).unwrap();
    let mut schedule: Box<dyn Schedule> = match case.name.as_str() {
        "StepLR" => Box::new(StepLR::new(&method, 3, 0.5).unwrap()),
        "ExponentialLR" => Box::new(ExponentialLR::new(&method, 0.8).unwrap()),
        "CosineAnnealingLR" => Box::new(CosineAnnealingLR::new(&method, 8, 0.05).unwrap()),
        name => panic!("no schedule is called {name}"),
    };
    for (epoch, rate) in case.rates.iter().enumerate() {
        let found = method.learning_rate();
        assert!((found - rate).abs() < 1e-12, "{} in epoch {epoch}: {found}, not {rate}", case.name);
        schedule.step(&mut method);
    }
    Ok(())
}
