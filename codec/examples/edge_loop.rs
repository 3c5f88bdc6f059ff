//! The loop of an edge without a WebSocket: what the platform sends comes from a script.
//! On a device the same loop runs over a socket, in one task and with one clock. It
//! shows AUTH and BIND being sent, a property pushed, and a read of it answered.
//!
//! ```sh
//! cargo run -p alwayson-codec --example edge_loop
//! ```

use alwayson_codec::connection::edge::{Connection, Event, Pushed, Received, Reconnect, Settings};
use alwayson_codec::connection::{CallError, Fixed, Names, Requests, Transmit, Unanswered};
use alwayson_codec::{
    Auth, Body, Claim, DateTime, Ids, Joiner, Message, Request, Response, Status,
};

/// All memory of the edge, with an outbox of 1 KiB.
type Room = Fixed<&'static str, [u8; 1024], Names<4>, Requests<8>, Unanswered<4>>;

/// What the platform sends: it accepts AUTH and BIND, then reads a property.
fn script() -> [Vec<u8>; 3] {
    let frame = |request, body| {
        let message = Message { ids: Ids { request, endpoint: 0, session: 77 }, body };
        let mut frame = vec![0; 256];
        let len = message.encode(&mut frame).expect("it is short");
        frame[..len].to_vec()
    };
    let done = || Body::Response(Response::new(Status::SUCCESS));
    let read = Body::Request(Request::read_property("SteamSensor1", "Temperature"));
    [frame(1, done()), frame(2, done()), frame(1000, read)]
}

fn send(frame: &[u8]) {
    if let Ok((message, _)) = Message::decode(frame) {
        println!("-> {}", message.dump());
    }
}

fn main() -> Result<(), CallError> {
    let mut edge = Connection::<Room>::new(Settings::default(), [0; 1024]);
    // Without memory, so that long messages are refused.
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    let mut reconnect = Reconnect::default();
    let mut buffer = [0; 8192];
    let now_ms = 1_000;
    edge.bind("SteamSensor1")?;

    // The WebSocket is open. The key is read now, and not stored.
    let claims = [Claim::new(Claim::APP_KEY, "a key from the platform")];
    let len = edge.handle_opened(&Auth::new(&claims)?, &mut buffer, now_ms)?;
    send(&buffer[..len]);
    for frame in script() {
        // A real loop waits for the socket, at most until `edge.poll_timeout()`.
        let received = edge.handle_received(&frame, &mut joiner, now_ms);
        if let Received::Request { inbound, request } = received {
            match request.characteristic_name.as_str() {
                "Temperature" => edge.respond_value(inbound, "Temperature", &21.5.into())?,
                _ => edge.respond(inbound, &Response::new(Status::NOT_FOUND))?,
            }
        }
        while let Some(event) = edge.poll_event() {
            match event {
                Event::Authenticated { .. } => reconnect.succeeded(),
                Event::Bound { name } => {
                    println!("   {name} is bound");
                    // A real device waits until the platform has synchronised.
                    let time = DateTime::from_millis(1_700_000_000_000);
                    let pushed = Pushed::good("Temperature", 21.5, time);
                    edge.push_properties("SteamSensor1", [pushed], now_ms)?;
                }
                _ => {}
            }
        }
        while let Some(transmit) = edge.poll_transmit(&mut buffer, now_ms)? {
            if let Transmit::Message(len) = transmit {
                send(&buffer[..len]); // Ping and Close are frames of the WebSocket.
            }
        }
    }
    Ok(())
}
