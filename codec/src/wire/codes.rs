//! The numbers of the wire and their names: methods, statuses, entity types,
//! characteristics and base types (sections 2, 3 and 4).
//!
//! Closed tables are enums: a number that is not in them has no layout. Open
//! ones keep a number without a name.

use core::fmt;

/// Turns a table of names and numbers into a type: `closed` ones into an enum,
/// `open` ones into a number with constants.
macro_rules! table {
    (
        $(#[$doc:meta])* closed $Type:ident { $($Name:ident = $number:literal, $text:literal;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $Type { $(#[doc = concat!("`", $text, "`, ", stringify!($number))] $Name = $number,)+ }

        impl $Type {
            /// All of them, in the order of the protocol page.
            pub const ALL: &'static [Self] = &[$(Self::$Name,)+];

            /// The one with this number, if there is one.
            #[cfg_attr(target_pointer_width = "64", inline(always))]
            pub const fn from_u8(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$Name),)+ _ => None }
            }

            /// The number on the wire.
            #[cfg_attr(target_pointer_width = "64", inline(always))]
            pub const fn to_u8(self) -> u8 {
                self as u8
            }

            /// Its name in the protocol.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Name => $text,)+ }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        table!(@debug $Type);
    };
    (
        $(#[$doc:meta])* open $Type:ident { $($NAME:ident = $number:literal, $text:literal;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Type(u8);

        impl $Type {
            $(#[doc = concat!("`", $text, "`, ", stringify!($number))] pub const $NAME: Self = Self($number);)+

            /// All that have a name, in the order of the protocol page.
            pub const ALL: &'static [Self] = &[$(Self::$NAME,)+];

            /// The number on the wire.
            #[cfg_attr(target_pointer_width = "64", inline(always))]
            pub const fn to_u8(self) -> u8 {
                self.0
            }

            /// Its name in the protocol, if it has one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($text),)+ _ => None }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{:#04x}", self.0),
                }
            }
        }

        table!(@debug $Type);
    };
    (@debug $Type:ident) => {
        impl fmt::Debug for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

table! {
    /// What a request asks for (section 2).
    closed Method {
        Get = 0x01, "GET";
        Put = 0x02, "PUT";
        Post = 0x03, "POST";
        Delete = 0x04, "DELETE";
    }
}

table! {
    /// The outcome that a response reports (section 2): a number from 0x40 on.
    open Status {
        SUCCESS = 0x40, "SUCCESS";
        CREATED = 0x41, "CREATED";
        ACCEPTED = 0x42, "ACCEPTED";
        NO_CONTENT = 0x44, "NO_CONTENT";
        PARTIAL_CONTENT = 0x46, "PARTIAL_CONTENT";
        MULTIPLE_CHOICES = 0x60, "MULTIPLE_CHOICES";
        MOVED_PERMANENTLY = 0x61, "MOVED_PERMANENTLY";
        FOUND = 0x62, "FOUND";
        SEE_OTHER = 0x63, "SEE_OTHER";
        NOT_MODIFIED = 0x64, "NOT_MODIFIED";
        USE_PROXY = 0x65, "USE_PROXY";
        TEMPORARY_REDIRECT = 0x67, "TEMPORARY_REDIRECT";
        BAD_REQUEST = 0x80, "BAD_REQUEST";
        UNAUTHORIZED = 0x81, "UNAUTHORIZED";
        BAD_OPTION = 0x82, "BAD_OPTION";
        FORBIDDEN = 0x83, "FORBIDDEN";
        NOT_FOUND = 0x84, "NOT_FOUND";
        METHOD_NOT_ALLOWED = 0x85, "METHOD_NOT_ALLOWED";
        NOT_ACCEPTABLE = 0x86, "NOT_ACCEPTABLE";
        REQUEST_TIMEOUT = 0x88, "REQUEST_TIMEOUT";
        CONFLICT = 0x89, "CONFLICT";
        PRECONDITION_FAILED = 0x8C, "PRECONDITION_FAILED";
        ENTITY_TOO_LARGE = 0x8D, "ENTITY_TOO_LARGE";
        UNSUPPORTED_CONTENT_FORMAT = 0x8F, "UNSUPPORTED_CONTENT_FORMAT";
        INTERNAL_SERVER_ERROR = 0xA0, "INTERNAL_SERVER_ERROR";
        NOT_IMPLEMENTED = 0xA1, "NOT_IMPLEMENTED";
        BAD_GATEWAY = 0xA2, "BAD_GATEWAY";
        SERVICE_UNAVAILABLE = 0xA3, "SERVICE_UNAVAILABLE";
        GATEWAY_TIMEOUT = 0xA4, "GATEWAY_TIMEOUT";
    }
}

impl Status {
    /// Another name of [`NOT_IMPLEMENTED`](Self::NOT_IMPLEMENTED), 0xA1, which some
    /// peers use so: the session is not valid, authenticate again.
    pub const INVALID_SESSION: Self = Self::NOT_IMPLEMENTED;

    /// The status with this number; none below 0x40, where methods are.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn from_u8(number: u8) -> Option<Self> {
        if number >= 0x40 { Some(Self(number)) } else { None }
    }

    /// Whether a request with this outcome succeeded: SUCCESS, CREATED,
    /// ACCEPTED, NO_CONTENT and NOT_MODIFIED do (section 7).
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::SUCCESS | Self::CREATED | Self::ACCEPTED | Self::NO_CONTENT | Self::NOT_MODIFIED
        )
    }
}

