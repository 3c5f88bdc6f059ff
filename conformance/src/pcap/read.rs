//! The packets of a capture, in either format, and the TCP segments in them.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_file::DataLink;
use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::{Block, PcapNgReader};

/// The number of bytes at the beginning by which a capture is known.
pub const MAGIC: usize = 4;
/// The digits after the point of a second, if an interface does not say how many.
const MICROSECONDS: u8 = 6;

/// Returns whether these bytes begin a capture: pcapng, or pcap in either byte order, with
/// microseconds or nanoseconds.
pub fn is_capture(begin: &[u8]) -> bool {
    let magic = begin.first_chunk().map(|magic| u32::from_be_bytes(*magic));
    matches!(magic, Some(0x0A0D_0D0A | 0xA1B2_C3D4 | 0xD4C3_B2A1 | 0xA1B2_3C4D | 0x4D3C_B2A1))
}

/// One TCP segment.
#[expect(clippy::struct_excessive_bools, reason = "the flags of TCP")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its time: since 1970, if the capture says so.
    pub at: Duration,
    /// Its sender.
    pub from: SocketAddr,
    /// Its receiver.
    pub to: SocketAddr,
    /// The number of its first byte.
    pub number: u32,
    /// Whether it opens a direction.
    pub syn: bool,
    /// Whether it acknowledges something.
    pub ack: bool,
    /// Whether it ends a direction.
    pub fin: bool,
    /// Whether it ends the connection at once.
    pub rst: bool,
    /// What it carries.
    pub bytes: Vec<u8>,
}

/// Reads the TCP segments of a capture; other packets are left out.
pub struct Reader<R: Read>(Format<R>);

enum Format<R: Read> {
    Pcap(PcapReader<R>),
    PcapNg(PcapNgReader<R>),
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of a capture, whose first bytes are passed for its format. The reader
    /// gives them, too.
    ///
    /// # Errors
    /// It is no capture; the error says why, in words.
    pub fn new(begin: [u8; MAGIC], input: R) -> Result<Self, String> {
        let words = |error: pcap_file::PcapError| error.to_string();
        Ok(Self(if begin == [0x0A, 0x0D, 0x0D, 0x0A] {
            Format::PcapNg(PcapNgReader::new(input).map_err(words)?)
        } else {
            Format::Pcap(PcapReader::new(input).map_err(words)?)
        }))
    }

    fn packet(&mut self) -> Option<Result<Option<Segment>, String>> {
        match &mut self.0 {
            Format::Pcap(reader) => {
                let link = reader.header().datalink;
                let packet = reader.next_packet()?.map_err(|error| error.to_string());
                Some(packet.map(|packet| segment(link, &packet.data, packet.timestamp)))
            }
            Format::PcapNg(reader) => {
                // The block borrows the reader, and so do its interfaces.
                let interfaces = reader.interfaces().to_vec();
                let block = match reader.next_block()? {
                    Ok(block) => block,
                    Err(error) => return Some(Err(error.to_string())),
                };
                let (number, data, ticks) = match &block {
                    Block::EnhancedPacket(packet) => {
                        (packet.interface_id, &packet.data, packet.timestamp.as_nanos())
                    }
                    Block::SimplePacket(packet) => (0, &packet.data, 0),
                    _ => return Some(Ok(None)),
                };
                let interface = usize::try_from(number).ok().and_then(|at| interfaces.get(at));
                Some(Ok(interface.and_then(|interface| {
                    segment(interface.linktype, data, time(ticks, interface))
                })))
            }
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Segment, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.packet()? {
                Ok(Some(segment)) => return Some(Ok(segment)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Returns the time of a packet. The reader takes its ticks for nanoseconds, whatever they are.
fn time(ticks: u128, interface: &InterfaceDescriptionBlock<'_>) -> Duration {
    let resolution = interface.options.iter().find_map(|option| match option {
        InterfaceDescriptionOption::IfTsResol(resolution) => Some(*resolution),
        _ => None,
    });
    let resolution = resolution.unwrap_or(MICROSECONDS);
    let exponent = u32::from(resolution & 0x7F);
    let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
    let per_second = base.checked_pow(exponent).unwrap_or(u128::MAX);
    let nanos = ticks.saturating_mul(1_000_000_000) / per_second;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Returns the TCP segment in a packet of this kind of link.
fn segment(link: DataLink, data: &[u8], at: Duration) -> Option<Segment> {
    let ether_type = |at: usize| {
        let number = data.get(at..)?.first_chunk()?;
        Some(EtherType(u16::from_be_bytes(*number)))
    };
    let packet = match link {
        DataLink::ETHERNET => LaxSlicedPacket::from_ethernet(data).ok()?,
        DataLink::RAW | DataLink::IPV4 | DataLink::IPV6 | DataLink::Unknown(12) => {
            LaxSlicedPacket::from_ip(data).ok()?
        }
        // The family of addresses, in the byte order of the machine: the version of IP says it, too.
        DataLink::NULL | DataLink::LOOP => LaxSlicedPacket::from_ip(data.get(4..)?).ok()?,
        // "Linux cooked": the type stands behind what is known of the interface, or before it.
        DataLink::LINUX_SLL => LaxSlicedPacket::from_ether_type(ether_type(14)?, data.get(16..)?),
        DataLink::LINUX_SLL2 => LaxSlicedPacket::from_ether_type(ether_type(0)?, data.get(20..)?),
        _ => return None,
    };
    let (from, to) = match packet.net? {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            (IpAddr::V4(header.source_addr()), IpAddr::V4(header.destination_addr()))
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            (IpAddr::V6(header.source_addr()), IpAddr::V6(header.destination_addr()))
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else { return None };
    Some(Segment {
        at,
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        number: tcp.sequence_number(),
        syn: tcp.syn(),
        ack: tcp.ack(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        bytes: tcp.payload().to_vec(),
    })
}
