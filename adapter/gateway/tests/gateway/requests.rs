//! Requests of applications to the platform, and the answers of the gateway.

use alwayson::Status;
use alwayson::message::Response;
use alwayson::platform::{MemoryThings, Reaction, Update};
use alwayson::serde_json::{Value as Json, json};
use alwayson::value::{Table, Value};

use crate::http::{get, json, send};
use crate::site::Site;

const PUMP: &str = "/Thingworx/Things/Pump";

async fn put(site: &Site, name: &str, body: &Json) -> crate::http::Answer {
    json(site.address, "PUT", &format!("{PUMP}/Properties/{name}"), body).await
}

async fn post(site: &Site, path: &str, body: &Json) -> crate::http::Answer {
    json(site.address, "POST", &format!("{PUMP}/{path}"), body).await
}

fn value(site: &Site, name: &str) -> Value {
    site.things.property("Pump", name).expect("no such property").value
}

#[tokio::test]
async fn a_property_is_read_as_one_row_with_its_column() {
    let site = Site::start().await;
    site.things.set_property("Pump", "Speed", 1.0);
    put(&site, "Speed", &json!({ "Speed": 12.5 })).await;
    let answer = get(site.address, &format!("{PUMP}/Properties/Speed")).await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["rows"], json!([{ "Speed": 12.5 }]));
    let definition = json!({
        "name": "Speed", "description": "", "baseType": "NUMBER", "aspects": {},
    });
    assert_eq!(json["dataShape"]["fieldDefinitions"]["Speed"], definition);
    assert_eq!(json["datashape"], json["dataShape"]);
    assert!(answer.body.starts_with("{\"rows\":"), "{}", answer.body);
    assert_eq!(answer.header("content-type").unwrap(), "application/json; charset=utf-8");
}

#[tokio::test]
async fn all_properties_are_read_as_one_row_with_a_column_each() {
    let site = Site::start().await;
    put(&site, "*", &json!({ "Speed": 12.5, "Label": "häuslich 渊" })).await;
    for path in ["Properties", "Properties/*"] {
        let answer = get(site.address, &format!("{PUMP}/{path}")).await;
        assert_eq!(answer.json()["rows"], json!([{ "Label": "häuslich 渊", "Speed": 12.5 }]));
    }
}

#[tokio::test]
async fn all_properties_are_read_by_the_service_for_it() {
    let things = MemoryThings::any().with_service("GetPropertyValues", |request| async move {
        assert_eq!(request.params, None);
        Response::of(Table::of([("Speed", 12.5.into()), ("On", true.into())]))
    });
    let site = Site::with(things, |config, options| (config, options)).await;
    let answer = post(&site, "Services/GetPropertyValues", &json!({})).await;
    assert_eq!(answer.json()["rows"], json!([{ "Speed": 12.5, "On": true }]));
}

