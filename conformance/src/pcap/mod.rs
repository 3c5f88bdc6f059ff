//! Captures of packets. TCP connections are written as pcapng, so that Wireshark and `tshark` can
//! show them, and read from pcap and pcapng.
//!
//! A [`Reader`] gives the TCP segments of a capture, and [`Streams`] puts them together to what
//! each direction has sent.
//!
//! A [`Writer`] takes the bytes of each direction of a connection and writes the packets that a
//! network would have carried: opening, segments and their acknowledgements, closing. What
//! the bytes are (an upgrade and WebSocket frames, or anything else) is the caller's choice.

mod packet;
mod read;
mod streams;
pub mod tls;

use std::borrow::Cow;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::{DataLink, PcapError};

use packet::{End, Flags};

pub use read::{MAGIC, Reader, Segment, is_capture};
pub use streams::{HELD, Piece, Streams, What};

/// The largest number of bytes of a connection in one packet: what Ethernet takes.
pub const SEGMENT: usize = 1460;

/// Writes a capture.
pub struct Writer<W: Write> {
    out: PcapNgWriter<W>,
}

/// One TCP connection of a capture: its addresses, and how far each direction has come.
#[derive(Clone, Debug)]
pub struct Connection {
    client: End,
    server: End,
}

/// Which end of a connection sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

impl<W: Write> Writer<W> {
    /// Begins a capture with one interface, whose packets are IP packets and whose times are
    /// in nanoseconds.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn new(out: W) -> Result<Self, PcapError> {
        let mut out = PcapNgWriter::new(out)?;
        out.write_pcapng_block(InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Borrowed("alwayson")),
                InterfaceDescriptionOption::IfTsResol(9),
            ],
        })?;
        Ok(Self { out })
    }

    /// Opens a connection at a time since 1970 or since the capture began, with the three packets
    /// of TCP. If one address is of IPv6, both are written as such.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn open(
        &mut self,
        client: impl Into<SocketAddr>,
        server: impl Into<SocketAddr>,
        at: Duration,
    ) -> Result<Connection, PcapError> {
        let client = End::new(client.into(), 1_000);
        let server = End::new(server.into(), 5_000);
        let mut connection = Connection { client, server };
        self.packet(&mut connection, Sender::Client, Flags::Syn, &[], at)?;
        self.packet(&mut connection, Sender::Server, Flags::SynAck, &[], at)?;
        self.packet(&mut connection, Sender::Client, Flags::Ack, &[], at)?;
        Ok(connection)
    }

    /// Writes bytes of one direction, in as many packets as they need, and their
    /// acknowledgement.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn bytes(
        &mut self,
        connection: &mut Connection,
        from: Sender,
        bytes: &[u8],
        at: Duration,
    ) -> Result<(), PcapError> {
        for segment in bytes.chunks(SEGMENT) {
            self.packet(connection, from, Flags::Data, segment, at)?;
        }
        self.packet(connection, from.other(), Flags::Ack, &[], at)
    }

    /// Closes a connection, beginning with one end.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn close(
        &mut self,
        connection: &mut Connection,
        from: Sender,
        at: Duration,
    ) -> Result<(), PcapError> {
        self.packet(connection, from, Flags::Fin, &[], at)?;
        self.packet(connection, from.other(), Flags::Fin, &[], at)?;
        self.packet(connection, from, Flags::Ack, &[], at)
    }

    /// Ends a connection with a reset by one end.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn reset(
        &mut self,
        connection: &mut Connection,
        from: Sender,
        at: Duration,
    ) -> Result<(), PcapError> {
        self.packet(connection, from, Flags::Reset, &[], at)
    }

    /// Returns the output, to flush it.
    pub fn get_mut(&mut self) -> &mut W {
        self.out.get_mut()
    }

    /// Ends the capture and returns its output.
    pub fn into_inner(self) -> W {
        self.out.into_inner()
    }

    fn packet(
        &mut self,
        connection: &mut Connection,
        from: Sender,
        flags: Flags,
        bytes: &[u8],
        at: Duration,
    ) -> Result<(), PcapError> {
        let Connection { client, server } = connection;
        let packet = match from {
            Sender::Client => packet::build(client, server, flags, bytes)?,
            Sender::Server => packet::build(server, client, flags, bytes)?,
        };
        let original_len = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        self.out.write_pcapng_block(EnhancedPacketBlock {
            interface_id: 0,
            timestamp: at,
            original_len,
            data: Cow::Owned(packet),
            options: Vec::new(),
        })?;
        Ok(())
    }
}

impl Sender {
    const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}
