//! A tensor that remembers how it was computed.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ndarray::{Array, Dimension};

use crate::engine::Engine;
use crate::error::Error;
use crate::mode::is_grad_enabled;
use crate::tape::{LEAF, Origin, Record, unwound};

/// A tensor that takes part in differentiation. Behaves like a PyTorch tensor.
///
/// Cloning gives another handle to the same value: the gradient that one collects is seen through all. The value of a
/// leaf can be replaced, that of a result never changes.
///
/// # Examples
/// ```
/// use crypten_autograd::{Plain, Var};
/// use ndarray::array;
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let x = Var::constant(&Plain::default(), array![1.0, 2.0, 3.0])?.requires_grad(true);
/// (&x * &x)?.sum_all()?.backward()?;
/// assert_eq!(x.gradient()?, array![2.0, 4.0, 6.0].into_dyn());
/// # Ok(())
/// # }
/// ```
pub struct Var<E: Engine> {
    node: Arc<Node<E>>,
}

/// A value in a graph.
pub(crate) struct Node<E: Engine> {
    engine: E,
    /// Larger than those of all values that this one was computed from.
    id: u64,
    operation: &'static str,
    shape: Vec<usize>,
    /// Invariant: has this shape; replaced in leaves only.
    value: RwLock<E::Tensor>,
    /// Changed in leaves only.
    needs_grad: AtomicBool,
    retains_grad: AtomicBool,
    /// Invariant: has the shape of the value.
    grad: Mutex<Option<E::Tensor>>,
    origin: Mutex<Origin<E>>,
}

impl<E: Engine> Var<E> {
    /// A tensor that requires no gradient.
    #[must_use]
    pub fn new(engine: &E, tensor: E::Tensor) -> Self {
        Self::with_origin(engine, LEAF, tensor, false, Origin::Leaf)
    }

    /// A tensor that requires a gradient: what is trained.
    #[must_use]
    pub fn leaf(engine: &E, tensor: E::Tensor) -> Self {
        Self::with_origin(engine, LEAF, tensor, true, Origin::Leaf)
    }

    /// A public tensor of the numbers of an array, which requires no gradient.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn constant<D: Dimension>(engine: &E, array: Array<f64, D>) -> Result<Self, E::Error> {
        Ok(Self::new(engine, engine.constant(array.into_dyn())?))
    }

    pub(crate) fn with_origin(
        engine: &E,
        operation: &'static str,
        value: E::Tensor,
        needs_grad: bool,
        origin: Origin<E>,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let node = Node {
            engine: engine.clone(),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            operation,
            shape: engine.shape(&value).to_vec(),
            value: RwLock::new(value),
            needs_grad: AtomicBool::new(needs_grad),
            retains_grad: AtomicBool::new(false),
            grad: Mutex::new(None),
            origin: Mutex::new(origin),
        };
        Self { node: Arc::new(node) }
    }

    /// This leaf, requiring a gradient or not; of a result the value alone, as by [`Var::detach`].
    #[must_use]
    pub fn requires_grad(self, required: bool) -> Self {
        let leaf = if self.is_leaf() { self } else { self.detach() };
        leaf.node.needs_grad.store(required, Ordering::Relaxed);
        leaf
    }

    /// Replaces the value of a leaf, as an optimiser does. What has been computed from the old one is not touched.
    ///
    /// # Errors
    /// If this is the result of an operation, or the shape differs.
    pub fn set_value(&self, tensor: E::Tensor) -> Result<(), E::Error> {
        let operation = self.operation();
        if !self.is_leaf() {
            return Err(Error::NotALeaf { operation }.into());
        }
        let shape = self.engine().shape(&tensor);
        if shape != self.shape() {
            return Err(Error::mismatch("set_value", self.shape(), shape).into());
        }
        *self.node.value.write().unwrap_or_else(PoisonError::into_inner) = tensor;
        Ok(())
    }

    /// Makes a result keep the gradient that passes through it, as leaves do.
    pub fn retain_grad(&self) {
        self.node.retains_grad.store(true, Ordering::Relaxed);
    }

    /// Forgets the gradient.
    pub fn zero_grad(&self) {
        *self.grad_slot() = None;
    }

    /// The gradient that backward passes have added up, if one has come this way.
    #[must_use]
    pub fn grad(&self) -> Option<E::Tensor> {
        self.grad_slot().clone()
    }

    /// The gradient that backward passes have added up.
    ///
    /// # Errors
    /// [`Error::NoGradient`] if none has come this way.
    pub fn gradient(&self) -> Result<E::Tensor, E::Error> {
        self.grad().ok_or_else(|| Error::NoGradient { operation: self.operation() }.into())
    }

    /// The same value without its past: a leaf that requires no gradient.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self::new(self.engine(), self.value())
    }

    /// The tensor itself.
    #[must_use]
    pub fn value(&self) -> E::Tensor {
        self.node.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What computes.
    #[must_use]
    pub fn engine(&self) -> &E {
        &self.node.engine
    }

    /// The operation that made this value; `leaf` if none did.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.node.operation
    }

    /// The lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.node.shape
    }

    /// The number of axes.
    #[must_use]
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    #[must_use]
    pub fn numel(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether a gradient is required here, or by something that this was computed from.
    #[must_use]
    pub fn needs_grad(&self) -> bool {
        self.node.needs_grad.load(Ordering::Relaxed)
    }

    /// Whether no recorded operation made this value.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        matches!(*self.origin(), Origin::Leaf)
    }

    /// The tensor as the weight of a product. One that nothing trains is likely to be the weight of more.
    pub(crate) fn weight(&self) -> E::Tensor {
        let value = self.value();
        if self.operation() == LEAF && !self.is_recorded() { self.engine().fixed(&value) } else { value }
    }

    /// Whether what is computed from this value is recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        self.needs_grad() && is_grad_enabled()
    }

    /// The record of an operation of this value's engine.
    pub(crate) fn record(&self, operation: &'static str, output: E::Tensor) -> Record<'_, E> {
        Record::new(self.engine(), operation, output)
    }

    pub(crate) fn id(&self) -> u64 {
        self.node.id
    }

    pub(crate) fn keeps_grad(&self) -> bool {
        (self.is_leaf() && self.needs_grad()) || self.node.retains_grad.load(Ordering::Relaxed)
    }

    pub(crate) fn grad_slot(&self) -> MutexGuard<'_, Option<E::Tensor>> {
        self.node.grad.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn origin(&self) -> MutexGuard<'_, Origin<E>> {
        self.node.origin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value's node, if this is its last handle.
    pub(crate) fn into_node(self) -> Option<Node<E>> {
        Arc::into_inner(self.node)
    }
}

impl<E: Engine> Node<E> {
    /// What the value was computed from, which it forgets.
    pub(crate) fn take_inputs(&mut self) -> Vec<Var<E>> {
        let origin = self.origin.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(origin, Origin::Freed).into_inputs()
    }
}

impl<E: Engine> Drop for Node<E> {
    fn drop(&mut self) {
        unwound(self.take_inputs());
    }
}

impl<E: Engine> Clone for Var<E> {
    fn clone(&self) -> Self {
        Self { node: Arc::clone(&self.node) }
    }
}

impl<E: Engine> fmt::Debug for Var<E> {
    /// Shape and origin; never the values, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Var(shape={:?}, from {}, needs_grad={})",
            self.shape(),
            self.operation(),
            self.needs_grad()
        )
    }
}
