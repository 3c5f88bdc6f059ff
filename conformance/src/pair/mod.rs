//! Edges and a platform, joined in memory: the real machines, a clock that is
//! turned by hand, and a network with faults. After each step all that must hold
//! is checked.

// | file | what it holds |
// | --- | --- |
// | `line.rs` | the network |
// | `host.rs` | the platform: its host, the registry, the connections |
// | `device.rs` | a device with its edge |
// | `run.rs` | what happens as time passes |
// | `check.rs` | what must hold of a call and a message |
// | `invariants.rs` | what must hold between all machines |

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

/// Bytes of the longest message that is sent as one: few, so that names take
/// several BINDs and texts several chunks.
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
    /// The network of each connection: up, and down.
    queues: Vec<[Queue; 2]>,
    /// What goes wrong next.
    faults: Vec<(Direction, Fault)>,
    /// The names that each device wants, and those that it ever wanted.
    wanted: Vec<BTreeSet<String>>,
    ever_wanted: Vec<BTreeSet<String>>,
    /// A number that nobody foresees, as far as tests go.
    random: u32,
    /// Whether an edge may have been told what the platform never said.
    is_tampered: bool,
    /// Whether what one side said may not have come to the other, or not in time.
    is_lossy: bool,
}

impl Device {
    /// Whether AUTH has succeeded.
    pub fn is_online(&self) -> bool {
        self.edge.state() == State::Online
    }
}

impl Pair {
    /// A platform with this policy, and so many devices that want to connect.
    /// Their first request has this id.
    pub fn new(devices: usize, policy: BindPolicy, first_request_id: u32) -> Self {
        Self::with_gateways(&vec![None; devices], policy, first_request_id)
    }

    /// The same, with devices of which some stand before their names as a gateway
    /// of this name.
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

    /// The time, in milliseconds.
    pub const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// A device.
    pub fn device(&self, device: usize) -> Option<&Device> {
        self.devices.get(device)
    }

    /// What the platform shows of the Thing that this name stands for.
    pub fn shown(&self, thing: &str) -> Shown {
        self.host.things.get(thing_of(thing)).copied().unwrap_or_default()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.host.lines.len()
    }

    /// The names that a device has bound.
    pub fn bound(&self, device: usize) -> BTreeSet<String> {
        self.devices.get(device).map(Device::bound).unwrap_or_default()
    }

    /// The next packet in a direction has this fault.
    pub fn spoil(&mut self, direction: Direction, fault: Fault) {
        self.is_tampered |= matches!(fault, Fault::Flip(_));
        self.is_lossy |= !matches!(fault, Fault::Double | Fault::Join);
        self.faults.push((direction, fault));
    }

    /// Lets the platform decide and answer later, or at once.
    pub fn slow_host(&mut self, is_slow: bool) {
        self.host.is_slow = is_slow;
        self.is_lossy |= is_slow;
    }

    /// Lets a device answer later, or at once.
    pub fn slow_device(&mut self, device: usize, is_slow: bool) {
        self.devices[device].is_slow = is_slow;
    }

    /// Gives a device the right key, or a wrong one, and lets it connect.
    ///
    /// # Errors
    /// What does not hold.
    pub fn key(&mut self, device: usize, is_right: bool) -> Verdict {
        let now_ms = self.now_ms;
        let device = &mut self.devices[device];
        device.has_key = is_right;
        if device.line.is_none() {
            device.connect_at_ms = Some(now_ms);
        }
        self.check()
    }

    /// A device wants a name bound.
    ///
    /// # Errors
    /// What does not hold.
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

    /// A device wants a name unbound, and forgotten or not.
    ///
    /// # Errors
    /// What does not hold.
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

    /// A device asks the platform, with so long a text.
    ///
    /// # Errors
    /// What does not hold.
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

    /// The platform asks whoever stands for a Thing, with so long a text, by the
    /// name that it is bound by.
    ///
    /// # Errors
    /// What does not hold.
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

    /// The host decides about what all connections asked.
    ///
    /// # Errors
    /// What does not hold.
    pub fn decide_all(&mut self) -> Verdict {
        (0..self.host.lines.len()).try_for_each(|index| self.decide(index))?;
        self.check()
    }

    fn decide(&mut self, index: usize) -> Verdict {
        self.host.decide(index, self.now_ms)?;
        // A move concerns other connections, too.
        (0..self.host.lines.len()).try_for_each(|index| self.settle_host(index))
    }

    /// Both sides answer what waits, with so long a text.
    ///
    /// # Errors
    /// What does not hold.
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

    /// A device leaves, in order.
    ///
    /// # Errors
    /// What does not hold.
    pub fn leave(&mut self, device: usize) -> Verdict {
        let device_ = &mut self.devices[device];
        device_.edge.leave(self.now_ms);
        device_.connect_at_ms = None;
        self.settle_device(device)?;
        self.check()
    }

    /// The platform shuts a device's connection down.
    ///
    /// # Errors
    /// What does not hold.
    pub fn shut_down(&mut self, device: usize) -> Verdict {
        let Some(index) = self.devices[device].line else { return Ok(()) };
        self.host.lines[index].connection.shut_down(self.now_ms);
        self.settle_host(index)?;
        self.check()
    }

    /// A device's connection breaks: either side notices now, or has to find out.
    ///
    /// # Errors
    /// What does not hold.
    pub fn lose(&mut self, device: usize, edge_knows: bool, platform_knows: bool) -> Verdict {
        let Some(index) = self.devices[device].line else { return Ok(()) };
        self.queues[index].iter_mut().for_each(Queue::clear);
        if edge_knows {
            self.devices[device].edge.handle_closed(self.now_ms);
            self.settle_device(device)?;
        } else {
            // It still believes in it; what it sends goes nowhere.
            self.faults.push((Direction::Up, Fault::Drop));
        }
        if platform_knows {
            self.host.lines[index].connection.handle_closed(self.now_ms);
            self.settle_host(index)?;
        }
        self.check()
    }

    /// Bytes that neither machine sent come over a device's connection.
    ///
    /// # Errors
    /// What does not hold.
    pub fn inject(&mut self, device: usize, direction: Direction, bytes: &[u8]) -> Verdict {
        let Some(index) = self.devices[device].line else { return Ok(()) };
        self.is_tampered |= direction == Direction::Down;
        self.is_lossy = true;
        let queue = &mut self.queues[index][usize::from(direction == Direction::Down)];
        queue.send(Packet::Message(bytes.to_vec()), None, self.now_ms);
        self.check()
    }
}
