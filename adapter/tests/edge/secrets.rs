//! Keys appear only in AUTH.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use alwayson::edge::{ConnectionState, Credentials, EndReason, Reconnect, StartError, Thing};
use alwayson::value::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::wire::Sockets;
use crate::{KEY, SENSOR, bare, builder};

/// Keeps all that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}: {value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs an edge from start to end and shows everything; the key provider fails first.
async fn live(log: &Log) {
    let note = |shown: &dyn Debug| writeln!(log.0.lock().unwrap(), "{shown:?}").unwrap();
    let frames = log.clone();
    let mut sockets = Sockets::new();
    let asked = Mutex::new(0);
    let building = builder(&sockets)
        .credentials(move || {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            let result = match *asked {
                1 => Err(std::io::Error::other(KEY)),
                2 => Ok(Credentials::app_key(KEY)),
                _ => Ok(Credentials::UserPassword { user: "u".to_owned(), password: KEY.into() }),
            };
            note_credentials(&frames, &result);
            std::future::ready(result)
        })
        .thing(Thing::new("Safe").property("Password", Value::password(KEY)))
        .reconnect(Reconnect::default().with_jitter_ms(0));
    let frames = log.clone();
    let building = building.observer(Arc::new(move |frame| {
        writeln!(frames.0.lock().unwrap(), "{frame}").unwrap();
    }));
    note(&building);
    let edge = building.start().unwrap();
    note(&edge);
    for is_accepted in [true, false] {
        let mut platform = sockets.next().await;
        if is_accepted {
            platform.accept().await;
            assert_eq!(platform.bind().await, [SENSOR, "Safe"]);
            edge.wait_bound("Safe").await.unwrap();
            note(&edge.stored("Safe", "Password"));
        } else {
            platform.refuse().await;
        }
        note(&edge);
        note(&edge.read_property(SENSOR, KEY).await.map_err(|_| "not found").is_ok());
        platform.close();
    }
    let reason = EndReason::Refused { status: alwayson_codec::Status::UNAUTHORIZED, reason: None };
    let ended = ConnectionState::Ended { reason };
    edge.state().wait_for(|state| state.connection == ended).await.unwrap();
    note(&edge);
}

fn note_credentials(log: &Log, credentials: &Result<Credentials, std::io::Error>) {
    if let Ok(credentials) = credentials {
        writeln!(log.0.lock().unwrap(), "{credentials:?}").unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn no_key_and_no_password_is_shown_or_logged() {
    let log = Log::default();
    // Global: tracing caches for each call site whether it is logged.
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    live(&log).await;
    let log = log.0.lock().unwrap().clone();
    // The log is not empty.
    for said in ["AUTH request=1 {appKey=***}", "password=***", "Ended", "there is no key", "Safe"]
    {
        assert!(log.contains(said), "{said} in {log}");
    }
    let without_request = log.replace(&format!("Properties/{KEY}"), "");
    for part in [KEY, &KEY[..8], &KEY[8..]] {
        assert!(!without_request.contains(part), "{part} in {log}");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_do_not_say_the_key() {
    let sockets = Sockets::new();
    let twice = bare(&sockets).thing(Thing::new("A")).thing(Thing::new("A")).start();
    let Err(error @ StartError::Thing { .. }) = twice else { panic!("started") };
    assert!(!format!("{error} {error:?}").contains(KEY));
}
