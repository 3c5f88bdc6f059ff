//! What a platform can be set to: one below the least, the least, one more; one above
//! the most, the most, one below it.

use std::time::Duration;

use alwayson::OptionError;
use alwayson::message::MessageLimit;
use alwayson::platform::{MemoryThings, Options};
use tokio::sync::Semaphore;

use super::peer::Peer;
use super::support::{all_ended, builder, quiet};

const MIB: usize = 1 << 20;

fn refused(change: impl FnOnce(&mut Options)) -> Option<&'static str> {
    let mut options = quiet();
    change(&mut options);
    let error = options.check().err()?;
    assert!(error.to_string().contains(error.name), "{error}");
    Some(error.name)
}

#[test]
fn every_option_is_held_to_its_range_and_named() {
    let least_time = Duration::from_millis(1);
    for (time, is_refused) in [
        (Duration::ZERO, true),
        (Duration::from_nanos(999_999), true),
        (least_time, false),
        (Duration::MAX, false),
    ] {
        let named = |name| is_refused.then_some(name);
        assert_eq!(refused(|o| o.upgrade_timeout = time), named("upgrade_timeout"));
        assert_eq!(refused(|o| o.send_timeout = time), named("send_timeout"));
    }
    let idle_ms = Options::default().settings.idle_timeout_ms.into();
    for (ms, is_refused) in [(0, true), (1, false), (idle_ms - 1, false), (idle_ms, true)] {
        let time = Some(Duration::from_millis(ms));
        assert_eq!(refused(|o| o.ping_interval = time), is_refused.then_some("ping_interval"));
    }
    for (ms, is_refused) in [(0, true), (1, false), (2, false), (u32::MAX, false)] {
        let named = |name| is_refused.then_some(name);
        let settings = |ms| named(ms);
        assert_eq!(
            refused(|o| o.settings.auth_timeout_ms = ms),
            settings("settings.auth_timeout_ms")
        );
        assert_eq!(
            refused(|o| o.settings.request_timeout_ms = ms),
            settings("settings.request_timeout_ms")
        );
        assert_eq!(
            refused(|o| o.settings.answer_timeout_ms = ms),
            settings("settings.answer_timeout_ms")
        );
        assert_eq!(
            refused(|o| o.settings.idle_timeout_ms = ms),
            settings("settings.idle_timeout_ms")
        );
        assert_eq!(
            refused(|o| o.settings.close_timeout_ms = ms),
            settings("settings.close_timeout_ms")
        );
    }
    for (size, is_refused) in
        [(0, true), (63, true), (64, false), (65, false), (u16::MAX - 1, false), (u16::MAX, false)]
    {
        let name = is_refused.then_some("settings.chunk_size");
        assert_eq!(refused(|o| o.settings.chunk_size = size), name);
    }
    for (memory, is_refused) in [
        (0, true),
        (MIB - 1, true),
        (MIB, false),
        (MIB + 1, false),
        (usize::MAX - 1, false),
        (usize::MAX, false),
    ] {
        assert_eq!(refused(|o| o.joined_memory = memory), is_refused.then_some("joined_memory"));
    }
    for (limit, is_refused) in
        [(0, true), (8_191, true), (8_192, false), (8_193, false), (usize::MAX, false)]
    {
        assert_eq!(refused(|o| o.frame_limit = limit), is_refused.then_some("frame_limit"));
    }
    let most = Semaphore::MAX_PERMITS;
    for (count, is_refused) in [
        (0, true),
        (1, false),
        (2, false),
        (most - 1, false),
        (most, false),
        (most + 1, true),
        (usize::MAX, true),
    ] {
        assert_eq!(refused(|o| o.connections = count), is_refused.then_some("connections"));
    }
    for (count, is_refused) in [(0, true), (1, false), (2, false), (usize::MAX, false)] {
        assert_eq!(refused(|o| o.bindings = count), is_refused.then_some("bindings"));
    }
}

#[test]
fn the_memory_for_joining_is_held_to_the_message_limit_that_is_set() {
    let message_limit = MessageLimit::new(8 * MIB).unwrap();
    for (joined_memory, is_refused) in [(8 * MIB - 1, true), (8 * MIB, false)] {
        let options = Options { message_limit, joined_memory, ..quiet() };
        assert_eq!(options.check().is_err(), is_refused);
    }
    let options = Options { message_limit: MessageLimit::MAX, ..quiet() };
    assert_eq!(options.check(), Ok(()), "the default is enough for the longest");
}

#[tokio::test]
async fn a_platform_with_an_option_out_of_its_range_does_not_listen_and_says_which() {
    let options = Options { connections: usize::MAX, ..quiet() };
    let listening = builder(&MemoryThings::any()).options(options).listen("127.0.0.1:0").await;
    let error = listening.err().expect("it listens");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let source = error.get_ref().and_then(|source| source.downcast_ref::<OptionError>());
    assert_eq!(source.map(|error| error.name), Some("connections"));
}

#[tokio::test]
async fn a_platform_with_the_most_of_everything_serves() {
    let mut options = Options {
        upgrade_timeout: Duration::MAX,
        send_timeout: Duration::MAX,
        frame_limit: usize::MAX,
        ping_interval: Some(Duration::from_millis((u32::MAX - 1).into())),
        refusals_told: u32::MAX,
        message_limit: MessageLimit::MAX,
        joined_memory: usize::MAX,
        connections: Semaphore::MAX_PERMITS,
        bindings: usize::MAX,
        first_session: u32::MAX,
        ..quiet()
    };
    options.settings.auth_timeout_ms = u32::MAX;
    options.settings.request_timeout_ms = u32::MAX;
    options.settings.answer_timeout_ms = u32::MAX;
    options.settings.idle_timeout_ms = u32::MAX;
    options.settings.close_timeout_ms = u32::MAX;
    options.settings.chunk_size = u16::MAX;
    options.settings.first_request_id = u32::MAX;
    let platform =
        builder(&MemoryThings::any()).options(options).listen("127.0.0.1:0").await.unwrap();
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
    drop(peer);
    all_ended(&platform, &mut events).await;
}

#[tokio::test]
async fn a_platform_with_the_least_of_everything_serves() {
    let mut options = Options {
        message_limit: MessageLimit::MIN,
        joined_memory: MessageLimit::MIN.bytes(),
        frame_limit: 64,
        refusals_told: 0,
        connections: 1,
        bindings: 1,
        first_session: 0,
        ..quiet()
    };
    options.settings.chunk_size = 64;
    options.settings.first_request_id = 0;
    let platform =
        builder(&MemoryThings::any()).options(options).listen("127.0.0.1:0").await.unwrap();
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    assert!(peer.bind(&["Valve"]).await.starts_with("SERVICE_UNAVAILABLE"));
    drop(peer);
    all_ended(&platform, &mut events).await;
}
