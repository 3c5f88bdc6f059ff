//! The setters of settings.

/// Implements a `const` setter for fields of a struct of settings: the name of the setter,
/// and the field with its type.
macro_rules! setters {
    ($settings:ident { $($set:ident => $field:ident: $type:ty;)* }) => {
        impl $settings {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub const fn $set(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }
    };
}
pub(super) use setters;
