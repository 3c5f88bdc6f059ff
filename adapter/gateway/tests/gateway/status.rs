//! The status: as a page, as JSON, as metrics.

use alwayson::message::Request;
use alwayson::serde_json::json;

use crate::application::{Application, Reply};
use crate::http::{get, json};
use crate::site::Site;

#[tokio::test]
async fn the_page_and_the_data_say_what_the_gateway_does() {
    let site = Site::start().await;
    let empty = get(site.address, "/").await.body;
    assert!(empty.contains("No application has registered a Thing yet."), "{empty}");
    let application = Application::start(|_| Reply::text(500, "<b>no & sensor</b>")).await;
    site.register("Pump <1>", &application).await;
    site.told("Pump <1>: bound").await;
    site.call(Request::read_property("Pump <1>", "Speed")).await;
    let path = "/Thingworx/Things/Pump%20%3C1%3E/Properties/Speed";
    json(site.address, "PUT", path, &json!({ "Speed": 1 })).await;
    let answer = get(site.address, "/status.json").await;
    let status = answer.json();
    assert_eq!(status["connection"]["isConnected"], true);
    assert_eq!(status["connection"]["state"], "connected");
    assert!(status["connection"]["session"].is_u64());
    assert!(status["connection"]["since"].is_string());
    let thing = &status["things"][0];
    assert_eq!(thing["name"], "Pump <1>");
    assert_eq!(thing["isBound"], true);
    assert_eq!(thing["application"], format!("http://{}/", application.address));
    assert!(thing["lastRequest"].is_string() && thing["lastPush"].is_string(), "{thing}");
    assert!(status["requestsInLastMinute"].as_u64().unwrap() >= 3, "{status}");
    let error = status["errors"][0]["text"].as_str().unwrap();
    assert!(error.contains("no & sensor"), "{error}");

    let page = get(site.address, "/").await;
    assert_eq!(page.header("content-type").unwrap(), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let body = page.body;
    for part in [
        "<html lang=\"en\">",
        "name=\"viewport\"",
        "<th scope=\"row\">Pump &lt;1&gt;</th>",
        "1 bound of 1",
        "&lt;b&gt;no &amp; sensor&lt;/b&gt;",
        "connected, session",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!body.contains("<script") && !body.contains("<b>"));
}

#[tokio::test]
async fn metrics_are_lines_that_prometheus_reads() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::status(404)).await;
    site.register("Pump", &application).await;
    site.told("Pump: bound").await;
    let answer = get(site.address, "/metrics").await;
    assert_eq!(answer.header("content-type").unwrap(), "text/plain; version=0.0.4; charset=utf-8");
    let mut families = std::collections::HashMap::new();
    for line in answer.body.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            families.insert(name.to_owned(), kind.to_owned());
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let name = name.split('{').next().unwrap();
            assert!(families.contains_key(name), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let is_counter = families[name] == "counter";
            assert_eq!(is_counter, name.ends_with("_total"), "{line}");
        }
    }
    for line in [
        "alwayson_gateway_connected 1",
        "alwayson_gateway_things{bound=\"true\"} 1",
        "alwayson_gateway_requests_total{status=\"2xx\"} 1",
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line}: {}", answer.body);
    }
}

#[tokio::test]
async fn without_a_connection_the_page_says_so_and_why() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::to(nobody, |config, options| (config, options)).await.unwrap();
    site.told("not connected").await;
    let body = get(site.address, "/").await.body;
    assert!(body.contains("<title>Not connected"), "{body}");
    assert!(body.contains("refused"), "{body}");
    let status = get(site.address, "/status.json").await.json();
    assert_eq!(status["connection"]["isConnected"], false);
    let metrics = get(site.address, "/metrics").await.body;
    assert!(metrics.contains("alwayson_gateway_connected 0"), "{metrics}");
}