#[tokio::test]
async fn a_property_is_written_under_its_name_and_as_value() {
    let site = Site::start().await;
    let answer = put(&site, "Speed", &json!({ "Speed": 12.5 })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(value(&site, "Speed"), 12.5.into());
    let answer = put(&site, "Speed", &json!({ "value": 13 })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(value(&site, "Speed"), 13.0.into());
}

#[tokio::test]
async fn many_properties_are_written_at_once() {
    let site = Site::start().await;
    let answer = put(&site, "*", &json!({ "A": 1, "B": "x", "C": true })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(value(&site, "A"), 1.0.into());
    assert_eq!(value(&site, "B"), "x".into());
    assert_eq!(value(&site, "C"), true.into());
}

#[tokio::test]
async fn a_table_is_written_with_its_types() {
    let site = Site::start().await;
    let shape = json!({ "fieldDefinitions": {
        "Count": { "name": "Count", "baseType": "LONG" },
        "At": { "name": "At", "baseType": "DATETIME" },
    } });
    let long = 9_007_199_254_740_993_i64;
    let row = json!([{ "Count": long, "At": "2026-05-01T12:00:00Z" }]);
    let answer = put(&site, "*", &json!({ "rows": row, "dataShape": shape })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(value(&site, "Count"), Value::Long(long));
    assert_eq!(value(&site, "At").as_datetime().unwrap().to_millis(), 1_777_636_800_000);
}

fn adder() -> MemoryThings {
    MemoryThings::any()
        .with_service("Add", |request| async move {
            let params = request.params.unwrap_or_default();
            let number = |name| params.value(name).and_then(Value::as_f64).unwrap_or(0.0);
            Response::result(number("a") + number("b"))
        })
        .with_service("Nothing", |_| async { Response::success() })
        .with_service("Table", |_| async {
            let mut table = Table::new([("n", alwayson::BaseType::INTEGER)]);
            table.push([1.into()]);
            table.push([2.into()]);
            Response::of(table)
        })
        .with_service("Bare", |_| async { Response::of(7) })
}

#[tokio::test]
async fn a_service_is_called_with_an_object_a_table_or_nothing() {
    let site = Site::with(adder(), |config, options| (config, options)).await;
    let answer = post(&site, "Services/Add", &json!({ "a": 1.5, "b": 2 })).await;
    assert_eq!((answer.status, answer.cell("result")), (200, json!(3.5)));
    let number = json!({ "baseType": "NUMBER" });
    let table = json!({
        "rows": [{ "a": 1, "b": 2 }],
        "datashape": { "fieldDefinitions": { "a": number, "b": number } },
    });
    assert_eq!(post(&site, "Services/Add", &table).await.cell("result"), json!(3.0));
    assert_eq!(post(&site, "Services/Add", &json!({})).await.cell("result"), json!(0.0));
    let path = format!("{PUMP}/Services/Add");
    let answer = send(site.address, "POST", &path, "Content-Type: application/json\r\n", "").await;
    assert_eq!(answer.cell("result"), json!(0.0));
    assert_eq!(send(site.address, "POST", &path, "", "").await.cell("result"), json!(0.0));
}

#[tokio::test]
async fn a_service_answers_with_a_table_a_value_or_an_empty_body() {
    let site = Site::with(adder(), |config, options| (config, options)).await;
    let answer = post(&site, "Services/Nothing", &json!({})).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let answer = post(&site, "Services/Table", &json!({})).await;
    assert_eq!(answer.json()["rows"], json!([{ "n": 1 }, { "n": 2 }]));
    assert_eq!(post(&site, "Services/Bare", &json!({})).await.cell("result"), json!(7));
}

#[tokio::test]
async fn an_event_is_fired_with_its_data() {
    let site = Site::start().await;
    let mut updates = site.things.updates();
    let answer = post(&site, "Events/Overheated", &json!({ "temperature": 99.5 })).await;
    assert_eq!(answer.status, 200);
    let Update::Event { thing, name, data } = updates.recv().await.unwrap() else {
        panic!("no event")
    };
    assert_eq!((thing.as_str(), name.as_str()), ("Pump", "Overheated"));
    assert_eq!(data.unwrap().value("temperature"), Some(&99.5.into()));
}

#[tokio::test]
async fn other_types_of_entities_are_asked_as_the_path_says() {
    let site = Site::start().await;
    let path = "/Thingworx/Resources/EntityServices/Services/GetClientApplicationKey";
    let answer = json(site.address, "POST", path, &json!({})).await;
    assert_eq!(answer.status, 404, "{answer:?}");
    assert!(!answer.reason().is_empty());
    let answer = get(site.address, "/Thingworx/Nothings/X/Properties/P").await;
    assert_eq!(answer.reason(), "there is no such entity type");
}

#[tokio::test]
async fn names_are_utf_8_percent_encoded_and_may_be_identifiers() {
    let things = MemoryThings::new().with_thing("Pümp 1/2").with_identified_thing("Lathe", "sn 17");
    let site = Site::with(things, |config, options| (config, options)).await;
    let path = "/Thingworx/Things/P%C3%BCmp%201%2F2/Properties/Sp%C3%A4ed";
    assert_eq!(json(site.address, "PUT", path, &json!({ "Späed": 1 })).await.status, 200);
    assert_eq!(site.things.property("Pümp 1/2", "Späed").unwrap().value, 1.0.into());
    let path = "/Thingworx/Things/*sn%2017/Properties/Speed";
    assert_eq!(json(site.address, "PUT", path, &json!({ "Speed": 2 })).await.status, 200);
    assert_eq!(site.things.property("Lathe", "Speed").unwrap().value, 2.0.into());
}

#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_is_refused() {
    let site = Site::start().await;
    let path = format!("{PUMP}/Properties/Speed");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        for body in ["{\"Speed\":1}", ""] {
            let lines = format!("Content-Type: {kind}\r\n");
            let answer = send(site.address, "PUT", &path, &lines, body).await;
            assert_eq!(answer.status, 415, "{kind}");
            assert_eq!(answer.reason(), "the Content-Type has to be application/json");
        }
    }
    assert_eq!(send(site.address, "PUT", &path, "", "{\"Speed\":1}").await.status, 415);
    let lines = "Content-Type: application/json; charset=utf-8\r\n";
    assert_eq!(send(site.address, "PUT", &path, lines, "{\"Speed\":1}").await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_line_and_column() {
    let site = Site::start().await;
    let lines = "Content-Type: application/json\r\n";
    let path = format!("{PUMP}/Properties/Speed");
    let answer = send(site.address, "PUT", &path, lines, "{\n \"Speed\": 1,\n}").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.reason(), "the body is not JSON: line 3, column 1: trailing comma");
    let answer = send(site.address, "PUT", &path, lines, "").await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "there is no body"));
    let answer = send(site.address, "PUT", &path, lines, "{\"Other\":1}").await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "the body has no value of Speed"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let site = Site::with(MemoryThings::new().with_thing("Pump"), |c, o| (c, o)).await;
    for path in ["Pump/Properties/Missing", "Missing/Properties/P"] {
        let answer = get(site.address, &format!("/Thingworx/Things/{path}")).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        assert!(!answer.reason().is_empty());
    }
    assert_eq!(post(&site, "Services/Missing", &json!({})).await.status, 404);
}

#[tokio::test]
async fn each_status_of_the_platform_goes_over_to_http() {
    let site = Site::start().await;
    let statuses = [
        (Status::BAD_REQUEST, 400),
        (Status::UNAUTHORIZED, 502),
        (Status::FORBIDDEN, 403),
        (Status::NOT_FOUND, 404),
        (Status::METHOD_NOT_ALLOWED, 405),
        (Status::NOT_ACCEPTABLE, 406),
        (Status::REQUEST_TIMEOUT, 408),
        (Status::CONFLICT, 409),
        (Status::INTERNAL_SERVER_ERROR, 500),
        (Status::BAD_GATEWAY, 502),
        (Status::SERVICE_UNAVAILABLE, 503),
        (Status::GATEWAY_TIMEOUT, 504),
        (Status::MULTIPLE_CHOICES, 502),
        (Status::BAD_OPTION, 502),
        // Our platform sends no 412, 413 and 415, because some edges cannot handle them.
        // The next status also means INVALID_SESSION, so the edge reconnects.
        (Status::NOT_IMPLEMENTED, 501),
    ];
    for (status, http) in statuses {
        site.things.before_request(move |_| Reaction::Refuse(status, "because"));
        let answer = get(site.address, &format!("{PUMP}/Properties/Speed")).await;
        assert_eq!(answer.status, http, "{status} {answer:?}");
        assert!(answer.reason().contains("because"), "{answer:?}");
    }
}

#[tokio::test]
async fn each_success_of_the_platform_goes_over_to_http() {
    for (status, http, body) in [
        (Status::SUCCESS, 200, "{}"),
        (Status::CREATED, 201, "{}"),
        (Status::ACCEPTED, 202, "{}"),
        (Status::NO_CONTENT, 204, ""),
    ] {
        let things = MemoryThings::any();
        let things = things.with_service("Do", move |_| async move { Response::new(status) });
        let site = Site::with(things, |config, options| (config, options)).await;
        let answer = post(&site, "Services/Do", &json!({})).await;
        assert_eq!((answer.status, answer.body.as_str()), (http, ""), "{status}");
        let answer = put(&site, "Speed", &json!({ "Speed": 1 })).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
        assert!(body.len() < 3);
    }
}

#[tokio::test]
async fn without_a_connection_the_answer_is_503_with_a_reason() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::to(nobody, |config, options| (config, options)).await.unwrap();
    let answer = get(site.address, &format!("{PUMP}/Properties/Speed")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.reason(), "there is no connection");
    assert_eq!(put(&site, "Speed", &json!({ "Speed": 1 })).await.status, 503);
}

