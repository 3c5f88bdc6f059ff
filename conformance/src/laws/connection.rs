//! The invariants of edges and a platform hold under any sequence of commands.

use alwayson_codec::connection::registry::BindPolicy;
use alwayson_codec::{
    Auth, Bind, Body, Chunk, ChunkOf, Claim, Gateway, Ids, Message, Request, RequestHeader,
    Response, Status,
};

use super::Verdict;
use crate::pair::{Direction, Fault, Pair};

/// Names that devices bind: both may bind the same one, and `*a` is the identifier of `a`.
const NAMES: [&str; 5] = ["a", "b", "pump-7", "*id-0815", "*a"];

/// The gateway of all devices that have one. Otherwise only injected messages name it.
const GATEWAY: &str = "g";

/// Lengths of texts: empty, sent as one message, in two chunks, in many, and longer than the
/// peer accepts.
const LENGTHS: [usize; 5] = [0, 10, 60, 200, 700];

/// Runs commands on a pair. A command is one byte and up to three parameter bytes;
/// `COMMANDS` lists them. The first byte of the input selects the policy, the number of
/// devices, and which of them are gateways. At the end the network is repaired, and
/// everything that can be bound must become bound.
///
/// # Errors
/// An invariant is violated; the error says which, and after which command.
pub fn connection(commands: &[u8]) -> Verdict {
    let mut bytes = commands.iter().copied();
    let first = bytes.next().unwrap_or_default();
    let policy = if first & 1 == 0 { BindPolicy::FirstInWins } else { BindPolicy::LastInWins };
    let devices = 1 + usize::from(first >> 1 & 1);
    let first_id = if first & 4 == 0 { 1 } else { 0xFFFF_FFF0 };
    let gateways = [8, 16].map(|bit| (first & bit > 0).then_some(GATEWAY));
    let mut pair = Pair::with_gateways(&gateways[..devices], policy, first_id);
    let mut number = 0;
    while let Some(code) = bytes.next() {
        number += 1;
        let mut more = || usize::from(bytes.next().unwrap_or_default());
        let (_, run) = COMMANDS[usize::from(code) % COMMANDS.len()];
        let device = usize::from(code) / COMMANDS.len() % devices;
        run(&mut pair, device, &mut more)
            .map_err(|error| format!("{error}; command {number}, code {code}"))?;
    }
    pair.heal().map_err(|error| format!("{error}; in the end"))
}

/// The effect of a command on a pair, for one device; it may take parameter bytes.
type Run = fn(&mut Pair, usize, &mut dyn FnMut() -> usize) -> Verdict;

