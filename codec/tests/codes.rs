//! The names of all codes by their number, as the protocol page has them, and
//! what becomes of numbers without one.

mod common;

use std::fmt::Display;

use alwayson_codec::{
    BaseType, Body, Characteristic, Code, Entity, EntityType, Header, Message, Method, Request,
    Response, Status,
};
use common::{IDS, encode, whole};

const CODES: &str = "
    01 GET 02 PUT 03 POST 04 DELETE 0A BIND 0B UNBIND 14 AUTH 15 CLEARAUTH 1F KEEP_ALIVE";

const STATUSES: &str = "
    40 SUCCESS 41 CREATED 42 ACCEPTED 44 NO_CONTENT 46 PARTIAL_CONTENT
    60 MULTIPLE_CHOICES 61 MOVED_PERMANENTLY 62 FOUND 63 SEE_OTHER 64 NOT_MODIFIED
    65 USE_PROXY 67 TEMPORARY_REDIRECT
    80 BAD_REQUEST 81 UNAUTHORIZED 82 BAD_OPTION 83 FORBIDDEN 84 NOT_FOUND
    85 METHOD_NOT_ALLOWED 86 NOT_ACCEPTABLE 88 REQUEST_TIMEOUT 89 CONFLICT
    8C PRECONDITION_FAILED 8D ENTITY_TOO_LARGE 8F UNSUPPORTED_CONTENT_FORMAT
    A0 INTERNAL_SERVER_ERROR A1 NOT_IMPLEMENTED A2 BAD_GATEWAY A3 SERVICE_UNAVAILABLE
    A4 GATEWAY_TIMEOUT";

const ENTITY_TYPES: &str = "
    0A Things 0B ThingShapes 0C ThingTemplates 0D ThingPackages 0E Networks 0F DataShapes
    14 ModelTags 15 DataTags 1E Mashups 1F Widgets 20 StyleDefinitions 21 StateDefinitions
    22 Menus 23 MediaEntities 24 LocalizationTables 27 Dashboards 28 Logs 32 Users 33 Groups
    34 Organizations 35 ApplicationKeys 36 DirectoryServices 37 Authenticators 3C Resources
    3D ScriptFunctionLibraries 46 ExtensionPackages 50 Subsystems 5A PersistenceProviderPackages
    64 PersistenceProviders 6E Projects 78 DataAnalysisDefinitions";

const CHARACTERISTICS: &str = "00 Custom 01 Properties 02 Services 03 Events 04 PropertiesVTQ";

const BASE_TYPES: &str = "
    00 STRING 01 NUMBER 02 BOOLEAN 03 DATETIME 04 TIMESPAN 05 INFOTABLE 06 LOCATION 07 XML
    08 JSON 09 QUERY 0A IMAGE 0B HYPERLINK 0C IMAGELINK 0D PASSWORD 0E HTML 0F TEXT 10 TAGS
    11 SCHEDULE 12 VARIANT 14 GUID 15 BLOB 16 INTEGER 17 LONG
    32 PROPERTYNAME 33 SERVICENAME 34 EVENTNAME
    64 THINGNAME 65 THINGSHAPENAME 66 THINGTEMPLATENAME 68 DATASHAPENAME 69 MASHUPNAME
    6A MENUNAME 6B BASETYPENAME 6C USERNAME 6D GROUPNAME 6E CATEGORYNAME
    6F STATEDEFINITIONNAME 70 STYLEDEFINITIONNAME 71 MODELTAGVOCABULARYNAME
    72 DATATAGVOCABULARYNAME 73 NETWORKNAME 74 MEDIAENTITYNAME 75 APPLICATIONKEYNAME
    76 LOCALIZATIONTABLENAME 77 ORGANIZATIONNAME 78 DASHBOARDNAME
    79 PERSISTENCEPROVIDERPACKAGENAME 7A PERSISTENCEPROVIDERNAME 7B PROJECTNAME
    7C VEC2 7D VEC3 7E VEC4 7F THINGCODE FF NOTHING";

/// All numbers; under Miri, which is slow, some.
fn numbers() -> impl Iterator<Item = u8> {
    (0..=255).step_by(if cfg!(miri) { 10 } else { 1 })
}