table! {
    /// What kind of entity a request is for (section 3).
    open EntityType {
        THINGS = 0x0A, "Things";
        THING_SHAPES = 0x0B, "ThingShapes";
        THING_TEMPLATES = 0x0C, "ThingTemplates";
        THING_PACKAGES = 0x0D, "ThingPackages";
        NETWORKS = 0x0E, "Networks";
        DATA_SHAPES = 0x0F, "DataShapes";
        MODEL_TAGS = 0x14, "ModelTags";
        DATA_TAGS = 0x15, "DataTags";
        MASHUPS = 0x1E, "Mashups";
        WIDGETS = 0x1F, "Widgets";
        STYLE_DEFINITIONS = 0x20, "StyleDefinitions";
        STATE_DEFINITIONS = 0x21, "StateDefinitions";
        MENUS = 0x22, "Menus";
        MEDIA_ENTITIES = 0x23, "MediaEntities";
        LOCALIZATION_TABLES = 0x24, "LocalizationTables";
        DASHBOARDS = 0x27, "Dashboards";
        LOGS = 0x28, "Logs";
        USERS = 0x32, "Users";
        GROUPS = 0x33, "Groups";
        ORGANIZATIONS = 0x34, "Organizations";
        APPLICATION_KEYS = 0x35, "ApplicationKeys";
        DIRECTORY_SERVICES = 0x36, "DirectoryServices";
        AUTHENTICATORS = 0x37, "Authenticators";
        RESOURCES = 0x3C, "Resources";
        SCRIPT_FUNCTION_LIBRARIES = 0x3D, "ScriptFunctionLibraries";
        EXTENSION_PACKAGES = 0x46, "ExtensionPackages";
        SUBSYSTEMS = 0x50, "Subsystems";
        PERSISTENCE_PROVIDER_PACKAGES = 0x5A, "PersistenceProviderPackages";
        PERSISTENCE_PROVIDERS = 0x64, "PersistenceProviders";
        PROJECTS = 0x6E, "Projects";
        DATA_ANALYSIS_DEFINITIONS = 0x78, "DataAnalysisDefinitions";
    }
}

impl EntityType {
    /// The entity type with this number, whether or not it has a name.
    pub const fn from_u8(number: u8) -> Self {
        Self(number)
    }
}

table! {
    /// Which part of an entity a request is for (section 3).
    open Characteristic {
        CUSTOM = 0x00, "Custom";
        PROPERTIES = 0x01, "Properties";
        SERVICES = 0x02, "Services";
        EVENTS = 0x03, "Events";
        PROPERTIES_VTQ = 0x04, "PropertiesVTQ";
    }
}

impl Characteristic {
    /// The characteristic with this number, whether or not it has a name.
    pub const fn from_u8(number: u8) -> Self {
        Self(number)
    }
}

