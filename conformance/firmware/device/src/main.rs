//! A device without an operating system or heap: a Thing with two properties and
//! a few services, which talks to a platform over a UART.
//!
//! | file | content |
//! | --- | --- |
//! | `main.rs` | the main loop, which runs one connection after another |
//! | `thing.rs` | the Thing: its properties and services |
//! | `socket.rs` | the WebSocket over any byte stream |
//! | `board/` | one file for each board: UART and clock |
//! | `host.rs` | services of QEMU's host: randomness, key, time of day, exit |
//! | `log.rs`, `stack.rs` | output of the log; measurement of the used stack |

#![no_std]
#![no_main]

mod board;
mod host;
mod log;
mod socket;
mod stack;
mod thing;

use alwayson_codec::connection::edge::{Connection, End, Event, Received, Reconnect, Settings};
use alwayson_codec::connection::{CallError, Fixed, Names, Requests, Transmit, Unanswered};
use alwayson_codec::{Auth, Claim, Joiner, Message, memory_for};
use socket::{Incoming, Socket};
use thing::Thing;

/// Room for 1 name, 4 outgoing requests, 4 incoming requests, and an outbox of 2 KiB.
type Room = Fixed<&'static str, [u8; 2048], Names<1>, Requests<4>, Unanswered<4>>;
type Device = Connection<Room>;

/// The longest message in one piece, in bytes, which the device tells the platform.
const CHUNK_SIZE: u16 = 1024;
const MAX_FRAME_SIZE: &[u8] = b"1024";

/// How many messages may come in chunks at a time, of 2 KiB each. Without the feature `chunks`,
/// every message must come in one piece.
const JOINED: usize = if cfg!(feature = "chunks") { 2 } else { 0 };
const PLACE: usize = memory_for(2048, CHUNK_SIZE, Thing::NAME.len());

/// The buffers of incoming and of outgoing frames: a message and the frame header
/// before it. The response to the upgrade must fit, too. The last are those in which chunks are
/// joined.
type Buffers = ([u8; 1536], [u8; 1152], [[u8; PLACE]; JOINED]);

/// A UART does not report that its peer is gone. Only pings detect this, so they
/// are more frequent here than over TCP.
const PING_INTERVAL_MS: u32 = 3_000;
const PONG_TIMEOUT_MS: u32 = 2_000;

/// The time after power-on in which what is at the other end of the UART gets ready. What is sent
/// before that is lost in part, and the rest is no upgrade.
const LINE_READY_MS: u64 = 200;

#[board::entry]
fn main() -> ! {
    stack::paint();
    let mut uart = board::start();
    let mut buffers: Buffers = ([0; 1536], [0; 1152], [[0; PLACE]; JOINED]);
    let settings = Settings::default()
        .with_chunk_size(CHUNK_SIZE)
        .with_ping_interval_ms(PING_INTERVAL_MS)
        .with_pong_timeout_ms(PONG_TIMEOUT_MS);
    let mut edge = Device::new(settings, [0; 2048]);
    let mut thing = Thing::new();
    let mut reconnect = Reconnect::default().with_delay_ms(500).with_jitter_ms(500);
    let edge_len = size_of::<Device>();
    let buffers_len = size_of::<Buffers>();
    defmt::info!("an edge of {=usize} bytes, buffers of {=usize}", edge_len, buffers_len);
    let bound = edge.bind(Thing::NAME);
    let ready_ms = board::now_ms().saturating_add(LINE_READY_MS);
    while board::now_ms() < ready_ms {}
    loop {
        let end = live(&mut edge, (&mut uart, &mut buffers), &mut thing, &mut reconnect);
        let again_ms = match (bound, end) {
            (Ok(()), Ok(end)) => {
                defmt::info!("ended: {}", end);
                reconnect.after(end, board::now_ms(), host::random())
            }
            (_, Err(error)) => {
                defmt::warn!("no connection: {}", error);
                reconnect.after(End::Lost, board::now_ms(), host::random())
            }
            (Err(_), _) => None,
        };
        let Some(again_ms) = again_ms else {
            defmt::info!("a stack of {=usize} bytes", stack::deepest());
            host::exit(edge.end() == Some(End::Left));
        };
        while board::now_ms() < again_ms {}
        // If the connection was never opened, there is nothing to do.
        let _ = edge.reopen();
    }
}

/// Runs one connection from the upgrade to its end, and returns why it ended.
fn live(
    edge: &mut Device,
    (uart, (received, sent, places)): (&mut board::Uart, &mut Buffers),
    thing: &mut Thing,
    reconnect: &mut Reconnect,
) -> Result<End, socket::Error> {
    let mut joiner = Joiner::new(places.each_mut());
    let mut socket = Socket::open(uart, received, sent, MAX_FRAME_SIZE)?;
    authenticate(edge, &mut socket)?;
    loop {
        // Send until there is nothing to send.
        while socket.send(|buffer| {
            edge.poll_transmit(buffer, board::now_ms()).map_err(|_| socket::Error::TooLong)
        })? {}
        // Handle the events.
        while let Some(event) = edge.poll_event() {
            defmt::info!("{}", event);
            match event {
                Event::Authenticated { .. } => reconnect.succeeded(),
                Event::Bound { .. } => thing.bound(board::now_ms()),
                Event::Ended(end) => return Ok(end),
                _ => {}
            }
        }
        // Pass incoming data to the machine, and answer requests.
        let now_ms = board::now_ms();
        match socket.receive()? {
            Incoming::Binary(bytes) => {
                if let Ok((message, _)) = Message::decode(bytes) {
                    defmt::info!("<- {}", message);
                }
                match edge.handle_received(bytes, &mut joiner, now_ms) {
                    Received::Request { inbound, request } => {
                        tell(thing.answer(edge, inbound, &request, now_ms));
                    }
                    Received::Response { request, response } => thing.answered(request, &response),
                    _ => {}
                }
            }
            Incoming::Ping => edge.handle_ping(now_ms),
            Incoming::Pong => edge.handle_pong(now_ms),
            Incoming::Closed => edge.handle_closed(now_ms),
            Incoming::Nothing => {
                if edge.poll_timeout().is_some_and(|until_ms| until_ms <= now_ms) {
                    edge.handle_timeout(now_ms);
                }
                tell(thing.work(edge, now_ms));
            }
        }
    }
}

/// Sends AUTH with the key, which is read now and not stored.
fn authenticate(
    edge: &mut Device,
    socket: &mut Socket<'_, board::Uart>,
) -> Result<(), socket::Error> {
    let mut memory = [0; 64];
    let claims = [Claim::new(Claim::APP_KEY, host::key(&mut memory))];
    socket.send(|buffer| {
        let auth = Auth::new(&claims).map_err(|_| socket::Error::TooLong)?;
        let len = edge.handle_opened(&auth, buffer, board::now_ms());
        len.map(|len| Some(Transmit::Message(len))).map_err(|_| socket::Error::TooLong)
    })?;
    Ok(())
}

/// Logs that a message could not be sent. The message is lost: a device that must
/// not lose it checks the error and retries.
fn tell(result: Result<(), CallError>) {
    if let Err(error) = result {
        defmt::warn!("not sent: {}", error);
    }
}
