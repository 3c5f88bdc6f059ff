//! What an edge can be set to: at the ends of each range, and beyond them.

use std::time::Duration;

use alwayson::edge::{EdgeLimits, Settings, StartError};
use alwayson::message::MessageLimit;
use alwayson_codec::connection::edge::Reconnect;
use tokio::sync::Semaphore;

use crate::wire::Sockets;
use crate::{SENSOR, bare, builder};

const MIB: usize = 1 << 20;

/// One of the times.
type Field = fn(&mut Settings) -> &mut u32;

fn refused(limits: EdgeLimits, settings: Settings) -> Option<&'static str> {
    let started = bare(&Sockets::new()).limits(limits).settings(settings).start();
    match started.err()? {
        StartError::Option(error) => {
            assert!(error.to_string().contains(error.name), "{error}");
            Some(error.name)
        }
        error => panic!("{error}"),
    }
}

fn limit(change: impl FnOnce(&mut EdgeLimits)) -> Option<&'static str> {
    let mut limits = EdgeLimits::default();
    change(&mut limits);
    refused(limits, Settings::default())
}

fn setting(change: impl FnOnce(&mut Settings)) -> Option<&'static str> {
    let mut settings = Settings::default();
    change(&mut settings);
    refused(EdgeLimits::default(), settings)
}

#[tokio::test]
async fn every_limit_is_held_to_its_range_and_named() {
    for (memory, is_refused) in
        [(0, true), (MIB - 1, true), (MIB, false), (MIB + 1, false), (usize::MAX, false)]
    {
        assert_eq!(limit(|l| l.joined_memory = memory), is_refused.then_some("joined_memory"));
    }
    for (requests, is_refused) in
        [(0, true), (1, false), (2, false), (255, false), (256, false), (257, true)]
    {
        assert_eq!(limit(|l| l.requests = requests), is_refused.then_some("requests"));
    }
    assert_eq!(limit(|l| l.requests = usize::MAX), Some("requests"));
    let most = Semaphore::MAX_PERMITS;
    for (count, is_refused) in
        [(0, true), (1, false), (2, false), (most, false), (most + 1, true), (usize::MAX, true)]
    {
        assert_eq!(limit(|l| l.pushes = count), is_refused.then_some("pushes"));
        assert_eq!(limit(|l| l.handlers = count), is_refused.then_some("handlers"));
    }
    for (time, is_refused) in
        [(Duration::ZERO, true), (Duration::from_millis(1), false), (Duration::MAX, false)]
    {
        assert_eq!(limit(|l| l.key_timeout = time), is_refused.then_some("key_timeout"));
        assert_eq!(limit(|l| l.push_timeout = time), is_refused.then_some("push_timeout"));
        assert_eq!(limit(|l| l.send_timeout = time), is_refused.then_some("send_timeout"));
    }
}

#[tokio::test]
async fn every_setting_is_held_to_its_range_and_named() {
    for (ms, is_refused) in [(0, true), (1, false), (2, false), (u32::MAX, false)] {
        let named = |name| is_refused.then_some(name);
        let settings: [(&str, Field); 6] = [
            ("settings.request_timeout_ms", |s| &mut s.request_timeout_ms),
            ("settings.answer_timeout_ms", |s| &mut s.answer_timeout_ms),
            ("settings.ping_interval_ms", |s| &mut s.ping_interval_ms),
            ("settings.pong_timeout_ms", |s| &mut s.pong_timeout_ms),
            ("settings.close_timeout_ms", |s| &mut s.close_timeout_ms),
            ("settings.rebind_delay_ms", |s| &mut s.rebind_delay_ms),
        ];
        for (name, field) in settings {
            assert_eq!(setting(|s| *field(s) = ms), named(name));
        }
    }
    for (size, is_refused) in [(0, true), (63, true), (64, false), (65, false), (u16::MAX, false)] {
        let name = is_refused.then_some("settings.chunk_size");
        assert_eq!(setting(|s| s.chunk_size = size), name);
    }
}

#[tokio::test(start_paused = true)]
async fn an_edge_with_the_most_of_everything_is_bound() {
    let limits = EdgeLimits {
        message: MessageLimit::MAX,
        joined_memory: usize::MAX,
        requests: 256,
        pushes: Semaphore::MAX_PERMITS,
        handlers: Semaphore::MAX_PERMITS,
        hold: Duration::MAX,
        push_timeout: Duration::MAX,
        key_timeout: Duration::MAX,
        send_timeout: Duration::MAX,
    };
    let settings = Settings::default()
        .with_request_timeout_ms(u32::MAX)
        .with_answer_timeout_ms(u32::MAX)
        .with_ping_interval_ms(u32::MAX)
        .with_pong_timeout_ms(u32::MAX)
        .with_close_timeout_ms(u32::MAX)
        .with_rebind_delay_ms(u32::MAX)
        .with_chunk_size(u16::MAX)
        .with_several_messages(true)
        .with_first_request_id(u32::MAX);
    let reconnect =
        Reconnect::default().with_delay_ms(u32::MAX).with_jitter_ms(u32::MAX).with_cap_ms(u32::MAX);
    let mut sockets = Sockets::new();
    let builder = builder(&sockets).limits(limits).settings(settings).reconnect(reconnect);
    let edge = builder.start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
}
