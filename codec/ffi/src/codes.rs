//! The numbers on the wire, for C. Fields contain plain numbers, because a peer or a caller may
//! use one without a name.

/// The method of a request.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonMethod {
    /// `GET`.
    Get = 0x01,
    /// `PUT`.
    Put = 0x02,
    /// `POST`.
    Post = 0x03,
    /// `DELETE`.
    Delete = 0x04,
}

/// The status of a response: any number of 0x40 or more.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonStatus {
    /// `SUCCESS`.
    Success = 0x40,
    /// `CREATED`.
    Created = 0x41,
    /// `ACCEPTED`.
    Accepted = 0x42,
    /// `NO_CONTENT`.
    NoContent = 0x44,
    /// `PARTIAL_CONTENT`.
    PartialContent = 0x46,
    /// `MULTIPLE_CHOICES`.
    MultipleChoices = 0x60,
    /// `MOVED_PERMANENTLY`.
    MovedPermanently = 0x61,
    /// `FOUND`.
    Found = 0x62,
    /// `SEE_OTHER`.
    SeeOther = 0x63,
    /// `NOT_MODIFIED`.
    NotModified = 0x64,
    /// `USE_PROXY`.
    UseProxy = 0x65,
    /// `TEMPORARY_REDIRECT`.
    TemporaryRedirect = 0x67,
    /// `BAD_REQUEST`.
    BadRequest = 0x80,
    /// `UNAUTHORIZED`.
    Unauthorized = 0x81,
    /// `BAD_OPTION`.
    BadOption = 0x82,
    /// `FORBIDDEN`.
    Forbidden = 0x83,
    /// `NOT_FOUND`.
    NotFound = 0x84,
    /// `METHOD_NOT_ALLOWED`.
    MethodNotAllowed = 0x85,
    /// `NOT_ACCEPTABLE`.
    NotAcceptable = 0x86,
    /// `REQUEST_TIMEOUT`.
    RequestTimeout = 0x88,
    /// `CONFLICT`.
    Conflict = 0x89,
    /// `PRECONDITION_FAILED`.
    PreconditionFailed = 0x8C,
    /// `ENTITY_TOO_LARGE`.
    EntityTooLarge = 0x8D,
    /// `UNSUPPORTED_CONTENT_FORMAT`.
    UnsupportedContentFormat = 0x8F,
    /// `INTERNAL_SERVER_ERROR`.
    InternalServerError = 0xA0,
    /// `NOT_IMPLEMENTED`.
    NotImplemented = 0xA1,
    /// `BAD_GATEWAY`.
    BadGateway = 0xA2,
    /// `SERVICE_UNAVAILABLE`.
    ServiceUnavailable = 0xA3,
    /// `GATEWAY_TIMEOUT`.
    GatewayTimeout = 0xA4,
}

/// The type of the entity of a request: any number.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonEntity {
    /// `Things`.
    Things = 0x0A,
    /// `ThingShapes`.
    ThingShapes = 0x0B,
    /// `ThingTemplates`.
    ThingTemplates = 0x0C,
    /// `ThingPackages`.
    ThingPackages = 0x0D,
    /// `Networks`.
    Networks = 0x0E,
    /// `DataShapes`.
    DataShapes = 0x0F,
    /// `ModelTags`.
    ModelTags = 0x14,
    /// `DataTags`.
    DataTags = 0x15,
    /// `Mashups`.
    Mashups = 0x1E,
    /// `Widgets`.
    Widgets = 0x1F,
    /// `StyleDefinitions`.
    StyleDefinitions = 0x20,
    /// `StateDefinitions`.
    StateDefinitions = 0x21,
    /// `Menus`.
    Menus = 0x22,
    /// `MediaEntities`.
    MediaEntities = 0x23,
    /// `LocalizationTables`.
    LocalizationTables = 0x24,
    /// `Dashboards`.
    Dashboards = 0x27,
    /// `Logs`.
    Logs = 0x28,
    /// `Users`.
    Users = 0x32,
    /// `Groups`.
    Groups = 0x33,
    /// `Organizations`.
    Organizations = 0x34,
    /// `ApplicationKeys`.
    ApplicationKeys = 0x35,
    /// `DirectoryServices`.
    DirectoryServices = 0x36,
    /// `Authenticators`.
    Authenticators = 0x37,
    /// `Resources`.
    Resources = 0x3C,
    /// `ScriptFunctionLibraries`.
    ScriptFunctionLibraries = 0x3D,
    /// `ExtensionPackages`.
    ExtensionPackages = 0x46,
    /// `Subsystems`.
    Subsystems = 0x50,
    /// `PersistenceProviderPackages`.
    PersistenceProviderPackages = 0x5A,
    /// `PersistenceProviders`.
    PersistenceProviders = 0x64,
    /// `Projects`.
    Projects = 0x6E,
    /// `DataAnalysisDefinitions`.
    DataAnalysisDefinitions = 0x78,
}

