//! Captures that we write are read by another program's reader, byte for byte; and captures of
//! others are read.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use alwayson_conformance::pcap::{
    HELD, Reader, SEGMENT, Segment, Sender, Streams, What, Writer, is_capture,
};
use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep, SlicedPacket, TransportSlice};
use pcap_file::DataLink;
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionBlock;
use pcap_file::pcapng::{Block, PcapNgReader, PcapNgWriter};

fn address(last: u8, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, last), port)
}

/// A packet: its sender's port, its number, what it acknowledges, its bytes and its time.
#[derive(Debug)]
struct Packet {
    port: u16,
    number: u32,
    acknowledged: u32,
    bytes: Vec<u8>,
    at: Duration,
}

fn read(capture: &[u8]) -> Vec<Packet> {
    let mut reader = PcapNgReader::new(capture).unwrap();
    let mut packets = Vec::new();
    while let Some(block) = reader.next_block() {
        let Block::EnhancedPacket(packet) = block.unwrap() else { continue };
        let sliced = SlicedPacket::from_ip(&packet.data).unwrap();
        let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { panic!("not TCP") };
        let Some(etherparse::NetSlice::Ipv4(ip)) = &sliced.net else { panic!("not IPv4") };
        let checksum =
            tcp.calc_checksum_ipv4(ip.header().source(), ip.header().destination()).unwrap();
        assert_eq!(checksum, tcp.checksum());
        packets.push(Packet {
            port: tcp.source_port(),
            number: tcp.sequence_number(),
            acknowledged: tcp.acknowledgment_number(),
            bytes: tcp.payload().to_vec(),
            at: packet.timestamp,
        });
    }
    packets
}

#[test]
fn what_was_written_of_each_direction_is_read_without_a_gap() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let mut connection = writer.open(address(1, 40_000), address(2, 80), Duration::ZERO).unwrap();
    let long = vec![7; 2 * SEGMENT + 1];
    let at = Duration::from_millis(1500);
    writer.bytes(&mut connection, Sender::Client, b"question", at).unwrap();
    writer.bytes(&mut connection, Sender::Server, &long, at).unwrap();
    writer.bytes(&mut connection, Sender::Client, b"more", at).unwrap();
    writer.close(&mut connection, Sender::Server, at).unwrap();
    let packets = read(&writer.into_inner());
    for (port, sent) in [(40_000, b"questionmore".to_vec()), (80, long)] {
        let of_port = || packets.iter().filter(|packet| packet.port == port);
        let bytes: Vec<u8> = of_port().flat_map(|packet| packet.bytes.clone()).collect();
        assert_eq!(bytes, sent);
        // The opening and the closing count as one byte each.
        let first = of_port().next().unwrap().number;
        let last = packets.iter().rfind(|packet| packet.port != port).unwrap().acknowledged;
        assert_eq!(last.wrapping_sub(first) as usize, sent.len() + 2);
    }
    assert!(packets.iter().all(|packet| packet.bytes.len() <= SEGMENT));
    assert!(packets.iter().any(|packet| packet.at == at));
}

/// A segment from port 1000 to port 80, or the other way.
fn segment(is_up: bool, number: u32, bytes: &[u8]) -> Segment {
    let ends = [address(1, 1000), address(2, 80)].map(SocketAddr::V4);
    let [from, to] = if is_up { ends } else { [ends[1], ends[0]] };
    let at = Duration::from_secs(1);
    let bytes = bytes.to_vec();
    Segment { at, from, to, number, syn: false, ack: true, fin: false, rst: false, bytes }
}

/// What the segments make, without what both ends are.
fn put_together(segments: &[Segment]) -> Vec<(usize, u16, What)> {
    let mut streams = Streams::default();
    let mut pieces: Vec<_> = segments.iter().flat_map(|segment| streams.take(segment)).collect();
    pieces.extend(streams.finish(Duration::from_secs(2)));
    pieces.into_iter().map(|piece| (piece.connection, piece.from.port(), piece.what)).collect()
}

fn bytes(connection: usize, text: &[u8]) -> (usize, u16, What) {
    (connection, 1000, What::Bytes(text.to_vec()))
}

