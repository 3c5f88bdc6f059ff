//! Edges in memory: transports that authenticate, bind a Thing, push, and answer requests.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use alwayson::transport::{Ending, Incoming, Outgoing, Party, Transport};
use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Message, Response, Status};
use bytes::Bytes;

use crate::push::{encode, name, push};

/// All edges, and what was seen of them.
#[derive(Default)]
pub(crate) struct Edges {
    all: Mutex<Vec<Arc<Shared>>>,
    pub(crate) seen: Arc<Seen>,
}

/// The numbers of edges that were bound, and of pushes that were answered.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) bound: AtomicUsize,
    pub(crate) pushed: AtomicUsize,
}

impl Edges {
    /// Adds an edge, and returns its transport.
    pub(crate) fn add(&self) -> Edge {
        let shared = Arc::<Shared>::default();
        let mut all = lock(&self.all);
        let number = all.len();
        all.push(Arc::clone(&shared));
        Edge {
            number,
            shared,
            seen: Arc::clone(&self.seen),
            session: Ids::NONE,
            is_bound: false,
            next: VecDeque::from([Next::Auth]),
        }
    }

    /// Lets an edge push.
    pub(crate) fn push(&self, edge: usize) {
        self.tell(edge, |wish| wish.push = true);
    }

    /// Ends an edge without a close.
    pub(crate) fn cut(&self, edge: usize) {
        self.tell(edge, |wish| wish.cut = true);
    }

    fn tell(&self, edge: usize, tell: impl FnOnce(&mut Wish)) {
        let shared = Arc::clone(&lock(&self.all)[edge]);
        let mut wish = lock(&shared.wish);
        tell(&mut wish);
        if let Some(waker) = wish.waker.take() {
            waker.wake();
        }
    }
}

/// What is wanted of an edge.
#[derive(Default)]
struct Shared {
    wish: Mutex<Wish>,
}

#[derive(Default)]
struct Wish {
    push: bool,
    cut: bool,
    waker: Option<Waker>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the platform receives next.
enum Next {
    Auth,
    Bind,
    /// The answer to a request with this id.
    Answer(u32),
    Closed,
}

/// The transport of an edge, at the side of the platform.
pub(crate) struct Edge {
    number: usize,
    shared: Arc<Shared>,
    seen: Arc<Seen>,
    session: u32,
    is_bound: bool,
    next: VecDeque<Next>,
}

impl Edge {
    fn ids(&self, request: u32) -> Ids {
        Ids { request, endpoint: 0, session: self.session }
    }

    /// Handles what the platform sends.
    fn handle(&mut self, bytes: &[u8]) {
        let (message, _) = Message::decode(bytes).expect("a message");
        match message.body {
            Body::Response(_) if self.session == Ids::NONE => {
                self.session = message.ids.session;
                self.next.push_back(Next::Bind);
            }
            Body::Response(response) if !self.is_bound => {
                assert!(response.status.is_success(), "the BIND is accepted");
                self.is_bound = true;
                self.seen.bound.fetch_add(1, Ordering::Relaxed);
            }
            Body::Response(_) => _ = self.seen.pushed.fetch_add(1, Ordering::Relaxed),
            Body::Request(_) => self.next.push_back(Next::Answer(message.ids.request)),
            other => panic!("{other:?}"),
        }
    }

    fn receive(&self, next: &Next) -> Incoming {
        let name = name(self.number);
        let names = [name.as_str()];
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let (id, body) = match next {
            Next::Auth => (1, Body::Auth(Auth::new(&claims).expect("claims"))),
            Next::Bind => (2, Body::Bind(Bind::new(&names).expect("names"))),
            Next::Answer(id) => (*id, Body::Response(Response::new(Status::SUCCESS))),
            Next::Closed => return Incoming::Closed(Ending::closed(Party::Peer, None)),
        };
        Incoming::Message(encode(self.ids(id), body))
    }
}

impl Transport for Edge {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        if let Some(next) = self.next.pop_front() {
            return Poll::Ready(self.receive(&next));
        }
        let mut wish = lock(&self.shared.wish);
        if wish.cut {
            return Poll::Ready(Incoming::Closed(Ending::cut()));
        }
        if std::mem::take(&mut wish.push) {
            return Poll::Ready(Incoming::Message(push(self.ids(3), &name(self.number))));
        }
        wish.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        match outgoing {
            Outgoing::Message(bytes) => {
                self.handle(&bytes);
                drop::<Bytes>(bytes);
            }
            Outgoing::Ping => {}
            Outgoing::Close(_) => self.next.push_back(Next::Closed),
        }
        // What it has caused is received.
        if let Some(waker) = lock(&self.shared.wish).waker.take() {
            waker.wake();
        }
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