table! {
    /// The type of a value (section 4). A field of a shape keeps a number without
    /// a name; a value of such a type is an error, since its layout is not known.
    open BaseType {
        NOTHING = 255, "NOTHING";
        STRING = 0, "STRING";
        XML = 7, "XML";
        JSON = 8, "JSON";
        QUERY = 9, "QUERY";
        HYPERLINK = 11, "HYPERLINK";
        IMAGELINK = 12, "IMAGELINK";
        PASSWORD = 13, "PASSWORD";
        HTML = 14, "HTML";
        TEXT = 15, "TEXT";
        TAGS = 16, "TAGS";
        SCHEDULE = 17, "SCHEDULE";
        GUID = 20, "GUID";
        PROPERTYNAME = 50, "PROPERTYNAME";
        SERVICENAME = 51, "SERVICENAME";
        EVENTNAME = 52, "EVENTNAME";
        THINGNAME = 100, "THINGNAME";
        THINGSHAPENAME = 101, "THINGSHAPENAME";
        THINGTEMPLATENAME = 102, "THINGTEMPLATENAME";
        DATASHAPENAME = 104, "DATASHAPENAME";
        MASHUPNAME = 105, "MASHUPNAME";
        MENUNAME = 106, "MENUNAME";
        BASETYPENAME = 107, "BASETYPENAME";
        USERNAME = 108, "USERNAME";
        GROUPNAME = 109, "GROUPNAME";
        CATEGORYNAME = 110, "CATEGORYNAME";
        STATEDEFINITIONNAME = 111, "STATEDEFINITIONNAME";
        STYLEDEFINITIONNAME = 112, "STYLEDEFINITIONNAME";
        MODELTAGVOCABULARYNAME = 113, "MODELTAGVOCABULARYNAME";
        DATATAGVOCABULARYNAME = 114, "DATATAGVOCABULARYNAME";
        NETWORKNAME = 115, "NETWORKNAME";
        MEDIAENTITYNAME = 116, "MEDIAENTITYNAME";
        APPLICATIONKEYNAME = 117, "APPLICATIONKEYNAME";
        LOCALIZATIONTABLENAME = 118, "LOCALIZATIONTABLENAME";
        ORGANIZATIONNAME = 119, "ORGANIZATIONNAME";
        DASHBOARDNAME = 120, "DASHBOARDNAME";
        PERSISTENCEPROVIDERPACKAGENAME = 121, "PERSISTENCEPROVIDERPACKAGENAME";
        PERSISTENCEPROVIDERNAME = 122, "PERSISTENCEPROVIDERNAME";
        PROJECTNAME = 123, "PROJECTNAME";
        NUMBER = 1, "NUMBER";
        INTEGER = 22, "INTEGER";
        LONG = 23, "LONG";
        BOOLEAN = 2, "BOOLEAN";
        DATETIME = 3, "DATETIME";
        LOCATION = 6, "LOCATION";
        BLOB = 21, "BLOB";
        IMAGE = 10, "IMAGE";
        VARIANT = 18, "VARIANT";
        INFOTABLE = 5, "INFOTABLE";
        TIMESPAN = 4, "TIMESPAN";
        VEC2 = 124, "VEC2";
        VEC3 = 125, "VEC3";
        VEC4 = 126, "VEC4";
        THINGCODE = 127, "THINGCODE";
    }
}

/// How the values of a base type are laid out (section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Nothing,
    Text,
    Number,
    Integer,
    Long,
    Boolean,
    DateTime,
    Location,
    Binary,
    Variant,
    InfoTable,
    TimeSpan,
    Vec2,
    Vec3,
    Vec4,
    ThingCode,
    /// The type has no name.
    Unknown,
}

impl Layout {
    /// Length in bytes of the numbers that a value of this layout begins with; 0
    /// if it has none.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn numbers_len(self) -> usize {
        match self {
            Self::Vec4 => 32,
            Self::Location | Self::Vec3 => 24,
            Self::Vec2 | Self::TimeSpan => 16,
            Self::ThingCode => 12,
            Self::Number | Self::Long | Self::DateTime => 8,
            Self::Integer => 4,
            _ => 0,
        }
    }
}

