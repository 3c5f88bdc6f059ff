//! The states of one name (section 7).
//!
//! ```text
//!           Bound               Decided
//!   Asked ◀───────▶ BoundAsked ────────▶ Bound ─────────────────────▶ Freed
//!     │    Unbound,     │      ◀────────         Unbound, Moved, End    ▲
//!     │     Moved       │        Asked                                  │
//!     └─────────────────┴───────────────────────────────────────────────┘
//!       Decided, End       End
//! ```

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameState {
    /// It is in the BIND that the host decides about, and not bound here.
    Asked,
    /// It is in the BIND that the host decides about, and bound here.
    BoundAsked,
    /// The edge stands for this name.
    Bound,
    /// The name is not bound here any more.
    Freed,
}

/// What happens to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameInput {
    /// A BIND with it has come.
    Asked,
    /// The host binds it.
    Bound,
    /// The host frees it: nothing stands for the Thing.
    Unbound,
    /// The host frees it: something else stands for the Thing.
    Moved,
    /// The host has decided about the BIND.
    Decided,
    /// The connection has ended.
    End,
}

impl NameState {
    /// All states.
    pub const ALL: &'static [Self] = &[Self::Asked, Self::BoundAsked, Self::Bound, Self::Freed];

    /// Whether the edge stands for the name.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::BoundAsked | Self::Bound)
    }
}

impl NameInput {
    /// All inputs.
    pub const ALL: &'static [Self] =
        &[Self::Asked, Self::Bound, Self::Unbound, Self::Moved, Self::Decided, Self::End];
}

/// The state of a name after an input (section 7). Where the two do not belong
/// together nothing changes.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn name_transition(state: NameState, input: NameInput) -> NameState {
    use NameInput as I;
    use NameState::{Asked, Bound, BoundAsked, Freed};

    match (state, input) {
        (Asked, I::Bound) => BoundAsked,
        // What the host has not bound, it has not.
        (Asked, I::Decided) => Freed,
        (BoundAsked, I::Decided) => Bound,
        // The BIND still wants it here.
        (BoundAsked, I::Unbound | I::Moved) => Asked,
        (Bound, I::Asked) => BoundAsked,
        (Bound, I::Unbound | I::Moved) => Freed,
        (_, I::End) => Freed,
        _ => state,
    }
}