#[test]
fn segments_in_any_order_once_and_again_make_what_was_sent() {
    let open = Segment { syn: true, ack: false, ..segment(true, 99, b"") };
    let end = Segment { fin: true, ..segment(true, 109, b"j") };
    let parts = [
        segment(true, 100, b"abc"),
        segment(true, 103, b"def"),
        segment(true, 102, b"cdefg"),
        segment(true, 106, b"ghi"),
        end,
    ];
    let mut orders = vec![vec![0, 1, 2, 3, 4], vec![4, 3, 2, 1, 0], vec![3, 0, 0, 4, 2, 1, 0]];
    orders.push(vec![1, 3, 4, 2, 0]);
    for order in orders {
        let mut segments = vec![open.clone(), open.clone()];
        segments.extend(order.iter().map(|at| parts[*at].clone()));
        let pieces = put_together(&segments);
        let all: Vec<u8> = pieces
            .iter()
            .flat_map(|(.., what)| match what {
                What::Bytes(bytes) => bytes.clone(),
                _ => Vec::new(),
            })
            .collect();
        assert_eq!(all, b"abcdefghij", "{order:?}: {pieces:?}");
        assert_eq!(pieces.first().unwrap(), &(1, 1000, What::Open), "{order:?}");
        assert_eq!(pieces.last().unwrap(), &(1, 1000, What::End), "{order:?}");
        assert_eq!(pieces.iter().filter(|piece| piece.2 == What::Open).count(), 1);
    }
}

#[test]
fn numbers_go_round_after_four_gibibytes() {
    let first = u32::MAX - 1;
    let segments = [segment(true, first, b"ab"), segment(true, 2, b"ef"), segment(true, 0, b"cd")];
    assert_eq!(put_together(&segments), [bytes(1, b"ab"), bytes(1, b"cd"), bytes(1, b"ef")]);
}

#[test]
fn what_is_not_in_the_capture_is_told_at_the_end_or_when_too_much_waits() {
    let segments = [segment(true, 100, b"ab"), segment(true, 105, b"fg")];
    let expected = [bytes(1, b"ab"), (1, 1000, What::Missing(3)), bytes(1, b"fg")];
    assert_eq!(put_together(&segments), expected);
    for (len, is_told) in [(HELD - 1, false), (HELD, false), (HELD + 1, true)] {
        let mut streams = Streams::default();
        streams.take(&segment(true, 100, b"ab"));
        let pieces = streams.take(&segment(true, 105, &vec![0; len]));
        assert_eq!(pieces.first().is_some_and(|piece| piece.what == What::Missing(3)), is_told);
    }
}

#[test]
fn ports_that_are_used_again_are_another_connection_and_a_reset_ends_one() {
    let open = |number| Segment { syn: true, ack: false, ..segment(true, number, b"") };
    let reset = Segment { rst: true, ..segment(true, 504, b"") };
    let segments = [
        open(99),
        segment(true, 100, b"old"),
        open(499),
        segment(true, 500, b"new"),
        reset,
        segment(true, 700, b"next"),
    ];
    let expected = [
        (1, 1000, What::Open),
        bytes(1, b"old"),
        (2, 1000, What::Open),
        bytes(2, b"new"),
        (2, 1000, What::Reset),
        bytes(3, b"next"),
    ];
    assert_eq!(put_together(&segments), expected);
}

/// Reads the only segment of a capture.
fn only(capture: &[u8]) -> Segment {
    let begin = *capture.first_chunk().unwrap();
    assert!(is_capture(&begin));
    let segments: Result<Vec<_>, _> = Reader::new(begin, capture).unwrap().collect();
    let [segment] = <[Segment; 1]>::try_from(segments.unwrap()).unwrap();
    segment
}

#[test]
fn segments_are_found_behind_every_kind_of_link_in_both_formats() {
    let tcp = |builder: PacketBuilderStep<IpHeaders>| {
        let builder = builder.tcp(1000, 80, 7, 100).psh().ack(9);
        let mut packet = Vec::new();
        builder.write(&mut packet, b"hello").unwrap();
        packet
    };
    let v4 = tcp(PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64));
    let v6 = tcp(PacketBuilder::ipv6([1; 16], [2; 16], 64));
    for (ip, ether_type) in [(&v4, [0x08, 0x00]), (&v6, [0x86, 0xDD])] {
        let behind = |head: &[u8]| [head, ip].concat();
        let ethernet = [&[0; 12][..], &ether_type].concat();
        let tagged = [&[0; 12][..], &[0x81, 0x00, 0, 5], &ether_type].concat();
        let cooked = [&[0; 14][..], &ether_type].concat();
        let cooked2 = [&ether_type[..], &[0; 18]].concat();
        for (link, packet) in [
            (DataLink::ETHERNET, behind(&ethernet)),
            (DataLink::ETHERNET, behind(&tagged)),
            (DataLink::RAW, ip.clone()),
            (DataLink::NULL, behind(&[2, 0, 0, 0])),
            (DataLink::LOOP, behind(&[0, 0, 0, 2])),
            (DataLink::LINUX_SLL, behind(&cooked)),
            (DataLink::LINUX_SLL2, behind(&cooked2)),
        ] {
            let at = Duration::from_micros(1_234_567_891);
            let len = u32::try_from(packet.len()).unwrap();
            let header = PcapHeader { datalink: link, ..PcapHeader::default() };
            let mut old = PcapWriter::with_header(Vec::new(), header).unwrap();
            old.write_packet(&PcapPacket::new(at, len, &packet)).unwrap();
            let mut new = PcapNgWriter::new(Vec::new()).unwrap();
            let interface =
                InterfaceDescriptionBlock { linktype: link, snaplen: 0, options: Vec::new() };
            new.write_pcapng_block(interface).unwrap();
            new.write_pcapng_block(EnhancedPacketBlock {
                interface_id: 0,
                // Ticks of a microsecond, as an interface has without an option: the writer
                // takes them for nanoseconds.
                timestamp: at / 1000,
                original_len: len,
                data: packet.as_slice().into(),
                options: Vec::new(),
            })
            .unwrap();
            for capture in [old.into_writer(), new.into_inner()] {
                let segment = only(&capture);
                assert_eq!(segment.bytes, b"hello", "{link:?}");
                assert_eq!((segment.from.port(), segment.to.port()), (1000, 80));
                assert_eq!(segment.from.is_ipv4(), ether_type == [0x08, 0x00], "{link:?}");
                assert_eq!((segment.number, segment.at), (7, at), "{link:?}");
            }
        }
    }
}

