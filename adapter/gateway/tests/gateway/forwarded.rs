//! Requests of the platform that are forwarded to applications, and the responses for their
//! answers.

use alwayson::message::{Request, Response};
use alwayson::platform::MemoryThings;
use alwayson::serde_json::{Value as Json, json};
use alwayson::value::{Table, Value, ValueExt as _};
use alwayson::{BaseType, DateTime, Location, Status};

use crate::application::{Application, Reply, is_after_bind};
use crate::site::Site;

/// Starts a site whose application answers each request like this.
pub(crate) async fn answering(reply: Reply) -> (Site, Application) {
    let site = Site::start().await;
    let application =
        Application::start(
            move |request| {
                if is_after_bind(request) { Reply::status(404) } else { reply.clone() }
            },
        )
        .await;
    site.register("Pump", &application).await;
    (site, application)
}

async fn read(site: &Site) -> Response {
    site.call(Request::read_property("Pump", "Speed")).await
}

pub(crate) async fn service(site: &Site) -> Response {
    site.call(Request::invoke_service("Pump", "Do", None)).await
}

async fn write(site: &Site) -> Response {
    site.call(Request::write_property("Pump", "Speed", 12.5)).await
}

#[tokio::test]
async fn a_read_a_write_and_a_call_are_the_requests_that_an_ems_sends() {
    let (site, mut application) = answering(Reply::status(200)).await;
    read(&site).await;
    let request = application.next().await;
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("GET", "//Things/Pump/Properties/Speed")
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("host"), Some(application.address.to_string().as_str()));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "");
    site.call(Request::read_property("Pump", "*")).await;
    assert_eq!(application.next().await.path, "//Things/Pump/Properties/*");

    write(&site).await;
    let request = application.next().await;
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("PUT", "//Things/Pump/Properties/Speed")
    );
    let expected = "{\"rows\":[{\"Speed\":12.5}],\"datashape\":{\"fieldDefinitions\":{\"Speed\":\
                    {\"name\":\"Speed\",\"description\":\"\",\"baseType\":\"NUMBER\",\
                    \"aspects\":{}}}}}";
    assert_eq!(request.body, expected);
    assert_eq!(request.header("content-length"), Some(expected.len().to_string().as_str()));

    service(&site).await;
    let request = application.next().await;
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "//Things/Pump/Services/Do")
    );
    assert_eq!(request.body, "");
    assert_eq!(request.header("content-length"), Some("0"));

    let params = Table::of([("a", 1.into()), ("b", "x".into())]);
    site.call(Request::invoke_service("Pump", "Do", Some(params))).await;
    let json = application.next().await.json();
    assert_eq!(json["rows"], json!([{ "a": 1, "b": "x" }]));
    assert_eq!(json["datashape"]["fieldDefinitions"]["a"]["baseType"], "INTEGER");
}

#[tokio::test]
async fn what_a_platform_asks_after_a_bind_goes_to_the_application_too() {
    let site = Site::start().await;
    let definition = json!({ "name": "Pump", "propertyDefinitions": { "Speed": {
        "name": "Speed", "baseType": "NUMBER", "description": "", "aspects": {} } } });
    let body = definition.clone();
    let mut application = Application::start(move |request| match request.line().as_str() {
        "POST Services/GetMetadata" => Reply::json(&body),
        _ => Reply::status(200),
    })
    .await;
    site.register("Pump", &application).await;
    let request = application.any().await;
    assert_eq!((request.line().as_str(), request.body.as_str()), ("POST Services/GetMetadata", ""));
    let get = Request::invoke_service("Pump", "GetMetadata", None);
    let response = site.call(get).await;
    assert_eq!(response.value().unwrap().as_json(), Some(definition));
    site.call(Request::invoke_service("Pump", "NotifyPropertyUpdate", None)).await;
    site.call(Request::invoke_service("Pump", "SynchronizeModelState", None)).await;
    loop {
        if application.any().await.line() == "POST Services/SynchronizeModelState" {
            break;
        }
    }
}

#[tokio::test]
async fn an_application_that_has_no_metadata_is_a_thing_without_properties() {
    let (site, _application) = answering(Reply::status(404)).await;
    let response = site.call(Request::invoke_service("Pump", "GetMetadata", None)).await;
    let json = response.value().and_then(Value::as_json).unwrap();
    assert_eq!(json["name"], "Pump");
    assert_eq!(json["propertyDefinitions"], json!({}));
    let response = site.call(Request::invoke_service("Pump", "SynchronizeModelState", None)).await;
    assert_eq!(response.status, Status::SUCCESS);
    assert_eq!(response.table().map(Table::len), Some(0));
    let response = site.call(Request::invoke_service("Pump", "NotifyPropertyUpdate", None)).await;
    assert_eq!(response.status, Status::NOT_FOUND);
}

