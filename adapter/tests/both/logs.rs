//! K01: no part of a key appears in logs, events or output, at any level.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use alwayson::edge::{Credentials, Edge, Thing};
use alwayson::frame::{Frame, Observer, PlatformObserver};
use alwayson::platform::{KnownCredentials, MemoryThings, Platform};
use alwayson::value::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use super::{KEY, plain, soon};

const WRONG: &str = "0a1b2c3d-WRONG-KEY-4e5f";
const PASSWORD: &str = "pass-of-the-pump-99";

/// Keeps all that is traced, at every level.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<String>>);

struct Line<'t>(&'t mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Traced {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = self.0.lock().unwrap();
        event.record(&mut Line(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Asserts that no eight characters of a secret, as text or hex, are in a text.
fn assert_hidden(text: &str) {
    for secret in [KEY, WRONG, PASSWORD] {
        for part in secret.as_bytes().windows(8) {
            let part = std::str::from_utf8(part).unwrap();
            assert!(!text.contains(part), "{part} is in {text}");
            let hex = part.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            assert!(!text.to_lowercase().contains(&hex), "{part} is in {text}");
        }
    }
}

#[tokio::test]
async fn k01_k02_no_part_of_a_key_or_password_is_logged_told_or_shown() {
    let traced = Traced::default();
    tracing::subscriber::set_global_default(traced.clone()).unwrap();
    let shown: Arc<Mutex<String>> = Arc::default();
    let seen = Arc::clone(&shown);
    let observer: Observer = Arc::new(move |frame: &Frame<'_>| {
        writeln!(seen.lock().unwrap(), "{frame} {frame:?}").unwrap();
    });
    let things = MemoryThings::any();
    let keys = KnownCredentials::default().with_key(KEY).with_user("pump", PASSWORD);
    let mut text = format!("{keys:?}");
    let of_all = Arc::clone(&observer);
    let of_all: PlatformObserver = Arc::new(move |_, frame| of_all(frame));
    let platform = Platform::builder(keys, things.clone())
        .observer(of_all)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut events = platform.events();
    let provided = [
        Credentials::app_key(KEY),
        Credentials::app_key(WRONG),
        Credentials::UserPassword { user: "pump".to_owned(), password: PASSWORD.into() },
    ];
    for (number, credentials) in provided.into_iter().enumerate() {
        write!(text, "{credentials:?}").unwrap();
        let credentials = Mutex::new(Some(credentials));
        let name = format!("Pump{number}");
        let builder = Edge::builder_with(plain(platform.local_addr()))
            .credentials(move || {
                let credentials = credentials.lock().unwrap().take();
                async move { credentials.ok_or("asked a second time") }
            })
            .key_in_upgrade()
            .observer(Arc::clone(&observer))
            .thing(Thing::new(&name).property("Secret", Value::password(PASSWORD)));
        let edge = builder.start().unwrap();
        match soon(edge.wait_authenticated()).await {
            Ok(()) => {
                edge.write_property(&name, "Secret", Value::password(PASSWORD)).await.unwrap();
                let kept = edge.read_property(&name, "Secret").await.unwrap();
                assert_eq!(kept.as_str(), Some(PASSWORD));
                write!(text, "{kept} {kept:?} {:?}", things.state(&name)).unwrap();
            }
            Err(reason) => {
                assert_eq!(number, 1, "{reason}");
                write!(text, "{reason} {reason:?}").unwrap();
            }
        }
        write!(text, "{:?}", *edge.state().borrow()).unwrap();
        edge.leave().await;
    }
    soon(platform.shut_down()).await;
    while let Ok(event) = events.try_recv() {
        write!(text, "{event:?}").unwrap();
    }
    assert_hidden(&text);
    assert_hidden(&shown.lock().unwrap());
    let traced = traced.0.lock().unwrap();
    assert!(!traced.is_empty());
    assert_hidden(&traced);
}
