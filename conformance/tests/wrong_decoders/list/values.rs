//! Wrong about values and tables (section 4).

use super::Wrong;
use crate::fault::Container::{Aspects, Params, Table, Variant};
use crate::fault::Fault::{
    AspectsAreStrings, BaseTypeUnknown, BooleanOtherFalse, BooleanOtherRefused, ByteLess, ByteMore,
    CellOfOtherTypeRefused, CellTypeFromField, DateTimeIsNumber, EmptyTableTooDeepAccepted,
    FieldWithoutDescription, FloatsInVectors, FractionLost, ImageIsText, LatitudeFirst,
    MinusZeroLost, NanMadeCanonical, NestingCountsRows, NestingCountsSiblings, NestingJudgedInside,
    NestingLimit, NestingNotCounted, NotFiniteRefused, NothingInCellRefused, OffsetAfter,
    RepeatedFieldRefused, RowOfOtherLengthRefused, ThingCodeInstanceFirst, ThingCodeOfInts,
    ThingCodeOfLongs, TimeSpanBackwardsRefused, TimeSpanEndFirst, TimeSpanNoneRefused,
    TimeSpanPeriodFirst, TimeSpanWithoutPeriod, UnnamedTypeAsNothing, UnnamedTypeAsString,
    UnnamedTypeInShapeRefused, Unsigned, VariantTakenOff,
};

const DATETIME: u8 = 3;
const TIMESPAN: u8 = 4;
const INTEGER: u8 = 22;
const LONG: u8 = 23;
const VEC2: u8 = 124;
const VEC3: u8 = 125;
const VEC4: u8 = 126;
const THINGCODE: u8 = 127;

