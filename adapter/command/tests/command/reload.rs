//! Tests of `platform`: reloading on SIGHUP, client certificates, pings.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use serde_json::json;
use tempfile::TempDir;

use crate::peer::{KEY, Peer};
use crate::process::{Process, alwayson};

/// An authority, and files of what it has signed.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Self { folder: TempDir::new().unwrap(), issuer };
        std::fs::write(authority.file("ca.pem"), authority.issuer.pem()).unwrap();
        authority
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a certificate for this name, and its key, into these files.
    fn sign(&self, name: &str, [certificate, key_file]: [&str; 2]) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(certificate, signed.pem()).unwrap();
        std::fs::write(key_file, key.serialize_pem()).unwrap();
    }
}

/// An edge that connects by TLS to `localhost` at the port of this address.
fn edge(address: &str, thing: &str, args: &[&str]) -> Process {
    let port = address.rsplit(':').next().unwrap();
    let url = format!("wss://localhost:{port}");
    let command = ["edge", "--url", &url, "--thing", thing];
    Process::start(alwayson().args(command).args(args))
}

#[test]
fn only_edges_with_a_certificate_get_in_where_one_is_wanted() {
    let authority = Authority::new();
    let [ca, certificate, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| authority.file(name));
    let [own, own_key, keys] = ["own.pem", "own-key.pem", "keys"].map(|name| authority.file(name));
    authority.sign("localhost", [&certificate, &key]);
    authority.sign("edge", [&own, &own_key]);
    std::fs::write(&keys, KEY).unwrap();
    let args = ["--tls-cert", &certificate, "--tls-key", &key, "--client-ca", &ca];
    let (mut platform, address) =
        Process::platform(&[&args[..], &["--app-key-file", &keys]].concat());
    let trusting = ["--app-key-file", &keys, "--ca", &ca];
    let mut without = edge(&address, "Without", &trusting);
    let line = without.find_text("waiting to reconnect");
    assert!(line.contains("the platform wants a certificate of this edge"), "{line}");
    let line = platform.find_text("not upgraded");
    assert!(line.ends_with("TLS failed: the client shows no certificate"), "{line}");
    drop(without);
    let shows = ["--tls-cert", &own, "--tls-key", &own_key];
    let _with = edge(&address, "With", &[&trusting[..], &shows].concat());
    platform.find_text("bound          With");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn sighup_has_keys_and_certificate_read_anew_and_no_connection_ends() {
    let first = Authority::new();
    let second = Authority::new();
    let [certificate, key, keys] = ["cert.pem", "key.pem", "keys"].map(|name| first.file(name));
    first.sign("localhost", [&certificate, &key]);
    std::fs::write(&keys, "the first key\n").unwrap();
    let args = ["--tls-cert", &certificate, "--tls-key", &key, "--app-key-file", &keys];
    let (mut platform, address) = Process::platform(&[&args[..], &["--json"]].concat());
    let [edge_key, ca, second_ca] =
        [first.file("edge-key"), first.file("ca.pem"), second.file("ca.pem")];
    std::fs::write(&edge_key, "the first key\n").unwrap();
    let args = ["--app-key-file", &edge_key, "--ca", &ca, "--property", "Pressure=2.5"];
    let _stays = edge(&address, "Stays", &args);
    platform.find(|line| line.contains("\"bound\"") && line.contains("Stays"));

    // If one file cannot be used, nothing changes.
    std::fs::write(&keys, "the second key\n").unwrap();
    std::fs::write(&certificate, "no certificate").unwrap();
    platform.signal("HUP");
    let line = platform.find_json("event", "not-reloaded");
    assert!(line["reason"].as_str().unwrap().contains("cert.pem"), "{line}");
    let _as_before = edge(&address, "AsBefore", &args);
    platform.find(|line| line.contains("\"bound\"") && line.contains("AsBefore"));

    second.sign("localhost", [&certificate, &key]);
    platform.signal("HUP");
    let line = platform.find_json("event", "reloaded");
    assert_eq!(line["what"], json!(["keys", "certificate"]));
    let mut other_ca = edge(&address, "OtherCa", &args);
    other_ca.find_text("TLS failed");
    let mut old_key = edge(&address, "OldKey", &["--app-key-file", &edge_key, "--ca", &second_ca]);
    assert_eq!(old_key.end().code(), Some(1));
    let new_key = second.file("edge-key");
    std::fs::write(&new_key, "the second key\n").unwrap();
    let _new = edge(&address, "New", &["--app-key-file", &new_key, "--ca", &second_ca]);
    platform.find(|line| line.contains("\"bound\"") && line.contains("New"));

    // The existing connection is still there and answers.
    platform.say("read Stays Pressure");
    let answer = platform.find_json("command", "read Stays Pressure");
    assert_eq!(answer["result"], 2.5);
    assert!(!platform.output.contains("\"unbound\""), "{}", platform.output);
    platform.signal("TERM");
    assert_eq!(platform.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_is_pinged_and_long_frames_are_refused() {
    let args = ["--ping-ms", "30", "--frame-limit", "8192", "--after-bind", "none"];
    let (mut platform, address) = Process::platform(&args);
    platform.say("trace on");
    platform.find_text("trace on");
    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    platform.find_text("-> ping");
    peer.send(&"00".repeat(8193)).await;
    assert_eq!(peer.receive().await, None);
    platform.find_text("a limit was reached: frame_limit, 8192 bytes; closed with 1009");
    let mut wrong = Process::start(alwayson().args([
        "platform",
        "--frame-limit",
        "8191",
        "--listen",
        "[::1]:0",
    ]));
    assert_eq!(wrong.end().code(), Some(2));
    assert!(wrong.errors.contains("--frame-limit"), "{}", wrong.errors);
}