#[tokio::test]
async fn paths_users_and_names_are_as_they_were_registered() {
    let site = Site::with(
        MemoryThings::new().with_identified_thing("Lathe", "sn 1/ü?"),
        |config, options| (config, options),
    )
    .await;
    let mut application = Application::start(|_| Reply::status(200)).await;
    let more = json!({ "path": "/app", "user": "u", "password": "p" });
    let params = json!({
        "name": "*sn 1/ü?", "host": "127.0.0.1", "port": application.address.port(),
        "path": more["path"], "user": "u", "password": "p", "keepalive": 0,
    });
    site.ems("AddEdgeThing", &params).await;
    site.bound("Lathe").await;
    site.call(Request::read_property("Lathe", "Späed")).await;
    let request = application.next().await;
    assert_eq!(request.path, "/app/Things/*sn%201%2F%C3%BC%3F/Properties/Sp%C3%A4ed");
    assert_eq!(request.header("authorization"), Some("Basic dTpw"));
}

#[tokio::test]
async fn parameters_that_come_as_content_are_given_as_columns() {
    let (site, mut application) = answering(Reply::status(200)).await;
    let content = |json: Json| Some(Table::of([("_content_", Value::json(&json))]));
    let params = content(json!({ "a": 1, "b": "x" }));
    site.call(Request::invoke_service("Pump", "Do", params)).await;
    assert_eq!(application.next().await.json()["rows"], json!([{ "a": 1.0, "b": "x" }]));
    let write = Request {
        params: content(json!({ "Speed": 3 })),
        ..Request::write_property("Pump", "Speed", 0)
    };
    site.call(write).await;
    assert_eq!(application.next().await.json()["rows"], json!([{ "Speed": 3.0 }]));
}

#[tokio::test]
async fn a_write_without_a_value_is_a_bad_request() {
    let (site, _application) = answering(Reply::status(200)).await;
    let write = Request { params: None, ..Request::write_property("Pump", "Speed", 0) };
    let response = site.call(write).await;
    assert_eq!(response.status, Status::BAD_REQUEST);
    assert_eq!(response.reason.as_deref(), Some("no value of Speed"));
}

#[tokio::test]
async fn values_of_every_type_reach_the_application_and_come_back_whole() {
    let site = Site::start().await;
    let application = Application::start(|request| match request.method.as_str() {
        "POST" if !is_after_bind(request) => Reply::text(200, &request.body),
        _ => Reply::status(404),
    })
    .await;
    site.register("Pump", &application).await;
    let location = Location { longitude: 8.5, latitude: 50.25, elevation: 112.0 };
    let table = Table::of([
        ("long", Value::Long(i64::MAX)),
        ("integer", Value::Integer(-7)),
        ("number", Value::Number(0.1)),
        ("boolean", true.into()),
        ("text", "häuslich 渊 \"\\".into()),
        ("time", DateTime::from_millis(1_700_000_000_123).into()),
        ("location", location.into()),
        ("schedule", Value::Text(BaseType::SCHEDULE, "0 0 * * ?".to_owned())),
        ("blob", Value::blob([0, 1, 254, 255])),
        ("variant", Value::Variant(Box::new(Value::Long(1 << 60)))),
        ("json", Value::json(&json!({ "a": [1, null] }))),
        ("table", Table::of([("x", 1.into())]).into()),
    ]);
    let response = site.call(Request::invoke_service("Pump", "Echo", Some(table.clone()))).await;
    assert_eq!(response.table(), Some(&table));
}

#[tokio::test]
async fn a_table_is_a_success_as_it_is_by_both_spellings_of_its_shape() {
    for key in ["dataShape", "datashape"] {
        let definition =
            json!({ "Speed": { "name": "Speed", "baseType": "INTEGER", "ordinal": 3 } });
        let table = json!({ "rows": [{ "SPEED": 7 }], key: { "fieldDefinitions": definition } });
        let (site, _application) = answering(Reply::json(&table)).await;
        let response = read(&site).await;
        assert_eq!(response.status, Status::SUCCESS);
        assert_eq!(response.table(), Some(&Table::of([("Speed", Value::Integer(7))])));
    }
}

#[tokio::test]
async fn other_json_is_the_result_of_a_service_as_text() {
    for body in ["{\"a\": 1.50}", "7", "\"x\"", "[1, 2]", "true"] {
        let (site, _application) = answering(Reply::text(200, body)).await;
        let result = Value::Text(BaseType::JSON, body.to_owned());
        let expected = Table::of([("result", result)]);
        assert_eq!(service(&site).await.table(), Some(&expected), "{body}");
    }
}

#[tokio::test]
async fn an_object_with_the_property_is_its_column() {
    let (site, _application) = answering(Reply::text(200, "{\"Speed\": 12.5}")).await;
    assert_eq!(read(&site).await.table(), Some(&Table::of([("Speed", 12.5.into())])));
    let all = site.call(Request::read_property("Pump", "*")).await;
    assert_eq!(all.table(), Some(&Table::of([("Speed", 12.5.into())])));
}