pub(super) const LIST: &[Wrong] = &[
    (
        BaseTypeUnknown(121),
        "PERSISTENCEPROVIDERPACKAGENAME is unknown",
        &["types-persistenceproviderpackagename", "types-persistenceproviderpackagename-variant"],
    ),
    (
        BaseTypeUnknown(122),
        "PERSISTENCEPROVIDERNAME is unknown",
        &["types-persistenceprovidername", "types-persistenceprovidername-variant"],
    ),
    (
        BaseTypeUnknown(123),
        "PROJECTNAME is unknown",
        &["types-projectname", "types-projectname-variant"],
    ),
    (BaseTypeUnknown(TIMESPAN), "TIMESPAN is unknown", &["types-timespan", "types-timespan-cell"]),
    (ByteMore(TIMESPAN), "a TIMESPAN is a byte longer", &["types-timespan", "types-timespan-open"]),
    (
        ByteLess(TIMESPAN),
        "a TIMESPAN is a byte shorter",
        &["types-timespan-cell", "types-timespan-open-cell"],
    ),
    (
        TimeSpanPeriodFirst,
        "the period of a TIMESPAN comes first",
        &["types-timespan", "types-timespan-period-utf8"],
    ),
    (
        TimeSpanWithoutPeriod,
        "a TIMESPAN has no period",
        &["types-timespan", "types-timespan-period-cut"],
    ),
    (
        TimeSpanEndFirst,
        "the end of a TIMESPAN comes before its start",
        &["types-timespan", "types-timespan-variant"],
    ),
    (
        TimeSpanNoneRefused,
        "a TIMESPAN has to start",
        &["types-timespan-open", "types-timespan-open-variant"],
    ),
    (
        TimeSpanBackwardsRefused,
        "a TIMESPAN must not end before it starts",
        &["types-timespan-long-period", "types-timespan-long-period-variant"],
    ),
    (BaseTypeUnknown(VEC2), "VEC2 is unknown", &["types-vec2", "types-vec2-cell"]),
    (ByteMore(VEC2), "a VEC2 is a byte longer", &["types-vec2", "types-vec2-variant"]),
    (ByteLess(VEC2), "a VEC2 is a byte shorter", &["types-vec2-cell"]),
    (BaseTypeUnknown(VEC3), "VEC3 is unknown", &["types-vec3", "types-vec3-cell"]),
    (ByteMore(VEC3), "a VEC3 is a byte longer", &["types-vec3", "types-vec3-variant"]),
    (ByteLess(VEC3), "a VEC3 is a byte shorter", &["types-vec3-cell"]),
    (BaseTypeUnknown(VEC4), "VEC4 is unknown", &["types-vec4", "types-vec4-cell"]),
    (ByteMore(VEC4), "a VEC4 is a byte longer", &["types-vec4", "types-vec4-variant"]),
    (ByteLess(VEC4), "a VEC4 is a byte shorter", &["types-vec4-cell"]),
    (
        FloatsInVectors,
        "the numbers of a VEC2, VEC3 and VEC4 have four bytes",
        &["types-vec2", "types-vec4"],
    ),
    (
        BaseTypeUnknown(THINGCODE),
        "THINGCODE is unknown",
        &["types-thingcode", "types-thingcode-cell"],
    ),
    (
        ByteMore(THINGCODE),
        "a THINGCODE is a byte longer",
        &["types-thingcode", "types-thingcode-variant"],
    ),
    (
        ByteLess(THINGCODE),
        "a THINGCODE is a byte shorter",
        &["types-thingcode-cell", "types-thingcode-extremes-cell"],
    ),
    (
        ThingCodeInstanceFirst,
        "the instance of a THINGCODE comes before its domain",
        &["types-thingcode", "types-thingcode-variant"],
    ),
    (
        ThingCodeOfInts,
        "the instance of a THINGCODE has four bytes",
        &["types-thingcode-cut-11", "types-thingcode"],
    ),
    (
        ThingCodeOfLongs,
        "the domain of a THINGCODE has eight bytes",
        &["types-thingcode", "types-thingcode-variant"],
    ),
    (
        Unsigned(THINGCODE),
        "the numbers of a THINGCODE have no sign",
        &["types-thingcode-extremes", "types-thingcode-extremes-variant"],
    ),
    (
        Unsigned(TIMESPAN),
        "the times of a TIMESPAN have no sign",
        &["types-timespan-open", "types-timespan-extremes"],
    ),
    (Unsigned(DATETIME), "a DATETIME has no sign", &["primitive-datetime-2"]),
    (
        Unsigned(INTEGER),
        "an INTEGER has no sign",
        &["response-content-integer", "primitive-integer-1"],
    ),
    (Unsigned(LONG), "a LONG has no sign", &["primitive-long-1", "primitive-long-3"]),
    (
        UnnamedTypeInShapeRefused,
        "a base type without a name is refused in a shape",
        &["types-field-128", "types-params-field-254"],
    ),
    (
        UnnamedTypeAsString,
        "a value of a type without a name is a string",
        &["types-value-128", "types-value-129"],
    ),
    (
        UnnamedTypeAsNothing,
        "a value of a type without a name is empty",
        &["types-value-128", "types-value-129"],
    ),
    (
        OffsetAfter("UnknownBaseType"),
        "UnknownBaseType is reported one byte too late",
        &["types-value-128", "types-value-129"],
    ),
    (BooleanOtherRefused, "a BOOLEAN of 2 is refused", &["lenient-boolean-2"]),
    (BooleanOtherFalse, "a BOOLEAN of 2 is false", &["lenient-boolean-2"]),
    (FractionLost, "a NUMBER is a whole number", &["response-content-number", "types-vec2"]),
    (
        NotFiniteRefused,
        "a NUMBER that is not finite is refused",
        &["types-vec4", "primitive-number-6"],
    ),
    (MinusZeroLost, "-0.0 is 0.0", &["types-vec4", "primitive-number-1"]),
    (NanMadeCanonical, "all NaNs are one", &["types-vec4", "types-vec4-variant"]),
    (
        DateTimeIsNumber,
        "a DATETIME is a double",
        &["response-content-datetime", "primitive-datetime-0"],
    ),
    (
        LatitudeFirst,
        "the latitude of a LOCATION comes first",
        &["primitive-location-0", "request-push-properties"],
    ),
    (ImageIsText, "an IMAGE is a string", &["primitive-image-0"]),
    (
        VariantTakenOff,
        "a VARIANT is the value in it",
        &["checks-nested-response-16", "types-projectname-variant"],
    ),
    (FieldWithoutDescription, "a field has no description", &["table-no-rows", "types-aspect-128"]),
    (
        AspectsAreStrings,
        "an aspect is a string without a type",
        &["types-aspect-128", "types-aspect-129"],
    ),
    (
        CellTypeFromField,
        "a cell has the type of its field, and no type byte",
        &["primitive-xml-0", "table-null-cell"],
    ),
    (
        CellOfOtherTypeRefused,
        "a cell of another type than its field's is refused",
        &["table-cell-other-type"],
    ),
    (
        RowOfOtherLengthRefused,
        "a row has a cell for each field",
        &["table-short-row", "table-long-row"],
    ),
    (
        NothingInCellRefused,
        "a cell has to have a value",
        &["table-null-cell", "primitive-nothing-0"],
    ),
    (RepeatedFieldRefused, "two fields must not have one name", &["table-duplicate-field"]),
    (
        NestingLimit(15),
        "15 containers may enclose a value",
        &["checks-nested-response-16", "checks-nested-empty-table-16"],
    ),
    (
        NestingLimit(17),
        "17 containers may enclose a value",
        &["invalid-variant-bomb", "checks-nested-response-17"],
    ),
    (
        NestingLimit(64),
        "64 containers may enclose a value",
        &["invalid-variant-bomb", "checks-nested-response-17"],
    ),
    (
        NestingNotCounted(Variant),
        "VARIANTs are not counted as containers",
        &["invalid-variant-bomb", "checks-nested-response-17"],
    ),
    (
        NestingNotCounted(Table),
        "INFOTABLEs are not counted as containers",
        &["checks-nested-empty-table-17", "checks-nested-empty-table-in-table-17"],
    ),
    (
        NestingNotCounted(Params),
        "the table of a request is not counted as a container",
        &["checks-nested-params-17", "checks-nested-aspect-17"],
    ),
    (
        NestingNotCounted(Aspects),
        "a table is no container of its aspects",
        &["checks-nested-aspect-17"],
    ),
    (NestingCountsSiblings, "containers side by side are counted, too", &["counts-siblings"]),
    (
        NestingCountsRows,
        "rows are counted as containers",
        &["checks-nested-params-16", "table-nested-16"],
    ),
    (
        NestingJudgedInside,
        "NestingTooDeep is reported at the value inside",
        &["invalid-variant-bomb", "checks-nested-response-17"],
    ),
    (
        EmptyTableTooDeepAccepted,
        "an empty 17th container is accepted",
        &["checks-nested-empty-table-17", "checks-nested-empty-table-in-table-17"],
    ),
    (
        OffsetAfter("NestingTooDeep"),
        "NestingTooDeep is reported one byte too late",
        &["invalid-variant-bomb", "checks-nested-response-17"],
    ),
];
