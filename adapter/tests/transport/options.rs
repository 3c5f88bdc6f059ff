//! What a WebSocket can be set to: at the ends of each range, and beyond them.

use std::time::Duration;

use alwayson::transport::{
    AcceptError, AcceptOptions, ConnectError, ConnectOptions, Limits, accept, connect,
};

const MOST: usize = 64 << 20;

type Field = fn(&mut Limits) -> &mut usize;

#[test]
fn every_limit_is_held_to_its_range_and_named() {
    let fields: [(&str, Field, std::ops::RangeInclusive<usize>); 7] = [
        ("limits.message", |l| &mut l.message, 1..=usize::MAX),
        ("limits.frame", |l| &mut l.frame, 1..=usize::MAX),
        ("limits.read_buffer", |l| &mut l.read_buffer, 1..=MOST),
        ("limits.write_buffer", |l| &mut l.write_buffer, 0..=MOST),
        ("limits.max_write_buffer", |l| &mut l.max_write_buffer, 4097..=usize::MAX),
        ("limits.head", |l| &mut l.head, 8192..=MOST),
        ("limits.headers", |l| &mut l.headers, 1..=4096),
    ];
    for (name, field, range) in fields {
        let checked = |value| {
            let mut limits = Limits::default();
            if name == "limits.write_buffer" {
                // What may wait is more than what is gathered.
                limits.max_write_buffer = usize::MAX;
            }
            *field(&mut limits) = value;
            limits.check().err().map(|error| error.name)
        };
        let (least, most) = range.into_inner();
        for good in [least, least + 1, most - 1, most] {
            assert_eq!(checked(good), None, "{name} {good}");
        }
        for bad in [least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
            assert_eq!(checked(bad), Some(name), "{name} {bad}");
        }
    }
    for (close_timeout, is_refused) in
        [(Duration::ZERO, true), (Duration::from_millis(1), false), (Duration::MAX, false)]
    {
        let mut limits = Limits::default();
        limits.close_timeout = close_timeout;
        assert_eq!(limits.check().is_err(), is_refused);
    }
}

#[tokio::test]
async fn whoever_connects_or_accepts_is_told_which_limit_is_out_of_its_range() {
    let mut limits = Limits::default();
    limits.headers = usize::MAX;
    let options = ConnectOptions::new("ws://127.0.0.1:1").unwrap().limits(limits.clone());
    let refused = connect(&options, None).await.err().unwrap();
    assert!(matches!(&refused, ConnectError::Option(error) if error.name == "limits.headers"));
    let mut options = AcceptOptions::default();
    options.limits = limits;
    let (io, _peer) = tokio::io::duplex(1);
    let refused = accept(io, &options).await.err().unwrap();
    assert!(matches!(&refused, AcceptError::Option(error) if error.name == "limits.headers"));
}

#[tokio::test]
async fn the_most_and_the_least_of_everything_make_a_websocket() {
    let mut most = Limits::default();
    (most.message, most.frame) = (usize::MAX, usize::MAX);
    (most.read_buffer, most.write_buffer, most.max_write_buffer) = (MOST, MOST, usize::MAX);
    (most.head, most.headers, most.close_timeout) = (MOST, 4096, Duration::MAX);
    let mut least = Limits::default();
    (least.message, least.frame) = (1, 1);
    // One frame has to fit.
    (least.read_buffer, least.write_buffer, least.max_write_buffer) = (1, 0, 15);
    // An upgrade has some headers.
    (least.head, least.headers, least.close_timeout) = (8192, 16, Duration::from_millis(1));
    for limits in [most, least] {
        let mut accepting = AcceptOptions::default();
        accepting.limits = limits.clone();
        let (address, accepted) = super::support::platform(accepting).await;
        let options = ConnectOptions::new(&format!("ws://{address}")).unwrap().limits(limits);
        let mut edge = connect(&options, None).await.unwrap();
        let mut platform = accepted.await.unwrap().unwrap().transport;
        let one = super::support::message(b"x");
        super::support::send(&mut edge, alwayson::transport::Outgoing::Message(one.clone())).await;
        let received = super::support::receive(&mut platform).await;
        assert_eq!(received, alwayson::transport::Incoming::Message(one));
    }
}
