//! Registrations: how they begin and end, and what happens when applications or connections end.

use std::time::Duration;

use alwayson::Status;
use alwayson::message::Request;
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::serde_json::json;
use alwayson_gateway::Event;

use crate::application::{Application, Reply, is_after_bind};
use crate::site::{PATIENCE, Site, with};

#[tokio::test]
async fn an_application_is_probed_by_connections_without_a_byte() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::status(404)).await;
    site.register_with("Pump", &application, &json!({ "keepalive": 20 })).await;
    let three = async {
        while *application.probes.lock().unwrap() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, three).await.expect("it was not probed");
    assert!(site.platform.as_ref().unwrap().handle().holder("Pump").is_some());
}

#[tokio::test]
async fn an_application_without_keepalive_and_one_of_auto_bind_are_never_probed() {
    let configured = Application::start(|_| Reply::status(404)).await;
    let entry = json!({ "name": "B", "host": "127.0.0.1", "port": configured.address.port() });
    let auto = json!({ "auto_bind": [entry] });
    let things = MemoryThings::any();
    let site = Site::with(things, |config, options| (with(config, &auto), options)).await;
    site.bound("B").await;
    let never = Application::start(|_| Reply::status(404)).await;
    let by_default = Application::start(|_| Reply::status(404)).await;
    site.register("C", &never).await;
    site.register_with("D", &by_default, &json!({ "keepalive": 60_000 })).await;
    let probes = |of: &Application| *of.probes.lock().unwrap();
    // The paused clock advances whenever all tasks wait.
    tokio::time::pause();
    while probes(&by_default) < 30 {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert_eq!((probes(&configured), probes(&never)), (0, 0));
}

#[tokio::test]
async fn one_that_is_gone_is_unbound_kept_and_bound_again_when_it_listens() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::status(404)).await;
    let address = application.address.to_string();
    site.register_with("Pump", &application, &json!({ "keepalive": 20 })).await;
    drop(application);
    let silent = site.until(|event| matches!(event, Event::NotListening { .. })).await;
    assert!(silent.to_string().contains(&format!("no application listens at http://{address}/")));
    site.unbound("Pump").await;
    let answer = site.ems("GetEdgeThings", &json!({})).await;
    assert_eq!(answer.cell("isBound"), json!(false));
    assert!(answer.cell("reason").as_str().unwrap().contains("no application listens"));
    let _application = Application::at(&address, |_| Reply::status(404)).await;
    site.until(|event| matches!(event, Event::Listening { .. })).await;
    site.bound("Pump").await;
}

#[tokio::test]
async fn one_that_registers_again_is_bound_at_once() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::status(404)).await;
    let port = application.address.port();
    site.register_with("Pump", &application, &json!({ "keepalive": 20 })).await;
    drop(application);
    site.until(|event| matches!(event, Event::NotListening { .. })).await;
    site.unbound("Pump").await;
    let params = json!({ "name": "Pump", "host": "127.0.0.1", "port": port, "keepalive": 0 });
    site.ems("AddEdgeThing", &params).await;
    site.bound("Pump").await;
}

#[tokio::test]
async fn a_request_that_fails_does_not_unbind() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::Close).await;
    site.register("Pump", &application).await;
    for _ in 0..3 {
        let response = site.call(Request::invoke_service("Pump", "Do", None)).await;
        assert_eq!(response.status, Status::GATEWAY_TIMEOUT);
    }
    assert!(site.platform.as_ref().unwrap().handle().holder("Pump").is_some());
}

#[tokio::test]
async fn requests_that_are_under_way_are_answered_before_the_thing_is_unbound() {
    let site = Site::start().await;
    let mut application = Application::start(|request| {
        if is_after_bind(request) {
            return Reply::status(404);
        }
        Reply::After(Duration::from_millis(300), Box::new(Reply::text(200, "7")))
    })
    .await;
    site.register("Pump", &application).await;
    let handle = site.platform.as_ref().unwrap().handle();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let handle = handle.clone();
        all.spawn(async move { handle.call(Request::invoke_service("Pump", "Do", None)).await });
    }
    for _ in 0..4 {
        application.next().await;
    }
    let answer = site.ems("RemoveEdgeThing", &json!({ "name": "Pump" })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(site.ems("HasEdgeThing", &json!({ "name": "Pump" })).await.cell("result"), false);
    // Requests that arrive in the meantime are not forwarded.
    let late = handle.call(Request::invoke_service("Pump", "Do", None)).await.unwrap();
    assert_eq!(late.status, Status::NOT_FOUND);
    assert!(handle.holder("Pump").is_some());
    while let Some(response) = all.join_next().await {
        assert_eq!(response.unwrap().unwrap().status, Status::SUCCESS);
    }
    site.unbound("Pump").await;
    // A Thing that is registered while it is being removed is bound again.
    site.register("Pump", &application).await;
}

#[tokio::test]
async fn all_names_are_bound_again_after_the_platform_was_gone() {
    let mut site = Site::start().await;
    let application = Application::start(|_| Reply::status(404)).await;
    for name in ["A", "B", "C"] {
        site.register(name, &application).await;
    }
    let platform = site.platform.take().unwrap();
    let address = platform.local_addr();
    platform.shut_down().await;
    site.told("not connected").await;
    let answer = site.ems("GetEdgeThings", &json!({})).await;
    let json = answer.json();
    assert_eq!(json["rows"][2]["reason"], "there is no connection to the platform");
    let binds = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let things = MemoryThings::any();
    let counted = std::sync::Arc::clone(&binds);
    things.before_bind(move |bind| {
        counted.lock().unwrap().push(bind.names.len());
        alwayson::platform::Reaction::Proceed
    });
    let platform = Platform::builder(AcceptAnyClaims, things).listen(address).await.unwrap();
    site.platform = Some(platform);
    for name in ["A", "B", "C"] {
        site.bound(name).await;
    }
    assert_eq!(*binds.lock().unwrap(), [3]);
}

#[tokio::test]
async fn an_orderly_end_unbinds_all_and_closes() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::status(404)).await;
    site.register("Pump", &application).await;
    let mut events = site.platform.as_ref().unwrap().events();
    let Site { gateway, .. } = site;
    gateway.shut_down().await;
    loop {
        use alwayson::platform::Event as Told;
        match events.recv().await.unwrap() {
            Told::Unbound { thing, .. } => {
                assert_eq!(thing, "Pump");
                break;
            }
            Told::Disconnected { .. } => panic!("it was not unbound before"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_gateway_ends_after_as_many_tries_as_are_set() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::to(nobody, |mut config, options| {
        config.connection.connect_retries = Some(2);
        config.connection.connect_retry_interval = Duration::from_millis(5);
        (config, options)
    })
    .await
    .unwrap();
    let reason = tokio::time::timeout(PATIENCE, site.gateway.wait_ended()).await.unwrap();
    assert!(reason.to_string().contains("refused"), "{reason}");
}

#[tokio::test]
async fn a_platform_that_says_nothing_is_given_up_after_the_timeout() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = Site::to(silent.local_addr().unwrap(), |mut config, options| {
        config.connection.connect_timeout = Duration::from_millis(50);
        (config, options)
    })
    .await
    .unwrap();
    // The connection is accepted, but not answered.
    let _socket = silent.accept().await.unwrap();
    let told = site.told("not connected").await.to_string();
    assert!(
        told.contains("50 ms") || told.contains("in time") || told.contains("timed out"),
        "{told}"
    );
    silent.accept().await.unwrap();
}
