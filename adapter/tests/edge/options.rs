//! The options of an edge at and beyond the bounds of their ranges.

use std::time::Duration;

use alwayson::OptionError;
use alwayson::edge::{Options, StartError};
use alwayson::message::MessageLimit;
use alwayson_codec::connection::edge::Reconnect;
use tokio::sync::Semaphore;

use crate::ranges::{
    MAX_MS, Set, chunk_size_is_held_to_its_range, number_is_held_to, time_is_held_to,
};
use crate::wire::Sockets;
use crate::{SENSOR, bare, builder};

const MIB: usize = 1 << 20;

#[test]
fn every_number_is_held_to_its_range_and_named_when_it_is_set() {
    let least = MessageLimit::MIN.bytes();
    let most = Semaphore::MAX_PERMITS;
    number_is_held_to("joined_memory", Options::with_joined_memory, (least, usize::MAX));
    number_is_held_to("requests", Options::with_requests, (1, 256));
    number_is_held_to("pushes", Options::with_pushes, (1, most));
    number_is_held_to("handlers", Options::with_handlers, (1, most));
    chunk_size_is_held_to_its_range(Options::with_chunk_size);
}

#[test]
fn every_time_is_held_to_its_range_and_named_when_it_is_set() {
    let times: [(&str, Set<Options, Duration>, Duration); 9] = [
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
    for (name, set, most) in times {
        time_is_held_to(name, set, most);
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
