//! Wrong about the header (sections 2 and 6).

use super::Wrong;
use crate::fault::Check::{Allowed, Code, Length, Marker, Version};
use crate::fault::Fault::{
    CheckLeftOut, ChecksInOrder, ChunkAccepted, ChunkRefused, CodeUnknown,
    EndpointAndSessionSwapped, HeaderMarkerAsFlag, IdsSigned, KeepAliveHasClaims,
    KeepAliveTrailingRefused, OffsetAfter, TrailingRefused, UnnamedStatusRefused,
};
use crate::names::{AUTH, BIND, CLEAR_AUTH, KEEP_ALIVE, UNBIND};

pub(super) const LIST: &[Wrong] = &[
    (
        ChecksInOrder([Length, Version, Marker, Code, Allowed]),
        "length before version",
        &["checks-version-alone", "checks-version-before-length"],
    ),
    (
        ChecksInOrder([Marker, Version, Length, Code, Allowed]),
        "marker before version",
        &["checks-version-before-marker-and-code", "checks-version-alone"],
    ),
    (
        ChecksInOrder([Code, Version, Length, Marker, Allowed]),
        "code before version",
        &["checks-length-before-code", "checks-length-before-code-2"],
    ),
    (
        ChecksInOrder([Version, Code, Length, Marker, Allowed]),
        "code before length",
        &["checks-length-before-code", "checks-length-before-code-2"],
    ),
    (
        ChecksInOrder([Version, Length, Code, Marker, Allowed]),
        "code before marker",
        &["checks-marker-before-code"],
    ),
    (
        ChecksInOrder([Version, Length, Marker, Allowed, Code]),
        "whether the code may be chunked before the code",
        &["checks-code-before-marker-allowed"],
    ),
    (CheckLeftOut(Version), "any version is accepted", &["invalid-version-0", "invalid-version-2"]),
    (
        CheckLeftOut(Marker),
        "any marker but 0 means a chunk",
        &["invalid-multipart-2", "checks-marker-80"],
    ),
    (
        CheckLeftOut(Code),
        "a method without a name is read as a request",
        &["invalid-code-00", "invalid-code-05"],
    ),
    (
        CheckLeftOut(Allowed),
        "every method may be chunked",
        &["checks-auth-chunk", "invalid-multipart-auth"],
    ),
    (HeaderMarkerAsFlag, "the marker's top bit means a chunk", &["checks-marker-80"]),
    (
        EndpointAndSessionSwapped,
        "the session id is read before the endpoint id",
        &["response-reason", "auth-app-key"],
    ),
    (IdsSigned, "ids have a sign", &["auth-endpoint-none", "response-no-request"]),
    (
        UnnamedStatusRefused,
        "a status without a name is unknown",
        &["response-code-unknown", "chunk-methods-status-7f"],
    ),
    (CodeUnknown(CLEAR_AUTH), "CLEARAUTH is unknown", &["clear-auth", "clear-auth-chunk"]),
    (
        ChunkRefused(1),
        "a GET may not be chunked",
        &["chunk-methods-get", "joining-methods-bind-to-get"],
    ),
    (ChunkRefused(2), "a PUT may not be chunked", &["joining-method-changes", "chunk-methods-put"]),
    (ChunkRefused(3), "a POST may not be chunked", &["chunk-request-1", "joining-request"]),
    (
        ChunkRefused(4),
        "a DELETE may not be chunked",
        &["chunk-methods-delete", "joining-methods-delete"],
    ),
    (ChunkRefused(BIND), "a BIND may not be chunked", &["bind-chunk-one", "joining-bind"]),
    (
        ChunkRefused(UNBIND),
        "an UNBIND may not be chunked",
        &["bind-chunk-unbind-cut", "bind-chunk-unbind"],
    ),
    (
        ChunkRefused(0x40),
        "a response may not be chunked",
        &["checks-chunk-success-id-0-cut-0", "invalid-chunk-cut"],
    ),
    (
        ChunkRefused(0x84),
        "a NOT_FOUND may not be chunked",
        &["chunk-methods-not-found", "joining-methods-not-found"],
    ),
    (
        ChunkRefused(0x7F),
        "a status without a name may not be chunked",
        &["chunk-methods-status-7f"],
    ),
    (
        ChunkAccepted(AUTH),
        "an AUTH may be chunked",
        &["checks-auth-chunk", "invalid-multipart-auth"],
    ),
    (ChunkAccepted(CLEAR_AUTH), "a CLEARAUTH may be chunked", &["clear-auth-chunk"]),
    (
        ChunkAccepted(KEEP_ALIVE),
        "a KEEP_ALIVE with marker 1 is accepted",
        &["checks-keep-alive-chunk", "checks-keep-alive-chunk-body"],
    ),
    (
        KeepAliveHasClaims,
        "a KEEP_ALIVE has claims",
        &["lenient-keep-alive", "checks-keep-alive-trailing"],
    ),
    (
        TrailingRefused,
        "bytes after a message are refused",
        &["lenient-trailing-response", "lenient-trailing-bind"],
    ),
    (
        KeepAliveTrailingRefused,
        "bytes after a KEEP_ALIVE are refused",
        &["checks-keep-alive-trailing"],
    ),
    (
        OffsetAfter("UnsupportedVersion"),
        "UnsupportedVersion is reported one byte too late",
        &["invalid-version-0", "invalid-version-2"],
    ),
    (
        OffsetAfter("UnknownCode"),
        "UnknownCode is reported one byte too late",
        &["invalid-code-00", "invalid-code-05"],
    ),
    (
        OffsetAfter("InvalidMarker"),
        "InvalidMarker is reported one byte too late",
        &["invalid-multipart-2", "checks-marker-80"],
    ),
];
