//! What the host knows about Things.

/// A Thing of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Thing<'a> {
    /// Its name: what tells it from all others.
    pub name: &'a str,
    /// The identifier that it is bound by, if it has one, without the `*`
    /// (section 7).
    pub identifier: Option<&'a str>,
}

/// The Things of a platform, and the types of gateways.
///
/// An answer must not change while a BIND is handled. A Thing should keep its
/// identifier while it is bound: should another one get it and be bound by it
/// on the same connection, this frees the first one.
pub trait Things {
    /// The Thing of this name, if there is one.
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>>;

    /// The Thing with this identifier, given without the `*`, if there is one.
    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>>;

    /// Whether a gateway of this type is made when it is bound and there is no
    /// Thing of its name (section 7).
    fn is_gateway_type(&self, gateway_type: &str) -> bool;
}

/// Every name is that of a Thing, every identifier that of the Thing of the same
/// name, and every type that of a gateway: for platforms that tests bring up.
/// Only the empty name is nobody's.
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
