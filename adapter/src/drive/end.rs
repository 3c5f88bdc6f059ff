//! Maps the end that a machine has decided to the cause of the connection's end, with the limit
//! that was reached, and to the reason in the close.

use alwayson_codec::connection::{edge, platform};

use crate::transport::Cause;

/// Why a machine ended the connection.
pub(crate) struct LocalEnd {
    pub(crate) cause: Cause,
    /// The reason in the close; empty if the code suffices.
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

/// Maps the end of a platform's machine. Returns `None` if the transport ended.
pub(super) fn of_platform(end: platform::End, settings: &platform::Settings) -> Option<LocalEnd> {
    use platform::End;
    Some(match end {
        End::Closed => return None,
        End::TooEarly => {
            broken_rule("a message other than a valid AUTH came before AUTH was accepted")
        }
        End::AuthTimeout => limit("auth_timeout_ms", settings.auth_timeout_ms, "no AUTH in time"),
        End::Refused => closed("the claims of AUTH are not accepted"),
        End::Protocol => broken_rule("a message has no complete header"),
        End::Idle => silence("idle_timeout_ms", settings.idle_timeout_ms, "nothing came in time"),
        End::ShutDown => closed("the platform shuts down"),
        _ => closed(""),
    })
}

/// Maps the end of an edge's machine. Returns `None` if the transport ended.
pub(super) fn of_edge(end: edge::End, settings: &edge::Settings) -> Option<LocalEnd> {
    use edge::End;
    let timeout_ms = settings.request_timeout_ms;
    Some(match end {
        End::Lost => return None,
        End::Unauthorized | End::Declined => closed("AUTH was refused"),
        End::AuthTimeout => limit("request_timeout_ms", timeout_ms, "no answer to AUTH in time"),
        End::Protocol => broken_rule("a message has no complete header"),
        End::InvalidSession => closed("the session is not known any more"),
        End::Silent => silence("pong_timeout_ms", settings.pong_timeout_ms, "no pong in time"),
        // An edge that leaves sends only the code (PROTOCOL.md §1).
        _ => closed(""),
    })
}