/// The commands, by their number.
pub const COMMANDS: &[(&str, Run)] = &[
    ("a tenth of a second passes", |pair, _, _| pair.advance(100)),
    ("seconds pass", |pair, _, more| pair.advance(1_000 * more() as u64)),
    ("a device binds a name", |pair, device, more| pair.bind(device, NAMES[more() % 5])),
    ("a device unbinds a name", |pair, device, more| pair.unbind(device, NAMES[more() % 5], false)),
    ("a device forgets a name", |pair, device, more| pair.unbind(device, NAMES[more() % 5], true)),
    ("a device asks", |pair, device, more| pair.ask_platform(device, LENGTHS[more() % 5])),
    ("the platform asks", |pair, _, more| pair.ask_thing(NAMES[more() % 5], LENGTHS[more() % 5])),
    ("the host is slow", |pair, _, more| {
        pair.slow_host(more() % 2 == 1);
        Ok(())
    }),
    ("a device is slow", |pair, device, more| {
        pair.slow_device(device, more() % 2 == 1);
        Ok(())
    }),
    ("the host decides", |pair, _, _| pair.decide_all()),
    ("all answer", |pair, _, more| pair.answer_all(LENGTHS[more() % 5])),
    ("a device leaves", |pair, device, _| pair.leave(device)),
    ("a device gets a key", |pair, device, more| pair.key(device, more() % 4 > 0)),
    ("the platform closes", |pair, device, _| pair.shut_down(device)),
    ("a connection breaks", |pair, device, more| {
        let who = more();
        pair.lose(device, who & 1 > 0, who & 2 > 0)
    }),
    ("a packet is late", |pair, _, more| {
        spoil(pair, more(), Fault::Delay(u32::try_from(more()).unwrap_or(0) * 200))
    }),
    ("a packet is lost", |pair, _, more| spoil(pair, more(), Fault::Drop)),
    ("a packet comes twice", |pair, _, more| spoil(pair, more(), Fault::Double)),
    ("a packet is cut", |pair, _, more| {
        let way = more();
        let len = u16::try_from(more()).unwrap_or(0);
        spoil(pair, way, Fault::Cut(len))
    }),
    ("a bit of a packet flips", |pair, _, more| {
        let way = more();
        let bit = u16::try_from(more() * 4).unwrap_or(0);
        spoil(pair, way, Fault::Flip(bit))
    }),
    ("two messages come in one", |pair, _, more| spoil(pair, more(), Fault::Join)),
    ("bytes come from nowhere", |pair, device, more| {
        let way = direction(more());
        let len = more() % 32;
        let bytes: Vec<u8> = (0..len).map(|_| u8::try_from(more()).unwrap_or(0)).collect();
        pair.inject(device, way, &bytes)
    }),
    ("a message comes from nowhere", |pair, device, more| {
        let way = direction(more());
        let kind = more();
        let id = more();
        // Session ids start at 100.
        let session = if id % 3 == 0 { Ids::NONE } else { 99 + u32::try_from(id % 8).unwrap_or(0) };
        let request = u32::try_from(id).unwrap_or(0);
        pair.inject(device, way, &message(kind, Ids { request, endpoint: 0, session }))
    }),
];

fn direction(byte: usize) -> Direction {
    if byte & 1 == 0 { Direction::Up } else { Direction::Down }
}

#[expect(clippy::unnecessary_wraps, reason = "all commands return so")]
fn spoil(pair: &mut Pair, way: usize, fault: Fault) -> Verdict {
    pair.spoil(direction(way), fault);
    Ok(())
}

/// Injects a message of each kind.
fn message(kind: usize, ids: Ids) -> Vec<u8> {
    let name = NAMES[kind / 16 % 5];
    let names = [name];
    let in_chunks = [&[0, 0, 1, u8::try_from(name.len()).unwrap_or(0)], name.as_bytes()].concat();
    let names = if kind & 0x80 > 0 { &names[..0] } else { &names[..] };
    let gateway = Some(Gateway::new(GATEWAY, "EMS"));
    let claims = [Claim::new(Claim::APP_KEY, "another")];
    let headers = [RequestHeader::new("a", "b")];
    let body = match kind % 13 {
        0 => Auth::new(&claims).map(Body::Auth),
        1 => Bind::new(names).map(Body::Bind),
        2 => Bind::new(names).map(Body::Unbind),
        10 => Bind::new(names).map(|bind| Body::Bind(Bind { gateway, ..bind })),
        11 => Bind::new(names).map(|unbind| Body::Unbind(Bind { gateway, ..unbind })),
        3 => Ok(Body::Request(Request::read_property(name, "p"))),
        4 => alwayson_codec::List::new(&headers).map(|headers| {
            Body::Request(Request { headers, ..Request::invoke_service(name, "s") })
        }),
        5 => Ok(Body::Response(Response::new(Status::SUCCESS))),
        6 => Ok(Body::Response(Response::new(Status::UNAUTHORIZED))),
        7 => Ok(Body::Response(Response::new(Status::NOT_FOUND))),
        8 => Auth::new(&claims).map(Body::ClearAuth),
        9 => {
            // In one chunk, or the first of two.
            let of = ChunkOf::Bind;
            let count = 1 + u16::from(kind > 127);
            Ok(Body::Chunk(Chunk { of, id: 1, count, size: 128, data: &in_chunks }))
        }
        _ => Ok(Body::KeepAlive),
    };
    let mut buffer = [0; 128];
    let len = body.and_then(|body| Message { ids, body }.encode(&mut buffer)).unwrap_or(0);
    buffer[..len].to_vec()
}
