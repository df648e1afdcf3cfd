//! Sharing what one party owns.

use crypten_ring::{Prg, RingTensor};

use crate::correlation::Algebra;
use crate::error::{Error, Misuse};
use crate::message::MAX_WORDS;
use crate::party::{Party, Purpose, random_seed};
use crate::place::Rank;
use crate::share::{ArithmeticShare, BinaryShare};

impl Party {
    /// Shares a tensor that one party owns: its sharing of zero, with the value added at the owner. Every party passes
    /// the shape; the owner alone passes the value.
    ///
    /// # Rounds
    /// None: no message is sent. In a replicated session one of 8 bytes an element from party 2 to party 1, if party 2
    /// is the owner.
    ///
    /// # Errors
    /// [`Misuse::NotTheOwner`] if the owner passes no value or another party does; if the value has another shape.
    pub async fn share(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
    ) -> Result<ArithmeticShare, Error> {
        self.share_words(owner, shape, value, Algebra::Additive).await.map(ArithmeticShare::new)
    }

    /// Shares words that one party owns by exclusive or; otherwise as [`Party::share`].
    ///
    /// # Rounds
    /// As [`Party::share`].
    ///
    /// # Errors
    /// As [`Party::share`].
    pub async fn share_binary(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
    ) -> Result<BinaryShare, Error> {
        self.share_words(owner, shape, value, Algebra::Xor).await.map(BinaryShare::new)
    }

    /// Uniformly random words that no party knows, shared by exclusive or: each party that holds shares draws its own.
    ///
    /// # Rounds
    /// None: no message is sent.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn random_binary(&mut self, shape: &[usize]) -> Result<BinaryShare, Error> {
        self.sequence += 1;
        if self.is_replicated() && self.place().rank() == Rank::THIRD {
            return Ok(BinaryShare::zeros(shape));
        }
        Ok(BinaryShare::new(Prg::new(&random_seed()?, 0).tensor(shape)))
    }

    async fn share_words(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
        algebra: Algebra,
    ) -> Result<RingTensor, Error> {
        self.place().party(owner.index())?;
        if (self.place().rank() == owner) != value.is_some() {
            return Err(Misuse::NotTheOwner { owner }.into());
        }
        if let Some(value) = value
            && value.shape() != shape
        {
            let (left, right) = (value.shape().to_vec(), shape.to_vec());
            return Err(crypten_ring::Error::ShapeMismatch { operation: "share", left, right }.into());
        }
        // Parties that share different things are at different steps from here on.
        self.sequence += 1;
        let words = shape.iter().product();
        if self.is_replicated() && owner == Rank::THIRD {
            return Ok(RingTensor::from_vec(shape, self.hand_over(words, value, algebra).await?));
        }
        let holds_shares = self.holds_shares();
        let partners = self.partners().filter(|_| holds_shares);
        let mut own = self.common.zero(partners, words, algebra);
        if let Some(value) = value {
            algebra.accumulate(&mut own, &value.words());
        }
        Ok(RingTensor::from_vec(shape, own))
    }

    /// The sharing between parties 0 and 1 of what party 2 owns: party 0 draws its share together with party 2, which
    /// sends party 1 the other.
    async fn hand_over(
        &mut self,
        words: usize,
        value: Option<&RingTensor>,
        algebra: Algebra,
    ) -> Result<Vec<u64>, Error> {
        let step = self.round("hand over");
        if self.place().is_first() {
            let [own] = self.common.draw(Purpose::HandOver, [Rank::THIRD], words);
            return Ok(own);
        }
        if let Some(value) = value {
            let [drawn] = self.common.draw(Purpose::HandOver, [Rank::FIRST], words);
            let mut rest = value.words().into_owned();
            algebra.remove(&mut rest, &drawn);
            for piece in rest.chunks(MAX_WORDS) {
                self.send_to(Rank::SECOND, step, piece.to_vec()).await?;
            }
            return Ok(vec![0; words]);
        }
        self.common.skip();
        let mut own = Vec::new();
        while own.len() < words {
            let piece = MAX_WORDS.min(words - own.len());
            own.extend(&*self.receive_from(Rank::THIRD, step, piece).await?);
        }
        Ok(own)
    }
}