#[tokio::test]
async fn no_answer_of_the_platform_is_504() {
    let site = Site::with(MemoryThings::any(), |mut config, options| {
        config.connection.msg_timeout = std::time::Duration::from_millis(100);
        (config, options)
    })
    .await;
    site.things.before_request(|_| Reaction::Never);
    let answer = get(site.address, &format!("{PUMP}/Properties/Speed")).await;
    assert_eq!((answer.status, answer.reason().as_str()), (504, "no answer in time"));
}

#[tokio::test]
async fn as_many_requests_as_are_set_wait_for_an_answer_and_one_more_is_503() {
    let site = Site::with(MemoryThings::any(), |mut config, options| {
        config.connection.max_messages = 2;
        config.connection.msg_timeout = std::time::Duration::from_secs(20);
        (config, options)
    })
    .await;
    let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
    site.things.before_request(move |_| {
        let _ = sender.send(());
        Reaction::Never
    });
    let address = site.address;
    let path = format!("{PUMP}/Properties/Speed");
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let path = path.clone();
        waiting.push(tokio::spawn(async move { get(address, &path).await }));
        asked.recv().await.unwrap();
    }
    let answer = get(address, &path).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    for waiting in waiting {
        waiting.abort();
    }
}

#[tokio::test]
async fn sixty_four_requests_at_a_time_are_answered() {
    let site = Site::start().await;
    site.things.set_property("Pump", "Speed", 7.0);
    put(&site, "Speed", &json!({ "Speed": 7 })).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let address = site.address;
        all.spawn(async move { get(address, &format!("{PUMP}/Properties/Speed")).await });
    }
    while let Some(answer) = all.join_next().await {
        assert_eq!(answer.unwrap().cell("Speed"), json!(7.0));
    }
}
