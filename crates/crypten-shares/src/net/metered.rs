//! A net that counts what comes in.

use async_trait::async_trait;

use crate::message::Message;
use crate::net::{Fault, Net, NetError};
use crate::place::{Place, Rank};

/// Another net, and how many bytes of payload have come through it.
pub(crate) struct Metered<'a> {
    net: &'a mut dyn Net,
    pub(crate) received: u64,
}

impl<'a> Metered<'a> {
    pub(crate) fn new(net: &'a mut dyn Net) -> Self {
        Self { net, received: 0 }
    }
}

#[async_trait]
impl Net for Metered<'_> {
    fn place(&self) -> Place {
        self.net.place()
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        self.net.send(to, message).await
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        let message = self.net.receive(from).await?;
        self.received += 8 * message.words().len() as u64;
        Ok(message)
    }

    async fn abort(&mut self, fault: Fault) {
        self.net.abort(fault).await;
    }
}
