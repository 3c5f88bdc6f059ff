//! Several messages in one WebSocket message (section 1).

use alwayson_codec::connection::edge;
use alwayson_codec::connection::platform::{Connection, Received, Settings};
use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Unanswered};
use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Joiner, Message, Response, Status};

type Room = Fixed<FixedName<16>, [u8; 256], Names<4>, Requests<2>, Unanswered<2>>;

fn message(request: u32, body: Body<'_>) -> Vec<u8> {
    let mut bytes = [0; 128];
    let ids = Ids { request, endpoint: 0, session: Ids::NONE };
    let len = Message { ids, body }.encode(&mut bytes).unwrap();
    bytes[..len].to_vec()
}

fn auth() -> Vec<u8> {
    let claims = [Claim::new(Claim::APP_KEY, "key")];
    message(1, Body::Auth(Auth::new(&claims).unwrap()))
}

fn bind() -> Vec<u8> {
    message(2, Body::Bind(Bind::new(&["Pump"]).unwrap()))
}

fn platform(several_messages: bool) -> Connection<Room> {
    let settings = Settings::default().with_several_messages(several_messages);
    Connection::new(settings, [0; 256], 0)
}

#[test]
fn without_the_setting_what_follows_is_counted_and_not_handed_out() {
    let mut connection = platform(false);
    let bytes = [auth(), bind()].concat();
    let mut joiner = Joiner::new([vec![0; 64]]);
    let received = connection.handle_received(&bytes, &mut joiner, 0);
    assert!(matches!(received, Received::Auth(_)));
    assert_eq!(connection.rest(&bytes), b"");
    let counters = connection.counters();
    let len = u32::try_from(bind().len()).unwrap();
    assert_eq!((counters.messages_followed, counters.bytes_followed), (1, len));
}

#[test]
fn with_it_a_message_that_is_not_taken_now_leaves_nothing_to_be_handed_in() {
    let mut connection = platform(true);
    let mut joiner = Joiner::new([vec![0; 64]]);
    let first = auth();
    connection.handle_received(&first, &mut joiner, 0);
    connection.accept(7, 0, 0).unwrap();
    while connection.poll_transmit(&mut [0; 256], 0).unwrap().is_some() {}
    let names = bind();
    let bytes = [bind(), bind(), bind()].concat();
    connection.handle_received(&bytes, &mut joiner, 0);
    let rest = connection.rest(&bytes);
    assert_eq!(rest, [names.clone(), names.clone()].concat());
    // The first is being decided about.
    assert_eq!(connection.handle_received(rest, &mut joiner, 0), Received::NotNow);
    assert_eq!(connection.rest(rest), b"");
    connection.accept_names(0).unwrap();
    while connection.poll_transmit(&mut [0; 256], 0).unwrap().is_some() {}
    assert!(matches!(connection.handle_received(rest, &mut joiner, 0), Received::Bind(_)));
    assert_eq!(connection.rest(rest), names);
    assert_eq!(connection.counters().bytes_followed, 0);
}

#[test]
fn bytes_of_nothing_after_an_error_response_do_no_harm() {
    // Zeros, less than a header, and what has no version.
    for padding in [&[0; 40][..], &[1, 0x40, 0], &[0xFF; 15]] {
        for several_messages in [false, true] {
            let settings = edge::Settings::default().with_several_messages(several_messages);
            let mut edge = edge::Connection::<Room>::new(settings, [0; 256]);
            let mut joiner = Joiner::new([vec![0; 64]]);
            let claims = [Claim::new(Claim::APP_KEY, "key")];
            edge.handle_opened(&Auth::new(&claims).unwrap(), &mut [0; 64], 0).unwrap();
            let granted = message(1, Body::Response(Response::new(Status::SUCCESS)));
            edge.handle_received(&granted, &mut joiner, 0);
            let refused = message(9, Body::Response(Response::new(Status::NOT_FOUND)));
            let bytes = [&refused, padding].concat();
            edge.handle_received(&bytes, &mut joiner, 0);
            assert_eq!(edge.rest(&bytes), b"");
            assert_eq!(edge.end(), None);
            assert_eq!(edge.counters().responses_dropped, 1);
            assert_eq!(edge.counters().messages_followed, 1);
        }
    }
}
