//! Base types and the layouts of their values (PROTOCOL.md §4).

use core::fmt;

table! {
    /// The type of a value (PROTOCOL.md §4). A field of a shape may have a number without a
    /// name. A value of such a type is an error, because its layout is not known.
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

/// The layout of the values of a base type (PROTOCOL.md §4).
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
    /// Returns the length in bytes of the numbers at the start of a value of this layout, or 0
    /// if there are none.
    #[cfg_attr(wide, inline(always))]
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
    /// Returns the base type with this number, with or without a name.
    #[cfg_attr(wide, inline(always))]
    pub const fn from_u8(number: u8) -> Self {
        Self(number)
    }

    /// Returns the base type with this name, in capitals as in the protocol.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|base_type| base_type.name() == Some(name))
    }

    /// Returns the layout of its values. Large machines look it up in a table; on small machines
    /// the table would take more flash than the decision.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn layout(self) -> Layout {
        #[cfg(wide)]
        return LAYOUTS.get(usize::from(self.0)).copied().unwrap_or(Layout::Unknown);
        #[cfg(not(wide))]
        self.decide_layout()
    }

    /// Returns the layout of its values, without the table.
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

    /// Returns whether its values are text: STRING and the types with the same layout.
    pub const fn is_text(self) -> bool {
        matches!(self.decide_layout(), Layout::Text)
    }

    /// Returns whether its values are bytes: BLOB and IMAGE.
    pub const fn is_binary(self) -> bool {
        matches!(self.decide_layout(), Layout::Binary)
    }
}

/// The layout of each base type, by its number.
#[cfg(wide)]
const LAYOUTS: [Layout; 256] = {
    let mut layouts = [Layout::Unknown; 256];
    let mut number = 0;
    #[expect(clippy::cast_possible_truncation, reason = "below the length, which is 256")]
    // The lint refuses code that can panic at run time; this runs at compile time.
    #[cfg_attr(not(test), expect(clippy::indexing_slicing, reason = "at compile time"))]
    while number < layouts.len() {
        layouts[number] = BaseType(number as u8).decide_layout();
        number += 1;
    }
    layouts
};
