//! The rules that a connection is held against: all of them, in one table.
//!
//! A rule quotes the words of PROTOCOL.md that it follows, and is as binding as they are: a
//! test compares the two.

use std::fmt;

use crate::capture::Side;
use crate::level::Level;

/// A rule of the protocol that can be seen to be broken by whoever reads along.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which stays.
    pub id: &'static str,
    /// How binding it is. A message that cannot be decoded has the level of its decode error.
    pub level: Level,
    /// The section of PROTOCOL.md.
    pub section: &'static str,
    /// Words of that section.
    pub quote: &'static str,
    /// What it means to break it.
    pub about: &'static str,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Who broke it.
    pub from: Side,
    /// The rule.
    pub rule: &'static Rule,
    /// How binding it is here.
    pub level: Level,
    /// Where, in words. It has no secrets: only numbers, ids, and the names of kinds and Things.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { id, section, about, .. } = self.rule;
        write!(f, "{} {id}: {about}", self.level)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        write!(f, " (section {section})")
    }
}

/// Declares the rules and the list of them.
macro_rules! rules {
    ($($name:ident $id:literal $level:ident $section:literal $quote:literal $about:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $about, ".")]
            pub const $name: &Rule = &Rule {
                id: $id,
                level: Level::$level,
                section: $section,
                quote: $quote,
                about: $about,
            };
        )*
        /// All rules.
        pub const ALL: &[&Rule] = &[$($name),*];
    };
}

rules! {
    // The upgrade.
    UPGRADE "upgrade" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "an upgrade that is not that of a WebSocket (RFC 6455, section 4)";
    PATH "path" Must "1" "An edge opens a WebSocket (RFC 6455) to the path `/Thingworx/WS`"
        "an upgrade at another path";
    EXTENSION "extension" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "an extension was agreed on that the edge did not offer, or that is not known";
    // Frames.
    UNMASKED "unmasked-frame" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a frame of the edge is not masked (RFC 6455, section 5.1)";
    MASKED "masked-frame" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a frame of the platform is masked (RFC 6455, section 5.1)";
    RESERVED_BIT "reserved-bit" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a reserved bit is set that no extension defines (RFC 6455, section 5.2)";
    OPCODE "opcode" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a frame with a reserved opcode (RFC 6455, section 5.2)";
    LENGTH_FORM "frame-length" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a frame whose length is not written in the fewest bytes (RFC 6455, section 5.2)";
    CONTROL "control-frame" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a control frame in fragments, or with more than 125 bytes (RFC 6455, section 5.5)";
    CONTINUATION "continuation" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a continuation of nothing, or a message that begins within another (RFC 6455, section 5.4)";
    CLOSE "close-frame" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a close whose code or reason is not valid (RFC 6455, section 5.5.1)";
    AFTER_CLOSE "after-close" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a frame after a close (RFC 6455, section 5.5.1)";
    DEFLATE "deflate" Must "1" "An edge opens a WebSocket (RFC 6455)"
        "a compressed message that cannot be decompressed (RFC 7692, section 7.2)";
    RSV1_AGAIN "compressed-continuation" Should "1"
        "marks continuation frames as compressed, which not every WebSocket library accepts"
        "a continuation frame is marked as compressed";
    FRAME_SIZE "max-frame-size" Should "1" "the longest frame that the edge accepts"
        "a frame is longer than the edge accepts";
    PONG "pong" Should "1" "if no pong arrives within 10 s, it considers the connection lost"
        "a ping without a pong for 10 s";
    // What a WebSocket message holds.
    TEXT "text" Should "1" "Text messages are not part of the protocol and are ignored"
        "a text message";
    SEVERAL "several-messages" Should "1"
        "Some peers put several AlwaysOn messages into one WebSocket message"
        "several messages in one WebSocket message";
    PADDING "padding" Ours "1"
        "bytes that follow a message and do not begin with a complete header are padding"
        "bytes follow the message";
    UNREADABLE "unreadable" Must "6"
        "A decoder reads from left to right and reports the kind and the offset of the first error."
        "a message that cannot be decoded";
    FORM "another-form" Must "3" "Encoders use the short form for every length below 128"
        "a message has a shorter encoding";
    NOT_CHUNKED "not-chunked" Should "5"
        "that is longer than the sender's chunk size (by default 8192 bytes, including the header) is sent in chunks"
        "a message is longer than the usual chunk size";
    CHUNKS "chunk-mismatch" Must "5"
        "code, ids, number of chunks, chunk size and entity stay the same within a message"
        "chunks that do not make a message";
    TOO_LONG "message-limit" Should "5" "A message has at most 1 MiB"
        "a message of chunks is longer than the usual limit";
    STATUS "status" Ours "2" "its platform sends none of the three"
        "a status that a widespread client fails on";
    // The connection.
    AUTH_IDS "auth-ids" Must "3" "An AUTH carries endpoint id 0 and session id 0xFFFFFFFF."
        "an AUTH with other ids";
    TOO_EARLY "before-auth" Must "7" "After the upgrade, the edge may send only AUTH."
        "a message before AUTH";
    BEFORE_ANSWER "before-auth-answer" Must "7"
        "It sends nothing but AUTH before AUTH has succeeded."
        "a message before AUTH has succeeded";
    ANSWERED_EARLY "answered-before-auth" Must "7"
        "Anything else ends the connection without a response"
        "the platform goes on although the edge did not authenticate";
    AFTER_REFUSAL "after-refusal" Must "7"
        "The platform answers an AUTH that it refuses with UNAUTHORIZED, and then ends the connection."
        "the platform refused AUTH, and goes on";
    SECOND_AUTH "second-auth" Ours "7" "A second AUTH is answered with BAD_REQUEST."
        "a second AUTH";
    SESSION "session" Must "2"
        "From then on, the edge sends each of these ids that is not 0xFFFFFFFF."
        "another session id than the granted one";
    ENDPOINT "endpoint" Must "2" "A response repeats it"
        "a response with another endpoint id than its request";
    MISPLACED "misplaced" Must "7" "The edge connects, sends AUTH, and then sends BIND"
        "the platform sends what only edges send";
    NOT_BOUND "not-bound" Must "7"
        "it may call the platform, but the platform may not call the edge"
        "the platform calls an edge that has bound nothing";
    NOT_BOUND_HERE "not-bound-here" Must "7" "the platform may call the Thing"
        "the platform calls a Thing that is not bound on this connection";
    NO_REQUEST "no-request" Should "2" "A response repeats the id of its request."
        "a response to no request";
    ID_REUSE "id-reuse" Should "2" "A response repeats the id of its request."
        "the id of a request that is not answered yet is used again";
    LEAVING "leaving" Should "1"
        "An edge leaves by unbinding the names that it bound and closing the WebSocket with code 1000"
        "the edge closes the WebSocket while names are bound, or with another code than 1000";
}
