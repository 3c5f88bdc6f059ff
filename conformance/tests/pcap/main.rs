//! Captures that we write are read by another program's reader, byte for byte; and captures of
//! others are read.

mod tls;

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
