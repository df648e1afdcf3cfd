//! For tests: two parties over memory, and a [`Joint`] that sends every secret in the clear.

use std::sync::mpsc::{Receiver, Sender, channel};

use async_trait::async_trait;

use crate::error::Error;
use crate::joint::{Bilinear, Joint, MOST_CHOICE_BITS};
use crate::message::{MAX_WORDS, Message, Operation, Step};
use crate::net::{Fault, Net, NetError};
use crate::place::{Place, Rank};

/// Sends choices and words in the clear: it hides nothing, and knows what an honest implementation computes.
#[derive(Clone, Debug, Default)]
pub(crate) struct InsecureInTheClear {
    /// Calls, lookups and outputs so far.
    pub(crate) calls: usize,
    pub(crate) lookups: usize,
    pub(crate) outputs: usize,
    /// The full words that came of them.
    pub(crate) seen: Vec<u64>,
}

const STEP: Step = Step { sequence: 0, operation: Operation::new("in the clear") };

async fn tell(net: &mut dyn Net, words: Vec<u64>) -> Result<(), Error> {
    let peer = net.place().peers().next().expect("two parties");
    for piece in words.chunks(MAX_WORDS) {
        net.send(peer, Message::new(STEP, piece.to_vec())).await?;
    }
    Ok(())
}

async fn hear(net: &mut dyn Net, count: usize) -> Result<Vec<u64>, Error> {
    let (peer, mut words) = (net.place().peers().next().expect("two parties"), Vec::new());
    while words.len() < count {
        let message = net.receive(peer).await?;
        assert_eq!(message.step, STEP, "both parties make the same calls");
        words.extend(message.words());
    }
    assert_eq!(words.len(), count, "both parties make the same calls");
    Ok(words)
}

#[async_trait]
impl Joint for InsecureInTheClear {
    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        tell(net, vec![1]).await?;
        hear(net, 1).await.map(drop)
    }

    async fn choose(
        &mut self,
        net: &mut dyn Net,
        bits: u32,
        width: u32,
        choices: &[u8],
    ) -> Result<Vec<u64>, Error> {
        self.calls += 1;
        self.lookups += choices.len();
        assert!((1..=MOST_CHOICE_BITS).contains(&bits) && (1..=64).contains(&width) && !choices.is_empty());
        assert!(choices.iter().all(|&choice| u32::from(choice) < 1 << bits), "choices of {bits} bits");
        tell(net, choices.iter().map(|&choice| choice.into()).collect()).await?;
        let entries = hear(net, choices.len()).await?;
        assert!(width == 64 || entries.iter().all(|entry| entry >> width == 0), "entries of {width} bits");
        if width == 64 {
            self.seen.extend(&entries);
        }
        Ok(entries)
    }

    async fn offer(
        &mut self,
        net: &mut dyn Net,
        _: u32,
        _: u32,
        count: usize,
        entry: &(dyn Fn(usize, usize) -> u64 + Sync),
    ) -> Result<(), Error> {
        self.calls += 1;
        self.lookups += count;
        let choices = hear(net, count).await?;
        tell(net, choices.iter().enumerate().map(|(i, &j)| entry(i, j as usize)).collect()).await
    }

    async fn multiply(
        &mut self,
        net: &mut dyn Net,
        form: &Bilinear,
        _: u32,
        own: &[u64],
    ) -> Result<Vec<u64>, Error> {
        self.calls += 1;
        self.outputs += form.outputs();
        assert_eq!(own.len(), form.left());
        tell(net, own.to_vec()).await?;
        let outputs = hear(net, form.outputs()).await?;
        self.seen.extend(&outputs);
        Ok(outputs)
    }

    async fn assist(
        &mut self,
        net: &mut dyn Net,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
        addend: &[u64],
    ) -> Result<(), Error> {
        self.calls += 1;
        self.outputs += form.outputs();
        assert_eq!((own.len(), addend.len()), (form.right(), form.outputs()));
        let theirs = hear(net, form.left()).await?;
        let product = |(i, l): (usize, usize)| {
            i128::from(theirs[i].cast_signed()).wrapping_mul(i128::from(own[l].cast_signed()))
        };
        let sum = |j: usize| form.terms(j).into_iter().map(product).fold(0, i128::wrapping_add);
        let outputs =
            addend.iter().enumerate().map(|(j, more)| ((sum(j) >> shift) as u64).wrapping_add(*more));
        tell(net, outputs.collect()).await
    }
}

/// One end of a connection in memory.
pub(crate) struct Wire {
    place: Place,
    to: Sender<Message>,
    from: Receiver<Message>,
}

#[async_trait]
impl Net for Wire {
    fn place(&self) -> Place {
        self.place
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        self.to.send(message).map_err(|_| NetError::Left { peer: to })
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        self.from.recv().map_err(|_| NetError::Left { peer: from })
    }

    async fn abort(&mut self, _: Fault) {}
}

/// What two parties return, each on a thread of its own.
pub(crate) fn two_parties<T: Send>(program: impl AsyncFn(Wire) -> T + Sync) -> [T; 2] {
    let ((to_second, from_first), (to_first, from_second)) = (channel(), channel());
    let place = |rank| Place::new(rank, 2).expect("a place among two");
    let first = Wire { place: place(0), to: to_second, from: from_second };
    let second = Wire { place: place(1), to: to_first, from: from_first };
    std::thread::scope(|scope| {
        let program = &program;
        let running = [first, second].map(|wire| scope.spawn(move || pollster::block_on(program(wire))));
        running.map(|party| party.join().expect("no party panics"))
    })
}
