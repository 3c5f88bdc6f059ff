//! The options of an edge at and beyond the bounds of their ranges.

use std::time::Duration;

use alwayson::OptionError;
use alwayson::edge::{Options, StartError};
use alwayson::message::MessageLimit;
use alwayson_codec::connection::edge::Reconnect;
use tokio::sync::Semaphore;

use crate::wire::Sockets;
use crate::{SENSOR, bare, builder};

const MIB: usize = 1 << 20;
const MAX_MS: Duration = Duration::from_millis(u32::MAX as u64);
const NANOSECOND: Duration = Duration::from_nanos(1);

fn just_below(time: Duration) -> Duration {
    time.checked_sub(NANOSECOND).unwrap()
}

type Set<T> = fn(Options, T) -> Result<Options, OptionError>;

/// Returns whether the option is refused by its name.
fn refused<T>(name: &str, set: Set<T>, value: T) -> bool {
    let error = set(Options::default(), value).err();
    error.is_some_and(|error| {
        assert_eq!(error.name, name);
        assert!(error.to_string().contains(name), "{error}");
        true
    })
}

#[test]
fn every_number_is_held_to_its_range_and_named_when_it_is_set() {
    let least = MessageLimit::MIN.bytes();
    let most = Semaphore::MAX_PERMITS;
    let numbers: [(&str, Set<usize>, usize, usize); 4] = [
        ("joined_memory", Options::with_joined_memory, least, usize::MAX),
        ("requests", Options::with_requests, 1, 256),
        ("pushes", Options::with_pushes, 1, most),
        ("handlers", Options::with_handlers, 1, most),
    ];
    for (name, set, least, most) in numbers {
        for good in [least, least + 1, most - 1, most] {
            assert!(!refused(name, set, good), "{name} {good}");
        }
        assert!(refused(name, set, 0) && refused(name, set, least - 1), "{name}");
        if let Some(more) = most.checked_add(1) {
            assert!(refused(name, set, more) && refused(name, set, usize::MAX), "{name}");
        }
    }
    for (size, is_refused) in [(0, true), (63, true), (64, false), (65, false), (u16::MAX, false)] {
        assert_eq!(refused("chunk_size", Options::with_chunk_size, size), is_refused);
    }
}

#[test]
fn every_time_is_held_to_its_range_and_named_when_it_is_set() {
    let times: [(&str, Set<Duration>, Duration); 9] = [
        ("push_timeout", Options::with_push_timeout, Duration::MAX),
        ("key_timeout", Options::with_key_timeout, Duration::MAX),
        ("send_timeout", Options::with_send_timeout, Duration::MAX),
        ("request_timeout", Options::with_request_timeout, MAX_MS),
        ("answer_timeout", Options::with_answer_timeout, MAX_MS),
        ("ping_interval", Options::with_ping_interval, MAX_MS),
        ("pong_timeout", Options::with_pong_timeout, MAX_MS),
        ("close_timeout", Options::with_close_timeout, MAX_MS),
        ("rebind_delay", Options::with_rebind_delay, MAX_MS),
    ];
    let least = Duration::from_millis(1);
    for (name, set, most) in times {
        for good in [least, least + NANOSECOND, just_below(most), most] {
            assert!(!refused(name, set, good), "{name} {good:?}");
        }
        for bad in [Some(Duration::ZERO), Some(just_below(least)), most.checked_add(NANOSECOND)] {
            assert!(bad.is_none_or(|bad| refused(name, set, bad)), "{name} {bad:?}");
        }
    }
}

#[tokio::test]
async fn an_edge_does_not_start_with_less_memory_for_joining_than_for_a_message() {
    for (memory, is_refused) in [(MIB - 1, true), (MIB, false), (MIB + 1, false)] {
        let options = Options::default().with_joined_memory(memory).unwrap();
        match bare(&Sockets::new()).options(options).start().err() {
            Some(StartError::Option(error)) => {
                assert!(is_refused && error.name == "joined_memory", "{error}");
            }
            // It has no credentials.
            Some(StartError::NoCredentials) => assert!(!is_refused),
            other => assert!(other.is_none() && !is_refused, "{other:?}"),
        }
    }
}

fn most() -> Result<Options, OptionError> {
    Options::default()
        .with_message_limit(MessageLimit::MAX)
        .with_joined_memory(usize::MAX)?
        .with_requests(256)?
        .with_pushes(Semaphore::MAX_PERMITS)?
        .with_handlers(Semaphore::MAX_PERMITS)?
        .with_hold(Duration::MAX)
        .with_push_timeout(Duration::MAX)?
        .with_key_timeout(Duration::MAX)?
        .with_send_timeout(Duration::MAX)?
        .with_request_timeout(MAX_MS)?
        .with_answer_timeout(MAX_MS)?
        .with_ping_interval(MAX_MS)?
        .with_pong_timeout(MAX_MS)?
        .with_close_timeout(MAX_MS)?
        .with_rebind_delay(MAX_MS)?
        .with_several_messages(true)
        .with_first_request_id(u32::MAX)
        .with_chunk_size(u16::MAX)
}

#[tokio::test(start_paused = true)]
async fn an_edge_with_the_most_of_everything_is_bound() {
    let reconnect =
        Reconnect::default().with_delay_ms(u32::MAX).with_jitter_ms(u32::MAX).with_cap_ms(u32::MAX);
    let mut sockets = Sockets::new();
    let builder = builder(&sockets).options(most().unwrap()).reconnect(reconnect);
    let edge = builder.start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
}
