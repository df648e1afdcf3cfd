//! States in files: PyTorch's are read, and PyTorch reads those that are written here.
//!
//! The files are in `files/`, and so is what makes and checks them with PyTorch.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crypten_autograd::{Conv2d as Geometry, Engine, Plain, PlainTensor, Pool2d, Var};
use crypten_nn::{
    BatchNorm2d, Conv2d, Error, FileError, FileFlaw, FloatType, Forward, Generator, Linear, Module, StateDict,
};
use ndarray::{ArrayD, Dimension, IxDyn, arr0, array};

/// The network of `network.py`.
#[derive(Module)]
struct Network<E: Engine> {
    conv: Conv2d<E>,
    norm: BatchNorm2d<E>,
    fc: Linear<E>,
}

impl Network<Plain> {
    fn new(seed: u64) -> Self {
        let generator = &Generator::new(&Plain::default(), seed);
        let conv = Conv2d::new(generator, 1, 4, [3, 3], Geometry::default()).unwrap();
        let norm = BatchNorm2d::new(generator, 4).unwrap();
        Self { conv, norm, fc: Linear::new(generator, 36, 3).unwrap() }
    }
}

impl<E: Engine> Forward<E> for Network<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        let hidden = self.norm.forward(&self.conv.forward(input)?)?.relu()?;
        self.fc.forward(&hidden.max_pool2d(Pool2d::square(2))?.flatten_range(1, -1)?)
    }
}

fn beside_this(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

fn golden() -> StateDict<PlainTensor> {
    StateDict::load_safetensors(beside_this("golden.safetensors")).unwrap()
}

/// What the network makes of the golden input in evaluation.
#[track_caller]
fn check(network: &Network<Plain>, expected: &PlainTensor) {
    network.eval();
    let input = golden().tensor("input").unwrap().clone();
    let output = network.forward(&Var::new(&Plain::default(), input)).unwrap().value();
    assert_eq!(output.shape(), expected.shape());
    let off = (&output - expected).mapv(f64::abs).into_iter().fold(0.0, f64::max);
    assert!(off < 1e-12, "{output} for {expected}");
}

fn flaw(error: Error) -> FileError {
    match error {
        Error::File(error) => error,
        error => panic!("{error}"),
    }
}

#[test]
fn a_state_of_pytorch_gives_the_outputs_of_pytorch() {
    let network = Network::new(1);
    let state = StateDict::load_safetensors(beside_this("network.safetensors")).unwrap();
    network.load_state_dict(&state).unwrap();
    assert_eq!(state.tensor("norm.num_batches_tracked").unwrap(), &arr0(3.0).into_dyn());
    check(&network, golden().tensor("output").unwrap());
}

#[test]
fn numbers_of_every_type_are_those_of_pytorch() {
    let golden = golden();
    for name in ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"] {
        let (found, expected) =
            (golden.tensor(name).unwrap(), golden.tensor(&format!("{name}.expected")).unwrap());
        assert_eq!(found.shape(), expected.shape(), "{name}");
        let bits = |tensor: &PlainTensor| Vec::from_iter(tensor.iter().map(|number| number.to_bits()));
        assert_eq!(bits(found), bits(expected), "{name}: {found} for {expected}");
    }
}

#[test]
fn what_is_written_is_what_pytorch_has_read() {
    let network = Network::new(5);
    let batch = golden().tensor("input").unwrap().mapv(|number| 2.0 * number + 1.0).into_shared();
    network.forward(&Var::new(&Plain::default(), batch)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.safetensors");
    network.state_dict().save_safetensors(&path, FloatType::F32).unwrap();
    assert!(fs::read(&path).unwrap() == fs::read(beside_this("written.safetensors")).unwrap());

    network.load_state_dict(&StateDict::load_safetensors(&path).unwrap()).unwrap();
    // What `check.py` prints.
    let expected = array![
        [-0.75931483158831, -0.446617504398295, 0.39129348332439595],
        [-0.8980478249078729, -0.5818322696443392, 0.3536497976688497],
    ];
    check(&network, &expected.into_dyn().into_shared());
}

#[test]
fn what_is_saved_in_64_bits_is_loaded_exactly() {
    let shapes = [vec![], vec![3], vec![2, 0, 3], vec![1, 2, 3, 1]];
    let tensor = |shape: &Vec<usize>| {
        let at = |index: IxDyn| (index.slice().iter().sum::<usize>() as f64 - 0.3).exp();
        ArrayD::from_shape_fn(IxDyn(shape), at).into_shared()
    };
    let named = shapes.iter().map(|shape| (format!("{shape:?} \"ü\""), tensor(shape)));
    // A view that does not lie in memory in row-major order.
    let turned = ("turned".to_owned(), tensor(&vec![2, 3]).reversed_axes());
    let state = StateDict::from_iter(named.chain([turned]));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.safetensors");
    fs::write(&path, "what was there before").unwrap();
    state.save_safetensors(&path, FloatType::F64).unwrap();
    let loaded = StateDict::load_safetensors(&path).unwrap();
    assert_eq!(loaded.len(), state.len());
    assert!(state.iter().all(|(name, tensor)| loaded.tensor(name) == Some(tensor)));

    state.save_safetensors(&path, FloatType::F32).unwrap();
    let loaded = StateDict::load_safetensors(&path).unwrap();
    let rounded = |tensor: &PlainTensor| tensor.mapv(|number| f64::from(number as f32)).into_shared();
    assert!(state.iter().all(|(name, tensor)| loaded.tensor(name) == Some(&rounded(tensor))));
}

#[test]
fn errors_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("nowhere").join("state.safetensors");
    let missing = FileError { path: path.clone(), flaw: FileFlaw::System(ErrorKind::NotFound) };
    assert_eq!(flaw(StateDict::load_safetensors(&path).unwrap_err()), missing);
    let state = golden();
    assert_eq!(flaw(state.save_safetensors(&path, FloatType::F32).unwrap_err()), missing);
    assert_eq!(
        missing.to_string(),
        format!("{}: it cannot be read or written: entity not found", path.display())
    );

    let path = directory.path().join("cut.safetensors");
    let whole = fs::read(beside_this("network.safetensors")).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let expected = whole.len() as u64;
    let error = FileError { path: path.clone(), flaw: FileFlaw::Length { expected, found: expected - 1 } };
    assert_eq!(flaw(StateDict::load_safetensors(&path).unwrap_err()), error);
}

#[test]
fn names_that_a_file_cannot_hold_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.safetensors");
    let tensor = || ArrayD::zeros(vec![2]).into_shared();
    let refused = |names: [&str; 2], expected: FileFlaw| {
        let state = StateDict::from_iter(names.map(|name| (name.to_owned(), tensor())));
        let error = flaw(state.save_safetensors(&path, FloatType::F32).unwrap_err());
        assert_eq!(error.flaw, expected);
        assert!(!path.exists());
    };
    refused(["a", "a"], FileFlaw::Duplicate { tensor: "a".to_owned() });
    refused(["a", "__metadata__"], FileFlaw::ReservedName { tensor: "__metadata__".to_owned() });
}
