//! A transport that damages what passes, for tests.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Sleep;

use super::{AnyTransport, Ending, Incoming, Outgoing, Transport};
use crate::frame::{Direction, Frame, Kind};

/// What is done to a frame that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// Nothing.
    None,
    /// It does not arrive.
    Lose,
    /// These bytes arrive as a message in its place.
    Replace(Bytes),
    /// It arrives twice.
    Repeat,
    /// It arrives after this time; what follows it that way waits behind it.
    Delay(Duration),
    /// It does not arrive, and the connection is cut: dropped without a close.
    Cut,
}

impl Damage {
    /// The message with one of its bytes changed: all bits of that are turned.
    pub fn flip(message: &[u8], at: usize) -> Self {
        let flipped = message.iter().enumerate();
        let flipped = flipped.map(|(index, byte)| if index == at { !byte } else { *byte });
        Self::Replace(flipped.collect())
    }

    /// The message without its end: so many bytes are left.
    pub fn truncate(message: &[u8], len: usize) -> Self {
        Self::Replace(message.iter().take(len).copied().collect())
    }
}

type Decide = Box<dyn FnMut(&Frame<'_>) -> Damage + Send>;

/// A transport that damages what passes as a test says: garbage, lost pongs, late and
/// doubled answers, cuts. Ends of the connection pass as they are.
///
/// An edge runs over one by [`Edge::builder_over`](crate::edge::Edge::builder_over), a platform serves
/// one by [`Platform::serve`](crate::platform::Platform::serve).
///
/// ```
/// use alwayson::edge::Edge;
/// use alwayson::frame::{Direction, Kind};
/// use alwayson::transport::{AnyTransport, ConnectOptions, Damage, Damaged, connect};
///
/// # fn builder(options: ConnectOptions) -> alwayson::edge::Builder {
/// // The platform never hears of pings, and the third byte of its answers is wrong.
/// Edge::builder_over(move || {
///     let options = options.clone();
///     async move {
///         let transport = connect(&options, None).await?;
///         let damaged = Damaged::new(transport, |frame| match (frame.direction, frame.kind) {
///             (Direction::Sent, Kind::Ping) => Damage::Lose,
///             (Direction::Received, Kind::Message(bytes)) => Damage::flip(bytes, 2),
///             _ => Damage::None,
///         });
///         Ok::<_, alwayson::transport::ConnectError>(Box::new(damaged) as AnyTransport)
///     }
/// })
/// # }
/// ```
pub struct Damaged {
    /// None once it was cut.
    inner: Option<AnyTransport>,
    decide: Decide,
    incoming: Late<Incoming>,
    outgoing: Late<Outgoing>,
}

/// What waits one way.
struct Late<T> {
    frames: VecDeque<T>,
    /// The time before which none of them goes on.
    until: Option<Pin<Box<Sleep>>>,
}

impl<T> Late<T> {
    const fn new() -> Self {
        Self { frames: VecDeque::new(), until: None }
    }

    fn hold(&mut self, frame: T, time: Duration) {
        self.frames.push_back(frame);
        self.until = Some(Box::pin(tokio::time::sleep(time)));
    }

    /// Ready when what waits may go on.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(until) = &mut self.until {
            ready!(until.as_mut().poll(context));
            self.until = None;
        }
        Poll::Ready(())
    }
}

impl fmt::Debug for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Damaged").finish_non_exhaustive()
    }
}

impl Damaged {
    /// Damages what passes over a transport as the function says, which is asked about
    /// each frame, in both directions.
    pub fn new(
        transport: impl Transport,
        decide: impl FnMut(&Frame<'_>) -> Damage + Send + 'static,
    ) -> Self {
        Self {
            inner: Some(Box::new(transport)),
            decide: Box::new(decide),
            incoming: Late::new(),
            outgoing: Late::new(),
        }
    }

    fn decide(&mut self, direction: Direction, kind: Kind<'_>) -> Damage {
        (self.decide)(&Frame { direction, kind })
    }

    fn cut(&mut self) -> io::Error {
        self.inner = None;
        io::ErrorKind::BrokenPipe.into()
    }

    /// Hands on what was held back; ready when nothing is.
    fn poll_held(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.outgoing.poll(context));
        let Some(inner) = &mut self.inner else { return Poll::Ready(Err(cut_off())) };
        while !self.outgoing.frames.is_empty() {
            ready!(inner.poll_ready(context))?;
            if let Some(frame) = self.outgoing.frames.pop_front() {
                inner.start_send(frame)?;
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn cut_off() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

impl Transport for Damaged {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            ready!(self.incoming.poll(context));
            if let Some(frame) = self.incoming.frames.pop_front() {
                return Poll::Ready(frame);
            }
            let Some(inner) = &mut self.inner else {
                return Poll::Ready(Incoming::Closed(Ending::cut()));
            };
            let frame = ready!(inner.poll_receive(context));
            if matches!(frame, Incoming::Closed(_)) {
                return Poll::Ready(frame);
            }
            match self.decide(Direction::Received, Kind::from(&frame)) {
                Damage::None => return Poll::Ready(frame),
                Damage::Lose => {}
                Damage::Replace(bytes) => return Poll::Ready(Incoming::Message(bytes)),
                Damage::Repeat => {
                    self.incoming.frames.push_back(frame.clone());
                    return Poll::Ready(frame);
                }
                Damage::Delay(time) => self.incoming.hold(frame, time),
                Damage::Cut => drop(self.cut()),
            }
        }
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(context))?;
        let Some(inner) = &mut self.inner else { return Poll::Ready(Err(cut_off())) };
        inner.poll_ready(context)
    }

    fn start_send(&mut self, frame: Outgoing) -> io::Result<()> {
        let damage = self.decide(Direction::Sent, Kind::from(&frame));
        let Some(inner) = &mut self.inner else { return Err(cut_off()) };
        match damage {
            Damage::None => inner.start_send(frame),
            Damage::Lose => Ok(()),
            Damage::Replace(bytes) => inner.start_send(Outgoing::Message(bytes)),
            Damage::Repeat => {
                self.outgoing.frames.push_back(frame.clone());
                inner.start_send(frame)
            }
            Damage::Delay(time) => {
                self.outgoing.hold(frame, time);
                Ok(())
            }
            Damage::Cut => Err(self.cut()),
        }
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(context))?;
        let Some(inner) = &mut self.inner else { return Poll::Ready(Err(cut_off())) };
        inner.poll_flush(context)
    }
}
