//! The project's own edge and platform through a tap: plain, with TLS, and compressed.

use std::future::poll_fn;
use std::path::Path;

use alwayson::transport::{
    AcceptOptions, AnyTransport, ConnectOptions, Incoming, Outgoing, Transport, accept, connect,
};
use alwayson_conformance::hex;
use tokio::net::TcpListener;

use super::support::{end, tap, text_of};
use crate::peer::KEY;
use crate::process::{PATIENCE, Process, alwayson};

/// Lets an edge with this key live through a tap, and ends all three.
fn live(tap: &mut Process, platform: &mut Process, url: &str, more: &[&str]) -> i32 {
    let args = ["edge", "--url", url, "--thing", "Pump", "--property", "Pressure=2.5"];
    let mut edge = Process::start(
        alwayson().args(args).args(["--app-key-env", "KEY"]).args(more).env("KEY", KEY),
    );
    platform.find_text("described");
    platform.say("read Pump Pressure");
    platform.find_text("2.5");
    edge.signal("INT");
    assert_eq!(edge.end().code(), Some(0), "{}", edge.errors);
    tap.find_text("close 1000");
    tap.find_text("closed:");
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0));
    end(tap).unwrap()
}

fn assert_no_key(text: &str) {
    for part in ["12345678-1234", "123456789abc"] {
        assert!(!text.contains(part), "{text}");
    }
}

fn in_folder(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_edge_and_the_platform_break_no_rule_and_no_key_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let record = in_folder(folder.path(), "plant.json");
    let pcap = in_folder(folder.path(), "plant.pcapng");
    let (mut platform, address) = Process::platform(&[]);
    let args = ["--check", "--strict", "--record", &record, "--pcap", &pcap, "--log", "trace"];
    let (mut tap, tapped) = tap(&format!("ws://{address}"), &args);
    assert_eq!(live(&mut tap, &mut platform, &format!("ws://{tapped}"), &[]), 0);
    for text in ["AUTH request=1 {appKey=***}", "[Pump]", "Properties/Pressure", "UNBIND"] {
        assert!(tap.output.contains(text), "{text}: {}", tap.output);
    }
    assert_no_key(&tap.output);
    assert_no_key(&tap.errors);
    assert!(tap.errors.contains("listening"), "nothing was logged: {}", tap.errors);
    assert_no_key(&text_of(record.as_ref()));
    let mut decode = Process::start(alwayson().args(["decode", &record]));
    assert_eq!(decode.end().code(), Some(0), "{}", decode.output);
    assert!(decode.output.contains("AUTH request=1 {appKey=***}"), "{}", decode.output);
    assert!(decode.output.contains("close 1000"), "{}", decode.output);
}

#[test]
fn with_secrets_the_key_is_in_the_files_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let record = in_folder(folder.path(), "plant.json");
    let (mut platform, address) = Process::platform(&[]);
    let (mut tap, tapped) = tap(&format!("ws://{address}"), &["--secrets", "--record", &record]);
    assert_eq!(live(&mut tap, &mut platform, &format!("ws://{tapped}"), &[]), 0);
    assert!(text_of(record.as_ref()).contains(&hex::encode(KEY.as_bytes())));
    assert_no_key(&tap.output);
    assert_no_key(&tap.errors);
}

#[test]
fn tls_ends_at_the_tap_on_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = in_folder(folder.path(), "cert.pem");
    let key = in_folder(folder.path(), "key.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let of_tls = ["--tls-cert", &certificate, "--tls-key", &key];
    let (mut platform, address) = Process::platform(&of_tls);
    let port = |address: &str| address.rsplit(':').next().unwrap().to_owned();
    let to = format!("wss://localhost:{}", port(&address));
    let args = [&of_tls[..], &["--ca", &certificate, "--check"]].concat();
    let (mut tap, tapped) = tap(&to, &args);
    let url = format!("wss://localhost:{}", port(&tapped));
    assert_eq!(live(&mut tap, &mut platform, &url, &["--ca", &certificate]), 0);
    assert!(tap.output.contains("AUTH request=1 {appKey=***}"), "{}", tap.output);
    assert_no_key(&tap.output);
}

