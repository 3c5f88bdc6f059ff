//! What the host answers, and what it tells.

use super::{About, Action, Asked, Connection, End, Input, State};
use crate::connection::error::CallError;
use crate::connection::registry::NameChange;
use crate::connection::replies::{Reason, Reply};
use crate::connection::storage::Storage;
use crate::wire::codes::Status;

impl<S: Storage> Connection<S> {
    /// The claims of AUTH are accepted: the edge is told SUCCESS and its ids
    /// (section 2). An endpoint id of 0: none.
    ///
    /// # Errors
    /// `WrongState` where no AUTH waits for a decision; `Ended`.
    pub fn accept(&mut self, session: u32, endpoint: u32, now_ms: u64) -> Result<(), CallError> {
        self.link.at(now_ms);
        let asked = self.take_asked(About::Claims)?;
        if self.apply(Input::Accept) == Action::Grant {
            (self.link.session, self.link.endpoint) = (session, endpoint);
            self.decide(Asked { endpoint, ..asked }, Status::SUCCESS, Reason::None);
        }
        Ok(())
    }

    /// The claims of AUTH are refused: the edge is told UNAUTHORIZED, and the
    /// connection ends.
    ///
    /// # Errors
    /// `WrongState` where no AUTH waits for a decision; `Ended`.
    pub fn refuse(&mut self, now_ms: u64) -> Result<(), CallError> {
        self.link.at(now_ms);
        let asked = self.take_asked(About::Claims)?;
        self.apply(Input::Refuse);
        self.decide(asked, Status::UNAUTHORIZED, Reason::None);
        Ok(())
    }

    /// Binds or frees a name, as the host has decided about a BIND or UNBIND of
    /// this connection or of another. Call it before anything is sent to the Thing
    /// over another connection, and before
    /// [`accept_names`](Self::accept_names) answers what was decided about.
    ///
    /// A [`Registry`](crate::connection::registry::Registry) decides this for all
    /// connections of a platform, and calls back with each
    /// [`Change`](crate::connection::registry::Change). A host that decides by
    /// itself binds the gateway and the names of a BIND, and frees what its UNBIND
    /// means.
    ///
    /// # Errors
    /// `WrongState` where a name is to be bound that is not in the BIND that is
    /// being decided about; `NotBound` where one is to be freed that is not bound
    /// here; `Ended`. Nothing has changed then.
    pub fn change_name(
        &mut self,
        name: &str,
        change: NameChange,
        now_ms: u64,
    ) -> Result<(), CallError> {
        let now_ms = self.link.at(now_ms);
        if self.end.is_some() {
            return Err(CallError::Ended);
        }
        match (self.names.change(name, change, now_ms), change) {
            (true, _) => Ok(()),
            (false, NameChange::Bound) => Err(CallError::WrongState),
            (false, NameChange::Unbound | NameChange::Moved) => Err(CallError::NotBound),
        }
    }

    /// What the BIND or UNBIND asked for is done, by
    /// [`change_name`](Self::change_name) before this: the edge is told SUCCESS. A
    /// name that the host has not bound is not bound.
    ///
    /// # Errors
    /// `WrongState` where none waits for a decision; `Ended`.
    pub fn accept_names(&mut self, now_ms: u64) -> Result<(), CallError> {
        self.link.at(now_ms);
        let asked = self.take_asked(About::Names)?;
        self.names.decided();
        self.decide(asked, Status::SUCCESS, Reason::None);
        Ok(())
    }

    /// Nothing of the BIND or UNBIND takes effect, and the edge is told this
    /// status, and for a reason the name that is at fault and what is said of it:
    /// "is bound on another connection". A registry's
    /// [`BindRefusal`](crate::connection::registry::BindRefusal) has all three.
    ///
    /// # Errors
    /// `WrongState` where none waits for a decision; `Ended`.
    pub fn refuse_names(
        &mut self,
        status: Status,
        name: &str,
        reason: &'static str,
    ) -> Result<(), CallError>
    where
        S::Name: for<'n> TryFrom<&'n str>,
    {
        let Asked { request, endpoint, .. } = self.take_asked(About::Names)?;
        self.names.decided();
        let reply = Reply { request, endpoint, status, reason: Reason::Named };
        self.link.replies.push_named(reply, S::Name::try_from(name).ok(), reason);
        Ok(())
    }

    /// The host shuts down: what was said already is sent, then a close.
    pub fn shut_down(&mut self, now_ms: u64) {
        self.link.at(now_ms);
        self.apply(Input::Leave);
    }
}

impl<S: Storage> Connection<S> {
    /// What the host was asked about this.
    fn take_asked(&mut self, what: About) -> Result<Asked, CallError> {
        if matches!(self.state, State::Closing | State::Ended) {
            return Err(CallError::Ended);
        }
        let asked = self.asked.take_if(|asked| asked.what == what).ok_or(CallError::WrongState)?;
        self.link.replies.reserved = false;
        Ok(asked)
    }

    fn decide(&mut self, asked: Asked, status: Status, reason: Reason) {
        let Asked { request, endpoint, .. } = asked;
        self.link.replies.push(Reply { request, endpoint, status, reason });
    }

    /// The connection is over: what is in flight ends, all names are freed. What
    /// was said already is still sent where the edge may hear it.
    pub(super) fn over(&mut self, end: End) {
        self.end = Some(end);
        self.ended_untold = true;
        self.asked = None;
        self.link.replies.reserved = false;
        self.link.end();
        self.names.end(self.link.now_ms);
        if !matches!(end, End::ShutDown | End::Idle | End::Refused) {
            self.link.replies.clear();
            self.link.outbox.clear();
        }
    }
}