#[test]
fn what_we_write_we_read_with_addresses_of_both_kinds_and_resets() {
    let v6 = |port| SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port);
    let v4 = |port| SocketAddr::V4(address(1, port));
    for (client, server, is_v4) in
        [(v4(1000), v4(80), true), (v6(1000), v6(80), false), (v4(1000), v6(80), false)]
    {
        let mut writer = Writer::new(Vec::new()).unwrap();
        let at = Duration::from_nanos(1_700_000_000_123_456_789);
        let mut connection = writer.open(client, server, at).unwrap();
        writer.bytes(&mut connection, Sender::Client, b"hello", at).unwrap();
        writer.reset(&mut connection, Sender::Client, at).unwrap();
        let capture = writer.into_inner();
        let segments: Vec<_> = Reader::new(*capture.first_chunk().unwrap(), &capture[..])
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(segments.iter().all(|segment| segment.at == at && segment.from.is_ipv4() == is_v4));
        let expected = [(1, 1000, What::Open), bytes(1, b"hello"), (1, 1000, What::Reset)];
        assert_eq!(put_together(&segments), expected);
    }
}

#[test]
fn a_damaged_capture_is_an_error_and_never_a_panic() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let mut connection = writer.open(address(1, 1000), address(2, 80), Duration::ZERO).unwrap();
    writer.bytes(&mut connection, Sender::Client, b"hello", Duration::ZERO).unwrap();
    let capture = writer.into_inner();
    for len in 4..capture.len() {
        let Ok(reader) = Reader::new(*capture.first_chunk().unwrap(), &capture[..len]) else {
            continue;
        };
        let mut streams = Streams::default();
        for segment in reader.map_while(Result::ok) {
            streams.take(&segment);
        }
    }
}

mod tls {
    //! What two ends of rustls say to each other, decrypted with the key log of one of them.

    use std::io::{Read, Write};
    use std::sync::{Arc, Mutex};

    use alwayson_conformance::pcap::tls::{KeyLog, Tls, begins_with_tls};
    use tokio_rustls::rustls::crypto::ring::{ALL_CIPHER_SUITES, default_provider};
    use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
    use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
    use tokio_rustls::rustls::{
        ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
        SupportedCipherSuite,
    };

    #[derive(Debug, Default)]
    struct Log(Mutex<String>);

