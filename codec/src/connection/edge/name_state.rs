//! The states of one name (PROTOCOL.md §7).
//!
//! ```text
//!               BindSent            Success
//!   Unbound ───────────▶ Binding ───────────▶ Bound
//!      ▲ ▲                  │                 │  ▲
//!      │ │ Again            │ Failure         │  │ Failure: of several names,
//!      │ │                  ▼                 │  │ one may be at fault
//!      │ └─────────────  Refused    UnbindSent│  │
//!      │                                      ▼  │
//!      └─────────────────────────────────── Unbinding
//!                  Success, Gone
//! ```

/// The state of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameState {
    /// It is not bound.
    Unbound,
    /// A BIND with it was sent.
    Binding,
    /// It is bound: the platform may send requests for it.
    Bound,
    /// The platform refused to bind it. It is tried again later.
    Refused,
    /// An UNBIND with it was sent.
    Unbinding,
}

/// An input of the state machine of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameInput {
    /// A BIND with it is sent.
    BindSent,
    /// An UNBIND with it is sent.
    UnbindSent,
    /// The platform answered with a success.
    Success,
    /// The platform answered a message with this name alone with an error, or did not answer
    /// in time.
    Failure,
    /// The platform answered a message with several names with an error.
    Doubt,
    /// It is time to try again, or the caller asks for it.
    Again,
    /// The connection has ended.
    End,
}

impl NameState {
    /// All states.
    pub const ALL: &'static [Self] =
        &[Self::Unbound, Self::Binding, Self::Bound, Self::Refused, Self::Unbinding];
}

impl NameInput {
    /// All inputs.
    pub const ALL: &'static [Self] = &[
        Self::BindSent,
        Self::UnbindSent,
        Self::Success,
        Self::Failure,
        Self::Doubt,
        Self::Again,
        Self::End,
    ];
}

/// Returns the state of a name after an input (PROTOCOL.md §7). An input that does not belong to
/// the state changes nothing.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn name_transition(state: NameState, input: NameInput) -> NameState {
    use NameInput as I;
    use NameState::{Binding, Bound, Refused, Unbinding, Unbound};

    match (state, input) {
        (_, I::End) => Unbound,
        (Unbound, I::BindSent) => Binding,
        (Binding, I::Success) => Bound,
        (Binding, I::Failure) => Refused,
        // A BIND binds all names or none: one with fewer names tells which is at fault.
        (Binding, I::Doubt) => Unbound,
        (Refused, I::Again) => Unbound,
        (Bound, I::UnbindSent) => Unbinding,
        // A name that the platform does not know is unbound as well.
        (Unbinding, I::Success | I::Failure) => Unbound,
        (Unbinding, I::Doubt) => Bound,
        _ => state,
    }
}
