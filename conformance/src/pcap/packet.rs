//! One packet of a TCP connection over IPv4 or IPv6.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use etherparse::PacketBuilder;
use pcap_file::PcapError;

/// One end of a connection.
#[derive(Clone, Debug)]
pub(super) struct End {
    address: SocketAddr,
    /// The number of the next byte that it sends.
    next: u32,
}

impl End {
    pub(super) fn new(address: SocketAddr, first: u32) -> Self {
        Self { address, next: first }
    }
}

/// What a packet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flags {
    Syn,
    SynAck,
    Ack,
    Data,
    Fin,
    Reset,
}

/// Returns a packet, and counts what it sends.
pub(super) fn build(
    sender: &mut End,
    receiver: &End,
    flags: Flags,
    bytes: &[u8],
) -> Result<Vec<u8>, PcapError> {
    let (from, to) = (sender.address, receiver.address);
    let ip = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
        (from, to) => PacketBuilder::ipv6(v6(from).octets(), v6(to).octets(), 64),
    };
    let builder = ip.tcp(from.port(), to.port(), sender.next, u16::MAX);
    let builder = match flags {
        Flags::Syn => builder.syn(),
        Flags::SynAck => builder.syn().ack(receiver.next),
        Flags::Ack => builder.ack(receiver.next),
        Flags::Data => builder.psh().ack(receiver.next),
        Flags::Fin => builder.fin().ack(receiver.next),
        Flags::Reset => builder.rst().ack(receiver.next),
    };
    let mut packet = Vec::with_capacity(builder.size(bytes.len()));
    builder
        .write(&mut packet, bytes)
        .map_err(|error| PcapError::IoError(std::io::Error::other(error.to_string())))?;
    let counted = usize::from(matches!(flags, Flags::Syn | Flags::SynAck | Flags::Fin));
    let sent = u32::try_from(bytes.len() + counted).unwrap_or(u32::MAX);
    sender.next = sender.next.wrapping_add(sent);
    Ok(packet)
}

/// Returns an address as one of IPv6.
fn v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}
