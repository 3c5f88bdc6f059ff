//! Which requests are allowed, over raw sockets: web pages, passwords, tokens, HTTPS.

use alwayson::platform::MemoryThings;
use alwayson::serde_json::{Value as Json, json};
use alwayson_gateway::StartError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{get, parse, raw, send};
use crate::site::{KEY, Site, with};

const SPEED: &str = "/Thingworx/Things/Pump/Properties/Speed";

#[tokio::test]
async fn another_address_than_loopback_needs_https_and_a_password() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    let open = |text: Json, anywhere: bool| {
        Site::to(nobody, move |config, options| {
            let mut config = with(config, &text);
            config.http.host = "0.0.0.0".into();
            (config, options.with_insecure_listen_anywhere(anywhere))
        })
    };
    let error = open(json!({}), false).await.err().unwrap();
    assert!(matches!(error, StartError::Listen(_)));
    assert!(error.to_string().contains("other machines can reach"), "{error}");
    let password = json!({ "http_server": { "authenticate": true, "user": "u", "password": "p" } });
    assert!(open(password, false).await.is_err());
    assert!(open(json!({}), true).await.is_ok());
    let directory = tempfile::tempdir().unwrap();
    let (file, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let https = json!({ "ssl": true, "certificate": file, "private_key": key });
    assert!(open(json!({ "http_server": https }), false).await.is_err());
    let mut both = https;
    for (name, value) in
        [("authenticate", json!(true)), ("user", "u".into()), ("password", "p".into())]
    {
        both[name] = value;
    }
    assert!(open(json!({ "http_server": both }), false).await.is_ok());
}

#[tokio::test]
async fn an_origin_is_refused_for_reads_too() {
    let site = Site::start().await;
    for origin in ["https://evil.example", "null", "http://localhost:8000"] {
        let lines = format!("Origin: {origin}\r\n");
        let answer = send(site.address, "GET", SPEED, &lines, "").await;
        assert_eq!(answer.status, 403, "{origin}");
        let lines = format!("Origin: {origin}\r\nContent-Type: application/json\r\n");
        assert_eq!(send(site.address, "PUT", SPEED, &lines, "{\"Speed\":1}").await.status, 403);
    }
    assert_eq!(site.things.property("Pump", "Speed"), None);
}

#[tokio::test]
async fn a_host_that_is_not_the_gateway_is_refused_for_reads_too() {
    let site = Site::start().await;
    let ask = |host: &'static str| async move {
        let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        parse(&raw(site.address, head.as_bytes()).await).status
    };
    assert_eq!(ask("rebound.example").await, 403);
    assert_eq!(ask("rebound.example:8000").await, 403);
    assert_eq!(ask("localhost:8000").await, 200);
    assert_eq!(ask("127.0.0.1").await, 200);
    let absolute =
        "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(parse(&raw(site.address, absolute.as_bytes()).await).status, 403);
    let none = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(parse(&raw(site.address, none.as_bytes()).await).status, 400);
}

#[tokio::test]
async fn a_form_of_a_web_page_is_refused() {
    let site = Site::start().await;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let lines = format!("Content-Type: {kind}\r\n");
        let answer = send(site.address, "PUT", SPEED, &lines, "{\"Speed\":1}").await;
        assert_eq!(answer.status, 415);
    }
    assert_eq!(site.things.property("Pump", "Speed"), None);
}

fn protected(tokens: bool) -> Json {
    json!({ "http_server": {
        "authenticate": true, "user": "app", "password": "s3cr3t-p4ss", "enable_csrf_tokens": tokens,
    } })
}

/// The credentials `app:s3cr3t-p4ss`.
const BASIC: &str = "Authorization: Basic YXBwOnMzY3IzdC1wNHNz\r\n";

#[tokio::test]
async fn with_a_password_nothing_is_told_without_it() {
    let things = MemoryThings::any();
    let set = |config, options| (with(config, &protected(false)), options);
    let site = Site::with(things, set).await;
    for path in ["/", "/status.json", "/metrics", SPEED] {
        let answer = get(site.address, path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(
            answer.header("www-authenticate").unwrap(),
            "basic realm=\"alwayson\", charset=\"utf-8\""
        );
        let wrong = "Authorization: Basic YXBwOndyb25n\r\n";
        assert_eq!(send(site.address, "GET", path, wrong, "").await.status, 401);
    }
    assert_eq!(send(site.address, "GET", "/", BASIC, "").await.status, 200);
}

#[tokio::test]
async fn a_changing_request_needs_a_token_of_an_answer_before_it() {
    let set = |config, options| (with(config, &protected(true)), options);
    let site = Site::with(MemoryThings::any(), set).await;
    let put = |token: Option<String>| {
        let token = token.map(|token| format!("x-csrf-token: {token}\r\n")).unwrap_or_default();
        let lines = format!("{BASIC}Content-Type: application/json\r\n{token}");
        async move { send(site.address, "PUT", SPEED, &lines, "{\"Speed\":1}").await }
    };
    // A token is case-sensitive, and `Answer` has the head in lower case.
    let token = |answer: &[u8]| {
        let text = String::from_utf8_lossy(answer).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("x-csrf-token: "));
        line.expect(&text).to_owned()
    };
    let ask = format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{BASIC}\r\n");
    assert_eq!(put(None).await.status, 401);
    assert_eq!(put(Some("wrong".into())).await.status, 401);
    let first = token(&raw(site.address, ask.as_bytes()).await);
    assert_eq!(put(Some(first.clone())).await.status, 200);
    assert_eq!(put(Some(first)).await.status, 401);
    // Without the password there is no token.
    let answer = get(site.address, "/").await;
    assert_eq!(answer.header("x-csrf-token"), None);
}

