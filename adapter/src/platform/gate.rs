//! Reports clients that were not upgraded: a limited number per second, and the number of the
//! others.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::event::Event;
use super::hub::Hub;
use crate::transport::Refusal;

/// The time in which the limit of reports counts.
const WINDOW: Duration = Duration::from_secs(1);

/// Reports refusals, a limited number in each second.
pub(super) struct Gate {
    hub: Arc<Hub>,
    state: Mutex<State>,
}

struct State {
    /// When the current second began.
    since: Instant,
    /// The number of reports in the current second.
    told: u32,
    /// The last refusal that was not reported.
    held: Option<(SocketAddr, Refusal)>,
    /// The number of refusals that were not reported, including the held one.
    untold: u64,
}

impl Gate {
    pub(super) fn new(hub: Arc<Hub>) -> Arc<Self> {
        let state = State { since: Instant::now(), told: 0, held: None, untold: 0 };
        Arc::new(Self { hub, state: Mutex::new(state) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports a refusal: now or, if there were too many in this second, at its end, as one report
    /// for all that were too many.
    pub(super) fn refused(self: &Arc<Self>, peer: SocketAddr, refusal: Refusal) {
        tracing::debug!(%peer, %refusal, "a connection was not upgraded to a WebSocket");
        let mut state = self.lock();
        let now = Instant::now();
        if now >= state.since + WINDOW && state.held.is_none() {
            state.since = now;
            state.told = 0;
        }
        if state.told < self.hub.options.refusals_told {
            state.told += 1;
            drop(state);
            self.tell(peer, refusal, 0);
            return;
        }
        state.untold += 1;
        let is_first = state.held.replace((peer, refusal)).is_none();
        let end = (state.since + WINDOW).max(now);
        drop(state);
        if is_first {
            let gate = Arc::clone(self);
            tokio::spawn(async move {
                sleep_until(end).await;
                gate.release();
            });
        }
    }

    /// Reports, at the end of the second, the last refusal that was held, and the number of the
    /// others.
    fn release(&self) {
        let mut state = self.lock();
        let Some((peer, refusal)) = state.held.take() else { return };
        let untold = std::mem::take(&mut state.untold).saturating_sub(1);
        state.since = Instant::now();
        state.told = 1;
        drop(state);
        self.tell(peer, refusal, untold);
    }

    fn tell(&self, peer: SocketAddr, refusal: Refusal, untold: u64) {
        tracing::info!(%peer, %refusal, untold, "a connection was not upgraded to a WebSocket");
        self.hub.tell(Event::NotUpgraded { peer, refusal, untold });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::Receiver;

    use super::super::authenticator::AcceptAnyClaims;
    use super::super::hub;
    use super::super::memory::MemoryThings;
    use super::super::options::Options;
    use super::*;
    use crate::transport::RefusalKind;

    fn told(events: &mut Receiver<Event>) -> Vec<u64> {
        let next = || match events.try_recv().ok()? {
            Event::NotUpgraded { untold, .. } => Some(untold),
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(next).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn more_in_a_second_than_may_be_are_told_by_one_with_their_number() {
        for (asked, at_once, later) in [
            (2, vec![0, 0], vec![]),
            (3, vec![0; 3], vec![]),
            (4, vec![0; 3], vec![0]),
            (9, vec![0; 3], vec![5]),
        ] {
            let options = Options { refusals_told: 3, ..Options::default() };
            let things = Arc::new(MemoryThings::any());
            let hub = Arc::new(Hub::new(
                options,
                Arc::new(AcceptAnyClaims),
                things,
                hub::events(),
                None,
                None,
            ));
            let mut events = hub.events.subscribe();
            let gate = Gate::new(hub);
            let peer = SocketAddr::from(([127, 0, 0, 1], 1));
            for _ in 0..asked {
                gate.refused(peer, Refusal::new(RefusalKind::Left));
            }
            assert_eq!(told(&mut events), at_once);
            tokio::time::sleep(WINDOW * 2).await;
            assert_eq!(told(&mut events), later);
            // A second later, as many are reported as before.
            gate.refused(peer, Refusal::new(RefusalKind::Left));
            assert_eq!(told(&mut events), [0]);
        }
    }
}
