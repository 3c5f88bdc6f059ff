//! Checks of single calls and of sent messages.

use std::collections::BTreeSet;

use alwayson_codec::connection::{CallError, RequestId};
use alwayson_codec::{Body, ChunkOf, EntityType, Ids, Message};

use crate::verdict::Verdict;

/// The maximum number of messages that a machine may send at once; its memory holds fewer
/// answers and chunks.
const AT_ONE_GO: usize = 40;

/// Checks that a request ends only once.
pub(super) fn ended(open: &mut BTreeSet<RequestId>, request: RequestId) -> Verdict {
    if open.remove(&request) {
        return Ok(());
    }
    Err(format!("request {} has ended twice, or was never sent", request.to_u32()))
}

/// Checks that a call failed with this error.
pub(super) fn refused(result: Result<(), CallError>, error: CallError) -> Verdict {
    match result {
        Err(real) if real == error => Ok(()),
        Err(real) => Err(format!("a call failed because {real}, and not because {error}")),
        Ok(()) => Err(format!("a call succeeded though {error}")),
    }
}

/// Checks that an answer was accepted if, and only if, its request was waiting.
pub(super) fn answered(waits: bool, is_dead: bool, result: Result<(), CallError>) -> Verdict {
    match result {
        Ok(()) | Err(CallError::OutboxFull | CallError::MessageTooLong) if waits && !is_dead => {
            Ok(())
        }
        Err(CallError::NotWaiting) if !waits && !is_dead => Ok(()),
        Err(CallError::Ended) if is_dead => Ok(()),
        other => Err(format!("an answer (waits: {waits}, dead: {is_dead}): {other:?}")),
    }
}

/// Checks that a sent message decodes completely and has a valid request id.
pub(super) fn sent(bytes: &[u8]) -> Verdict {
    let message = Message::decode_exact(bytes)
        .map_err(|error| format!("{error}, in what was sent: {bytes:02x?}"))?;
    let is_answer = match &message.body {
        Body::Response(_) => true,
        Body::Chunk(chunk) => matches!(chunk.of, ChunkOf::Response(_)),
        _ => false,
    };
    // The id of an answer was chosen by the peer.
    if !is_answer && (message.ids.request == 0 || message.ids.request == Ids::NONE) {
        return Err(format!("a request id that cannot be: {message:?}"));
    }
    Ok(())
}

/// Like [`sent`]; also checks that a request goes to a bound name.
pub(super) fn sent_by_platform(bytes: &[u8], is_bound: impl Fn(&str) -> bool) -> Verdict {
    sent(bytes)?;
    let Ok((message, _)) = Message::decode(bytes) else { return Ok(()) };
    let entity = match &message.body {
        Body::Request(request) => request.entity,
        Body::Chunk(chunk) => match chunk.of {
            ChunkOf::Request(_, entity) => entity,
            ChunkOf::Response(_) | ChunkOf::Bind | ChunkOf::Unbind => return Ok(()),
        },
        _ => return Ok(()),
    };
    if entity.entity_type == EntityType::THINGS && is_bound(entity.name.as_str()) {
        return Ok(());
    }
    Err(format!("the platform asked {}, which is not bound on that connection", entity.name))
}

/// Checks that a machine does not send without end.
pub(super) fn is_bounded(len: usize) -> Verdict {
    if len <= AT_ONE_GO {
        return Ok(());
    }
    Err("a machine sends without end".to_owned())
}
