//! The steps of a script, one after another.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::lines::Line;
use super::place::Place;
use super::{Script, Setup, Way};
use crate::diff::Difference;
use crate::sessions::{Act, Effect, SideName, Step, Told};
use crate::suite::exchange::Exchange;
use crate::suite::net::{ANEW, Arrival, Entry, Frame, Happening, Inbox, Target, What};
use crate::suite::target::Program;
use crate::suite::verdict::{Ended, Failure};

/// How long a platform that runs on may take to answer a close.
const LEAVE: Duration = Duration::from_secs(2);

/// How long a platform that runs on may take to release hundreds of names.
const RELEASE: Duration = Duration::from_secs(1);

/// Why a script does not go on.
pub(super) enum Stop {
    Difference(Difference),
    Unsupported(String),
    Skipped(String),
    Harness(String),
}

impl From<Difference> for Stop {
    fn from(difference: Difference) -> Self {
        Self::Difference(difference)
    }
}

/// Returns the error of a step that went otherwise.
pub(super) fn otherwise<T>(
    what: impl Into<String>,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Result<T, Stop> {
    Err(Stop::Difference(Difference::new(what, expected, actual)))
}

/// The state of a running script.
pub(super) struct Player<'s> {
    pub(super) setup: &'s Setup,
    pub(super) script: &'s Script,
    pub(super) place: &'s Place<'s>,
    pub(super) exchange: Exchange,
    pub(super) inbox: Inbox,
    pub(super) outbox: mpsc::UnboundedSender<Happening>,
    pub(super) lines: Vec<Line>,
    pub(super) program: Option<Program>,
    /// Accepts the connections of an edge.
    pub(super) listening: Option<JoinHandle<()>>,
    /// Its place among the cases that share a port.
    pub(super) entry: Option<Entry>,
    /// The address that an edge connects to.
    pub(super) address: Option<std::net::SocketAddr>,
    /// The address of a platform.
    pub(super) target: Option<Target>,
    /// Connections of an edge that are not yet answered.
    pub(super) arrivals: Vec<Arrival>,
    /// The numbers that the tested program gave to requests of its peer, by their connections
    /// and ids.
    pub(super) own: BTreeMap<(usize, u32), u64>,
    /// Whether an edge has connected at all.
    pub(super) came: bool,
    /// When an edge may connect again: the earliest and the latest time.
    pub(super) reconnect: Option<(Instant, Instant)>,
    /// Whether an edge must not connect again.
    pub(super) must_stay_away: bool,
    /// The time 0 of the script.
    pub(super) zero: Instant,
}

/// Runs a script. Returns how it ended, and whether the tested program came at all.
pub(crate) async fn play(setup: &Setup, script: &Script, exchange: Exchange) -> (Ended, bool) {
    let place = match setup.place(script).await {
        Ok(place) => place,
        Err(ended) => return (ended, false),
    };
    let script = &place.script;
    let (outbox, inbox) = mpsc::unbounded_channel();
    let connections = script.dialogue.steps.iter().map(|step| step.connection).max();
    let grants = script.dialogue.side == SideName::Platform;
    let lines = (0..connections.unwrap_or(1)).map(|_| Line::new(grants)).collect();
    let mut player = Player {
        setup,
        script,
        place: &place,
        exchange,
        inbox,
        outbox,
        lines,
        program: None,
        listening: None,
        entry: None,
        address: None,
        target: None,
        arrivals: Vec::new(),
        own: BTreeMap::new(),
        came: false,
        reconnect: None,
        must_stay_away: false,
        zero: Instant::now(),
    };
    let mut at = 0;
    let result = player.all(&mut at).await;
    player.leave().await;
    if let Some(task) = player.listening.take() {
        task.abort();
    }
    if let Some(program) = player.program.take() {
        program.end().await;
    }
    let ended = match result {
        Ok(()) => Ended::Pass,
        Err(Stop::Unsupported(why)) => Ended::Unsupported(why),
        Err(Stop::Skipped(why)) => Ended::Skipped(why),
        Err(Stop::Harness(why)) => Ended::HarnessError(why),
        Err(Stop::Difference(Difference { what, expected, actual })) => {
            Ended::Fail(Failure { step: at, what, expected, actual, level: None })
        }
    };
    (ended, player.came)
}

impl<'s> Player<'s> {
    async fn all(&mut self, at: &mut usize) -> Result<(), Stop> {
        self.begin().await?;
        self.zero = Instant::now();
        let script = self.script;
        for (index, step) in script.dialogue.steps.iter().enumerate() {
            *at = index + 1;
            self.step(index, step).await?;
        }
        self.settle().await
    }

    async fn step(&mut self, index: usize, step: &'s Step) -> Result<(), Stop> {
        let limits = self.setup.limits;
        let is_timed = step.act.is_none() && !(step.out.is_empty() && step.effects.is_empty());
        let due = self.zero + limits.real(step.at);
        let early = if is_timed { limits.tolerance } else { Duration::ZERO };
        // A connection comes when the edge wants it, within its range.
        let is_again = matches!(step.act, Some(Act::Opened { .. })) && self.reconnect.is_some();
        if !is_again {
            self.wait(due.checked_sub(early).unwrap_or(due)).await?;
        }
        self.act(index, step).await?;
        // What comes late moves all that follows, and so does what comes early again.
        let now = Instant::now();
        if is_again {
            self.zero = now.checked_sub(limits.real(step.at)).unwrap_or(self.zero);
        } else if step.act.is_some() && now > due {
            self.zero += now - due;
        }
        let deadline =
            if is_timed { due + limits.tolerance } else { Instant::now() + limits.answer };
        self.expect(step, deadline).await?;
        self.learn(step).await
    }

