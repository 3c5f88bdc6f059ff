//! Wrong about chunks and about what they add up to (section 5).

use super::Wrong;
use crate::fault::Fault::{
    AllIdsAreOne, BindAndRequestAreTwo, ChangeAccepted, ChangeBeginsAnother,
    ChunkCountZeroAccepted, ChunkIdAboveCountAccepted, ChunkIdFromZero, ChunkIdJudgedFirst,
    ChunkIdJudgedLast, ChunkIdZeroAccepted, ChunkWithEntity, ChunkWithoutEntity, ChunksInOrderOnly,
    CompleteWithLastId, CountTimesSizeOf16Bits, DataLongerThanSizeAccepted, DataOfChunkSize,
    EmptyChunkNotCounted, EmptyChunkRefused, JoinedAsTheyCame, JoinedBySize, JoinedWithoutEntity,
    NoEndpointIsAny, NoSessionIsAny, OffsetAfter, OneMessageAtATime, RepeatCounted,
    RepeatOfOtherDataRefused, RepeatOverwrites, RequestAndResponseAreOne, SingleChunkNotComplete,
};
use crate::fault::Part::{Code, Count, Endpoint, EntityName, EntityType, Session, Size};
use crate::names::{BIND, UNBIND};

pub(super) const LIST: &[Wrong] = &[
    (
        ChunkWithEntity(BIND),
        "a chunk of a BIND has an entity",
        &["bind-chunk-first", "joining-bind"],
    ),
    (
        ChunkWithEntity(UNBIND),
        "a chunk of an UNBIND has an entity",
        &["bind-chunk-unbind", "joining-bind-to-unbind"],
    ),
    (
        ChunkWithEntity(0x40),
        "a chunk of a response has an entity",
        &["chunk-response-1", "joining-response-and-request-with-one-id"],
    ),
    (
        ChunkWithoutEntity,
        "a chunk of a request has no entity",
        &["chunk-request-1", "joining-request"],
    ),
    (
        ChunkIdJudgedFirst,
        "a chunk id is judged before its six bytes are there",
        &["checks-chunk-post-id-0-cut-2", "checks-chunk-post-id-0-cut-4"],
    ),
    (ChunkIdJudgedLast, "a chunk id is judged after the entity", &["checks-chunk-post-id-0"]),
    (
        ChunkIdZeroAccepted,
        "a chunk id of 0 is accepted",
        &["invalid-chunk-id-0", "checks-chunk-bind-id-0"],
    ),
    (
        ChunkIdAboveCountAccepted,
        "a chunk id above the count is accepted",
        &["invalid-chunk-id-over", "checks-chunk-post-id-3-of-2"],
    ),
    (
        ChunkCountZeroAccepted,
        "a count of 0 is accepted",
        &["bind-chunk-count-0", "invalid-chunk-count-0"],
    ),
    (ChunkIdFromZero, "chunks are counted from 0", &["joining-bind", "sequence-single"]),
    (
        OffsetAfter("InvalidChunk"),
        "InvalidChunk is reported one byte too late",
        &["invalid-chunk-id-0", "invalid-chunk-id-over"],
    ),
    (
        EmptyChunkRefused,
        "an empty last chunk is refused",
        &["chunk-empty-last", "bind-chunk-empty-last"],
    ),
    (
        DataOfChunkSize,
        "a chunk has as many bytes as its size says",
        &["joining-size-changes", "sequence-code-changes"],
    ),
    (
        ChangeAccepted(Code),
        "a change of code is accepted",
        &["sequence-code-changes", "joining-status-changes"],
    ),
    (
        ChangeAccepted(Endpoint),
        "a change of endpoint id is accepted",
        &["joining-endpoint-changes"],
    ),
    (
        ChangeAccepted(Session),
        "a change of session id is accepted",
        &["joining-session-changes", "joining-session-vanishes"],
    ),
    (ChangeAccepted(Count), "a change of count is accepted", &["sequence-count-changes"]),
    (ChangeAccepted(Size), "a change of size is accepted", &["joining-size-changes"]),
    (
        ChangeAccepted(EntityType),
        "a change of entity type is accepted",
        &["joining-entity-type-changes"],
    ),
    (
        ChangeAccepted(EntityName),
        "a change of entity name is accepted",
        &["joining-entity-name-changes"],
    ),
    (
        ChangeBeginsAnother(Code),
        "another code is another message",
        &["sequence-code-changes", "joining-status-changes"],
    ),
    (
        ChangeBeginsAnother(Endpoint),
        "another endpoint id is another message",
        &["joining-endpoint-changes"],
    ),
    (
        ChangeBeginsAnother(Session),
        "another session id is another message",
        &["joining-session-changes", "joining-session-vanishes"],
    ),
    (ChangeBeginsAnother(Count), "another count is another message", &["sequence-count-changes"]),
    (ChangeBeginsAnother(Size), "another size is another message", &["joining-size-changes"]),
    (
        ChangeBeginsAnother(EntityType),
        "another entity type is another message",
        &["joining-entity-type-changes", "joining-methods-bind-to-get"],
    ),
    (
        ChangeBeginsAnother(EntityName),
        "another entity name is another message",
        &["joining-entity-name-changes", "joining-methods-bind-to-get"],
    ),
    (NoSessionIsAny, "no session id is like any", &["joining-session-vanishes"]),
    (
        DataLongerThanSizeAccepted,
        "data longer than its size is accepted",
        &["joining-data-longer-than-size", "joining-data-longer-than-size-later"],
    ),
    (
        RequestAndResponseAreOne,
        "a request and a response with one id are one message",
        &["joining-response-and-request-with-one-id", "joining-request-and-response-with-one-id"],
    ),
    (
        AllIdsAreOne,
        "all chunks are of one message",
        &["joining-response-and-request-with-one-id", "joining-interleaved"],
    ),
    (
        OneMessageAtATime,
        "a chunk of another message drops the one before",
        &["joining-response-and-request-with-one-id", "joining-interleaved"],
    ),
    (
        RepeatOverwrites,
        "a chunk that comes again replaces the first",
        &["joining-repeated-with-other-data", "joining-repeated-after-gap"],
    ),
    (
        RepeatOfOtherDataRefused,
        "a chunk that comes again with other data is refused",
        &["joining-repeated-with-other-data", "joining-repeated-after-gap"],
    ),
    (
        RepeatCounted,
        "a chunk that comes again is counted",
        &["joining-repeated-with-other-data", "joining-repeated-after-gap"],
    ),
    (
        EmptyChunkNotCounted,
        "an empty chunk is dropped",
        &["joining-bind-empty-last", "sequence-empty-last"],
    ),
    (
        ChunksInOrderOnly,
        "chunks have to come in order",
        &["joining-bind-reversed", "joining-bind-gateway"],
    ),
    (
        CompleteWithLastId,
        "a message is complete with its last chunk",
        &["joining-bind-reversed", "joining-bind-gateway"],
    ),
    (
        JoinedAsTheyCame,
        "data is joined in the order of arrival",
        &["joining-bind-reversed", "joining-bind-gateway"],
    ),
    (
        JoinedBySize,
        "the place of a chunk's data is its id times the size",
        &["joining-bind", "joining-methods-size-32768"],
    ),
    (
        JoinedWithoutEntity,
        "the joined body of a request lacks its entity",
        &["joining-methods-get", "joining-methods-delete"],
    ),
    (
        SingleChunkNotComplete,
        "a message of one chunk is never complete",
        &["joining-bind-one", "sequence-single"],
    ),
    (
        BindAndRequestAreTwo,
        "a BIND and a request with one id are two messages",
        &["joining-methods-bind-to-get", "joining-methods-get-to-bind"],
    ),
    (NoEndpointIsAny, "no endpoint id is like any", &["joining-endpoint-changes"]),
    (CountTimesSizeOf16Bits, "a count times a size has 16 bits", &["joining-methods-size-32768"]),
];
