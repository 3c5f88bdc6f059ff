//! Requests to the gateway itself: `LocalEms`.

use alwayson::Status;
use alwayson::message::Request;
use alwayson::platform::MemoryThings;
use alwayson::serde_json::{Value as Json, json};
use alwayson::value::{Table, Value, ValueExt as _};
use alwayson_gateway::Event;

use crate::application::{Application, Reply};
use crate::http::{get, json};
use crate::site::{KEY, Site, with};

const CONNECTED: &str = "/Thingworx/Things/LocalEms/Properties/isConnected";

async fn silent() -> Application {
    Application::start(|_| Reply::status(404)).await
}

#[tokio::test]
async fn is_connected_is_a_table_of_one_boolean() {
    let site = Site::start().await;
    let answer = get(site.address, CONNECTED).await;
    assert_eq!(answer.cell("isConnected"), json!(true));
    let shape = &answer.json()["dataShape"]["fieldDefinitions"]["isConnected"];
    assert_eq!(shape["baseType"], "BOOLEAN");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::to(nobody, |config, options| (config, options)).await.unwrap();
    assert_eq!(get(site.address, CONNECTED).await.cell("isConnected"), json!(false));
    let answer = get(site.address, "/Thingworx/Things/LocalEms/Properties/other").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_thing_is_registered_before_there_is_a_connection_and_bound_with_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let site = Site::to(address, |config, options| (config, options)).await.unwrap();
    let answer = site.ems("AddEdgeThing", &json!({ "name": "Pump" })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(site.ems("HasEdgeThing", &json!({ "name": "Pump" })).await.cell("result"), true);
    let things = MemoryThings::any();
    let platform =
        alwayson::platform::Platform::builder(alwayson::platform::AcceptAnyClaims, things);
    let platform = platform.listen(address).await.unwrap();
    let bound = platform.handle();
    bound.wait_bound("Pump").await;
}

#[tokio::test]
async fn a_thing_that_is_registered_again_has_the_new_data_and_no_second_bind() {
    let site = Site::start().await;
    let binds = std::sync::Arc::new(std::sync::Mutex::new(0));
    let counted = std::sync::Arc::clone(&binds);
    site.things.before_bind(move |_| {
        *counted.lock().unwrap() += 1;
        alwayson::platform::Reaction::Proceed
    });
    let first = silent().await;
    let mut second = Application::start(|_| Reply::status(200)).await;
    site.register("Pump", &first).await;
    let params = json!({ "name": "Pump", "host": "127.0.0.1", "port": second.address.port() });
    for _ in 0..5 {
        assert_eq!(site.ems("AddEdgeThing", &params).await.status, 200);
    }
    let response = site.call(Request::invoke_service("Pump", "Do", None)).await;
    assert_eq!(response.status, Status::SUCCESS);
    assert_eq!(second.next().await.line(), "POST Services/Do");
    assert_eq!(*binds.lock().unwrap(), 1);
    let told = site.until(|event| matches!(event, Event::Registered { is_new: false, .. })).await;
    assert!(told.to_string().contains("again"), "{told}");
}

#[tokio::test]
async fn a_thing_without_a_name_or_with_wrong_data_is_refused() {
    let site = Site::start().await;
    let answer = site.ems("AddEdgeThing", &json!({})).await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "name: missing"));
    let answer = site.ems("AddEdgeThing", &json!({ "name": "a", "port": "x" })).await;
    assert_eq!(answer.reason(), "port: expected a whole number");
    let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
    let answer = json(site.address, "POST", path, &json!([1])).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn parameters_may_be_a_table_and_numbers_strings() {
    let site = Site::start().await;
    let application = silent().await;
    let text = json!({ "baseType": "STRING" });
    let row = json!({
        "name": "Pump", "host": "127.0.0.1", "port": application.address.port().to_string(),
        "keepalive": "0",
    });
    let shape = json!({ "fieldDefinitions": { "name": text, "host": text, "port": text } });
    let answer = site.ems("AddEdgeThing", &json!({ "rows": [row], "datashape": shape })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    site.bound("Pump").await;
}

#[tokio::test]
async fn a_thing_is_unregistered_and_one_that_is_not_registered_too() {
    let site = Site::start().await;
    let application = silent().await;
    site.register("Pump", &application).await;
    let answer = site.ems("RemoveEdgeThing", &json!({ "name": "Pump" })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    site.unbound("Pump").await;
    assert_eq!(site.ems("HasEdgeThing", &json!({ "name": "Pump" })).await.cell("result"), false);
    assert_eq!(site.ems("RemoveEdgeThing", &json!({ "name": "Pump" })).await.status, 200);
    assert_eq!(site.ems("RemoveEdgeThing", &json!({})).await.status, 400);
}

#[tokio::test]
async fn the_registered_things_are_listed_without_their_passwords() {
    let site = Site::start().await;
    let application = silent().await;
    let more = json!({ "path": "/app", "timeout": 5000, "user": "u", "password": "p4ssw0rd" });
    site.register_with("*sn-17", &application, &more).await;
    site.until(|event| event.to_string().contains("*sn-17: bound")).await;
    let answer = site.ems("GetEdgeThings", &json!({})).await;
    let json = answer.json();
    let row = &json["rows"][0];
    assert!(row["since"].as_i64().unwrap() > 1_700_000_000_000);
    let expected = json!({
        "name": "*sn-17", "host": "127.0.0.1", "port": f64::from(application.address.port()),
        "path": "/app", "keepalive": 0.0, "timeout": 5000.0, "proto": "http", "user": "u",
        "accept": "application/json", "isBound": true, "reason": "", "since": row["since"],
    });
    assert_eq!(row, &expected);
    let types = &json["dataShape"]["fieldDefinitions"];
    for (name, base_type) in
        [("port", "NUMBER"), ("isBound", "BOOLEAN"), ("since", "DATETIME"), ("reason", "STRING")]
    {
        assert_eq!(types[name]["baseType"], base_type);
    }
    assert!(!answer.body.contains("p4ssw0rd"));
}

#[tokio::test]
async fn a_refused_bind_is_listed_with_its_reason_and_tried_again() {
    let site = Site::start().await;
    let reaction = alwayson::platform::Reaction::Refuse(Status::FORBIDDEN, "not yours");
    site.things.before_bind(move |_| reaction);
    site.ems("AddEdgeThing", &json!({ "name": "Pump", "keepalive": 0 })).await;
    let told = site.told("Pump: refused").await.to_string();
    assert!(told.contains("not yours"), "{told}");
    let answer = site.ems("GetEdgeThings", &json!({})).await;
    assert_eq!(answer.cell("isBound"), json!(false));
    let reason = answer.cell("reason");
    assert!(reason.as_str().unwrap().contains("not yours"), "{reason}");
    site.things.before_bind(|_| alwayson::platform::Reaction::Proceed);
    // It takes 15 s: the clock goes on whenever nothing is to be done.
    tokio::time::pause();
    site.told("Pump: bound").await;
}

#[tokio::test]
async fn the_configuration_is_told_without_its_secrets() {
    let site = Site::start().await;
    let answer = site.ems("GetConfiguration", &json!({})).await;
    let shape = &answer.json()["dataShape"]["fieldDefinitions"]["result"];
    assert_eq!(shape["baseType"], "JSON");
    let result = answer.cell("result");
    assert_eq!(result["appKey"], "***");
    assert_eq!(result["ws_connection"]["msg_timeout"], "5000 ms");
    assert_eq!(result["ws_servers[0].host"], "127.0.0.1");
    assert!(!answer.body.contains(KEY));
}

#[tokio::test]
async fn the_version_is_told_by_both_names() {
    let site = Site::start().await;
    for name in ["GetMicroserverVersion", "GetMicroServerVersion"] {
        let answer = site.ems(name, &json!({})).await;
        assert_eq!(answer.cell("result"), env!("CARGO_PKG_VERSION"));
    }
}

#[tokio::test]
async fn ports_of_this_machine_and_of_applications_are_tried_and_no_others() {
    let site = Site::start().await;
    let application = silent().await;
    let port = application.address.port();
    let test = |host: &str, port: u16| json!({ "host": host, "port": port });
    let answer = site.ems("TestPort", &test("127.0.0.1", port)).await;
    assert_eq!(answer.cell("result"), true);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let answer = site.ems("TestPort", &test("localhost", closed)).await;
    assert_eq!(answer.cell("result"), false);
    for host in ["192.0.2.1", "example.invalid", "127.0.0.1.example.invalid"] {
        let answer = site.ems("TestPort", &test(host, port)).await;
        assert_eq!(answer.status, 403, "{host}");
    }
    assert_eq!(site.ems("TestPort", &json!({})).await.status, 400);
}

#[tokio::test]
async fn what_an_ems_does_and_a_gateway_does_not_is_501_with_a_reason() {
    let site = Site::start().await;
    for name in [
        "Restart",
        "UpdateConfiguration",
        "ReplaceConfiguration",
        "GetLogData",
        "StartFileLogging",
        "StopFileLogging",
    ] {
        let answer = site.ems(name, &json!({})).await;
        assert_eq!(answer.status, 501, "{name}");
        assert!(!answer.reason().is_empty());
    }
    assert_eq!(site.ems("NoSuch", &json!({})).await.status, 404);
    let path = "/Thingworx/Things/LocalEms/Properties/isConnected";
    assert_eq!(json(site.address, "PUT", path, &json!({ "isConnected": false })).await.status, 405);
}

#[tokio::test]
async fn a_registration_that_persists_survives_a_restart_in_the_state_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let application = silent().await;
    let site =
        Site::with(MemoryThings::any(), |config, options| (config, options.with_state_file(&file)))
            .await;
    site.register_with("Kept", &application, &json!({ "persist": true })).await;
    site.register("Lost", &application).await;
    let Site { gateway, .. } = site;
    gateway.shut_down().await;
    let site =
        Site::with(MemoryThings::any(), |config, options| (config, options.with_state_file(&file)))
            .await;
    site.bound("Kept").await;
    let answer = site.ems("GetEdgeThings", &json!({})).await;
    assert_eq!(answer.cell("name"), "Kept");
    site.ems("RemoveEdgeThing", &json!({ "name": "Kept" })).await;
    assert!(!std::fs::read_to_string(&file).unwrap().contains("Kept"));
}

#[tokio::test]
async fn the_gateway_answers_the_platform_under_its_own_name() {
    let auto = json!({ "auto_bind": [{ "name": "Site", "gateway": true }] });
    let things = MemoryThings::any();
    let binds = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&binds);
    things.before_bind(move |bind| {
        let gateway = bind.gateway.map(str::to_owned);
        seen.lock().unwrap().push((bind.names.to_vec(), gateway));
        alwayson::platform::Reaction::Proceed
    });
    let site = Site::with(things, |config, options| (with(config, &auto), options)).await;
    site.bound("Site").await;
    let application = silent().await;
    site.register("Pump", &application).await;
    // Each BIND has it as its gateway.
    let site_name = Some("Site".to_owned());
    for (names, gateway) in binds.lock().unwrap().iter() {
        assert_eq!(*gateway, site_name, "{names:?}");
    }
    assert!(binds.lock().unwrap().iter().any(|(names, _)| names.contains(&"Pump".to_owned())));
    let call = |name: &str, params: Option<Table>| Request::invoke_service("Site", name, params);
    let response = site.call(call("GetMicroserverVersion", None)).await;
    assert_eq!(response.value(), Some(&env!("CARGO_PKG_VERSION").into()));
    let response = site.call(call("GetEdgeThings", None)).await;
    assert_eq!(response.table().unwrap().value("name"), Some(&"Pump".into()));
    let response = site.call(call("GetMetadata", None)).await;
    let metadata: Json = response.value().and_then(Value::as_json).unwrap();
    assert_eq!(metadata["name"], "Site");
    assert!(metadata["serviceDefinitions"]["AddEdgeThing"].is_object());
    let name = Table::of([("name", "Pump".into())]);
    let response = site.call(call("HasEdgeThing", Some(name))).await;
    assert_eq!(response.value(), Some(&true.into()));
    let response = site.call(call("NoSuch", None)).await;
    assert_eq!(response.status, Status::NOT_FOUND);
    let response = site.call(Request::read_property("Site", "isConnected")).await;
    assert_eq!(response.value(), Some(&true.into()));
}
