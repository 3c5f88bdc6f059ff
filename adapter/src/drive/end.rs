//! What a machine's own end means for the connection: its cause, with the limit that was
//! reached, and the reason of the close.

use alwayson_codec::connection::{edge, platform};

use crate::transport::Cause;

/// Why a machine has ended the connection.
pub(crate) struct LocalEnd {
    pub(crate) cause: Cause,
    /// What the peer is told in the close; empty where that needs no words.
    pub(crate) reason: &'static str,
}

fn closed(reason: &'static str) -> LocalEnd {
    LocalEnd { cause: Cause::Closed, reason }
}

fn broken_rule(reason: &'static str) -> LocalEnd {
    LocalEnd { cause: Cause::Protocol(reason.to_owned()), reason }
}

fn limit(name: &'static str, ms: u32, reason: &'static str) -> LocalEnd {
    LocalEnd { cause: Cause::Limit { name, value: ms.into() }, reason }
}

fn silence(name: &'static str, ms: u32, reason: &'static str) -> LocalEnd {
    LocalEnd { cause: Cause::Silence { name, ms: ms.into() }, reason }
}

/// Of a platform; none where it was the transport that ended.
pub(super) fn of_platform(end: platform::End, settings: &platform::Settings) -> Option<LocalEnd> {
    use platform::End;
    Some(match end {
        End::Closed => return None,
        End::TooEarly => broken_rule("something else came before AUTH was accepted"),
        End::AuthTimeout => limit("auth_timeout_ms", settings.auth_timeout_ms, "no AUTH in time"),
        End::Refused => closed("the claims of AUTH are not accepted"),
        End::Protocol => broken_rule("what came has no header of a message"),
        End::Idle => silence("idle_timeout_ms", settings.idle_timeout_ms, "nothing came in time"),
        End::ShutDown => closed("the platform shuts down"),
        _ => closed(""),
    })
}

/// Of an edge; none where it was the transport that ended.
pub(super) fn of_edge(end: edge::End, settings: &edge::Settings) -> Option<LocalEnd> {
    use edge::End;
    let timeout_ms = settings.request_timeout_ms;
    Some(match end {
        End::Lost => return None,
        End::Unauthorized | End::Declined => closed("AUTH was refused"),
        End::AuthTimeout => limit("request_timeout_ms", timeout_ms, "no answer to AUTH in time"),
        End::Protocol => broken_rule("what came has no header of a message"),
        End::InvalidSession => closed("the session is not known any more"),
        End::Silent => silence("pong_timeout_ms", settings.pong_timeout_ms, "no pong in time"),
        // An edge that leaves says no more than its code (section 1).
        _ => closed(""),
    })
}
