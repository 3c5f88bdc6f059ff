//! The states of one name (PROTOCOL.md §7).
//!
//! ```text
//!           Bound               Decided
//!   Asked ◀───────▶ BoundAsked ────────▶ Bound ─────────────────────▶ Freed
//!     │    Unbound,     │      ◀────────         Unbound, Moved, End    ▲
//!     │     Moved       │        Asked                                  │
//!     └─────────────────┴───────────────────────────────────────────────┘
//!       Decided, End       End
//! ```

/// The state of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameState {
    /// It is in the BIND that waits for a decision, and not bound here.
    Asked,
    /// It is in the BIND that waits for a decision, and bound here.
    BoundAsked,
    /// It is bound here.
    Bound,
    /// It is not bound here any more.
    Freed,
}

/// An input of the state machine of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameInput {
    /// A BIND with it was received.
    Asked,
    /// The host binds it.
    Bound,
    /// The host frees it, and no other connection has the Thing.
    Unbound,
    /// The host frees it, because the Thing is bound elsewhere.
    Moved,
    /// The host has decided about the BIND.
    Decided,
    /// The connection has ended.
    End,
}

impl NameState {
    /// All states.
    pub const ALL: &'static [Self] = &[Self::Asked, Self::BoundAsked, Self::Bound, Self::Freed];

    /// Returns whether the name is bound here.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::BoundAsked | Self::Bound)
    }
}

impl NameInput {
    /// All inputs.
    pub const ALL: &'static [Self] =
        &[Self::Asked, Self::Bound, Self::Unbound, Self::Moved, Self::Decided, Self::End];
}

/// Returns the state of a name after an input (PROTOCOL.md §7). An input that does not belong to
/// the state changes nothing.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn name_transition(state: NameState, input: NameInput) -> NameState {
    use NameInput as I;
    use NameState::{Asked, Bound, BoundAsked, Freed};

    match (state, input) {
        (Asked, I::Bound) => BoundAsked,
        // A name that the host did not bind is not bound.
        (Asked, I::Decided) => Freed,
        (BoundAsked, I::Decided) => Bound,
        // The BIND that waits still asks for it.
        (BoundAsked, I::Unbound | I::Moved) => Asked,
        (Bound, I::Asked) => BoundAsked,
        (Bound, I::Unbound | I::Moved) => Freed,
        (_, I::End) => Freed,
        _ => state,
    }
}
