//! Invariants across all machines, which the pair checks after each step.

use std::collections::BTreeSet;

use super::host::{id, thing_of};
use super::{Direction, Fault, Packet, Pair, Verdict};

impl Pair {
    /// Checks the invariants.
    pub(super) fn check(&self) -> Verdict {
        let mut held = BTreeSet::new();
        for (index, line) in self.host.lines.iter().enumerate() {
            let connection = &line.connection;
            if connection.requests().collect::<BTreeSet<_>>() != line.open {
                return Err(format!("connection {index} does not know its requests"));
            }
            let bound: BTreeSet<&str> = connection.names().map(|(name, _)| name).collect();
            let registered = self.host.registry.held_by(id(index));
            let registered: BTreeSet<&str> = registered.map(|held| held.wire_name).collect();
            if bound != registered {
                return Err(format!("on {index} {bound:?} is bound; the registry: {registered:?}"));
            }
            for name in bound {
                if connection.end().is_some() {
                    return Err(format!("{name} is bound on connection {index}, which has ended"));
                }
                if !held.insert(thing_of(name)) {
                    return Err(format!("{name} is bound on two connections, or by two names"));
                }
            }
        }
        let shown = self.host.things.iter().filter(|(_, shown)| shown.is_connected);
        let shown: BTreeSet<&str> = shown.map(|(name, _)| name.as_str()).collect();
        let told: BTreeSet<&str> = self.host.connected.iter().map(String::as_str).collect();
        for (who, connected) in [("connections", shown), ("registry", told)] {
            if connected != held {
                return Err(format!("connected as the {who} tell: {connected:?}; {held:?} is"));
            }
        }
        for (index, device) in self.devices.iter().enumerate() {
            if device.edge.requests().collect::<BTreeSet<_>>() != device.open {
                return Err(format!("edge {index} does not know its requests"));
            }
        }
        self.check_edges()
    }

    /// Checks that the connection of an edge holds the names that the edge has bound and still
    /// wants. Skipped if messages may be lost, or a name may move without notice to the edge.
    fn check_edges(&self) -> Verdict {
        if self.is_lossy {
            return Ok(());
        }
        for (index, device) in self.devices.iter().enumerate() {
            let Some(line) = device.line else { continue };
            if self.host.lines[line].connection.end().is_some() {
                continue;
            }
            for name in device.bound().intersection(&self.wanted[index]) {
                let thing = thing_of(name);
                let spellings = self.ever_wanted[index].iter();
                // An UNBIND of one name of a Thing also unbinds its other name.
                if spellings.filter(|known| thing_of(known) == thing).count() > 1 {
                    continue;
                }
                let holder = self.host.holder(thing);
                if holder != Some((line, name.as_str())) {
                    return Err(format!("edge {index} has bound {name}; the registry: {holder:?}"));
                }
            }
        }
        Ok(())
    }

    /// Checks that a response is never answered by a response, which could go on forever.
    pub(super) fn check_no_answer_to_answer(&self, received: &[u8], sent: &[Packet]) -> Verdict {
        let is_response = |bytes: &[u8]| bytes.get(1).is_some_and(|code| *code >= 0x40);
        let answers = sent.iter().any(|packet| match packet {
            Packet::Message(bytes) => is_response(bytes),
            _ => false,
        });
        if is_response(received) && answers {
            return Err(format!("a response was answered at {} ms", self.now_ms));
        }
        Ok(())
    }

    /// Repairs the network, and checks that each device with the right key comes online, and
    /// that each name it wants is bound by it or by another device. After tampering, all
    /// connections are broken first: an edge with a wrong session id cannot detect that.
    ///
    /// # Errors
    /// A device or name does not recover; the error says which, in words.
    pub fn heal(&mut self) -> Verdict {
        if self.is_tampered {
            (0..self.devices.len()).try_for_each(|device| self.lose(device, true, true))?;
        }
        self.faults.clear();
        self.host.is_slow = false;
        for index in 0..self.host.lines.len() {
            self.decide(index)?;
            self.host.answer(index, 30)?;
            self.settle_host(index)?;
        }
        for device in 0..self.devices.len() {
            self.devices[device].is_slow = false;
            self.devices[device].answer(40)?;
            self.settle_device(device)?;
        }
        self.advance(400_000)?;
        for (index, device) in self.devices.iter().enumerate() {
            if device.connect_at_ms.is_none() && device.line.is_none() {
                // Its key was refused, or it has left.
                continue;
            }
            if device.has_key && !device.is_online() {
                return Err(format!("edge {index} does not come back: {:?}", device.edge));
            }
            let gateway = device.gateway.as_deref().and_then(|gateway| self.host.holder(gateway));
            if gateway.is_some_and(|(line, _)| Some(line) != device.line) {
                // Its BINDs are refused because another connection holds the gateway.
                continue;
            }
            let bound = device.bound();
            for name in &self.wanted[index] {
                let is_held = self.host.holder(thing_of(name)).is_some();
                if !bound.contains(name) && !is_held && device.has_key {
                    return Err(format!("edge {index} does not get {name}: {:?}", device.edge));
                }
            }
        }
        Ok(())
    }

    /// Takes the next fault of a direction, if any.
    pub(super) fn fault(&mut self, direction: Direction) -> Option<Fault> {
        let at = self.faults.iter().position(|(of, _)| *of == direction)?;
        Some(self.faults.remove(at).1)
    }
}
