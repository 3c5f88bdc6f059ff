//! Recorded clients, replayed against the platform: every message that asks for an
//! answer gets the kind of answer that PROTOCOL.md asks for.

mod client;

use std::collections::BTreeMap;
use std::path::Path;

use alwayson::message::Response;
use alwayson::platform::{Event, KnownCredentials, MemoryThings, Options, Platform, RequestError};
use alwayson::value::Table;
use alwayson_codec::BaseType;
use alwayson_conformance::answers::exchanges;
use alwayson_conformance::capture::{self, Capture};
use alwayson_conformance::expectations::{Answer, Expectations};

use super::peer::KEY;
use client::Client;

/// What the platform of a capture has.
struct Setup {
    capture: &'static str,
    /// Its Things; any if there are none.
    things: &'static [&'static str],
    /// A Thing and its identifier.
    identified: Option<(&'static str, &'static str)>,
    /// How many Things, gateways among them, are bound when the capture ends.
    bound: usize,
}

const SETUPS: [Setup; 9] = [
    Setup { capture: "c-chunked-bind.json", things: &[], identified: None, bound: 1400 },
    Setup { capture: "edge-session.json", things: &["SteamSensor1"], identified: None, bound: 0 },
    Setup { capture: "ems-chunked-bind.json", things: &[], identified: None, bound: 701 },
    Setup {
        capture: "ems-session.json",
        things: &["EdgeThing1", "Added1"],
        identified: Some(("Pump", "sn-0815")),
        bound: 3,
    },
    Setup { capture: "gateway-session.json", things: &["Pump-7"], identified: None, bound: 0 },
    Setup { capture: "java-bind-without-session.json", things: &["A"], identified: None, bound: 2 },
    Setup { capture: "java-session.json", things: &["A"], identified: None, bound: 2 },
    Setup { capture: "java-types.json", things: &["A"], identified: None, bound: 2 },
    Setup { capture: "java-vec-and-timespan.json", things: &["A"], identified: None, bound: 2 },
];

impl Setup {
    fn things(&self) -> MemoryThings {
        let none = if self.things.is_empty() { MemoryThings::any() } else { MemoryThings::new() };
        let things = self.things.iter().fold(none, |things, name| things.with_thing(name));
        let things = match self.identified {
            Some((name, identifier)) => things.with_identified_thing(name, identifier),
            None => things,
        };
        things
            .with_gateway_type("EMSGateway")
            .with_gateway_type("SDKGateway")
            .with_service("Echo", |_| async { Response::of(Table::result("hallo")) })
    }
}

/// All that recorded clients authenticate themselves with.
fn keys() -> KnownCredentials {
    KnownCredentials::default().with_key(KEY).with_key("thekey-1234").with_user("bob", "pw123")
}

fn file_name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Replays a capture, and compares the answers with the recorded ones, or where those
/// are known to be wrong with the right ones. Returns the Things of the platform.
async fn replayed(name: &str) -> MemoryThings {
    let setup = SETUPS.iter().find(|setup| setup.capture == name).unwrap();
    let files = capture::own_files().unwrap();
    let path = files.iter().find(|path| file_name(path) == name).unwrap();
    let capture = Capture::read(path).unwrap();
    let things = setup.things();
    let first_session = client::session(&capture);
    let builder = Platform::builder(keys(), things.clone())
        .options(Options::default().with_first_session(first_session));
    let mut events = builder.events();
    let platform = builder.listen("127.0.0.1:0").await.unwrap();
    let mut client = Client::open(&capture, platform.local_addr()).await;
    client.replay(&platform.handle()).await;
    let mut bound = 0;
    things.for_each(|_, state| bound += usize::from(state.is_connected));
    assert_eq!(bound, setup.bound, "Things are bound");
    let expectations = Expectations::beside(path).unwrap();
    let wrong = expectations.of(name).iter().flat_map(|wrong| &wrong.answers);
    let wrong = wrong.map(|answer| (answer.request, answer)).collect();
    assert_eq!(faults(&capture, &wrong, &client.answers), [] as [&str; 0]);
    drop(client);
    platform.shut_down().await;
    // The metadata of real clients are accepted. Some clients have none, and some are not
    // asked in the capture and end without an answer.
    while let Ok(event) = events.try_recv() {
        if let Event::NotDescribed { thing, reason } = event {
            let unanswered = [RequestError::Ended, RequestError::NotBound, RequestError::Timeout];
            let unanswered = unanswered.map(|error| error.to_string());
            let is_refused = reason.starts_with("GetMetadata was answered with ");
            assert!(is_refused || unanswered.contains(&reason), "{thing}: {reason}");
        }
    }
    things
}