#[test]
fn connections_at_the_same_time_have_numbers_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let record = in_folder(folder.path(), "plant.json");
    let (mut platform, address) = Process::platform(&[]);
    let (mut tap, tapped) = tap(&format!("ws://{address}"), &["--record", &record]);
    let url = format!("ws://{tapped}");
    let edge =
        |thing: &str| Process::start(alwayson().args(["edge", "--url", &url, "--thing", thing]));
    let mut first = edge("First");
    platform.find_text("First");
    let mut second = edge("Second");
    tap.find(|line| line.contains("#2 ") && line.contains("[Second]"));
    for edge in [&mut first, &mut second] {
        edge.signal("INT");
        assert_eq!(edge.end().code(), Some(0));
    }
    tap.find_text("closed:");
    tap.find_text("closed:");
    assert_eq!(end(&mut tap), Some(0));
    let names = [(record, "First"), (in_folder(folder.path(), "plant-2.json"), "Second")];
    for (file, thing) in names {
        let mut decode = Process::start(alwayson().args(["decode", &file]));
        assert_eq!(decode.end().code(), Some(0), "{}", decode.output);
        assert!(decode.output.contains(&format!("[{thing}]")), "{}", decode.output);
    }
}

async fn send(transport: &mut AnyTransport, message: &[u8]) {
    poll_fn(|context| transport.poll_ready(context)).await.unwrap();
    transport.start_send(Outgoing::Message(message.to_vec().into())).unwrap();
    poll_fn(|context| transport.poll_flush(context)).await.unwrap();
}

async fn receive(transport: &mut AnyTransport) -> Incoming {
    let received = poll_fn(|context| transport.poll_receive(context));
    tokio::time::timeout(PATIENCE, received).await.expect("nothing came")
}

#[tokio::test(flavor = "multi_thread")]
async fn compression_passes_and_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let record = in_folder(folder.path(), "plant.json");
    let pcap = in_folder(folder.path(), "plant.pcapng");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("ws://{}", listener.local_addr().unwrap());
    let (mut tap, tapped) = tap(&to, &["--record", &record, "--pcap", &pcap, "--check"]);
    let options = ConnectOptions::new(&format!("ws://{tapped}")).unwrap().with_deflate(true);
    let platform = async {
        let (socket, _) = listener.accept().await.unwrap();
        accept(socket, &AcceptOptions::default().with_deflate(true)).await.unwrap().transport
    };
    let (mut platform, edge) = tokio::join!(platform, connect(&options, None));
    let mut edge = edge.unwrap();
    let request = hex::decode(
        b"01140000000100000000ffffffff0001066170704b657924\
          31323334353637382d313233342d313233342d313233342d313233343536373839616263",
    )
    .unwrap();
    send(&mut edge, &request).await;
    assert_eq!(receive(&mut platform).await, Incoming::Message(request.into()));
    // One that is much shorter once it is compressed, in each direction and more than once.
    let text = "x".repeat(1000);
    let reason = format!("{:08x}{}", 0x8000_0000_u32 + 1000, hex::encode(text.as_bytes()));
    let answer = hex::decode(format!("01400000000100000000000000070001{reason}ff").as_bytes());
    let answer = answer.unwrap();
    for _ in 0..3 {
        send(&mut platform, &answer).await;
        assert_eq!(receive(&mut edge).await, Incoming::Message(answer.clone().into()));
    }
    let line = tap.find_text("SUCCESS");
    assert!(line.contains("1021  SUCCESS") && line.contains("(compressed, "), "{line}");
    drop((edge, platform));
    tap.find_text("closed:");
    end(&mut tap);
    assert_no_key(&tap.output);
    let recorded = text_of(record.as_ref());
    assert_eq!(recorded.matches(&hex::encode(&answer)).count(), 3);
    let mut decode = Process::start(alwayson().args(["decode", &pcap]));
    assert_eq!(decode.end().code(), Some(0), "{}", decode.output);
    assert_eq!(decode.output.matches("1021  SUCCESS").count(), 3, "{}", decode.output);
    assert_no_key(&decode.output);
    assert!(!recorded.contains(&hex::encode(&KEY.as_bytes()[..12])));
}
