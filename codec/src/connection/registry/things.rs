//! The Things of the host.

/// A Thing of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Thing<'a> {
    /// Its unique name.
    pub name: &'a str,
    /// The identifier by which it is bound, without the `*`, if it has one (PROTOCOL.md §7).
    pub identifier: Option<&'a str>,
}

/// The Things of a platform, and the types of gateways.
///
/// A result must not change while a BIND is handled. A Thing should keep its identifier while
/// it is bound: if another Thing gets it and is bound by it on the same connection, the first
/// one is freed.
pub trait Things {
    /// Returns the Thing with this name, if there is one.
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>>;

    /// Returns the Thing with this identifier (without the `*`), if there is one.
    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>>;

    /// Returns whether a gateway of this type is created when it is bound and there is no
    /// Thing with its name (PROTOCOL.md §7).
    fn is_gateway_type(&self, gateway_type: &str) -> bool;
}

/// Things for platforms in tests: every name but the empty one is that of a Thing, every
/// identifier that of the Thing with the same name, and every type that of a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnyThing;

impl Things for AnyThing {
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>> {
        (!name.is_empty()).then_some(Thing { name, identifier: None })
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>> {
        let thing = Thing { name: identifier, identifier: Some(identifier) };
        (!identifier.is_empty()).then_some(thing)
    }

    fn is_gateway_type(&self, _: &str) -> bool {
        true
    }
}