/// Returns the wrong answers, and the unnecessary expectations.
fn faults(
    capture: &Capture,
    wrong: &BTreeMap<u32, &Answer>,
    answers: &BTreeMap<u32, String>,
) -> Vec<String> {
    let exchanges = exchanges(capture);
    let mut faults = Vec::new();
    for exchange in &exchanges {
        let request = exchange.request;
        let answer = &answers[&request];
        let right = match wrong.get(&request) {
            Some(expected) if *answer == expected.recorded => {
                faults.push(format!("request {request}: the expectation is not needed: {answer}"));
                continue;
            }
            Some(expected) => &expected.right,
            None => &exchange.answer,
        };
        if answer != right {
            faults.push(format!("request {request}: {answer} came, {right} is right"));
        }
    }
    if answers.len() != exchanges.len() {
        faults.push(format!("{} answers to {} requests", answers.len(), exchanges.len()));
    }
    faults
}

#[test]
fn every_capture_is_replayed() {
    let files = capture::own_files().unwrap();
    let names: Vec<_> = files.iter().map(|path| file_name(path)).collect();
    assert_eq!(names, SETUPS.each_ref().map(|setup| setup.capture));
}

#[tokio::test]
async fn a_c_sdk_gets_the_right_answers() {
    replayed("edge-session.json").await;
}

#[tokio::test]
async fn a_c_sdk_behind_a_gateway_gets_the_right_answers() {
    replayed("gateway-session.json").await;
}

#[tokio::test]
async fn a_c_sdk_binds_1400_names_in_chunks() {
    replayed("c-chunked-bind.json").await;
}

#[tokio::test]
async fn an_ems_gets_the_right_answers() {
    replayed("ems-session.json").await;
}

#[tokio::test]
async fn an_ems_binds_700_names_in_chunks() {
    replayed("ems-chunked-bind.json").await;
}

#[tokio::test]
async fn a_java_sdk_gets_the_right_answers() {
    replayed("java-session.json").await;
}

#[tokio::test]
async fn a_java_sdk_binds_without_a_session_id() {
    replayed("java-bind-without-session.json").await;
}

#[tokio::test]
async fn a_java_sdk_reads_back_what_it_wrote_in_every_type() {
    replayed("java-types.json").await;
}

#[tokio::test]
async fn a_java_sdk_writes_vectors_and_time_spans() {
    let things = replayed("java-vec-and-timespan.json").await;
    for (name, base_type) in [
        ("W_VEC2", BaseType::VEC2),
        ("W_VEC3", BaseType::VEC3),
        ("W_VEC4", BaseType::VEC4),
        ("W_THINGCODE", BaseType::THINGCODE),
        ("W_TIMESPAN", BaseType::TIMESPAN),
    ] {
        assert_eq!(things.property("A", name).unwrap().value.base_type(), base_type, "{name}");
    }
}

#[test]
fn a_wrong_answer_and_an_expectation_without_need_are_faults() {
    let files = capture::own_files().unwrap();
    let path = files.iter().find(|path| file_name(path) == "c-chunked-bind.json").unwrap();
    let capture = Capture::read(path).unwrap();
    let answers = |bind: &str| BTreeMap::from([(270, "SUCCESS".into()), (271, bind.into())]);
    let expected = Answer { request: 271, recorded: "close 1002".into(), right: "SUCCESS".into() };
    let none = BTreeMap::new();
    let expected = BTreeMap::from([(271, &expected)]);
    assert_eq!(faults(&capture, &expected, &answers("SUCCESS")), [] as [&str; 0]);
    assert_eq!(faults(&capture, &none, &answers("close 1002")), [] as [&str; 0]);
    assert_eq!(
        faults(&capture, &none, &answers("SUCCESS")),
        ["request 271: SUCCESS came, close 1002 is right"],
    );
    assert_eq!(
        faults(&capture, &expected, &answers("CONFLICT")),
        ["request 271: CONFLICT came, SUCCESS is right"],
    );
    assert_eq!(
        faults(&capture, &expected, &answers("close 1002")),
        ["request 271: the expectation is not needed: close 1002"],
    );
    let mut one_more = answers("SUCCESS");
    one_more.insert(272, "SUCCESS".into());
    assert_eq!(faults(&capture, &expected, &one_more), ["3 answers to 2 requests"]);
}
