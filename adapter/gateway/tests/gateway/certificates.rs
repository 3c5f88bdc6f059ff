//! How certificates of the platform and of applications are checked.

use std::path::PathBuf;

use alwayson::message::Request;
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::serde_json::json;
use alwayson::transport::ServerTls;
use alwayson::value::Table;
use alwayson_gateway::config::Certificates;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::site::Site;

/// Returns a self-signed certificate for this name, and its key.
fn certificate(directory: &tempfile::TempDir, name: &str) -> (PathBuf, PathBuf) {
    let file = |kind: &str| directory.path().join(format!("{name}.{kind}"));
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(file("pem"), made.cert.pem()).unwrap();
    std::fs::write(file("key"), made.signing_key.serialize_pem()).unwrap();
    (file("pem"), file("key"))
}

/// Returns whether a gateway connects to a platform that has the certificate of another host.
async fn connects(set: impl FnOnce(&mut Certificates, [PathBuf; 2])) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let (file, key) = certificate(&directory, "other.example");
    let (another, _) = certificate(&directory, "another.example");
    let tls = ServerTls::from_files(&file, &key).unwrap();
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any()).tls(tls);
    let platform = platform.listen("127.0.0.1:0").await.unwrap();
    let site = Site::to(platform.local_addr(), |mut config, options| {
        config.connection.is_encrypted = true;
        set(&mut config.certificates, [another, file]);
        (config, options)
    })
    .await
    .unwrap();
    let told = site.until(|event| {
        let text = event.to_string();
        text.contains("connected, session") || text.contains("not connected")
    });
    told.await.to_string().contains("connected, session")
}

#[tokio::test]
async fn the_certificate_of_another_host_is_taken_where_that_is_asked_for_alone() {
    assert!(!connects(|of, [_, file]| of.cert_chain = vec![file]).await);
    assert!(
        connects(|of, files| {
            of.cert_chain = files.into();
            of.disable_hostname_validation = true;
        })
        .await
    );
    // Without this setting, the certificate has to be trusted.
    assert!(
        !connects(|of, [another, _]| {
            of.cert_chain = vec![another];
            of.disable_hostname_validation = true;
        })
        .await
    );
}

#[tokio::test]
async fn any_certificate_is_taken_without_validation() {
    assert!(connects(|of, _| of.validate = false).await);
    assert!(connects(|of, _| of.allow_self_signed = true).await);
    assert!(!connects(|of, [another, _]| of.cert_chain = vec![another]).await);
}

#[tokio::test]
async fn an_application_may_speak_https_with_a_certificate_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let (file, key) = certificate(&directory, "application");
    let tls = ServerTls::from_files(&file, &key).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut io) = tls.accept_from(socket).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && io.read_buf(&mut head).await.unwrap_or(0) > 0 {}
            let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"Speed\": 7.5}";
            let _ = io.write_all(answer).await;
            let _ = io.shutdown().await;
        }
    });
    let site = Site::start().await;
    let params = json!({ "name": "Pump", "port": port, "proto": "https", "keepalive": 0 });
    assert_eq!(site.ems("AddEdgeThing", &params).await.status, 200);
    site.bound("Pump").await;
    let response = site.call(Request::read_property("Pump", "Speed")).await;
    assert_eq!(response.table(), Some(&Table::of([("Speed", 7.5.into())])));
}
