//! One port for many edges: a connection belongs to the case whose AUTH it sends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alwayson_codec::owned::{Claim, Message};
use alwayson_codec::{Body, Message as View};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{Arrival, Opened};
use super::socket::{self, Happening, Outbox, What};
use super::upgrade;

/// How long an edge may take from its connection to its AUTH.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest AUTH that is waited for, in bytes.
const LONGEST: usize = 64 * 1024;

/// Cases that wait for edges, and edges whose cases have not begun.
#[derive(Debug, Default)]
pub(crate) struct Hub(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    /// The claims of each case.
    cases: Vec<(u64, Vec<Claim>, Outbox)>,
    next: u64,
    /// Connections whose cases have not begun: of devices that connect by themselves.
    early: Vec<(Vec<Claim>, Arrival)>,
}

/// A case of a [`Hub`]. Dropping it leaves the hub.
#[derive(Debug)]
pub(crate) struct Entry {
    hub: Arc<Mutex<State>>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.hub).cases.retain(|(number, ..)| *number != self.number);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Passes a connection on to its case. The newest one that no case has asked for yet is kept
    /// of each device.
    fn arrived(&mut self, claims: Vec<Claim>, arrival: Arrival) {
        if let Some((.., outbox)) = self.cases.iter().find(|(_, known, _)| *known == claims) {
            let what = What::Arrived(arrival);
            // A case that has ended takes nothing.
            let _ = outbox.send(Happening { connection: 0, what });
        } else {
            self.early.retain(|(known, _)| *known != claims);
            self.early.push((claims, arrival));
        }
    }
}

impl Hub {
    /// Has connections with one of these lists of claims go to an inbox. The first call opens
    /// the port.
    pub(crate) fn enter(
        &self,
        listener: &Arc<TcpListener>,
        claims: Vec<Vec<Claim>>,
        outbox: &Outbox,
    ) -> Entry {
        let mut state = lock(&self.0);
        if !std::mem::replace(&mut state.is_open, true) {
            tokio::spawn(accept(Arc::clone(listener), Arc::clone(&self.0)));
        }
        let number = state.next;
        state.next += 1;
        for claims in claims {
            state.cases.push((number, claims.clone(), outbox.clone()));
            let early = state.early.iter().position(|(known, _)| *known == claims);
            if let Some((claims, arrival)) = early.map(|at| state.early.swap_remove(at)) {
                state.arrived(claims, arrival);
            }
        }
        Entry { hub: Arc::clone(&self.0), number }
    }
}

async fn accept(listener: Arc<TcpListener>, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let told = tokio::time::timeout(TIMEOUT, identify(Arrival::new(stream))).await;
            // Who says nothing of itself belongs to no case.
            if let Ok(Ok((claims, arrival))) = told {
                lock(&state).arrived(claims, arrival);
            }
        });
    }
}

/// Answers the upgrade of a connection, and reads its AUTH, which stays to be read again.
async fn identify(mut arrival: Arrival) -> Result<(Vec<Claim>, Arrival), String> {
    let stream = &mut arrival.stream;
    let (request, mut rest) = upgrade::read_request(stream).await?;
    let answer = upgrade::answer(&request)?;
    let sent = async { stream.write_all(&answer).await.and(stream.flush().await) };
    sent.await.map_err(|error| error.to_string())?;
    let payload = loop {
        match socket::first_payload(&rest)? {
            Some(payload) => break payload,
            None if rest.len() > LONGEST => return Err("an AUTH without an end".to_owned()),
            None => {}
        }
        match stream.read_buf(&mut rest).await {
            Ok(0) => return Err("the connection ended before AUTH".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    };
    let Ok((view @ View { body: Body::Auth(_), .. }, _)) = View::decode(&payload) else {
        return Err("the first message is not AUTH".to_owned());
    };
    let alwayson_codec::owned::Body::Auth(claims) = Message::from(view).body else {
        return Err("the first message is not AUTH".to_owned());
    };
    arrival.opened = Some(Opened { request, answer, rest });
    Ok((claims, arrival))
}
