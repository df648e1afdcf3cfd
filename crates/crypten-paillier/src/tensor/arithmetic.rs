//! Sums with encrypted and plain tensors, products with plain ones, elementwise, with broadcasting.

use crypten_ring::broadcast_shapes;
use ndarray::{ArrayBase, Data, Dimension};

use crate::error::Error;
use crate::montgomery::Residue;
use crate::parallel::Workers;
use crate::plain::{Number, check_scale};
use crate::tensor::EncryptedTensor;

impl EncryptedTensor {
    /// The sum of two encrypted tensors.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], and [`Error::Shapes`] if the shapes do not broadcast.
    pub fn add(&self, other: &Self) -> Result<Self, Error> {
        self.key.check_same(&other.key)?;
        let (left, right) = (self.at_scale(other.scale), other.at_scale(self.scale));
        let shape = joint_shape("add", left.shape(), right.shape())?;
        let (a, b) = (spread(&left, &shape), spread(&right, &shape));
        let values = Workers::all().map(
            a.len(),
            || Ok(()),
            |(), i| Ok::<_, Error>(left.key.square().multiply(a[i], b[i])),
        )?;
        Ok(Self::new(&left.key, left.scale, &shape, values))
    }

    /// The difference of two encrypted tensors.
    ///
    /// # Errors
    /// As [`EncryptedTensor::add`].
    pub fn sub(&self, other: &Self) -> Result<Self, Error> {
        self.key.check_same(&other.key)?;
        self.add(&other.neg())
    }

    /// The tensor with the other signs.
    #[must_use]
    pub fn neg(&self) -> Self {
        let inverses = self.inverses(&self.in_order());
        Self::new(&self.key, self.scale, self.shape(), inverses)
    }

    /// The sum of this and a plain array.
    ///
    /// # Errors
    /// [`Error::Shapes`], [`Error::TooLarge`], [`Error::NotFinite`].
    pub fn add_plain<N: Number + Sync, D: Dimension>(
        &self,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
    ) -> Result<Self, Error> {
        self.add_terms(numbers, false)
    }

    /// The difference of this and a plain array.
    ///
    /// # Errors
    /// As [`EncryptedTensor::add_plain`].
    pub fn sub_plain<N: Number + Sync, D: Dimension>(
        &self,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
    ) -> Result<Self, Error> {
        self.add_terms(numbers, true)
    }

    fn add_terms<N: Number + Sync, D: Dimension>(
        &self,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
        negate: bool,
    ) -> Result<Self, Error> {
        let scale = N::SCALE.max(self.scale);
        let left = self.at_scale(scale);
        let shape = joint_shape("add", left.shape(), numbers.shape())?;
        let (a, b) = (spread(&left, &shape), numbers.broadcast(&shape[..]).expect("a joint shape"));
        let b: Vec<&N> = b.iter().collect();
        let values = Workers::all().map(
            a.len(),
            || Ok(()),
            |(), i| {
                let value = b[i].plain(scale)?.value;
                let value = if negate { -value } else { value };
                Ok::<_, Error>(left.key.square().multiply(a[i], &left.key.bare(&value)?))
            },
        )?;
        Ok(Self::new(&left.key, left.scale, &shape, values))
    }

    /// The elementwise product of this and a plain array, real numbers with [`crate::FRACTION_BITS`] fractional bits.
    ///
    /// # Errors
    /// [`Error::Shapes`], [`Error::TooLarge`], [`Error::NotFinite`], and [`Error::Scale`] if the product has too many
    /// fractional bits.
    pub fn mul_plain<N: Number + Sync, D: Dimension>(
        &self,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
    ) -> Result<Self, Error> {
        let shape = joint_shape("mul", self.shape(), numbers.shape())?;
        let scale = check_scale(self.scale + N::SCALE)?;
        let (a, b) = (spread(self, &shape), numbers.broadcast(&shape[..]).expect("a joint shape"));
        let factors = b.iter().map(|number| self.key.factor(number)).collect::<Result<Vec<_>, _>>()?;
        let values = Workers::all().map(
            a.len(),
            || Ok(()),
            |(), i| Ok::<_, Error>(self.key.times(a[i], &factors[i])),
        )?;
        Ok(Self::new(&self.key, scale, &shape, values))
    }

    /// The inverses of ciphertexts by one inversion and three products each.
    ///
    /// Source: P. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization" (1987), section 10.3.1.
    pub(super) fn inverses(&self, values: &[&Residue]) -> Vec<Residue> {
        let square = self.key.square();
        let mut products = Vec::with_capacity(values.len());
        let mut product = square.one();
        for value in values {
            products.push(product.clone());
            square.multiply_into(&mut product, value);
        }
        let mut inverse = self.key.inverse(&product);
        for (value, product) in values.iter().zip(&mut products).rev() {
            square.multiply_into(product, &inverse);
            square.multiply_into(&mut inverse, value);
        }
        products
    }
}

/// The shape to which both broadcast.
fn joint_shape(operation: &'static str, left: &[usize], right: &[usize]) -> Result<Vec<usize>, Error> {
    broadcast_shapes(operation, left, right).map_err(|_| Error::Shapes {
        operation,
        left: left.to_vec(),
        right: right.to_vec(),
    })
}

/// The elements of a tensor broadcast to a shape.
fn spread<'a>(tensor: &'a EncryptedTensor, shape: &[usize]) -> Vec<&'a Residue> {
    let spread = tensor.values.broadcast(shape).expect("a joint shape");
    // The elements outlive the view.
    let mut elements = Vec::with_capacity(spread.len());
    elements.extend(spread);
    elements
}
