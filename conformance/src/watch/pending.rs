//! Requests that are not answered yet.

use std::collections::HashMap;

use alwayson_codec::{Bind, Body, Ids};

use super::names::Listed;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Auth,
    Bind(Listed),
    Unbind(Listed),
    Request,
    /// Chunks, of which the last has not come.
    Unfinished,
    /// It has no answer.
    None,
}

impl Kind {
    pub(super) fn of(body: &Body<'_>) -> Self {
        match body {
            Body::Auth(_) => Self::Auth,
            Body::Bind(bind) => Self::Bind(listed(bind)),
            Body::Unbind(unbind) => Self::Unbind(listed(unbind)),
            Body::KeepAlive => Self::None,
            _ => Self::Request,
        }
    }
}

fn listed(bind: &Bind<'_>) -> Listed {
    Listed {
        names: bind.names.iter().map(|name| name.as_str().to_owned()).collect(),
        gateway: bind.gateway.map(|gateway| gateway.name.as_str().to_owned()),
    }
}

/// The unanswered requests of one side.
#[derive(Debug)]
pub(super) struct Pending {
    open: HashMap<u32, (Ids, Kind)>,
    limit: usize,
    /// Whether some are not known.
    is_incomplete: bool,
}

impl Pending {
    pub(super) fn new(limit: usize) -> Self {
        Self { open: HashMap::new(), limit, is_incomplete: false }
    }

    /// Judges responses without a request no more: some requests are not known.
    pub(super) fn forget(&mut self) {
        self.is_incomplete = true;
    }

    pub(super) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Adds a request. Returns whether its id was free.
    pub(super) fn open(&mut self, ids: Ids, kind: Kind) -> bool {
        if kind == Kind::None {
            return true;
        }
        if self.open.len() >= self.limit && !self.open.contains_key(&ids.request) {
            self.is_incomplete = true;
            return true;
        }
        let before = self.open.insert(ids.request, (ids, kind));
        before.is_none_or(|(_, kind)| kind == Kind::Unfinished)
    }

    /// Adds a chunk of a request.
    pub(super) fn begin(&mut self, ids: Ids) {
        if !self.open.contains_key(&ids.request) {
            self.open(ids, Kind::Unfinished);
        }
    }

    /// Removes what [`begin`](Self::begin) has added.
    pub(super) fn end(&mut self, ids: Ids) {
        if self.open.get(&ids.request).is_some_and(|(_, kind)| *kind == Kind::Unfinished) {
            self.open.remove(&ids.request);
        }
    }

    /// Removes the request that a response answers.
    pub(super) fn close(&mut self, request: u32) -> Option<(Option<Ids>, Kind)> {
        self.open.remove(&request).map(|(ids, kind)| (Some(ids), kind))
    }

    pub(super) fn is_auth(&self, request: u32) -> bool {
        self.open.get(&request).is_some_and(|(_, kind)| *kind == Kind::Auth)
    }

    fn all_binds(&self) -> impl Iterator<Item = Option<&Listed>> {
        self.open.values().filter_map(|(_, kind)| match kind {
            Kind::Bind(listed) => Some(Some(listed)),
            Kind::Unfinished => Some(None),
            _ => None,
        })
    }

    /// Returns whether a BIND is not answered yet, or something that may be one.
    pub(super) fn binds_any(&self) -> bool {
        self.all_binds().next().is_some()
    }

    /// Returns whether such a BIND may have this name.
    pub(super) fn binds(&self, name: &str) -> bool {
        self.all_binds().any(|listed| listed.is_none_or(|listed| listed.has(name)))
    }

    pub(super) fn binds_identifiers(&self) -> bool {
        self.all_binds().flatten().any(Listed::has_identifiers)
    }
}
