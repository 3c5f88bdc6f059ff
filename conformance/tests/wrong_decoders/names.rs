//! Numbers and their names, as sections 2 to 4 of `PROTOCOL.md` list them.

use serde_json::Value as Json;

pub(crate) type Names = &'static [(u8, &'static str)];

/// The name of a number, or the number itself.
pub(crate) fn name_or_number(names: Names, number: u8) -> Json {
    name(names, number).map_or_else(|| number.into(), Json::from)
}

pub(crate) fn name(names: Names, number: u8) -> Option<&'static str> {
    names.iter().find(|(of, _)| *of == number).map(|(_, name)| *name)
}

pub(crate) const GET: u8 = 1;
pub(crate) const DELETE: u8 = 4;
pub(crate) const BIND: u8 = 0x0A;
pub(crate) const UNBIND: u8 = 0x0B;
pub(crate) const AUTH: u8 = 0x14;
pub(crate) const CLEAR_AUTH: u8 = 0x15;
pub(crate) const KEEP_ALIVE: u8 = 0x1F;
/// From here on codes are statuses.
pub(crate) const STATUSES: u8 = 0x40;

pub(crate) const CODES: Names = &[
    (GET, "GET"),
    (2, "PUT"),
    (3, "POST"),
    (DELETE, "DELETE"),
    (BIND, "BIND"),
    (UNBIND, "UNBIND"),
    (AUTH, "AUTH"),
    (CLEAR_AUTH, "CLEARAUTH"),
    (KEEP_ALIVE, "KEEP_ALIVE"),
    (0x40, "SUCCESS"),
    (0x41, "CREATED"),
    (0x42, "ACCEPTED"),
    (0x44, "NO_CONTENT"),
    (0x46, "PARTIAL_CONTENT"),
    (0x60, "MULTIPLE_CHOICES"),
    (0x61, "MOVED_PERMANENTLY"),
    (0x62, "FOUND"),
    (0x63, "SEE_OTHER"),
    (0x64, "NOT_MODIFIED"),
    (0x65, "USE_PROXY"),
    (0x67, "TEMPORARY_REDIRECT"),
    (0x80, "BAD_REQUEST"),
    (0x81, "UNAUTHORIZED"),
    (0x82, "BAD_OPTION"),
    (0x83, "FORBIDDEN"),
    (0x84, "NOT_FOUND"),
    (0x85, "METHOD_NOT_ALLOWED"),
    (0x86, "NOT_ACCEPTABLE"),
    (0x88, "REQUEST_TIMEOUT"),
    (0x89, "CONFLICT"),
    (0x8C, "PRECONDITION_FAILED"),
    (0x8D, "ENTITY_TOO_LARGE"),
    (0x8F, "UNSUPPORTED_CONTENT_FORMAT"),
    (0xA0, "INTERNAL_SERVER_ERROR"),
    (0xA1, "NOT_IMPLEMENTED"),
    (0xA2, "BAD_GATEWAY"),
    (0xA3, "SERVICE_UNAVAILABLE"),
    (0xA4, "GATEWAY_TIMEOUT"),
];

pub(crate) const ENTITY_TYPES: Names = &[
    (0x0A, "Things"),
    (0x0B, "ThingShapes"),
    (0x0C, "ThingTemplates"),
    (0x0D, "ThingPackages"),
    (0x0E, "Networks"),
    (0x0F, "DataShapes"),
    (0x14, "ModelTags"),
    (0x15, "DataTags"),
    (0x1E, "Mashups"),
    (0x1F, "Widgets"),
    (0x20, "StyleDefinitions"),
    (0x21, "StateDefinitions"),
    (0x22, "Menus"),
    (0x23, "MediaEntities"),
    (0x24, "LocalizationTables"),
    (0x27, "Dashboards"),
    (0x28, "Logs"),
    (0x32, "Users"),
    (0x33, "Groups"),
    (0x34, "Organizations"),
    (0x35, "ApplicationKeys"),
    (0x36, "DirectoryServices"),
    (0x37, "Authenticators"),
    (0x3C, "Resources"),
    (0x3D, "ScriptFunctionLibraries"),
    (0x46, "ExtensionPackages"),
    (0x50, "Subsystems"),
    (0x5A, "PersistenceProviderPackages"),
    (0x64, "PersistenceProviders"),
    (0x6E, "Projects"),
    (0x78, "DataAnalysisDefinitions"),
];

pub(crate) const CHARACTERISTICS: Names =
    &[(0, "Custom"), (1, "Properties"), (2, "Services"), (3, "Events"), (4, "PropertiesVTQ")];

pub(crate) const BASE_TYPES: Names = &[
    (0, "STRING"),
    (1, "NUMBER"),
    (2, "BOOLEAN"),
    (3, "DATETIME"),
    (4, "TIMESPAN"),
    (5, "INFOTABLE"),
    (6, "LOCATION"),
    (7, "XML"),
    (8, "JSON"),
    (9, "QUERY"),
    (10, "IMAGE"),
    (11, "HYPERLINK"),
    (12, "IMAGELINK"),
    (13, "PASSWORD"),
    (14, "HTML"),
    (15, "TEXT"),
    (16, "TAGS"),
    (17, "SCHEDULE"),
    (18, "VARIANT"),
    (20, "GUID"),
    (21, "BLOB"),
    (22, "INTEGER"),
    (23, "LONG"),
    (50, "PROPERTYNAME"),
    (51, "SERVICENAME"),
    (52, "EVENTNAME"),
    (100, "THINGNAME"),
    (101, "THINGSHAPENAME"),
    (102, "THINGTEMPLATENAME"),
    (104, "DATASHAPENAME"),
    (105, "MASHUPNAME"),
    (106, "MENUNAME"),
    (107, "BASETYPENAME"),
    (108, "USERNAME"),
    (109, "GROUPNAME"),
    (110, "CATEGORYNAME"),
    (111, "STATEDEFINITIONNAME"),
    (112, "STYLEDEFINITIONNAME"),
    (113, "MODELTAGVOCABULARYNAME"),
    (114, "DATATAGVOCABULARYNAME"),
    (115, "NETWORKNAME"),
    (116, "MEDIAENTITYNAME"),
    (117, "APPLICATIONKEYNAME"),
    (118, "LOCALIZATIONTABLENAME"),
    (119, "ORGANIZATIONNAME"),
    (120, "DASHBOARDNAME"),
    (121, "PERSISTENCEPROVIDERPACKAGENAME"),
    (122, "PERSISTENCEPROVIDERNAME"),
    (123, "PROJECTNAME"),
    (124, "VEC2"),
    (125, "VEC3"),
    (126, "VEC4"),
    (127, "THINGCODE"),
    (255, "NOTHING"),
];
