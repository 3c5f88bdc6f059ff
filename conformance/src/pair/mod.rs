//! Edges and a platform connected in memory: the real machines, a virtual clock, and a network
//! with faults. All invariants are checked after each step.

// | file | what it holds |
// | --- | --- |
// | `line.rs` | the simulated network |
// | `host.rs` | the platform: its host, the registry, the connections |
// | `device.rs` | a device with its edge |
// | `run.rs` | the passage of time |
// | `check.rs` | checks of single calls and messages |
// | `invariants.rs` | invariants across all machines |

mod check;
mod device;
mod host;
mod invariants;
mod line;
mod run;

use std::collections::BTreeSet;

use alwayson_codec::connection::edge::State;
use alwayson_codec::connection::registry::BindPolicy;
use alwayson_codec::connection::{CallError, FixedName};
use alwayson_codec::{Request, Value};

pub use device::Device;
pub use host::{Host, Shown};
pub use line::{Direction, Fault, Packet};

use crate::verdict::Verdict;
use host::thing_of;
use line::Queue;

/// The chunk size, in bytes: small, so that names need several BINDs and texts several
/// chunks.
const CHUNK_SIZE: u16 = 64;

/// The key that the platform accepts.
const KEY: &str = "key";

/// The type of all gateways.
const GATEWAY_TYPE: &str = "EMS";

/// A platform and its edges.
#[derive(Clone, Debug)]
pub struct Pair {
    now_ms: u64,
    host: Host,
    devices: Vec<Device>,
    /// The network of each connection, in both directions.
    queues: Vec<[Queue; 2]>,
    /// The next faults.
    faults: Vec<(Direction, Fault)>,
    /// The names that each device wants now, and all that it ever wanted.
    wanted: Vec<BTreeSet<String>>,
    ever_wanted: Vec<BTreeSet<String>>,
    /// The state of the pseudo-random numbers.
    random: u32,
    /// Whether an edge may have received bytes that the platform did not send.
    is_tampered: bool,
    /// Whether messages may have been lost or delayed.
    is_lossy: bool,
}

impl Device {
    /// Returns whether AUTH has succeeded.
    pub fn is_online(&self) -> bool {
        self.edge.state() == State::Online
    }
}

impl Pair {
    /// Creates a platform with this policy, and this number of devices that will connect. The
    /// first request of each device has this id.
    pub fn new(devices: usize, policy: BindPolicy, first_request_id: u32) -> Self {
        Self::with_gateways(&vec![None; devices], policy, first_request_id)
    }

    /// Like [`new`](Self::new); a device with a name here binds its names behind a gateway of
    /// that name.
    pub fn with_gateways(
        gateways: &[Option<&str>],
        policy: BindPolicy,
        first_request_id: u32,
    ) -> Self {
        let devices = gateways.iter().copied();
        Self {
            now_ms: 0,
            host: Host::new(policy),
            devices: devices.map(|gateway| Device::new(gateway, first_request_id)).collect(),
            queues: Vec::new(),
            faults: Vec::new(),
            wanted: vec![BTreeSet::new(); gateways.len()],
            ever_wanted: vec![BTreeSet::new(); gateways.len()],
            random: 1,
            is_tampered: false,
            is_lossy: policy == BindPolicy::LastInWins,
        }
    }

    /// Returns the time, in ms.
    pub const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Returns a device.
    pub fn device(&self, device: usize) -> Option<&Device> {
        self.devices.get(device)
    }

    /// Returns what the platform shows of the Thing with this name or identifier.
    pub fn shown(&self, thing: &str) -> Shown {
        self.host.things.get(thing_of(thing)).copied().unwrap_or_default()
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.host.lines.len()
    }

    /// Returns the names that a device has bound.
    pub fn bound(&self, device: usize) -> BTreeSet<String> {
        self.devices.get(device).map(Device::bound).unwrap_or_default()
    }

    /// Applies a fault to the next packet in a direction.
    pub fn spoil(&mut self, direction: Direction, fault: Fault) {
        self.is_tampered |= matches!(fault, Fault::Flip(_));
        self.is_lossy |= !matches!(fault, Fault::Double | Fault::Join);
        self.faults.push((direction, fault));
    }

    /// Makes the platform decide and answer later, or at once.
    pub fn slow_host(&mut self, is_slow: bool) {
        self.host.is_slow = is_slow;
        self.is_lossy |= is_slow;
    }

    /// Makes a device answer later, or at once.
    pub fn slow_device(&mut self, device: usize, is_slow: bool) {
        self.devices[device].is_slow = is_slow;
    }

