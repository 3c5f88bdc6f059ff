//! Wrong about numbers, strings, blobs, counts, and where the input ends
//! (sections 3, 4 and 6).

use super::Wrong;
use crate::fault::Count::{Aspects, Cells, Claims, Headers, Names};
use crate::fault::Fault::{
    AboveBmpRefused, BlobLengthAsOfString, BlobLengthMask, ByteOrderMarkDropped, CountJudgedAhead,
    CountLowByte, CountOfOtherWidth, CountSigned, CountZeroRefused, CutBlobAccepted,
    CutStringAccepted, EmptyStringRefused, EndAtStartOfField, LengthOfOneByte, LittleEndian,
    LongFormOfShortRefused, LongLengthFrom, OffsetAfter, StringEndsAtNul, StringLengthMask,
    Utf8Accepted, Utf8At,
};
use crate::fault::{Place, Utf8};

pub(super) const LIST: &[Wrong] = &[
    (LittleEndian(2), "numbers of 2 bytes are little-endian", &["bind-one", "bind-unicode"]),
    (LittleEndian(4), "numbers of 4 bytes are little-endian", &["table-empty", "response-reason"]),
    (
        LittleEndian(8),
        "numbers of 8 bytes are little-endian",
        &["response-content-number", "response-content-datetime"],
    ),
    (
        EndAtStartOfField,
        "UnexpectedEnd is reported at the start of the field",
        &["invalid-chunk-cut", "bind-chunk-unbind-cut"],
    ),
    (
        OffsetAfter("UnexpectedEnd"),
        "UnexpectedEnd is reported one byte too late",
        &["invalid-name-count-bomb", "invalid-aspect-count-bomb"],
    ),
    (
        CutStringAccepted,
        "a string that is cut short is a shorter string",
        &["invalid-string-length-bomb", "joining-bind-cut"],
    ),
    (
        CutBlobAccepted,
        "a blob that is cut short is a shorter blob",
        &["checks-blob-length-e0000001", "checks-blob-length-ff000001"],
    ),
    (
        LengthOfOneByte,
        "a length of 128 and more has one byte, too",
        &["response-reason-long", "auth-key-128"],
    ),
    (LongLengthFrom(0x7F), "a length of 127 has four bytes", &["auth-key-127"]),
    (
        LongLengthFrom(0x81),
        "a length of 128 has one byte",
        &["response-reason-long", "auth-key-128"],
    ),
    (
        LongFormOfShortRefused,
        "a short string must not have the long form",
        &["lenient-string-long-form", "joining-methods-get"],
    ),
    (
        StringLengthMask(0xFFFF_FFFF),
        "the top bit is part of a string's length",
        &["response-reason-long", "auth-key-128"],
    ),
    (
        StringLengthMask(0x3FFF_FFFF),
        "the top two bits are not part of a string's length",
        &["checks-string-length-c0000001"],
    ),
    (
        StringLengthMask(0x00FF_FFFF),
        "a string's length has three bytes",
        &["checks-string-length-e0000001", "checks-string-length-ff000001"],
    ),
    (
        StringLengthMask(0x0000_FFFF),
        "a string's length has two bytes",
        &["checks-string-length-e0000001", "checks-string-length-ff000001"],
    ),
    (
        StringLengthMask(0x0000_00FF),
        "a string's length has the last byte alone",
        &["response-reason-long", "checks-string-length-e0000001"],
    ),
    (
        BlobLengthMask(0xFFFF_FFFF),
        "the top bit is part of a blob's length",
        &["lenient-blob-length-flag"],
    ),
    (
        BlobLengthMask(0x3FFF_FFFF),
        "the top two bits are not part of a blob's length",
        &["checks-blob-length-c0000001"],
    ),
    (
        BlobLengthMask(0x00FF_FFFF),
        "a blob's length has three bytes",
        &["checks-blob-length-e0000001", "checks-blob-length-ff000001"],
    ),
    (
        BlobLengthMask(0x0000_FFFF),
        "a blob's length has two bytes",
        &["checks-blob-length-e0000001", "checks-blob-length-ff000001"],
    ),
    (
        BlobLengthMask(0x0000_00FF),
        "a blob's length has the last byte alone",
        &["checks-blob-length-e0000001", "checks-blob-length-ff000001"],
    ),
    (
        BlobLengthAsOfString,
        "a short blob has a length of one byte",
        &["primitive-blob-1", "primitive-blob-2"],
    ),
    (StringEndsAtNul, "a string ends at a zero byte", &["text-nul", "text-first-and-last"]),
    (EmptyStringRefused, "an empty string is refused", &["response-reason-empty", "table-no-rows"]),
    (
        ByteOrderMarkDropped,
        "a byte order mark is no part of a string",
        &["text-byte-order-mark", "text-names"],
    ),
    (
        Utf8Accepted(Utf8::Anything),
        "bytes that are not UTF-8 are replaced",
        &["text-ff", "text-five-bytes"],
    ),
    (
        Utf8Accepted(Utf8::Surrogate),
        "an encoded surrogate is accepted",
        &["invalid-utf8-surrogate", "text-surrogate-pair"],
    ),
    (
        Utf8Accepted(Utf8::Overlong(2)),
        "an overlong form of two bytes is accepted",
        &["invalid-utf8-overlong", "text-overlong-2"],
    ),
    (
        Utf8Accepted(Utf8::Overlong(3)),
        "an overlong form of three bytes is accepted",
        &["text-overlong-3", "text-overlong-3-last"],
    ),
    (
        Utf8Accepted(Utf8::Overlong(4)),
        "an overlong form of four bytes is accepted",
        &["text-overlong-4", "text-overlong-4-last"],
    ),
    (
        Utf8Accepted(Utf8::AboveUnicode),
        "a character above U+10FFFF is accepted",
        &["text-above-unicode"],
    ),
    (
        Utf8Accepted(Utf8::CutAtEnd),
        "a character that is cut by its string's end is accepted",
        &["invalid-utf8-name", "text-cut-over-two-strings"],
    ),
    (
        AboveBmpRefused,
        "a character of four bytes is refused",
        &["text-four-bytes", "text-first-and-last"],
    ),
    (
        Utf8At(Place::StartOfString),
        "InvalidUtf8 is reported at the start of its string",
        &["text-ff", "text-five-bytes"],
    ),
    (
        Utf8At(Place::EndOfString),
        "InvalidUtf8 is reported at the end of its string",
        &["text-ff", "text-five-bytes"],
    ),
    (
        Utf8At(Place::WrongByte),
        "InvalidUtf8 is reported at a later byte of the sequence",
        &["text-cut-4", "text-broken-3"],
    ),
    (
        CountOfOtherWidth(Claims),
        "a count of claims has two bytes",
        &["auth-endpoint-none", "auth-app-key"],
    ),
    (CountOfOtherWidth(Names), "a count of names has one byte", &["bind-one", "bind-unicode"]),
    (
        CountOfOtherWidth(Headers),
        "a count of headers has two bytes",
        &["checks-params-16-body", "request-get"],
    ),
    (
        CountOfOtherWidth(Aspects),
        "a count of aspects has one byte",
        &["table-no-rows", "primitive-string-1"],
    ),
    (
        CountOfOtherWidth(Cells),
        "a count of cells has one byte",
        &["primitive-string-1", "table-fields-256"],
    ),
    (CountLowByte(Names), "the high byte of a count of names is lost", &["bind-many"]),
    (CountLowByte(Aspects), "the high byte of a count of aspects is lost", &["counts-aspects-256"]),
    (CountLowByte(Cells), "the high byte of a count of cells is lost", &["table-fields-256"]),
    (
        CountSigned(Claims),
        "128 claims and more are none",
        &["clear-auth-count-bomb", "auth-claims-255"],
    ),
    (
        CountSigned(Headers),
        "128 headers and more are none",
        &["invalid-header-count-bomb", "counts-headers-not-ahead"],
    ),
    (
        CountSigned(Names),
        "32768 names and more are none",
        &["invalid-name-count-bomb", "counts-names-not-ahead"],
    ),
    (CountSigned(Aspects), "32768 aspects and more are none", &["counts-aspects-not-ahead"]),
    (
        CountSigned(Cells),
        "32768 cells and more are none",
        &["invalid-row-count-bomb", "counts-cells-not-ahead"],
    ),
    (
        CountZeroRefused(Claims),
        "an AUTH without claims is refused",
        &["clear-auth", "auth-no-claims"],
    ),
    (
        CountZeroRefused(Headers),
        "a request without headers is refused",
        &["checks-params-16-body", "request-get"],
    ),
    (
        CountZeroRefused(Names),
        "a BIND without names is refused",
        &["bind-none", "bind-gateway-only"],
    ),
    (
        CountZeroRefused(Aspects),
        "a field without aspects is refused",
        &["table-no-rows", "primitive-string-1"],
    ),
    (CountZeroRefused(Cells), "a row without cells is refused", &["counts-cells-none"]),
    (
        CountJudgedAhead(Claims),
        "a count of claims is judged by the bytes that are left",
        &["counts-claims-not-ahead"],
    ),
    (
        CountJudgedAhead(Names),
        "a count of names is judged by the bytes that are left",
        &["counts-names-not-ahead"],
    ),
    (
        CountJudgedAhead(Headers),
        "a count of headers is judged by the bytes that are left",
        &["counts-headers-not-ahead"],
    ),
    (
        CountJudgedAhead(Aspects),
        "a count of aspects is judged by the bytes that are left",
        &["counts-aspects-not-ahead"],
    ),
    (
        CountJudgedAhead(Cells),
        "a count of cells is judged by the bytes that are left",
        &["counts-cells-not-ahead"],
    ),
];
