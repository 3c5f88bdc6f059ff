//! What can happen to the system, and that it happens.

use super::system::{System, name};

/// How often each of these may still happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lossy {
    pub(crate) double: u8,
    pub(crate) lose: u8,
    pub(crate) breaks: u8,
    pub(crate) connects: u8,
    pub(crate) calls: u8,
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// An edge connects and sends AUTH.
    Connect(usize),
    /// The next message of an edge reaches the platform.
    Up(usize),
    /// The next message of the platform reaches the edge of a connection.
    Down(usize),
    /// It reaches it, and will once more.
    UpTwice(usize),
    /// As well.
    DownTwice(usize),
    /// It never does.
    UpLost(usize),
    /// Nor this.
    DownLost(usize),
    /// The edge of a connection finds it broken; the platform does not.
    Broken(usize),
    /// The platform learns that a connection is gone.
    Gone(usize),
    /// An edge unbinds the name, or wants it again.
    Unbind(usize),
    Bind(usize),
    /// The platform asks whoever stands for the Thing.
    Call,
}

impl System {
    pub(crate) fn possible(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.wrong.is_some() {
            return events;
        }
        for (index, line) in self.lines.iter().enumerate() {
            if !line.up.is_empty() {
                events.push(Event::Up(index));
                events.extend((self.lossy.double > 0).then_some(Event::UpTwice(index)));
                events.extend((self.lossy.lose > 0).then_some(Event::UpLost(index)));
            }
            if !line.down.is_empty() && line.edge.is_some() {
                events.push(Event::Down(index));
                events.extend((self.lossy.double > 0).then_some(Event::DownTwice(index)));
                events.extend((self.lossy.lose > 0).then_some(Event::DownLost(index)));
            }
            if line.edge.is_some() && self.lossy.breaks > 0 {
                events.push(Event::Broken(index));
            }
            if line.edge.is_none() && line.connection.end().is_none() {
                events.push(Event::Gone(index));
            }
        }
        for edge in 0..2 {
            match self.line_of(edge) {
                None if self.connects[edge] > 0 => events.push(Event::Connect(edge)),
                Some(_) if self.is_bound(edge) => events.push(Event::Unbind(edge)),
                Some(_) if self.is_refused(edge) => events.push(Event::Bind(edge)),
                _ => {}
            }
        }
        if self.lossy.calls > 0 && self.registered().is_some() {
            events.push(Event::Call);
        }
        events
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Connect(edge) => self.connect(edge),
            Event::Up(line) => self.up(line),
            Event::Down(line) => self.down(line),
            Event::UpTwice(line) => {
                self.lossy.double -= 1;
                let first = self.lines[line].up[0].clone();
                self.lines[line].up.push_front(first);
                self.up(line);
            }
            Event::DownTwice(line) => {
                self.lossy.double -= 1;
                let first = self.lines[line].down[0].clone();
                self.lines[line].down.push_front(first);
                self.down(line);
            }
            Event::UpLost(line) => {
                self.lossy.lose -= 1;
                self.lines[line].up.pop_front();
            }
            Event::DownLost(line) => {
                self.lossy.lose -= 1;
                self.lines[line].down.pop_front();
            }
            Event::Broken(line) => {
                self.lossy.breaks -= 1;
                self.leave(line);
            }
            Event::Gone(line) => self.lines[line].connection.handle_closed(0),
            Event::Unbind(edge) => self.edges[edge].unbind(self.kinds[edge].name).unwrap(),
            Event::Bind(edge) => self.edges[edge].bind(name(self.kinds[edge].name)).unwrap(),
            Event::Call => self.call(),
        }
        self.settle();
    }
}
