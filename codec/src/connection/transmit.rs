//! What a machine wants sent.

/// The next thing to send over the WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transmit {
    /// One binary message: so many bytes of the buffer (section 1).
    Message(usize),
    /// A ping; its pong goes to `handle_pong`.
    Ping,
    /// A close. Nothing is sent after it.
    Close(CloseCode),
}

/// The reason of a close, as RFC 6455 counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The edge leaves (section 1).
    Normal = 1000,
    /// The platform shuts down, or has heard nothing for too long.
    GoingAway = 1001,
    /// What came is no AlwaysOn message (section 7).
    ProtocolError = 1002,
    /// AUTH did not come first, not in time, or was refused (section 7).
    PolicyViolation = 1008,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn to_u16(self) -> u16 {
        self as u16
    }
}
