//! The loop of a platform for one connection, without a WebSocket: what the edge sends
//! comes from a script. It shows the answers to AUTH and BIND, that `Pump` is connected,
//! and a read of one of its properties.
//!
//! ```sh
//! cargo run -p alwayson-codec --example platform_loop
//! ```

use std::collections::VecDeque;

use alwayson_codec::connection::platform::{Connection, Event, Received, Settings};
use alwayson_codec::connection::registry::{
    AnyThing, BindPolicy, ConnectionId, FixedBindings, Registry,
};
use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Transmit, Unanswered};
use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Joiner, Message, Request};

/// All memory of a connection: names of at most 64 bytes, and an outbox of 4 KiB.
type Room = Fixed<FixedName<64>, [u8; 4096], Names<16>, Requests<8>, Unanswered<8>>;

fn frame(message: &Message<'_>) -> Vec<u8> {
    let mut frame = vec![0; 256];
    let len = message.encode(&mut frame).expect("it is short");
    frame[..len].to_vec()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let claims = [Claim::new(Claim::APP_KEY, "a key")];
    let auth = Message { ids: Ids::unauthenticated(1), body: Body::Auth(Auth::new(&claims)?) };
    let ids = Ids { request: 2, endpoint: 0, session: 77 };
    let bind = Message { ids, body: Body::Bind(Bind::new(&["Pump"])?) };
    let mut frames = VecDeque::from([frame(&auth), frame(&bind)]);

    // One registry for all connections decides which one holds which Thing.
    let mut registry = Registry::new(FixedBindings::<100, 64>::default(), BindPolicy::default());
    let this = ConnectionId(1);
    let now_ms = 1_000;
    let mut connection = Connection::<Room>::new(Settings::default(), [0; 4096], now_ms);
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    let mut buffer = [0; 8192];
    loop {
        while let Some(transmit) = connection.poll_transmit(&mut buffer, now_ms)? {
            let Transmit::Message(len) = transmit else { continue };
            println!("-> {}", Message::decode(&buffer[..len])?.0.dump());
        }
        while let Some(event) = connection.poll_event() {
            if let Event::Connected { name, .. } = event {
                println!("   isConnected of {name} is true");
            }
        }
        let Some(frame) = frames.pop_front() else { return Ok(()) };
        match connection.handle_received(&frame, &mut joiner, now_ms) {
            Received::Auth(auth) => {
                // Compare keys in constant time, and do not log them.
                if auth.claims.iter().any(|claim| claim.value.expose() == "a key") {
                    connection.accept(77, 0, now_ms)?;
                } else {
                    connection.refuse(now_ms)?;
                }
            }
            Received::Bind(bind) => {
                let decided = registry.bind(&AnyThing, this, &bind, |change| {
                    let told = connection.change_name(change.wire_name, change.what, now_ms);
                    told.expect("the registry knows what is bound");
                });
                if let Err(refusal) = decided {
                    let name = refusal.name.as_str();
                    let reason = refusal.kind.reason();
                    connection.refuse_names(refusal.status(), name, reason)?;
                } else {
                    connection.accept_names(now_ms)?;
                    connection.request(&Request::read_property("Pump", "Pressure"), now_ms)?;
                }
            }
            _ => {}
        }
    }
}
