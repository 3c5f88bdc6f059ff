//! Decides which edges may connect.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use crate::message::BoxFuture;
use crate::text_file::{self, FileError};
use alwayson_codec::{Auth, Claim};
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

/// The claims of an AUTH (PROTOCOL.md §3). `Debug` shows only their names.
pub struct Claims(Vec<(String, SecretString)>);

impl Claims {
    /// Returns the value of the claim of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Returns the application key, if there is one.
    pub fn app_key(&self) -> Option<&SecretString> {
        self.get(Claim::APP_KEY)
    }

    /// Returns the user and the password, if there are both.
    pub fn user(&self) -> Option<(&SecretString, &SecretString)> {
        Some((self.get(Claim::USER_ID)?, self.get(Claim::PASSWORD)?))
    }
}

impl From<Auth<'_>> for Claims {
    fn from(auth: Auth<'_>) -> Self {
        let secret = |claim: Claim<'_>| SecretString::from(claim.value.expose().as_str());
        Self(
            auth.claims
                .iter()
                .map(|claim| (claim.name.as_str().to_owned(), secret(claim)))
                .collect(),
        )
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Decides whether the claims of an edge are accepted.
///
/// Implementations should compare secrets in constant time (PROTOCOL.md §7), and must not log
/// them.
pub trait Authenticator: Send + Sync + 'static {
    /// Returns whether these claims are accepted. Only the connection of the claims waits for it,
    /// at most for [`Options::auth_timeout`](super::Options::auth_timeout); then they are refused.
    /// They are also refused if the future panics.
    ///
    /// # Cancel safety
    /// The future is dropped at that timeout, and if the connection ends first.
    fn authenticate(&self, claims: Claims) -> BoxFuture<'_, bool>;
}

/// An [`Authenticator`] that accepts a list of keys and users.
///
/// ```
/// use alwayson::platform::KnownCredentials;
///
/// let keys = KnownCredentials::default().with_key("a key").with_user("device", "a password");
/// ```
#[derive(Default)]
pub struct KnownCredentials {
    keys: Vec<SecretString>,
    users: Vec<(SecretString, SecretString)>,
}

impl KnownCredentials {
    /// Accepts this application key as well.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<SecretString>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Accepts this user with this password as well.
    #[must_use]
    pub fn with_user(
        mut self,
        user: impl Into<SecretString>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.users.push((user.into(), password.into()));
        self
    }

    /// Accepts the keys in a file as well, one per line. Empty lines, and lines that begin with
    /// `#`, are ignored.
    ///
    /// # Errors
    /// - [`FileError::Io`] if the file cannot be read,
    /// - [`FileError::Text`] if it is not a text,
    /// - [`FileError::Empty`] if it has no key.
    pub fn with_key_file(mut self, path: &Path) -> Result<Self, FileError> {
        let text = text_file::read(path)?;
        let known = self.keys.len();
        self.keys.extend(text_file::lines(&text).map(|(_, key)| key.into()));
        if self.keys.len() == known { Err(FileError::Empty(path.to_owned())) } else { Ok(self) }
    }

    /// Accepts the users in a file as well, one per line: the user, a colon, the password. Empty
    /// lines, and lines that begin with `#`, are ignored.
    ///
    /// # Errors
    /// - [`FileError::Io`] if the file cannot be read,
    /// - [`FileError::Text`] if it is not a text,
    /// - [`FileError::Line`] if a line has no colon,
    /// - [`FileError::Empty`] if the file has no user.
    pub fn with_user_file(mut self, path: &Path) -> Result<Self, FileError> {
        let text = text_file::read(path)?;
        let known = self.users.len();
        for (line, user) in text_file::lines(&text) {
            let problem = "a user and a password have a colon between them";
            let no_colon = || FileError::Line { file: path.to_owned(), line, problem };
            let (user, password) = user.split_once(':').ok_or_else(no_colon)?;
            self.users.push((user.into(), password.into()));
        }
        if self.users.len() == known { Err(FileError::Empty(path.to_owned())) } else { Ok(self) }
    }

    fn accepts(&self, claims: &Claims) -> bool {
        // Every entry is compared, so that the time does not reveal which one matched.
        let mut is_known = Choice::from(0);
        if let Some(key) = claims.app_key() {
            for known in &self.keys {
                is_known |= equal(known, key);
            }
        }
        if let Some((user, password)) = claims.user() {
            for (known_user, known_password) in &self.users {
                is_known |= equal(known_user, user) & equal(known_password, password);
            }
        }
        is_known.into()
    }
}

fn equal(known: &SecretString, claimed: &SecretString) -> Choice {
    known.expose_secret().as_bytes().ct_eq(claimed.expose_secret().as_bytes())
}

impl Authenticator for KnownCredentials {
    fn authenticate(&self, claims: Claims) -> BoxFuture<'_, bool> {
        let is_accepted = self.accepts(&claims);
        Box::pin(async move { is_accepted })
    }
}

impl fmt::Debug for KnownCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownCredentials")
            .field("keys", &self.keys.len())
            .field("users", &self.users.len())
            .finish()
    }
}

/// [`KnownCredentials`] that can be replaced while a platform runs. Clones share them.
///
/// ```
/// use alwayson::platform::{KnownCredentials, SharedCredentials};
///
/// let keys = SharedCredentials::new(KnownCredentials::default().with_key("a key"));
/// let authenticator = keys.clone(); // For `Platform::builder`.
/// keys.replace(KnownCredentials::default().with_key("another key"));
/// # drop(authenticator);
/// ```
#[derive(Clone, Debug)]
pub struct SharedCredentials(Arc<RwLock<KnownCredentials>>);

impl SharedCredentials {
    /// Accepts these keys and users.
    pub fn new(keys: KnownCredentials) -> Self {
        Self(Arc::new(RwLock::new(keys)))
    }

    /// Accepts these keys and users from now on, and no others. Connections that are authenticated
    /// continue, even if their key is not accepted any more.
    pub fn replace(&self, keys: KnownCredentials) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}

impl Authenticator for SharedCredentials {
    fn authenticate(&self, claims: Claims) -> BoxFuture<'_, bool> {
        let is_accepted = self.0.read().unwrap_or_else(PoisonError::into_inner).accepts(&claims);
        Box::pin(async move { is_accepted })
    }
}

/// An [`Authenticator`] that accepts all claims. Use it only in tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcceptAnyClaims;

impl Authenticator for AcceptAnyClaims {
    fn authenticate(&self, _: Claims) -> BoxFuture<'_, bool> {
        Box::pin(async { true })
    }
}