/// The name that a table has for a number.
fn named(table: &'static str, number: u8) -> Option<&'static str> {
    let digits = format!("{number:02X}");
    let mut words = table.split_ascii_whitespace();
    words.find(|word| *word == digits)?;
    words.next()
}

fn count(table: &str) -> usize {
    table.split_whitespace().count() / 2
}

/// What has a name is shown by it, and everything else by its number.
fn assert_shown(shown: &(impl Display + std::fmt::Debug), name: Option<&str>, number: u8) {
    let text = name.map_or_else(|| format!("{number:#04x}"), String::from);
    assert_eq!((shown.to_string(), format!("{shown:?}")), (text.clone(), text));
}

#[test]
fn every_code_has_its_name_and_numbers_below_40_without_one_are_none() {
    for number in numbers() {
        let name = named(CODES, number).or(named(STATUSES, number));
        let code = Code::from_u8(number);
        assert_eq!(code.is_some(), name.is_some() || number >= 0x40, "{number:#x}");
        if let Some(code) = code {
            assert_eq!((code.to_u8(), code.name()), (number, name));
            assert_shown(&code, name, number);
            let chunkable = number <= 0x0B || number >= 0x40;
            assert_eq!(code.is_chunkable(), chunkable, "{code}");
        }
    }
}

#[test]
fn every_method_has_its_name_and_other_numbers_are_none() {
    for number in numbers() {
        let name = named(CODES, number).filter(|_| number <= 4);
        assert_eq!(Method::from_u8(number).map(Method::name), name);
        assert_eq!(Method::from_u8(number).map(Method::to_u8), name.map(|_| number));
    }
    assert_eq!(Method::ALL.len(), 4);
}

#[test]
fn every_status_has_its_name_and_others_keep_their_number() {
    for number in numbers() {
        let status = Status::from_u8(number);
        assert_eq!(status.is_some(), number >= 0x40);
        if let Some(status) = status {
            assert_eq!((status.to_u8(), status.name()), (number, named(STATUSES, number)));
            assert_shown(&status, status.name(), number);
            let success = [0x40, 0x41, 0x42, 0x44, 0x64].contains(&number);
            assert_eq!(status.is_success(), success, "{status}");
        }
    }
    assert_eq!(Status::ALL.len(), count(STATUSES));
}

#[test]
fn every_entity_type_has_its_name_and_others_keep_their_number() {
    for number in numbers() {
        let entity_type = EntityType::from_u8(number);
        let name = named(ENTITY_TYPES, number);
        assert_eq!((entity_type.to_u8(), entity_type.name()), (number, name));
        assert_shown(&entity_type, name, number);
    }
    assert_eq!(EntityType::ALL.len(), count(ENTITY_TYPES));
}

#[test]
fn every_characteristic_has_its_name_and_others_keep_their_number() {
    for number in numbers() {
        let characteristic = Characteristic::from_u8(number);
        let name = named(CHARACTERISTICS, number);
        assert_eq!((characteristic.to_u8(), characteristic.name()), (number, name));
        assert_shown(&characteristic, name, number);
    }
    assert_eq!(Characteristic::ALL.len(), count(CHARACTERISTICS));
}

#[test]
fn every_base_type_has_its_name_and_others_keep_their_number() {
    for number in numbers() {
        let base_type = BaseType::from_u8(number);
        let name = named(BASE_TYPES, number);
        assert_eq!((base_type.to_u8(), base_type.name()), (number, name));
        assert_shown(&base_type, name, number);
    }
    for base_type in BaseType::ALL {
        assert_eq!(BaseType::from_name(&base_type.to_string()), Some(*base_type));
    }
    assert_eq!((BaseType::from_name("string"), BaseType::from_name("0x13")), (None, None));
    assert_eq!(BaseType::ALL.len(), count(BASE_TYPES));
}

#[test]
fn responses_with_a_status_without_a_name_are_decoded_and_keep_it() {
    for number in [0x43, 0x5F, 0x7E, 0xC0, 0xFF] {
        let bytes = whole(number, &[0, 0xFF]);
        let message = Message::decode_exact(&bytes).unwrap();
        let expected = Response::new(Status::from_u8(number).unwrap());
        assert_eq!(message.body, Body::Response(expected));
        assert_eq!(encode(&message), bytes);
        assert_eq!(Header::decode(&bytes), Ok(message.header()));
    }
}

#[test]
fn requests_keep_entity_types_and_characteristics_without_a_name() {
    for number in [5, 0x09, 0x51, 0xFF] {
        let bytes = whole(0x02, &[number, 1, b't', number, 1, b'c', 0, 0xFF]);
        let message = Message::decode_exact(&bytes).unwrap();
        let entity = Entity { entity_type: EntityType::from_u8(number), name: "t".into() };
        let characteristic = Characteristic::from_u8(number);
        let request = Request { entity, ..Request::new(Method::Put, "", characteristic, "c") };
        assert_eq!(message, Message { ids: IDS, body: Body::Request(request) });
        assert_eq!(encode(&message), bytes);
    }
}
