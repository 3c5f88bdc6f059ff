//! The faults of wrong decoders; `list` describes each.

/// The one rule of the protocol that a decoder or a joiner breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    // The header.
    ChecksInOrder([Check; 5]),
    CheckLeftOut(Check),
    HeaderMarkerAsFlag,
    EndpointAndSessionSwapped,
    IdsSigned,
    CodeUnknown(u8),
    UnnamedStatusRefused,
    ChunkRefused(u8),
    ChunkAccepted(u8),
    KeepAliveHasClaims,
    TrailingRefused,
    KeepAliveTrailingRefused,
    // Numbers, strings, counts, and markers.
    LittleEndian(usize),
    EndAtStartOfField,
    CutStringAccepted,
    CutBlobAccepted,
    LengthOfOneByte,
    LongLengthFrom(u8),
    LongFormOfShortRefused,
    StringLengthMask(u32),
    BlobLengthMask(u32),
    BlobLengthAsOfString,
    StringEndsAtNul,
    EmptyStringRefused,
    ByteOrderMarkDropped,
    Utf8Accepted(Utf8),
    AboveBmpRefused,
    Utf8At(Place),
    CountOfOtherWidth(Count),
    CountLowByte(Count),
    CountSigned(Count),
    CountZeroRefused(Count),
    CountJudgedAhead(Count),
    MarkerAccepted(Marker, bool),
    OffsetAfter(&'static str),
    // Bodies.
    ClearAuthWithoutClaims,
    GatewayWithoutType,
    UnbindWithoutGateway,
    HeadersDropped,
    EmptyReasonIsNone,
    EntityTypeUnknown(u8),
    CharacteristicUnknown(u8),
    UnnamedEntityTypeRefused,
    UnnamedCharacteristicRefused,
    ParamsVariantAccepted,
    ParamsStringAccepted,
    ParamsReadBeforeJudged,
    ParamsOfUnknownType,
    ContentOfTableOrNothing,
    // Values and tables.
    BaseTypeUnknown(u8),
    UnnamedTypeInShapeRefused,
    UnnamedTypeAsString,
    UnnamedTypeAsNothing,
    ByteMore(u8),
    ByteLess(u8),
    BooleanOtherRefused,
    BooleanOtherFalse,
    Unsigned(u8),
    FractionLost,
    NotFiniteRefused,
    MinusZeroLost,
    NanMadeCanonical,
    DateTimeIsNumber,
    LatitudeFirst,
    ImageIsText,
    FloatsInVectors,
    TimeSpanPeriodFirst,
    TimeSpanWithoutPeriod,
    TimeSpanEndFirst,
    TimeSpanNoneRefused,
    TimeSpanBackwardsRefused,
    ThingCodeInstanceFirst,
    ThingCodeOfInts,
    ThingCodeOfLongs,
    VariantTakenOff,
    FieldWithoutDescription,
    AspectsAreStrings,
    CellTypeFromField,
    CellOfOtherTypeRefused,
    RowOfOtherLengthRefused,
    NothingInCellRefused,
    RepeatedFieldRefused,
    NestingLimit(usize),
    NestingNotCounted(Container),
    NestingCountsSiblings,
    NestingCountsRows,
    NestingJudgedInside,
    EmptyTableTooDeepAccepted,
    // Chunks.
    ChunkWithEntity(u8),
    ChunkWithoutEntity,
    ChunkIdJudgedFirst,
    ChunkIdJudgedLast,
    ChunkIdZeroAccepted,
    ChunkIdAboveCountAccepted,
    ChunkCountZeroAccepted,
    ChunkIdFromZero,
    EmptyChunkRefused,
    DataOfChunkSize,
    // The joiner.
    ChangeAccepted(Part),
    ChangeBeginsAnother(Part),
    NoSessionIsAny,
    DataLongerThanSizeAccepted,
    RequestAndResponseAreOne,
    AllIdsAreOne,
    OneMessageAtATime,
    RepeatOverwrites,
    RepeatOfOtherDataRefused,
    RepeatCounted,
    EmptyChunkNotCounted,
    ChunksInOrderOnly,
    CompleteWithLastId,
    JoinedAsTheyCame,
    JoinedBySize,
    JoinedWithoutEntity,
    SingleChunkNotComplete,
    BindAndRequestAreTwo,
    NoEndpointIsAny,
    CountTimesSizeOf16Bits,
}

/// A check of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Version,
    Length,
    Marker,
    Code,
    Allowed,
}

/// What is ill-formed in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utf8 {
    Anything,
    Surrogate,
    /// A character in more bytes than it needs: in so many.
    Overlong(usize),
    AboveUnicode,
    CutAtEnd,
}

/// Where a wrong decoder says that UTF-8 is ill-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    StartOfString,
    EndOfString,
    /// The byte at which the sequence turns out to be wrong.
    WrongByte,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Claims,
    Names,
    Headers,
    Aspects,
    Cells,
}

/// What has a marker of 0 or 1 before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Gateway,
    Reason,
    Field,
    Row,
}

/// What encloses a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Params,
    Table,
    Aspects,
    Variant,
}

/// What the chunks of a message have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Code,
    Endpoint,
    Session,
    Count,
    Size,
    EntityType,
    EntityName,
}
