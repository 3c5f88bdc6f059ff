//! Storage with an index does the same as arrays, which are searched one by one: both machines
//! get the same random sequences of messages and calls, and all that they return is compared.

mod edge;
mod platform;

use std::fmt::Write as _;

use alwayson_codec::connection::{
    Fixed, Growing, Machine, Names, Requests, Storage, Transmit, Unanswered,
};
use alwayson_codec::{Body, Ids, Joiner, Message};

/// Enough for an index, and not enough for all that is asked for.
type Linear = Fixed<String, Vec<u8>, Names<48>, Requests<24>, Unanswered<24>>;
type Indexed = Growing<String, Names<48>, Requests<24>, Unanswered<24>>;

const SESSION: u32 = 77;
const OUTBOX: usize = 2_000;

/// Storage of both kinds.
trait Room: Storage<Name = String, Outbox = Vec<u8>> {}

impl<S: Storage<Name = String, Outbox = Vec<u8>>> Room for S {}

fn name(number: u8) -> String {
    // Of several lengths, so that not all fit into the room that is left in a message.
    format!("name-{number}-{}", "x".repeat(usize::from(number % 7) * 3))
}

fn encoded(request: u32, session: u32, body: Body<'_>) -> Vec<u8> {
    let message = Message { ids: Ids { request, endpoint: 0, session }, body };
    let mut bytes = vec![0; 4_000];
    let len = message.encode(&mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn no_joiner() -> Joiner<[u8; 0], 0> {
    Joiner::new([])
}

/// Sends what waits, at most so many messages. Returns the ids of the requests that were sent.
fn send(machine: &mut impl Machine, most: usize, now_ms: u64, log: &mut String) -> Vec<u32> {
    let mut buffer = [0; 4_000];
    let mut sent = Vec::new();
    for _ in 0..most {
        let Some(transmit) = machine.poll_transmit(&mut buffer, now_ms).unwrap() else { break };
        match transmit {
            Transmit::Message(len) => {
                let message = Message::decode_exact(&buffer[..len]).unwrap();
                writeln!(log, "{:?}", &buffer[..len]).unwrap();
                if !matches!(message.body, Body::Response(_)) {
                    sent.push(message.ids.request);
                }
            }
            other => writeln!(log, "{other:?}").unwrap(),
        }
    }
    sent
}

fn show(machine: &impl Machine, log: &mut String) {
    let mut requests: Vec<_> = machine.requests().collect();
    requests.sort();
    let mut unanswered: Vec<_> = machine.unanswered().collect();
    unanswered.sort();
    let timeout = machine.poll_timeout();
    writeln!(log, "{requests:?} {unanswered:?} {timeout:?} {:?}", machine.counters()).unwrap();
}