    /// Gives a device a right or wrong key, and lets it connect.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn key(&mut self, device: usize, is_right: bool) -> Verdict {
        let now_ms = self.now_ms;
        let device = &mut self.devices[device];
        device.has_key = is_right;
        if device.line.is_none() {
            device.connect_at_ms = Some(now_ms);
        }
        self.check()
    }

    /// Binds a name of a device.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn bind(&mut self, device: usize, name: &str) -> Verdict {
        let kept = FixedName::try_from(name).map_err(|error| error.to_string())?;
        match self.devices[device].edge.bind(kept) {
            Ok(()) => {
                self.wanted[device].insert(name.to_owned());
                self.ever_wanted[device].insert(name.to_owned());
            }
            Err(CallError::TooManyNames) => {}
            Err(error) => return Err(format!("a name that can be bound: {error}")),
        }
        self.settle_device(device)?;
        self.check()
    }

    /// Unbinds a name of a device; `forget` removes it.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn unbind(&mut self, device: usize, name: &str, forget: bool) -> Verdict {
        let edge = &mut self.devices[device].edge;
        let result = if forget { edge.remove(name) } else { edge.unbind(name) };
        if !matches!(result, Ok(()) | Err(CallError::UnknownName)) {
            return Err(format!("{result:?} from unbinding"));
        }
        self.wanted[device].remove(name);
        self.settle_device(device)?;
        self.check()
    }

    /// Sends a request of a device to the platform, with a text of this length.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn ask_platform(&mut self, device: usize, len: usize) -> Verdict {
        let now_ms = self.now_ms;
        let device_ = &mut self.devices[device];
        let text = "z".repeat(len);
        let asked = if len == 0 {
            device_.edge.request(&Request::read_property("any", "p"), now_ms)
        } else {
            device_.edge.write_property("any", "p", &Value::from(text.as_str()), now_ms)
        };
        match (asked, device_.edge.state()) {
            (Ok(request), State::Online) => {
                device_.open.insert(request);
            }
            (Err(CallError::NotAuthenticated), State::Opening | State::Authenticating)
            | (Err(CallError::Leaving), State::Leaving)
            | (Err(CallError::Ended), State::Closing | State::Ended)
            | (
                Err(CallError::OutboxFull | CallError::TooManyRequests | CallError::MessageTooLong),
                State::Online,
            ) => {}
            (asked, state) => return Err(format!("{asked:?} of an edge that is {state:?}")),
        }
        self.settle_device(device)?;
        self.check()
    }

    /// Sends a request of the platform to the connection that holds a Thing, addressed by the
    /// name that it was bound by, with a text of this length.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn ask_thing(&mut self, name: &str, len: usize) -> Verdict {
        let now_ms = self.now_ms;
        let Some((index, name)) = self.host.holder(thing_of(name)) else { return Ok(()) };
        let name = &name.to_owned();
        let line = &mut self.host.lines[index];
        let is_bound = line.connection.is_bound(name);
        let text = "w".repeat(len);
        let asked = if len == 0 {
            line.connection.request(&Request::read_property(name, "p"), now_ms)
        } else {
            line.connection.write_property(name, "p", &Value::from(text.as_str()), now_ms)
        };
        match asked {
            Ok(request) if is_bound => {
                line.open.insert(request);
            }
            Err(CallError::NotBound) if !is_bound => {}
            Err(CallError::OutboxFull | CallError::TooManyRequests | CallError::MessageTooLong) => {
            }
            asked => return Err(format!("{asked:?} of a Thing (bound: {is_bound})")),
        }
        self.settle_host(index)?;
        self.check()
    }

    /// Lets the host decide about the pending claims and names of all connections.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn decide_all(&mut self) -> Verdict {
        (0..self.host.lines.len()).try_for_each(|index| self.decide(index))?;
        self.check()
    }

    fn decide(&mut self, index: usize) -> Verdict {
        self.host.decide(index, self.now_ms)?;
        // A move affects other connections, too.
        (0..self.host.lines.len()).try_for_each(|index| self.settle_host(index))
    }

    /// Answers the pending requests of both sides, with a text of this length.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn answer_all(&mut self, len: usize) -> Verdict {
        for index in 0..self.host.lines.len() {
            self.host.answer(index, len)?;
            self.settle_host(index)?;
        }
        for device in 0..self.devices.len() {
            self.devices[device].answer(len)?;
            self.settle_device(device)?;
        }
        self.check()
    }

    /// Ends a device's connection in an orderly way.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn leave(&mut self, device: usize) -> Verdict {
        let device_ = &mut self.devices[device];
        device_.edge.leave(self.now_ms);
        device_.connect_at_ms = None;
        self.settle_device(device)?;
        self.check()
    }

    /// Shuts down a device's connection on the platform's side.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn shut_down(&mut self, device: usize) -> Verdict {
        let Some(index) = self.devices[device].line else { return Ok(()) };
        self.host.lines[index].connection.shut_down(self.now_ms);
        self.settle_host(index)?;
        self.check()
    }

    /// Breaks a device's connection. Each side either notices at once, or must find out by
    /// itself.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn lose(&mut self, device: usize, edge_knows: bool, platform_knows: bool) -> Verdict {
        let Some(index) = self.devices[device].line else { return Ok(()) };
        self.queues[index].iter_mut().for_each(Queue::clear);
        if edge_knows {
            self.devices[device].edge.handle_closed(self.now_ms);
            self.settle_device(device)?;
        } else {
            // The edge has not noticed; what it sends is lost.
            self.faults.push((Direction::Up, Fault::Drop));
        }
        if platform_knows {
            self.host.lines[index].connection.handle_closed(self.now_ms);
            self.settle_host(index)?;
        }
        self.check()
    }

    /// Injects bytes that neither machine sent into a device's connection.
    ///
    /// # Errors
    /// An invariant is violated; the error says which, in words.
    pub fn inject(&mut self, device: usize, direction: Direction, bytes: &[u8]) -> Verdict {
        let Some(index) = self.devices[device].line else { return Ok(()) };
        self.is_tampered |= direction == Direction::Down;
        self.is_lossy = true;
        let queue = &mut self.queues[index][usize::from(direction == Direction::Down)];
        queue.send(Packet::Message(bytes.to_vec()), None, self.now_ms);
        self.check()
    }
}