impl BaseType {
    /// The base type with this number, whether or not it has a name.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn from_u8(number: u8) -> Self {
        Self(number)
    }

    /// The base type of this name, in capitals as the protocol spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|base_type| base_type.name() == Some(name))
    }

    /// The layout of its values. A large machine looks it up; on a small one a table
    /// would take more flash than the decision.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn layout(self) -> Layout {
        #[cfg(target_pointer_width = "64")]
        return LAYOUTS.get(usize::from(self.0)).copied().unwrap_or(Layout::Unknown);
        #[cfg(not(target_pointer_width = "64"))]
        self.decide_layout()
    }

    /// Decides the layout of its values.
    const fn decide_layout(self) -> Layout {
        match self {
            Self::NOTHING => Layout::Nothing,
            Self::NUMBER => Layout::Number,
            Self::INTEGER => Layout::Integer,
            Self::LONG => Layout::Long,
            Self::BOOLEAN => Layout::Boolean,
            Self::DATETIME => Layout::DateTime,
            Self::LOCATION => Layout::Location,
            Self::BLOB | Self::IMAGE => Layout::Binary,
            Self::VARIANT => Layout::Variant,
            Self::INFOTABLE => Layout::InfoTable,
            Self::TIMESPAN => Layout::TimeSpan,
            Self::VEC2 => Layout::Vec2,
            Self::VEC3 => Layout::Vec3,
            Self::VEC4 => Layout::Vec4,
            Self::THINGCODE => Layout::ThingCode,
            other if other.name().is_some() => Layout::Text,
            _ => Layout::Unknown,
        }
    }

    /// Whether its values are text: STRING and the types of the same layout.
    pub const fn is_text(self) -> bool {
        matches!(self.decide_layout(), Layout::Text)
    }

    /// Whether its values are bytes: BLOB and IMAGE.
    pub const fn is_binary(self) -> bool {
        matches!(self.decide_layout(), Layout::Binary)
    }
}

/// The layout of each base type, by its number.
#[cfg(target_pointer_width = "64")]
const LAYOUTS: [Layout; 256] = {
    let mut layouts = [Layout::Unknown; 256];
    let mut number = 0;
    #[expect(clippy::cast_possible_truncation, reason = "below the length, which is 256")]
    // Refused where it could panic; this is done while compiling.
    #[cfg_attr(not(test), expect(clippy::indexing_slicing, reason = "while compiling"))]
    while number < layouts.len() {
        layouts[number] = BaseType(number as u8).decide_layout();
        number += 1;
    }
    layouts
};

/// The code of a message (section 2), which decides the layout of its body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// GET, PUT, POST or DELETE.
    Request(Method),
    /// BIND, 0x0A.
    Bind,
    /// UNBIND, 0x0B.
    Unbind,
    /// AUTH, 0x14.
    Auth,
    /// CLEARAUTH, 0x15.
    ClearAuth,
    /// KEEP_ALIVE, 0x1F.
    KeepAlive,
    /// A status: the message is a response.
    Response(Status),
}

impl Code {
    /// The code with this number; none below 0x40 without a name.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn from_u8(number: u8) -> Option<Self> {
        if let Some(method) = Method::from_u8(number) {
            return Some(Self::Request(method));
        }
        if let Some(status) = Status::from_u8(number) {
            return Some(Self::Response(status));
        }
        match number {
            0x0A => Some(Self::Bind),
            0x0B => Some(Self::Unbind),
            0x14 => Some(Self::Auth),
            0x15 => Some(Self::ClearAuth),
            0x1F => Some(Self::KeepAlive),
            _ => None,
        }
    }

    /// The number on the wire.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Request(method) => method.to_u8(),
            Self::Bind => 0x0A,
            Self::Unbind => 0x0B,
            Self::Auth => 0x14,
            Self::ClearAuth => 0x15,
            Self::KeepAlive => 0x1F,
            Self::Response(status) => status.to_u8(),
        }
    }

    /// Its name in the protocol; none for a status without one.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Request(method) => Some(method.name()),
            Self::Bind => Some("BIND"),
            Self::Unbind => Some("UNBIND"),
            Self::Auth => Some("AUTH"),
            Self::ClearAuth => Some("CLEARAUTH"),
            Self::KeepAlive => Some("KEEP_ALIVE"),
            Self::Response(status) => status.name(),
        }
    }

    /// Whether a message with this code may be sent in chunks: requests,
    /// responses, BIND and UNBIND (section 5).
    #[inline]
    pub const fn is_chunkable(self) -> bool {
        matches!(self, Self::Request(_) | Self::Response(_) | Self::Bind | Self::Unbind)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{:#04x}", self.to_u8()),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
