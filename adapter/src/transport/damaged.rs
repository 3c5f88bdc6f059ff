//! A transport that damages frames, for tests.

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

/// What happens to a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// Nothing.
    None,
    /// The frame is lost.
    Lose,
    /// A message with these bytes arrives in its place.
    Replace(Bytes),
    /// The frame arrives twice.
    Repeat,
    /// The frame arrives after this time. Later frames in the same direction wait behind
    /// it.
    Delay(Duration),
    /// The frame is lost, and the connection is cut: it is dropped without a close.
    Cut,
}

impl Damage {
    /// Replaces a message by a copy in which all bits of the byte at this index are
    /// inverted.
    pub fn flip(message: &[u8], at: usize) -> Self {
        let flipped = message.iter().enumerate();
        let flipped = flipped.map(|(index, byte)| if index == at { !byte } else { *byte });
        Self::Replace(flipped.collect())
    }

    /// Replaces a message by its first `len` bytes.
    pub fn truncate(message: &[u8], len: usize) -> Self {
        Self::Replace(message.iter().take(len).copied().collect())
    }
}

type Decide = Box<dyn FnMut(&Frame<'_>) -> Damage + Send>;

/// A transport that damages frames as a test decides: garbage, lost pongs, late and
/// repeated answers, cuts. The end of the connection is passed on unchanged.
///
/// An edge connects over one with [`Edge::builder_over`](crate::edge::Edge::builder_over),
/// a platform serves one with [`Platform::serve`](crate::platform::Platform::serve).
///
/// ```
/// use alwayson::edge::Edge;
/// use alwayson::frame::{Direction, Kind};
/// use alwayson::transport::{AnyTransport, ConnectOptions, Damage, Damaged, connect};
///
/// # fn builder(options: ConnectOptions) -> alwayson::edge::Builder {
/// // The platform receives no pings, and the third byte of its messages is inverted.
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
    /// `None` once it was cut.
    inner: Option<AnyTransport>,
    decide: Decide,
    incoming: Late<Incoming>,
    outgoing: Late<Outgoing>,
}

/// The frames that wait in one direction.
struct Late<T> {
    frames: VecDeque<T>,
    /// The time before which none of them is passed on.
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

    /// Waits until the frames may be passed on.
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
    /// Damages the frames of a transport. The function decides about each frame, in both
    /// directions.
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

    /// Passes on the outgoing frames that wait. Ready when there are none.
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
