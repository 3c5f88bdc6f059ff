//! The options of a platform at and beyond the bounds of their ranges.

use std::time::Duration;

use alwayson::OptionError;
use alwayson::message::MessageLimit;
use alwayson::platform::{MemoryThings, Options};
use tokio::sync::Semaphore;

use super::peer::Peer;
use super::ranges::{
    MAX_MS, NANOSECOND, Set, chunk_size_is_held_to_its_range, number_is_held_to, refused,
    time_is_held_to,
};
use super::support::{all_ended, builder, quiet};

const MIB: usize = 1 << 20;

/// Returns the options that conflict with another one.
fn disagrees(options: Result<Options, OptionError>) -> Option<&'static str> {
    options.unwrap().check().err().map(|error| error.name)
}

#[test]
fn every_number_is_held_to_its_range_and_named_when_it_is_set() {
    let least = MessageLimit::MIN.bytes();
    let most = Semaphore::MAX_PERMITS;
    number_is_held_to("joined_memory", Options::with_joined_memory, (least, usize::MAX));
    number_is_held_to("frame_limit", Options::with_frame_limit, (64, usize::MAX));
    number_is_held_to("authentications", Options::with_authentications, (1, most));
    let per_second = Options::with_admissions_per_second;
    for (number, is_refused) in
        [(0, true), (1, false), (2, false), (999_999, false), (1_000_000, false), (1_000_001, true)]
    {
        assert_eq!(refused("admissions_per_second", per_second, number), is_refused);
    }
    number_is_held_to("connections", Options::with_connections, (1, most));
    number_is_held_to("bindings", Options::with_bindings, (1, usize::MAX));
    number_is_held_to("names", Options::with_names, (1, 1_000_000));
    chunk_size_is_held_to_its_range(Options::with_chunk_size);
    for (path, is_refused) in [("", true), ("WS", true), ("/", false), ("/WS", false)] {
        assert_eq!(refused("path", Options::with_path, path), is_refused);
    }
}

#[test]
fn every_time_is_held_to_its_range_and_named_when_it_is_set() {
    let times: [(&str, Set<Options, Duration>, Duration); 9] = [
        ("admission_wait", Options::with_admission_wait, Duration::MAX),
        ("upgrade_timeout", Options::with_upgrade_timeout, Duration::MAX),
        ("send_timeout", Options::with_send_timeout, Duration::MAX),
        ("auth_timeout", Options::with_auth_timeout, MAX_MS),
        ("request_timeout", Options::with_request_timeout, MAX_MS),
        ("answer_timeout", Options::with_answer_timeout, MAX_MS),
        ("idle_timeout", Options::with_idle_timeout, MAX_MS),
        ("close_timeout", Options::with_close_timeout, MAX_MS),
        ("ping_interval", Options::with_ping_interval, MAX_MS),
    ];
    for (name, set, most) in times {
        time_is_held_to(name, set, most);
    }
}

#[test]
fn options_that_do_not_agree_with_each_other_are_named() {
    let idle = quiet().idle_timeout();
    let millisecond = Duration::from_millis(1);
    let longest = idle.checked_sub(millisecond).unwrap();
    for (ping_interval, is_refused) in [
        (millisecond, false),
        (longest, false),
        (longest + NANOSECOND, true),
        (idle, true),
        (MAX_MS, true),
    ] {
        let options = quiet().with_ping_interval(ping_interval);
        assert_eq!(disagrees(options), is_refused.then_some("ping_interval"));
    }
    for (limit, is_refused) in [(8_191, true), (8_192, false), (8_193, false)] {
        let options = quiet().with_frame_limit(limit);
        assert_eq!(disagrees(options), is_refused.then_some("frame_limit"));
    }
    for (message_limit, joined_memory, is_refused) in [
        (MIB, MIB - 1, true),
        (MIB, MIB, false),
        (MIB, MIB + 1, false),
        (8 * MIB, 8 * MIB - 1, true),
        (8 * MIB, 8 * MIB, false),
    ] {
        let options = quiet().with_message_limit(MessageLimit::new(message_limit).unwrap());
        let options = options.with_joined_memory(joined_memory);
        assert_eq!(disagrees(options), is_refused.then_some("joined_memory"));
    }
    let options = quiet().with_message_limit(MessageLimit::MAX);
    assert_eq!(options.check(), Ok(()), "the default is enough for the longest");
}

#[tokio::test]
async fn a_platform_whose_options_do_not_agree_does_not_listen_and_says_which() {
    let options = quiet().with_frame_limit(64).unwrap();
    let listening = builder(&MemoryThings::any()).options(options).listen("127.0.0.1:0").await;
    let error = listening.expect_err("it listens");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let source = error.get_ref().and_then(|source| source.downcast_ref::<OptionError>());
    assert_eq!(source.map(|error| error.name), Some("frame_limit"));
}

fn most() -> Result<Options, OptionError> {
    quiet()
        .with_auth_timeout(MAX_MS)?
        .with_request_timeout(MAX_MS)?
        .with_answer_timeout(MAX_MS)?
        .with_idle_timeout(MAX_MS)?
        .with_close_timeout(MAX_MS)?
        .with_chunk_size(u16::MAX)?
        .with_first_request_id(u32::MAX)
        .with_upgrade_timeout(Duration::MAX)?
        .with_send_timeout(Duration::MAX)?
        .with_frame_limit(usize::MAX)?
        .with_ping_interval(Duration::from_millis((u32::MAX - 1).into()))?
        .with_refusals_told(u32::MAX)
        .with_message_limit(MessageLimit::MAX)
        .with_joined_memory(usize::MAX)?
        .with_admissions_per_second(1_000_000)?
        .with_authentications(Semaphore::MAX_PERMITS)?
        .with_admission_wait(Duration::MAX)?
        .with_connections(Semaphore::MAX_PERMITS)?
        .with_names(1_000_000)?
        .with_bindings(usize::MAX)
        .map(|options| options.with_first_session(u32::MAX))
}

fn least() -> Result<Options, OptionError> {
    quiet()
        .with_message_limit(MessageLimit::MIN)
        .with_joined_memory(MessageLimit::MIN.bytes())?
        .with_frame_limit(64)?
        .with_refusals_told(0)
        .with_admissions_per_second(1)?
        .with_authentications(1)?
        .with_connections(1)?
        .with_bindings(1)?
        .with_names(1)?
        .with_first_session(0)
        .with_first_request_id(0)
        .with_chunk_size(64)
}

#[tokio::test]
async fn a_platform_with_the_most_of_everything_serves() {
    let builder = builder(&MemoryThings::any()).options(most().unwrap());
    let platform = builder.listen("127.0.0.1:0").await.unwrap();
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
    drop(peer);
    all_ended(&platform, &mut events).await;
}

#[tokio::test]
async fn a_platform_with_the_least_of_everything_serves() {
    let builder = builder(&MemoryThings::any()).options(least().unwrap());
    let platform = builder.listen("127.0.0.1:0").await.unwrap();
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    assert!(peer.bind(&["Valve"]).await.starts_with("SERVICE_UNAVAILABLE"));
    drop(peer);
    all_ended(&platform, &mut events).await;
}
