//! Decisions of the host.

use super::{About, Action, Asked, Connection, End, Input, State};
use crate::connection::error::CallError;
use crate::connection::registry::NameChange;
use crate::connection::replies::{Reason, Reply};
use crate::connection::storage::Storage;
use crate::wire::codes::Status;

impl<S: Storage> Connection<S> {
    /// Accepts the claims of AUTH: answers SUCCESS and grants the ids (PROTOCOL.md §2). An endpoint
    /// id of 0 means that none is granted.
    ///
    /// # Errors
    /// - [`WrongState`](CallError::WrongState) if no AUTH waits for a decision
    /// - [`Ended`](CallError::Ended) if the connection has ended
    pub fn accept(&mut self, session: u32, endpoint: u32, now_ms: u64) -> Result<(), CallError> {
        self.link.at(now_ms);
        let asked = self.take_asked(About::Claims)?;
        if self.apply(Input::Accept) == Action::Grant {
            (self.link.session, self.link.endpoint) = (session, endpoint);
            self.decide(Asked { endpoint, ..asked }, Status::SUCCESS, Reason::None);
        }
        Ok(())
    }

    /// Refuses the claims of AUTH: answers UNAUTHORIZED and ends the connection.
    ///
    /// # Errors
    /// - [`WrongState`](CallError::WrongState) if no AUTH waits for a decision
    /// - [`Ended`](CallError::Ended) if the connection has ended
    pub fn refuse(&mut self, now_ms: u64) -> Result<(), CallError> {
        self.link.at(now_ms);
        let asked = self.take_asked(About::Claims)?;
        self.apply(Input::Refuse);
        self.decide(asked, Status::UNAUTHORIZED, Reason::None);
        Ok(())
    }

    /// Binds or frees a name, as the host has decided about a BIND or UNBIND of this connection
    /// or of another one. Call it before anything is sent to the Thing over another
    /// connection, and before [`accept_names`](Self::accept_names).
    ///
    /// A [`Registry`](crate::connection::registry::Registry) decides this for all connections
    /// of a platform and passes each [`Change`](crate::connection::registry::Change) to a
    /// callback. A host that decides by itself binds the gateway and the names of a BIND, and
    /// frees the names that an UNBIND means.
    ///
    /// # Errors
    /// Nothing has changed then.
    ///
    /// - [`WrongState`](CallError::WrongState) if the name to bind is not in the BIND that waits
    ///   for a decision
    /// - [`NotBound`](CallError::NotBound) if the name to free is not bound here
    /// - [`Ended`](CallError::Ended) if the connection has ended
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

    /// Answers a BIND or UNBIND with SUCCESS. Call [`change_name`](Self::change_name) before it
    /// for each name that changes: this call binds no names.
    ///
    /// # Errors
    /// - [`WrongState`](CallError::WrongState) if no BIND or UNBIND waits for a decision
    /// - [`Ended`](CallError::Ended) if the connection has ended
    pub fn accept_names(&mut self, now_ms: u64) -> Result<(), CallError> {
        self.link.at(now_ms);
        let asked = self.take_asked(About::Names)?;
        self.names.decided();
        self.decide(asked, Status::SUCCESS, Reason::None);
        Ok(())
    }

    /// Refuses a BIND or UNBIND as a whole, with a status and a reason: the name that is at
    /// fault and what is wrong with it, such as "is bound on another connection". The
    /// [`BindRefusal`](crate::connection::registry::BindRefusal) of a registry has all three.
    ///
    /// If the name does not fit, the reply says "a name" instead.
    ///
    /// # Errors
    /// - [`WrongState`](CallError::WrongState) if no BIND or UNBIND waits for a decision
    /// - [`Ended`](CallError::Ended) if the connection has ended
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

    /// Shuts the connection down: sends the replies that wait, then a close.
    pub fn shut_down(&mut self, now_ms: u64) {
        self.link.at(now_ms);
        self.apply(Input::Leave);
    }
}

impl<S: Storage> Connection<S> {
    /// Returns the message that waits for this decision of the host.
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

    /// Ends the connection: all open requests end, and all names are freed. Replies that wait
    /// are still sent if the edge can receive them.
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
