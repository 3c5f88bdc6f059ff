//! Who may connect.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use crate::message::BoxFuture;
use crate::text_file::{self, FileError};
use alwayson_codec::{Auth, Claim};
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

/// The claims of an AUTH (section 3). They are shown nowhere.
pub struct Claims(Vec<(String, SecretString)>);

impl Claims {
    /// The value of the claim of this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The application key.
    pub fn app_key(&self) -> Option<&SecretString> {
        self.get(Claim::APP_KEY)
    }

    /// The user and the password.
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

/// Decides about claims. Compare secrets in constant time (section 7), and log
/// nothing of them.
pub trait Authenticator: Send + Sync + 'static {
    /// Whether these claims are accepted. The connection waits for it, for as long
    /// as AUTH may take by the platform's settings, and nothing else does.
    fn authenticate(&self, claims: Claims) -> BoxFuture<'_, bool>;
}

/// Keys and users that are known from the start.
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

    /// Accepts the keys in a file as well, one a line. Empty lines, and what
    /// begins with `#`, are none.
    ///
    /// # Errors
    /// The file cannot be read, is no text, or has no key.
    pub fn with_key_file(mut self, path: &Path) -> Result<Self, FileError> {
        let text = text_file::read(path)?;
        let known = self.keys.len();
        self.keys.extend(text_file::lines(&text).map(|(_, key)| key.into()));
        if self.keys.len() == known { Err(FileError::Empty(path.to_owned())) } else { Ok(self) }
    }

    /// Accepts the users in a file as well, one a line: the user, a colon, the
    /// password.
    ///
    /// # Errors
    /// The file cannot be read, is no text, has no user, or a line without a colon.
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
        // All are compared, so that the time does not tell which was close.
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
    /// Accepts these.
    pub fn new(keys: KnownCredentials) -> Self {
        Self(Arc::new(RwLock::new(keys)))
    }

    /// Accepts these from now on, and no others. Connections that were authenticated go
    /// on, by whatever key that was.
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

/// Accepts whatever claims come: for tests alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcceptAnyClaims;

impl Authenticator for AcceptAnyClaims {
    fn authenticate(&self, _: Claims) -> BoxFuture<'_, bool> {
        Box::pin(async { true })
    }
}
