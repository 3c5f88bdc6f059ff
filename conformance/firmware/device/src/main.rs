//! A device without operating system and heap: a Thing with two properties and
//! a few services, which talks to a platform over a UART.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `main.rs` | the loop: a connection after the other |
//! | `thing.rs` | what the device is: its properties and services |
//! | `socket.rs` | the WebSocket over any byte stream |
//! | `board/` | one file a board: UART, clock |
//! | `host.rs` | what QEMU's host does for its boards: randomness, key, exit |
//! | `log.rs`, `stack.rs` | where the log goes; how deep the stack got |

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
use alwayson_codec::{Auth, Claim, Joiner, Message};
use socket::{Incoming, Socket};
use thing::Thing;

/// Room for one name, 4 requests out, 4 requests in, 2 KiB to be sent.
type Room = Fixed<&'static str, [u8; 2048], Names<1>, Requests<4>, Unanswered<4>>;
type Device = Connection<Room>;

/// The longest message. The platform is told, and this device takes no longer
/// ones: that needs a place of the joiner for each.
const CHUNK_SIZE: u16 = 1024;
const MAX_FRAME_SIZE: &[u8] = b"1024";

/// Where frames are put together that come, and those that go: a message, and
/// what stands before it. The answer to the upgrade has to fit as well.
type Buffers = ([u8; 1536], [u8; 1152]);

/// A UART does not say that its other end is gone: only pings find out, so
/// they are more frequent here than over TCP.
const PING_INTERVAL_MS: u32 = 3_000;
const PONG_TIMEOUT_MS: u32 = 2_000;

#[board::entry]
fn main() -> ! {
    stack::paint();
    let mut uart = board::start();
    let mut buffers: Buffers = ([0; 1536], [0; 1152]);
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
        // Nothing to do where the connection never began.
        let _ = edge.reopen();
    }
}

/// Holds one connection, from the upgrade to its end.
fn live(
    edge: &mut Device,
    (uart, (received, sent)): (&mut board::Uart, &mut Buffers),
    thing: &mut Thing,
    reconnect: &mut Reconnect,
) -> Result<End, socket::Error> {
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    let mut socket = Socket::open(uart, received, sent, MAX_FRAME_SIZE)?;
    authenticate(edge, &mut socket)?;
    loop {
        // Send until there is nothing to send.
        while socket.send(|buffer| {
            edge.poll_transmit(buffer, board::now_ms()).map_err(|_| socket::Error::TooLong)
        })? {}
        // Learn what has happened.
        while let Some(event) = edge.poll_event() {
            defmt::info!("{}", event);
            match event {
                Event::Authenticated { .. } => reconnect.succeeded(),
                Event::Bound { .. } => thing.bound(board::now_ms()),
                Event::Ended(end) => return Ok(end),
                _ => {}
            }
        }
        // Hand in what came, and answer what is asked.
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

/// Sends AUTH, with the key that is asked for now and kept nowhere.
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

/// Logs what could not be sent. It is lost: a device that must not lose it looks
/// at the error and tries again.
fn tell(result: Result<(), CallError>) {
    if let Err(error) = result {
        defmt::warn!("not sent: {}", error);
    }
}