/// The characteristic of a request: any number.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonCharacteristic {
    /// `Custom`.
    Custom = 0x00,
    /// `Properties`.
    Properties = 0x01,
    /// `Services`.
    Services = 0x02,
    /// `Events`.
    Events = 0x03,
    /// `PropertiesVTQ`.
    PropertiesVtq = 0x04,
}

/// The type of a value.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonBaseType {
    /// `NOTHING`.
    Nothing = 255,
    /// `STRING`.
    String = 0,
    /// `XML`.
    Xml = 7,
    /// `JSON`.
    Json = 8,
    /// `QUERY`.
    Query = 9,
    /// `HYPERLINK`.
    Hyperlink = 11,
    /// `IMAGELINK`.
    Imagelink = 12,
    /// `PASSWORD`.
    Password = 13,
    /// `HTML`.
    Html = 14,
    /// `TEXT`.
    Text = 15,
    /// `TAGS`.
    Tags = 16,
    /// `SCHEDULE`.
    Schedule = 17,
    /// `GUID`.
    Guid = 20,
    /// `PROPERTYNAME`.
    Propertyname = 50,
    /// `SERVICENAME`.
    Servicename = 51,
    /// `EVENTNAME`.
    Eventname = 52,
    /// `THINGNAME`.
    Thingname = 100,
    /// `THINGSHAPENAME`.
    Thingshapename = 101,
    /// `THINGTEMPLATENAME`.
    Thingtemplatename = 102,
    /// `DATASHAPENAME`.
    Datashapename = 104,
    /// `MASHUPNAME`.
    Mashupname = 105,
    /// `MENUNAME`.
    Menuname = 106,
    /// `BASETYPENAME`.
    Basetypename = 107,
    /// `USERNAME`.
    Username = 108,
    /// `GROUPNAME`.
    Groupname = 109,
    /// `CATEGORYNAME`.
    Categoryname = 110,
    /// `STATEDEFINITIONNAME`.
    Statedefinitionname = 111,
    /// `STYLEDEFINITIONNAME`.
    Styledefinitionname = 112,
    /// `MODELTAGVOCABULARYNAME`.
    Modeltagvocabularyname = 113,
    /// `DATATAGVOCABULARYNAME`.
    Datatagvocabularyname = 114,
    /// `NETWORKNAME`.
    Networkname = 115,
    /// `MEDIAENTITYNAME`.
    Mediaentityname = 116,
    /// `APPLICATIONKEYNAME`.
    Applicationkeyname = 117,
    /// `LOCALIZATIONTABLENAME`.
    Localizationtablename = 118,
    /// `ORGANIZATIONNAME`.
    Organizationname = 119,
    /// `DASHBOARDNAME`.
    Dashboardname = 120,
    /// `NUMBER`.
    Number = 1,
    /// `INTEGER`.
    Integer = 22,
    /// `LONG`.
    Long = 23,
    /// `BOOLEAN`.
    Boolean = 2,
    /// `DATETIME`.
    Datetime = 3,
    /// `LOCATION`.
    Location = 6,
    /// `BLOB`.
    Blob = 21,
    /// `IMAGE`.
    Image = 10,
    /// `VARIANT`.
    Variant = 18,
    /// `INFOTABLE`.
    Infotable = 5,
    /// `TIMESPAN`.
    Timespan = 4,
    /// `PERSISTENCEPROVIDERPACKAGENAME`.
    Persistenceproviderpackagename = 121,
    /// `PERSISTENCEPROVIDERNAME`.
    Persistenceprovidername = 122,
    /// `PROJECTNAME`.
    Projectname = 123,
    /// `VEC2`.
    Vec2 = 124,
    /// `VEC3`.
    Vec3 = 125,
    /// `VEC4`.
    Vec4 = 126,
    /// `THINGCODE`.
    Thingcode = 127,
}

/// The kind of a message, which determines the member of its `body`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonKind {
    /// `KEEP_ALIVE`, without a body.
    KeepAlive = 0,
    /// `body.auth`.
    Auth = 1,
    /// `body.bind`.
    Bind = 2,
    /// `body.bind`.
    Unbind = 3,
    /// `body.request`.
    Request = 4,
    /// `body.response`.
    Response = 5,
    /// `body.chunk`, of a request.
    RequestChunk = 6,
    /// `body.chunk`, of a response.
    ResponseChunk = 7,
    /// `body.auth`: CLEARAUTH.
    ClearAuth = 8,
    /// `body.chunk`, of a BIND.
    BindChunk = 9,
    /// `body.chunk`, of an UNBIND.
    UnbindChunk = 10,
}
