//! The passage of time: delivery of packets and due timeouts.

use super::line::Queue;
use super::{Direction, Packet, Pair, Verdict, check};

/// The maximum number of steps in one call; more indicate an endless loop.
const STEPS: usize = 50_000;

impl Pair {
    /// Advances the clock: delivers packets and handles timeouts in order.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn advance(&mut self, ms: u64) -> Verdict {
        let until_ms = self.now_ms.saturating_add(ms);
        for _ in 0..STEPS {
            let Some(next_ms) = self.next_ms().filter(|next_ms| *next_ms <= until_ms) else {
                self.now_ms = until_ms;
                return self.check();
            };
            self.now_ms = self.now_ms.max(next_ms);
            self.step()?;
            self.check()?;
        }
        Err(format!("without end at {} ms: {self:?}", self.now_ms))
    }

    /// Returns the time of the next event.
    fn next_ms(&self) -> Option<u64> {
        let queues = self.queues.iter().flatten().filter_map(Queue::next_ms);
        let lines = self.host.lines.iter().filter_map(|line| line.connection.poll_timeout());
        let edges = self.devices.iter().filter_map(|device| device.edge.poll_timeout());
        let connects = self.devices.iter().filter_map(|device| device.connect_at_ms);
        queues.chain(lines).chain(edges).chain(connects).min()
    }

    /// Handles one due event.
    fn step(&mut self) -> Verdict {
        let now_ms = self.now_ms;
        let is_due = |at_ms: Option<u64>| at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        for index in 0..self.queues.len() {
            for down in [false, true] {
                if is_due(self.queues[index][usize::from(down)].next_ms()) {
                    return if down { self.come_down(index) } else { self.come_up(index) };
                }
            }
        }
        for device in 0..self.devices.len() {
            if is_due(self.devices[device].connect_at_ms) {
                return self.connect(device);
            }
            if is_due(self.devices[device].edge.poll_timeout()) {
                self.devices[device].edge.handle_timeout(now_ms);
                return self.settle_device(device);
            }
        }
        for index in 0..self.host.lines.len() {
            if is_due(self.host.lines[index].connection.poll_timeout()) {
                self.host.lines[index].connection.handle_timeout(now_ms);
                return self.settle_host(index);
            }
        }
        Ok(())
    }

    fn connect(&mut self, device: usize) -> Verdict {
        let index = self.host.accept(self.now_ms);
        self.queues.push([Queue::default(), Queue::default()]);
        let auth = self.devices[device].open(index, self.now_ms)?;
        check::sent(&auth)?;
        self.send(index, Direction::Up, vec![Packet::Message(auth)]);
        self.settle_device(device)
    }

    fn come_up(&mut self, index: usize) -> Verdict {
        let now_ms = self.now_ms;
        let Some(packet) = self.queues[index][0].receive() else { return Ok(()) };
        let connection = &mut self.host.lines[index].connection;
        match packet {
            Packet::Message(bytes) => {
                if !self.host.receive(index, &bytes, now_ms)? {
                    self.queues[index][0].put_back(Packet::Message(bytes), now_ms);
                    return self.settle_host(index);
                }
                let rest = self.host.rest(index, &bytes).to_vec();
                let sent = self.host.settle(index, now_ms)?;
                self.queues[index][0].comes_next(rest, now_ms);
                // If the host decides at once, a move affects other connections, too.
                self.check_no_answer_to_answer(&bytes, &sent)?;
                self.send(index, Direction::Down, sent);
                return (0..self.host.lines.len()).try_for_each(|index| self.settle_host(index));
            }
            Packet::Ping => {
                connection.handle_ping(now_ms);
                if connection.end().is_none() {
                    self.send(index, Direction::Down, vec![Packet::Pong]);
                }
            }
            Packet::Pong => connection.handle_pong(now_ms),
            Packet::Close => {
                connection.handle_closed(now_ms);
                self.send(index, Direction::Down, vec![Packet::Close]);
            }
        }
        self.settle_host(index)
    }

    fn come_down(&mut self, index: usize) -> Verdict {
        let now_ms = self.now_ms;
        let Some(packet) = self.queues[index][1].receive() else { return Ok(()) };
        // An edge that is gone does not receive it.
        let device = self.devices.iter().position(|device| device.line == Some(index));
        let Some(device) = device else { return Ok(()) };
        match packet {
            Packet::Message(bytes) => {
                if !self.devices[device].receive(&bytes, now_ms)? {
                    self.queues[index][1].put_back(Packet::Message(bytes), now_ms);
                    return self.settle_device(device);
                }
                let rest = self.devices[device].edge.rest(&bytes).to_vec();
                let sent = self.devices[device].settle(now_ms, self.random)?;
                self.queues[index][1].comes_next(rest, now_ms);
                self.check_no_answer_to_answer(&bytes, &sent)?;
                self.send(index, Direction::Up, sent);
            }
            Packet::Ping => self.devices[device].edge.handle_ping(now_ms),
            Packet::Pong => self.devices[device].edge.handle_pong(now_ms),
            Packet::Close => self.devices[device].edge.handle_closed(now_ms),
        }
        self.settle_device(device)
    }

    /// Sends the pending messages of a connection, so that it can take more packets.
    pub(super) fn settle_host(&mut self, index: usize) -> Verdict {
        let sent = self.host.settle(index, self.now_ms)?;
        self.queues[index][0].is_blocked &= sent.is_empty();
        self.send(index, Direction::Down, sent);
        Ok(())
    }

    /// Sends the pending messages of an edge.
    pub(super) fn settle_device(&mut self, device: usize) -> Verdict {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let line = self.devices[device].line;
        let sent = self.devices[device].settle(self.now_ms, self.random)?;
        let Some(index) = line else { return Ok(()) };
        self.queues[index][1].is_blocked &= sent.is_empty();
        self.send(index, Direction::Up, sent);
        Ok(())
    }

    fn send(&mut self, index: usize, direction: Direction, sent: Vec<Packet>) {
        for packet in sent {
            let fault = self.fault(direction);
            let queue = &mut self.queues[index][usize::from(direction == Direction::Down)];
            queue.send(packet, fault, self.now_ms);
        }
    }
}
