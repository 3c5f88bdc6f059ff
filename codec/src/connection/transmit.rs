//! What a machine has to send.

/// The next thing to send over the WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transmit {
    /// One binary message: this many bytes of the buffer (PROTOCOL.md §1).
    Message(usize),
    /// A ping. Pass its pong to `handle_pong`.
    Ping,
    /// A close, which is the last thing to send.
    Close(CloseCode),
}

/// The status code of a close (RFC 6455, section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The edge leaves (PROTOCOL.md §1).
    Normal = 1000,
    /// The platform shuts down, or received nothing for too long.
    GoingAway = 1001,
    /// The received bytes are not an AlwaysOn message (PROTOCOL.md §7).
    ProtocolError = 1002,
    /// AUTH was not the first message, was late, or was refused (PROTOCOL.md §7).
    PolicyViolation = 1008,
}

impl CloseCode {
    /// Returns the number on the wire.
    pub const fn to_u16(self) -> u16 {
        self as u16
    }
}
