//! The options of a WebSocket: at the ends of each range, and beyond them.

use std::time::Duration;

use alwayson::OptionError;
use alwayson::transport::{
    AcceptError, AcceptOptions, ConnectError, ConnectOptions, Limits, accept, connect,
};

const MOST: usize = 64 << 20;

type Set<T> = fn(Limits, T) -> Result<Limits, OptionError>;

/// The name of the limit, if the value is refused.
fn refused<T>(set: Set<T>, value: T) -> Option<&'static str> {
    set(Limits::default(), value).err().map(|error| error.name)
}

#[test]
fn every_limit_is_held_to_its_range_and_named_when_it_is_set() {
    let limits: [(&str, Set<usize>, std::ops::RangeInclusive<usize>); 7] = [
        ("message", Limits::with_message, 1..=usize::MAX),
        ("frame", Limits::with_frame, 1..=usize::MAX),
        ("read_buffer", Limits::with_read_buffer, 1..=MOST),
        ("write_buffer", Limits::with_write_buffer, 0..=MOST),
        ("max_write_buffer", Limits::with_max_write_buffer, 1..=usize::MAX),
        ("head", Limits::with_head, 8192..=MOST),
        ("headers", Limits::with_headers, 1..=4096),
    ];
    for (name, set, range) in limits {
        let (least, most) = range.into_inner();
        for good in [least, least + 1, most - 1, most] {
            assert_eq!(refused(set, good), None, "{name} {good}");
        }
        for bad in [least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
            assert_eq!(refused(set, bad), Some(name), "{name} {bad}");
        }
    }
    for (time, is_refused) in
        [(Duration::ZERO, true), (Duration::from_millis(1), false), (Duration::MAX, false)]
    {
        let named = |name| is_refused.then_some(name);
        assert_eq!(refused(Limits::with_close_timeout, time), named("close_timeout"));
        let accepting = AcceptOptions::default().with_deadline(time);
        assert_eq!(accepting.err().map(|error| error.name), named("deadline"));
        let connecting = ConnectOptions::new("ws://127.0.0.1:1").unwrap().with_deadline(time);
        assert_eq!(connecting.err().map(|error| error.name), named("deadline"));
    }
    assert_eq!(AcceptOptions::default().with_path("WS").err().unwrap().name, "path");
}

#[tokio::test]
async fn whoever_connects_or_accepts_is_told_which_limits_do_not_agree() {
    let gathered = Limits::default().write_buffer();
    for (most, is_refused) in [(gathered, true), (gathered + 1, false), (gathered + 2, false)] {
        let limits = Limits::default().with_max_write_buffer(most).unwrap();
        let options = ConnectOptions::new("ws://127.0.0.1:1").unwrap();
        let refused = connect(&options.with_limits(limits.clone()), None).await.err().unwrap();
        let name = |error: &OptionError| error.name == "max_write_buffer";
        assert_eq!(matches!(&refused, ConnectError::Option(error) if name(error)), is_refused);
        let options = AcceptOptions::default().with_limits(limits);
        let (io, peer) = tokio::io::duplex(1);
        drop(peer);
        let refused = accept(io, &options).await.err().unwrap();
        assert_eq!(matches!(&refused, AcceptError::Option(error) if name(error)), is_refused);
    }
}

fn most() -> Result<Limits, OptionError> {
    Limits::default()
        .with_message(usize::MAX)?
        .with_frame(usize::MAX)?
        .with_read_buffer(MOST)?
        .with_write_buffer(MOST)?
        .with_max_write_buffer(usize::MAX)?
        .with_head(MOST)?
        .with_headers(4096)?
        .with_close_timeout(Duration::MAX)
}

fn least() -> Result<Limits, OptionError> {
    Limits::default()
        .with_message(1)?
        .with_frame(1)?
        .with_read_buffer(1)?
        .with_write_buffer(0)?
        // One frame has to fit.
        .with_max_write_buffer(15)?
        .with_head(8192)?
        // An upgrade has some headers.
        .with_headers(16)?
        .with_close_timeout(Duration::from_millis(1))
}

#[tokio::test]
async fn the_most_and_the_least_of_everything_make_a_websocket() {
    for limits in [most().unwrap(), least().unwrap()] {
        let accepting = AcceptOptions::default().with_limits(limits.clone());
        let (address, accepted) = super::support::platform(accepting).await;
        let options = ConnectOptions::new(&format!("ws://{address}")).unwrap().with_limits(limits);
        let mut edge = connect(&options, None).await.unwrap();
        let mut platform = accepted.await.unwrap().unwrap().transport;
        let one = super::support::message(b"x");
        super::support::send(&mut edge, alwayson::transport::Outgoing::Message(one.clone())).await;
        let received = super::support::receive(&mut platform).await;
        assert_eq!(received, alwayson::transport::Incoming::Message(one));
    }
}
