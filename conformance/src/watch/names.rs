//! The names that are bound on a connection.

use std::collections::HashSet;

/// The names of a BIND or an UNBIND.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) names: Vec<String>,
    pub(super) gateway: Option<String>,
}

impl Listed {
    pub(super) fn has(&self, name: &str) -> bool {
        self.all().any(|listed| listed == name)
    }

    pub(super) fn has_identifiers(&self) -> bool {
        self.all().any(is_identifier)
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.names.iter().chain(&self.gateway).map(String::as_str)
    }
}

/// Returns whether a name is an identifier (PROTOCOL.md §3).
fn is_identifier(name: &str) -> bool {
    name.starts_with('*')
}

/// The bound names.
#[derive(Debug)]
pub(super) struct Names {
    bound: HashSet<String>,
    limit: usize,
    are_unknown: bool,
}

impl Names {
    pub(super) fn new(limit: usize) -> Self {
        Self { bound: HashSet::new(), limit, are_unknown: false }
    }

    /// Judges no names any more.
    pub(super) fn forget(&mut self) {
        self.bound.clear();
        self.are_unknown = true;
    }

    pub(super) fn bind(&mut self, listed: Listed) {
        if self.are_unknown {
            return;
        }
        let Listed { names, gateway } = listed;
        self.bound.extend(names.into_iter().chain(gateway));
        if self.bound.len() > self.limit {
            self.forget();
        }
    }

    pub(super) fn unbind(&mut self, listed: &Listed) {
        if listed.gateway.is_some() {
            // Which names went with it depends on which are behind it, by all BINDs.
            return self.forget();
        }
        for name in &listed.names {
            self.bound.remove(name);
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.bound.contains(name)
    }

    pub(super) fn has_identifiers(&self) -> bool {
        self.bound.iter().any(|name| is_identifier(name))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bound.is_empty()
    }

    /// Returns whether there are too many names to judge them.
    pub(super) fn are_unknown(&self) -> bool {
        self.are_unknown
    }
}