    impl tokio_rustls::rustls::KeyLog for Log {
        fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
            let hex = alwayson_conformance::hex::encode;
            let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
            self.0.lock().unwrap().push_str(&line);
        }
    }

    /// Two ends, and what passes between them, decrypted.
    struct Pair {
        ends: [Connection; 2],
        log: Arc<Log>,
        tls: Tls,
        /// The bytes that are passed at once.
        portion: usize,
        plain: [Vec<u8>; 2],
        problems: Vec<String>,
    }

    impl Pair {
        fn new(suite: SupportedCipherSuite, portion: usize, retries: bool) -> Self {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let certificate = made.cert.der().clone();
            let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
            let provider = |kx_groups| {
                let provider = default_provider();
                let cipher_suites = vec![suite];
                Arc::new(CryptoProvider { cipher_suites, kx_groups, ..provider })
            };
            let [x25519, p256] = [ring::kx_group::X25519, ring::kx_group::SECP256R1];
            // A client that begins with a group that the server does not take is asked again.
            let of_server = if retries { vec![p256] } else { vec![x25519] };
            let versions = [suite.version()];
            let server = ServerConfig::builder_with_provider(provider(of_server))
                .with_protocol_versions(&versions)
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone()], key.into())
                .unwrap();
            let mut roots = RootCertStore::empty();
            roots.add(certificate).unwrap();
            let mut client = ClientConfig::builder_with_provider(provider(vec![x25519, p256]))
                .with_protocol_versions(&versions)
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let log = Arc::new(Log::default());
            client.key_log = log.clone();
            let name = ServerName::try_from("localhost").unwrap();
            let client = ClientConnection::new(Arc::new(client), name).unwrap();
            let server = ServerConnection::new(Arc::new(server)).unwrap();
            let ends = [Connection::from(client), Connection::from(server)];
            let plain = Default::default();
            let problems = Vec::new();
            let mut pair = Self { ends, log, tls: Tls::default(), portion, plain, problems };
            for _ in 0..6 {
                pair.pass(0);
                pair.pass(1);
            }
            assert!(pair.ends.iter().all(|end| !end.is_handshaking()));
            pair
        }

        fn say(&mut self, end: usize, bytes: &[u8]) {
            for part in bytes.chunks(10_000) {
                self.ends[end].writer().write_all(part).unwrap();
                self.pass(end);
                let mut heard = vec![0; part.len()];
                self.ends[1 - end].reader().read_exact(&mut heard).unwrap();
            }
        }

        /// Passes what an end sends.
        fn pass(&mut self, end: usize) {
            let mut bytes = Vec::new();
            while self.ends[end].wants_write() {
                self.ends[end].write_tls(&mut bytes).unwrap();
            }
            let other = &mut self.ends[1 - end];
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                other.read_tls(&mut rest).unwrap();
                other.process_new_packets().unwrap();
            }
            let log = KeyLog::parse(&self.log.0.lock().unwrap());
            for portion in bytes.chunks(self.portion) {
                match self.tls.bytes(end == 0, portion, &log) {
                    Ok(plain) => self.plain[end].extend(plain),
                    Err(problem) => self.problems.push(problem),
                }
            }
        }
    }

    #[test]
    fn every_suite_of_both_versions_is_decrypted_in_portions_of_any_size() {
        for suite in ALL_CIPHER_SUITES {
            // The certificate of the test has no key of RSA.
            if format!("{:?}", suite.suite()).contains("_RSA_") {
                continue;
            }
            for portion in [1, 7, 1460, usize::MAX] {
                let mut pair = Pair::new(*suite, portion, false);
                let long = vec![b'x'; 40_000];
                pair.say(0, b"question");
                pair.say(1, &long);
                pair.say(0, b" and more");
                assert_eq!(pair.problems, [""; 0], "{suite:?}");
                assert_eq!(pair.plain[0], b"question and more", "{suite:?}");
                assert!(pair.plain[1] == long, "{suite:?}");
            }
        }
    }

    #[test]
    fn keys_that_are_renewed_and_hellos_that_are_repeated_are_followed() {
        let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
        let mut pair = Pair::new(suite, usize::MAX, true);
        for _ in 0..3 {
            pair.say(0, b"a");
            pair.say(1, b"b");
            for end in 0..2 {
                match &mut pair.ends[end] {
                    Connection::Client(end) => end.refresh_traffic_keys().unwrap(),
                    Connection::Server(end) => end.refresh_traffic_keys().unwrap(),
                }
                pair.pass(end);
            }
        }
        assert_eq!(pair.problems, [""; 0]);
        assert_eq!(pair.plain, [b"aaa".to_vec(), b"bbb".to_vec()]);
    }

    #[test]
    fn without_the_secrets_the_problem_is_told_once() {
        let mut tls = Tls::default();
        let none = KeyLog::default();
        let hello = [22, 3, 1, 0, 38, 1, 0, 0, 34, 3, 3];
        let hello = [&hello[..], &[7; 32]].concat();
        assert!(begins_with_tls(&hello));
        assert_eq!(tls.bytes(true, &hello, &none), Ok(Vec::new()));
        let server = [22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3];
        // The suite, and TLS 1.3 as the only extension.
        let extension = [0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4];
        let server = [&server[..], &[8; 32], &extension].concat();
        let told = tls.bytes(false, &server, &none);
        assert_eq!(told, Err("the key log has no secrets of this connection".to_owned()));
        assert_eq!(tls.bytes(false, b"anything", &none), Ok(Vec::new()));
    }

    #[test]
    fn any_bytes_are_taken() {
        let log = KeyLog::parse("# comment\nCLIENT_RANDOM 00 zz\n\nshort\n");
        assert!(log.is_empty());
        for seed in 0..2_000_u32 {
            let mut tls = Tls::default();
            let mut bytes: Vec<u8> =
                (0..60).map(|at| (seed * 31 + at * at).to_le_bytes()[0]).collect();
            bytes[..6].copy_from_slice(&[22, 3, 1, 0, 55, 1 + u8::from(seed % 2 == 0)]);
            let _ = tls.bytes(seed % 2 == 0, &bytes, &log);
        }
    }
}