    /// Waits until a time. Nothing of the script may happen before.
    async fn wait(&mut self, until: Instant) -> Result<(), Stop> {
        while let Some(happening) = self.next(until).await {
            self.take(happening, &mut [], &mut Vec::new()).await?;
        }
        Ok(())
    }

    /// Returns the next thing that happens until a time.
    pub(super) async fn next(&mut self, until: Instant) -> Option<Happening> {
        let until = tokio::time::Instant::from_std(until);
        tokio::time::timeout_at(until, self.inbox.recv()).await.ok().flatten()
    }

    /// Ends all connections. A platform that runs on has seen their ends then, and released what
    /// they bound.
    async fn leave(&mut self) {
        let open = self.lines.iter().filter(|line| line.socket.is_some()).count();
        for line in &mut self.lines {
            line.send_frame(&Frame::close(Some(1000))).await;
        }
        let deadline = Instant::now() + LEAVE;
        let is_running = matches!(self.setup.way, Way::Running { .. });
        let mut closed = vec![false; self.lines.len()];
        let mut lost = closed.clone();
        for awaits_end in [false, true] {
            loop {
                let over = closed.iter().zip(&lost);
                let over = over.filter(|(closed, lost)| **lost || (**closed && !awaits_end));
                if !is_running || over.count() >= open {
                    break;
                }
                let Some(Happening { connection, what }) = self.next(deadline).await else { break };
                let ended = match what {
                    What::Close(_) => &mut closed,
                    What::Lost | What::Broken(_) => &mut lost,
                    _ => continue,
                };
                if let Some(place) = ended.get_mut((connection % ANEW).wrapping_sub(1)) {
                    *place = true;
                }
            }
            for line in &mut self.lines {
                line.shut().await;
            }
        }
        if is_running && self.script.binds_many() {
            tokio::time::sleep(RELEASE).await;
        }
    }

    /// Draws conclusions from a step that went as it should.
    async fn learn(&mut self, step: &Step) -> Result<(), Stop> {
        for Told { connection, effect } in &step.effects {
            match effect {
                Effect::Authenticated { .. } => self.line(*connection)?.may_ask = true,
                Effect::Connect { from, to } => {
                    let limits = self.setup.limits;
                    let tolerance = limits.tolerance;
                    let first = self.zero + limits.real(*from);
                    let last = self.zero + limits.real(*to) + tolerance;
                    self.reconnect = Some((first.checked_sub(tolerance).unwrap_or(first), last));
                    self.announce_claims(step).await?;
                }
                Effect::NoConnect {} => self.must_stay_away = true,
                // An answer that the script lists is awaited there.
                Effect::Request { request, times }
                    if !self.setup.has_control && self.script.kinds.is_empty() =>
                {
                    let is_long = match &step.act {
                        Some(Act::Received { hex, .. }) => hex.get(14) == Some(&1),
                        _ => false,
                    };
                    for n in 0..*times {
                        let id = request.wrapping_add(n);
                        self.line(*connection)?.handed.push((id, is_long));
                    }
                }
                _ => {}
            }
        }
        if self.script.dialogue.side == SideName::Platform && !step.out.is_empty() {
            if let Some(Act::Received { hex, .. }) = &step.act {
                // Once a BIND was answered, the platform may call the Thing.
                if hex.get(1) == Some(&0x0a) {
                    self.line(step.connection)?.may_ask = true;
                }
            }
        }
        Ok(())
    }

    /// Waits until all that the application answers by itself is answered, and a moment longer
    /// for anything that should not come.
    async fn settle(&mut self) -> Result<(), Stop> {
        let deadline = Instant::now() + self.setup.limits.answer;
        let is_waiting = |line: &Line| {
            !line.is_over
                && line.socket.is_some()
                && (!line.handed.is_empty() || line.pongs_due > 0)
        };
        while self.lines.iter().any(is_waiting) {
            if let Some(happening) = self.next(deadline).await {
                self.take(happening, &mut [], &mut Vec::new()).await?;
                continue;
            }
            let line = self.lines.iter().find(|line| is_waiting(line));
            if line.is_some_and(|line| line.pongs_due > 0) {
                return otherwise("a ping", "a pong", "nothing");
            }
            let ids: Vec<String> = line
                .map(|line| line.handed.iter().map(|(id, _)| id.to_string()).collect())
                .unwrap_or_default();
            let what = format!("the answer to request {}", ids.join(", "));
            return otherwise(what, "a response", "nothing");
        }
        self.wait(Instant::now() + self.setup.limits.settle).await
    }

    pub(super) fn line(&mut self, connection: usize) -> Result<&mut Line, Stop> {
        let line = self.lines.get_mut(connection.wrapping_sub(1));
        line.ok_or_else(|| Stop::Harness(format!("the script has no connection {connection}")))
    }
}