#[tokio::test]
async fn of_each_application_the_last_token_counts_and_others_do_not_disturb_it() {
    let set = |config, options| (with(config, &protected(true)), options);
    let site = Site::with(MemoryThings::any(), set).await;
    let address = site.address;
    // Returns the status and the token of the answer. A token is case-sensitive.
    let ask = |method: &'static str, token: Option<String>| async move {
        let token = token.map(|token| format!("x-csrf-token: {token}\r\n")).unwrap_or_default();
        let body = if method == "GET" { "" } else { "{\"Speed\":1}" };
        let request = format!(
            "{method} {SPEED} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{BASIC}\
             Content-Type: application/json\r\nContent-Length: {}\r\n{token}\r\n{body}",
            body.len()
        );
        let answer = raw(address, request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("x-csrf-token: "));
        (parse(&answer).status, line.expect(&text).to_owned())
    };
    site.things.set_property("Pump", "Speed", 0.0);
    // An answer 401 has a token for the next attempt.
    let (status, mut one) = ask("PUT", None).await;
    assert_eq!(status, 401);
    let (_, mut other) = ask("GET", None).await;
    for _ in 0..5 {
        for token in [&mut one, &mut other] {
            for method in ["PUT", "GET", "PUT"] {
                let (status, next) = ask(method, Some(token.clone())).await;
                assert_eq!(status, 200);
                assert_eq!(ask("PUT", Some(token.clone())).await.0, 401, "it is not the last one");
                *token = next;
            }
        }
    }
}

#[tokio::test]
async fn secrets_are_in_no_answer_event_or_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let set = |config, options: alwayson_gateway::Options| {
        (with(config, &protected(false)), options.with_state_file(&file).with_trace(true))
    };
    let site = Site::with(MemoryThings::any(), set).await;
    let lines = format!("{BASIC}Content-Type: application/json\r\n");
    let params = json!({ "name": "Pump", "user": "u", "password": "th1ng-p4ss", "port": 1 });
    let add = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
    let ask = |path: &'static str, body: String| {
        let lines = lines.clone();
        async move { send(site.address, "POST", path, &lines, &body).await }
    };
    assert_eq!(ask(add, params.to_string()).await.status, 200);
    let things = ask("/Thingworx/Things/LocalEms/Services/GetEdgeThings", String::new()).await;
    let config = ask("/Thingworx/Things/LocalEms/Services/GetConfiguration", String::new()).await;
    let mut all = format!("{}{}", things.body, config.body);
    for path in ["/", "/status.json", "/metrics"] {
        all.push_str(&send(site.address, "GET", path, BASIC, "").await.body);
    }
    assert!(all.contains("Pump"));
    for secret in [KEY, "s3cr3t-p4ss", "th1ng-p4ss"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn https_serves_with_a_certificate_and_plain_http_is_not_answered() {
    let directory = tempfile::tempdir().unwrap();
    let certificate = directory.path().join("cert.pem");
    let key = directory.path().join("key.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let file = certificate.clone();
    let key_file = key.clone();
    let site = Site::with(MemoryThings::any(), move |mut config, options| {
        config.http.ssl = true;
        config.http.certificate = Some(file);
        config.http.private_key = Some(key_file);
        (config, options)
    })
    .await;
    let tls = alwayson::transport::ClientTls::new().ca_file(&certificate).load().unwrap();
    let socket = TcpStream::connect(site.address).await.unwrap();
    let mut io = tls.connect_to("localhost", socket).await.unwrap();
    io.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    io.read_to_end(&mut answer).await.unwrap();
    assert_eq!(parse(&answer).status, 200);
    let plain = raw(site.address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(!plain.starts_with(b"HTTP/"));
}

#[tokio::test]
async fn https_without_a_certificate_and_a_password_without_a_user_are_errors() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    let start = |text| async move {
        let site = Site::to(nobody, |config, options| (with(config, &text), options)).await;
        site.err().unwrap().to_string()
    };
    let error = start(json!({ "http_server": { "ssl": true } })).await;
    assert!(error.contains("requires http_server.certificate"), "{error}");
    let error = start(json!({ "http_server": { "authenticate": true } })).await;
    assert!(error.contains("requires http_server.user"), "{error}");
}

#[tokio::test]
async fn localhost_is_both_addresses_of_this_machine() {
    let site = Site::with(MemoryThings::any(), |mut config, options| {
        config.http.host = "localhost".into();
        (config, options)
    })
    .await;
    let addresses = site.gateway.addresses();
    assert_eq!(addresses[0].ip().to_string(), "127.0.0.1");
    for address in addresses {
        assert_eq!(address.port(), addresses[0].port());
        assert_eq!(get(*address, "/").await.status, 200);
    }
}