#[tokio::test]
async fn an_empty_body_is_a_success_without_content() {
    let (site, _application) = answering(Reply::status(200)).await;
    for response in [read(&site).await, write(&site).await, service(&site).await] {
        assert_eq!(response, Response::success());
    }
}

#[tokio::test]
async fn the_body_of_a_written_property_is_not_looked_at() {
    let (site, _application) = answering(Reply::text(200, "{broken")).await;
    assert_eq!(write(&site).await, Response::success());
}

#[tokio::test]
async fn broken_json_is_an_internal_error_with_line_and_column() {
    let (site, _application) = answering(Reply::text(200, "{\n\"a\": }")).await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::INTERNAL_SERVER_ERROR);
    let reason = "the application's answer is not JSON: line 2, column 6: expected value";
    assert_eq!(response.reason.as_deref(), Some(reason));
    let table = json!({ "rows": [{ "a": "x" }], "dataShape": { "fieldDefinitions": {
        "a": { "baseType": "NUMBER" } } } });
    let (site, _application) = answering(Reply::json(&table)).await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::INTERNAL_SERVER_ERROR);
    let reason = "the application's answer: at /rows/0/a: expected NUMBER, found a string";
    assert_eq!(response.reason.as_deref(), Some(reason));
}

#[tokio::test]
async fn json_is_read_whatever_its_content_type_says() {
    for head in ["", "Content-Type: text/plain\r\n", "Content-Type: application/json;charset=x\r\n"]
    {
        let table = json!({ "rows": [{ "a": 1 }], "dataShape": { "fieldDefinitions": {} } });
        let (site, _application) =
            answering(Reply::Http(200, head.to_owned(), table.to_string())).await;
        assert_eq!(service(&site).await.table(), Some(&Table::of([("a", 1.0.into())])), "{head}");
    }
}

#[tokio::test]
async fn each_http_status_tells_the_platform_what_it_says() {
    for (http, status) in [
        (200, Status::SUCCESS),
        (201, Status::SUCCESS),
        (202, Status::SUCCESS),
        (204, Status::SUCCESS),
        (301, Status::BAD_GATEWAY),
        (302, Status::BAD_GATEWAY),
        (304, Status::BAD_GATEWAY),
        (307, Status::BAD_GATEWAY),
        (400, Status::BAD_REQUEST),
        (401, Status::UNAUTHORIZED),
        (403, Status::FORBIDDEN),
        (404, Status::NOT_FOUND),
        (405, Status::METHOD_NOT_ALLOWED),
        (406, Status::NOT_ACCEPTABLE),
        (408, Status::REQUEST_TIMEOUT),
        (409, Status::CONFLICT),
        (410, Status::BAD_REQUEST),
        (412, Status::PRECONDITION_FAILED),
        (413, Status::ENTITY_TOO_LARGE),
        (415, Status::UNSUPPORTED_CONTENT_FORMAT),
        (418, Status::BAD_REQUEST),
        (429, Status::BAD_REQUEST),
        (500, Status::INTERNAL_SERVER_ERROR),
        (501, Status::NOT_IMPLEMENTED),
        (502, Status::BAD_GATEWAY),
        (503, Status::SERVICE_UNAVAILABLE),
        (504, Status::GATEWAY_TIMEOUT),
        (599, Status::INTERNAL_SERVER_ERROR),
    ] {
        let bytes = format!("HTTP/1.1 {http} X\r\nConnection: close\r\n\r\n").into_bytes();
        let (site, _application) = answering(Reply::Bytes(bytes)).await;
        assert_eq!(service(&site).await.status, status, "{http}");
    }
}

#[tokio::test]
async fn a_redirection_is_not_followed_and_its_location_told() {
    let head = "Location: http://127.0.0.1:1/elsewhere\r\n".to_owned();
    let (site, mut application) = answering(Reply::Http(302, head, String::new())).await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::BAD_GATEWAY);
    let reason = "the application answered 302 Found to http://127.0.0.1:1/elsewhere: not followed";
    assert_eq!(response.reason.as_deref(), Some(reason));
    application.next().await;
}

#[tokio::test]
async fn the_text_of_an_error_is_content_and_shortened_the_reason() {
    let text = format!("{}\n{}", "no such pump", "x".repeat(300));
    let (site, _application) = answering(Reply::text(404, &text)).await;
    for response in [read(&site).await, write(&site).await, service(&site).await] {
        assert_eq!(response.status, Status::NOT_FOUND);
        let expected = Table::of([("error", Value::from(text.as_str()))]);
        assert_eq!(response.table(), Some(&expected));
        let reason = response.reason.unwrap();
        assert!(reason.starts_with("no such pump xxx"), "{reason}");
        assert_eq!(reason.chars().count(), 201);
    }
}
