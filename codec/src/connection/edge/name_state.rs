//! The states of one name (section 7).
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

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameState {
    /// The platform does not know of it.
    Unbound,
    /// A BIND with it was sent.
    Binding,
    /// The platform may send requests to it.
    Bound,
    /// The platform refused to bind it; it is tried again later.
    Refused,
    /// An UNBIND with it was sent.
    Unbinding,
}

/// What happens to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameInput {
    /// A BIND with it is sent.
    BindSent,
    /// An UNBIND with it is sent.
    UnbindSent,
    /// A success in answer.
    Success,
    /// No success in answer to a message with this name alone, or none in time.
    Failure,
    /// No success in answer to a message with several names.
    Doubt,
    /// The time has come, or the caller wishes, to try again.
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

/// The state of a name after an input (section 7). Where the two do not belong
/// together nothing changes.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn name_transition(state: NameState, input: NameInput) -> NameState {
    use NameInput as I;
    use NameState::{Binding, Bound, Refused, Unbinding, Unbound};

    match (state, input) {
        (_, I::End) => Unbound,
        (Unbound, I::BindSent) => Binding,
        (Binding, I::Success) => Bound,
        (Binding, I::Failure) => Refused,
        // A BIND is all or nothing: another with fewer names will tell which.
        (Binding, I::Doubt) => Unbound,
        (Refused, I::Again) => Unbound,
        (Bound, I::UnbindSent) => Unbinding,
        // One that the platform does not know here is unbound as well.
        (Unbinding, I::Success | I::Failure) => Unbound,
        (Unbinding, I::Doubt) => Bound,
        _ => state,
    }
}
