//! How a WebSocket has ended: who ended it, why, and the close that was sent.

use std::fmt;
use std::io;

/// The longest reason of a close, in bytes: a control frame carries 125 bytes, of which two
/// are the code (RFC 6455, section 5.5).
pub const MAX_CLOSE_REASON: usize = 123;

/// The close of a WebSocket: a code and a reason (RFC 6455, section 7.1.6).
///
/// ```
/// use alwayson::transport::Close;
///
/// let close = Close::new(1008, "application key expired");
/// assert_eq!((close.code(), close.reason()), (1008, "application key expired"));
/// assert_eq!(close.to_string(), "1008, application key expired");
/// assert_eq!(Close::from(1000).to_string(), "1000");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Close {
    code: u16,
    reason: String,
}

impl Close {
    /// Creates a close with a reason. A reason longer than [`MAX_CLOSE_REASON`] bytes is
    /// truncated at the end of a character.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        if reason.len() > MAX_CLOSE_REASON {
            let end = (0..=MAX_CLOSE_REASON).rev().find(|end| reason.is_char_boundary(*end));
            reason.truncate(end.unwrap_or(0));
        }
        Self { code, reason }
    }

    /// Returns the code (RFC 6455, section 7.4).
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Returns the reason, which is often empty.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl From<u16> for Close {
    fn from(code: u16) -> Self {
        Self { code, reason: String::new() }
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.reason {
            "" => write!(f, "{}", self.code),
            reason => write!(f, "{}, {reason}", self.code),
        }
    }
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The side that reports the ending.
    Local,
    /// The other side.
    Peer,
    /// Neither side: the connection broke, or the peer disconnected without a close.
    Network,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A side closed it, with a close frame or by the application.
    Closed,
    /// The peer violated this rule of the protocol or of WebSockets.
    Protocol(String),
    /// A limit of this side was reached. The value is in milliseconds if the name ends with
    /// `_ms`; otherwise it is in bytes.
    Limit {
        /// The name of the option that sets the limit.
        name: &'static str,
        /// The value of the limit.
        value: u64,
    },
    /// The peer showed no sign of life for as long as this limit allows.
    Silence {
        /// The name of the option that sets the limit.
        name: &'static str,
        /// The value of the limit, in milliseconds.
        ms: u64,
    },
    /// The connection ended without a close.
    Cut,
    /// The connection broke with this error of the operating system or of TLS.
    Broken(io::ErrorKind),
    /// This side dropped the connection without a close.
    Aborted,
}

/// How a connection has ended. Its `Display` is one sentence with all details.
///
/// ```
/// use alwayson::transport::{Close, Ending, Party};
///
/// let ending = Ending::closed(Party::Peer, Some(Close::new(1008, "application key expired")));
/// assert_eq!(
///     ending.told_of("the platform"),
///     "the platform closed the connection: 1008, application key expired",
/// );
/// assert!(!ending.is_orderly());
/// assert!(Ending::closed(Party::Peer, Some(1000.into())).is_orderly());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ending {
    /// Who ended it.
    pub by: Party,
    /// Why it ended.
    pub cause: Cause,
    /// The close of the side that ended it; `None` if there was none, or it had no code.
    pub close: Option<Close>,
    /// The close of the peer that crossed that of this side, if it gave a reason.
    pub answer: Option<Close>,
}

impl Ending {
    /// Creates the ending of a connection that one side has closed.
    pub const fn closed(by: Party, close: Option<Close>) -> Self {
        Self { by, cause: Cause::Closed, close, answer: None }
    }

    /// Creates the ending of a connection that this side has ended for a cause, with a
    /// close if there is one.
    pub const fn local(cause: Cause, close: Option<Close>) -> Self {
        Self { by: Party::Local, cause, close, answer: None }
    }

    /// Creates the ending of a connection that ended without a close.
    pub const fn cut() -> Self {
        Self { by: Party::Network, cause: Cause::Cut, close: None, answer: None }
    }

