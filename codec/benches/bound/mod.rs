//! A connection that receives the messages that are measured.

#![expect(unreachable_pub, reason = "each bench is a crate of its own")]

use alwayson_codec::connection::platform::{Connection, Settings};
use alwayson_codec::connection::registry::NameChange;
use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Unanswered};
use alwayson_codec::{Bind, Body, Joiner, Message};

use crate::common::{KEY, THING, encode_auth, session};

/// A connection of a platform with common capacities.
pub type BoundConnection =
    Connection<Fixed<FixedName<40>, Vec<u8>, Names<16>, Requests<8>, Unanswered<8>>>;

/// For messages that are whole.
pub type NoJoiner = Joiner<[u8; 0], 0>;

/// A joiner without places.
pub fn no_joiner() -> NoJoiner {
    Joiner::new([])
}

/// A connection on which AUTH was accepted and the Thing of the messages bound.
pub fn bound() -> BoundConnection {
    let mut connection = Connection::new(Settings::default(), vec![0; 65536], 0);
    let mut joiner = no_joiner();
    let mut buffer = [0; 8192];
    let len = encode_auth(KEY, &mut buffer).unwrap();
    connection.handle_received(&buffer[..len], &mut joiner, 0);
    connection.accept(77, 0, 0).unwrap();
    let bind = Message { ids: session(3), body: Body::Bind(Bind::new(&[THING]).unwrap()) };
    let len = bind.encode(&mut buffer).unwrap();
    connection.handle_received(&buffer[..len], &mut joiner, 0);
    connection.change_name(THING, NameChange::Bound, 0).unwrap();
    connection.accept_names(0).unwrap();
    while connection.poll_transmit(&mut buffer, 0).unwrap().is_some() {}
    while connection.poll_event().is_some() {}
    assert!(connection.is_bound(THING));
    connection
}
