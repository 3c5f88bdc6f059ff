//! Wrong about bodies (section 3).

use super::Wrong;
use crate::fault::Fault::{
    CharacteristicUnknown, ClearAuthWithoutClaims, ContentOfTableOrNothing, EmptyReasonIsNone,
    EntityTypeUnknown, GatewayWithoutType, HeadersDropped, MarkerAccepted, OffsetAfter,
    ParamsOfUnknownType, ParamsReadBeforeJudged, ParamsStringAccepted, ParamsVariantAccepted,
    UnbindWithoutGateway, UnnamedCharacteristicRefused, UnnamedEntityTypeRefused,
};
use crate::fault::Marker::{Field, Gateway, Reason, Row};

pub(super) const LIST: &[Wrong] = &[
    (
        ClearAuthWithoutClaims,
        "a CLEARAUTH has no body",
        &["clear-auth-no-count", "clear-auth-count-bomb"],
    ),
    (GatewayWithoutType, "a gateway has a name alone", &["bind-gateway-only", "bind-gateway"]),
    (UnbindWithoutGateway, "an UNBIND has no gateway", &["bind-unbind-one", "bind-unbind-gateway"]),
    (
        MarkerAccepted(Gateway, true),
        "a gateway marker of 2 is one of 1",
        &["invalid-gateway-marker-2"],
    ),
    (
        MarkerAccepted(Gateway, false),
        "a gateway marker of 2 is one of 0",
        &["invalid-gateway-marker-2"],
    ),
    (
        MarkerAccepted(Reason, true),
        "a reason marker of 2 is one of 1",
        &["invalid-reason-marker-2"],
    ),
    (
        MarkerAccepted(Reason, false),
        "a reason marker of 2 is one of 0",
        &["invalid-reason-marker-2"],
    ),
    (
        MarkerAccepted(Field, true),
        "a field marker of 2 is one of 1",
        &["invalid-field-marker-2", "sequence-body-invalid"],
    ),
    (
        MarkerAccepted(Field, false),
        "a field marker of 2 ends the shape",
        &["invalid-field-marker-2"],
    ),
    (MarkerAccepted(Row, true), "a row marker of 255 is one of 1", &["invalid-row-marker-ff"]),
    (MarkerAccepted(Row, false), "a row marker of 255 ends the rows", &["invalid-row-marker-ff"]),
    (EmptyReasonIsNone, "an empty reason is none", &["response-reason-empty"]),
    (HeadersDropped, "the headers of a request are dropped", &["request-headers"]),
    (EntityTypeUnknown(0x37), "Authenticators have no name", &["types-entity-authenticators"]),
    (
        EntityTypeUnknown(0x5A),
        "PersistenceProviderPackages have no name",
        &["types-entity-persistenceproviderpackages"],
    ),
    (
        EntityTypeUnknown(0x64),
        "PersistenceProviders have no name",
        &["types-entity-persistenceproviders"],
    ),
    (EntityTypeUnknown(0x6E), "Projects have no name", &["types-entity-projects"]),
    (
        EntityTypeUnknown(0x78),
        "DataAnalysisDefinitions have no name",
        &["types-entity-dataanalysisdefinitions"],
    ),
    (
        UnnamedEntityTypeRefused,
        "an entity type without a name is refused",
        &["request-entity-unknown"],
    ),
    (CharacteristicUnknown(0), "Custom has no name", &["types-characteristic-custom"]),
    (
        CharacteristicUnknown(4),
        "PropertiesVTQ has no name",
        &["types-characteristic-propertiesvtq"],
    ),
    (
        UnnamedCharacteristicRefused,
        "a characteristic without a name is refused",
        &["request-characteristic-unknown"],
    ),
    (
        ParamsStringAccepted,
        "parameters may be a STRING",
        &["checks-params-00-body", "invalid-params-string"],
    ),
    (
        ParamsVariantAccepted,
        "parameters may be a VARIANT",
        &["checks-params-12-body", "checks-params-12"],
    ),
    (
        ParamsReadBeforeJudged,
        "parameters of another type are read before they are refused",
        &["checks-params-7c", "checks-params-16"],
    ),
    (
        ParamsOfUnknownType,
        "parameters of an unknown type are an UnknownBaseType",
        &["checks-params-13", "checks-params-80"],
    ),
    (
        OffsetAfter("UnexpectedParams"),
        "UnexpectedParams is reported one byte too late",
        &["checks-params-16-body", "checks-params-7c"],
    ),
    (
        ContentOfTableOrNothing,
        "the content of a response is a table or nothing",
        &["types-vec2", "response-content-number"],
    ),
];