    /// Creates the ending of a connection that broke. [`io::ErrorKind::UnexpectedEof`], an
    /// end of the stream in the middle of something, is a [`Cause::Cut`].
    pub const fn broken(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::UnexpectedEof => Self::cut(),
            kind => {
                let cause = Cause::Broken(kind);
                Self { by: Party::Network, cause, close: None, answer: None }
            }
        }
    }

    /// Creates the ending of a connection that this side dropped without a close.
    pub const fn aborted() -> Self {
        Self::local(Cause::Aborted, None)
    }

    /// Records a close of the peer after that of this side. It is kept if it gives a
    /// reason, and is not an echo of the close of this side.
    pub(crate) fn answered(&mut self, close: Option<Close>) {
        if self.by == Party::Local && self.answer.is_none() {
            let is_echo = |said: &Close| self.close.as_ref() == Some(said);
            self.answer = close.filter(|said| !said.reason().is_empty() && !is_echo(said));
        }
    }

    /// Returns whether the connection was closed in order: with 1000 or 1001, as an edge
    /// does when it leaves, and a platform when it shuts down. Any other ending is a cut or
    /// a fault.
    pub fn is_orderly(&self) -> bool {
        let code = self.close.as_ref().map(Close::code);
        self.cause == Cause::Closed && matches!(code, Some(1000 | 1001))
    }

    /// Returns a sentence that describes the ending, with this name for the other side.
    pub fn told_of(&self, peer: &str) -> String {
        let answer = self.answer.as_ref();
        let answer = answer.map(|close| format!("; {peer} says {close}")).unwrap_or_default();
        format!("{}{answer}", self.told_alone(peer))
    }

    fn told_alone(&self, peer: &str) -> String {
        let close = self.close.as_ref();
        let with_close = || close.map(|close| format!("; closed with {close}")).unwrap_or_default();
        match (&self.cause, self.by) {
            (Cause::Closed, by) => {
                let who = if by == Party::Peer { peer } else { "this side" };
                match close {
                    Some(close) => format!("{who} closed the connection: {close}"),
                    None => format!("{who} closed the connection without a code"),
                }
            }
            (Cause::Protocol(rule), _) => {
                format!("{peer} broke the protocol: {rule}{}", with_close())
            }
            (Cause::Limit { name, value }, _) => {
                let unit = if name.ends_with("_ms") { "ms" } else { "bytes" };
                format!("a limit was reached: {name}, {value} {unit}{}", with_close())
            }
            (Cause::Silence { name, ms }, _) => {
                format!("no sign of life of {peer} in {ms} ms ({name}){}", with_close())
            }
            (Cause::Cut, _) => "the connection was cut: it ended without a close".to_owned(),
            (Cause::Broken(kind), _) => format!("the connection broke: {kind}"),
            (Cause::Aborted, _) => "the connection was dropped here without a close".to_owned(),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told_of("the peer"))
    }
}

impl Party {
    /// Returns the name of the party, for logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Peer => "peer",
            Self::Network => "network",
        }
    }
}

impl Cause {
    /// Returns the name of the cause, for logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Protocol(_) => "protocol-error",
            Self::Limit { .. } => "limit",
            Self::Silence { .. } => "silence",
            Self::Cut => "cut",
            Self::Broken(io::ErrorKind::ConnectionReset) => "reset",
            Self::Broken(_) => "broken",
            Self::Aborted => "aborted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_at_its_limit_and_at_the_end_of_a_character() {
        for (len, kept) in [(122, 122), (123, 123), (124, 123)] {
            assert_eq!(Close::new(1000, "x".repeat(len)).reason().len(), kept);
        }
        let reason = format!("{}é", "x".repeat(122));
        assert_eq!(Close::new(1000, reason).reason(), "x".repeat(122));
    }

    #[test]
    fn each_ending_is_told_in_one_sentence() {
        let limit = Cause::Limit { name: "message_limit", value: 1024 };
        let silence = Cause::Silence { name: "idle_timeout_ms", ms: 60_000 };
        let cases = [
            (Ending::closed(Party::Peer, None), "it closed the connection without a code"),
            (Ending::closed(Party::Peer, Some(1000.into())), "it closed the connection: 1000"),
            (
                Ending::closed(Party::Local, Some(Close::new(1001, "bye"))),
                "this side closed the connection: 1001, bye",
            ),
            (
                Ending::local(Cause::Protocol("a masked frame".into()), Some(1002.into())),
                "it broke the protocol: a masked frame; closed with 1002",
            ),
            (
                Ending::local(limit, Some(1009.into())),
                "a limit was reached: message_limit, 1024 bytes; closed with 1009",
            ),
            (Ending::local(silence, None), "no sign of life of it in 60000 ms (idle_timeout_ms)"),
            (Ending::cut(), "the connection was cut: it ended without a close"),
            (
                Ending::broken(io::ErrorKind::ConnectionReset),
                "the connection broke: connection reset",
            ),
            (Ending::broken(io::ErrorKind::UnexpectedEof), &Ending::cut().to_string()),
            (Ending::aborted(), "the connection was dropped here without a close"),
        ];
        for (ending, text) in cases {
            assert_eq!(ending.told_of("it"), text);
        }
    }
}
