//! The target of a request: entity types and characteristics (PROTOCOL.md §3).

use core::fmt;

table! {
    /// The type of the entity of a request (PROTOCOL.md §3).
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
    /// Returns the entity type with this number, with or without a name.
    pub const fn from_u8(number: u8) -> Self {
        Self(number)
    }
}

table! {
    /// The characteristic of a request: a part of the entity (PROTOCOL.md §3).
    open Characteristic {
        CUSTOM = 0x00, "Custom";
        PROPERTIES = 0x01, "Properties";
        SERVICES = 0x02, "Services";
        EVENTS = 0x03, "Events";
        PROPERTIES_VTQ = 0x04, "PropertiesVTQ";
    }
}

impl Characteristic {
    /// Returns the characteristic with this number, with or without a name.
    pub const fn from_u8(number: u8) -> Self {
        Self(number)
    }
}
