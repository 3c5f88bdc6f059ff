//! The states of one name (section 7).
//!
//! ```text
//!          Granted            UnbindAsked             Granted
//!   Asked ─────────▶ Bound ◀──────────────▶ Unbinding ─────────▶ Freed
//!     │               │           Denied        │                  ▲
//!     └───────────────┴─────────────────────────┴──────────────────┘
//!        Denied           Moved, End                Moved, End
//! ```

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameState {
    /// A BIND has come, and the host decides.
    Asked,
    /// The edge stands for this name.
    Bound,
    /// An UNBIND has come, and the host decides.
    Unbinding,
    /// The name is not bound here any more.
    Freed,
}

/// What happens to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameInput {
    /// An UNBIND with it has come.
    UnbindAsked,
    /// The host grants what was asked.
    Granted,
    /// The host denies what was asked.
    Denied,
    /// Another connection has it now.
    Moved,
    /// The connection has ended.
    End,
}

impl NameState {
    /// All states.
    pub const ALL: &'static [Self] = &[Self::Asked, Self::Bound, Self::Unbinding, Self::Freed];
}

impl NameInput {
    /// All inputs.
    pub const ALL: &'static [Self] =
        &[Self::UnbindAsked, Self::Granted, Self::Denied, Self::Moved, Self::End];
}

/// The state of a name after an input (section 7). Where the two do not belong
/// together nothing changes.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn name_transition(state: NameState, input: NameInput) -> NameState {
    use NameInput as I;
    use NameState::{Asked, Bound, Freed, Unbinding};

    match (state, input) {
        (Asked, I::Granted) => Bound,
        (Asked, I::Denied) => Freed,
        (Bound, I::UnbindAsked) => Unbinding,
        (Unbinding, I::Granted) => Freed,
        (Unbinding, I::Denied) => Bound,
        (Bound | Unbinding, I::Moved) => Freed,
        (_, I::End) => Freed,
        _ => state,
    }
}
