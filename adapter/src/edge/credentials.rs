//! The credentials of an edge.

use secrecy::SecretString;

/// The credentials of an edge. A key or a password is wiped when it is dropped.
#[derive(Debug)]
pub enum Credentials {
    /// An application key.
    AppKey(SecretString),
    /// A user with a password.
    UserPassword {
        /// The user's name.
        user: String,
        /// The password.
        password: SecretString,
    },
}

impl Credentials {
    /// Creates credentials from an application key. Plain text that is passed in is not
    /// wiped; a `SecretString` is.
    pub fn app_key(key: impl Into<SecretString>) -> Self {
        Self::AppKey(key.into())
    }
}
