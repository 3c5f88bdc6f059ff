//! Captures that we write are read by another program's reader, byte for byte.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use alwayson_conformance::pcap::{SEGMENT, Sender, Writer};
use etherparse::{SlicedPacket, TransportSlice};
use pcap_file::pcapng::{Block, PcapNgReader};

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
