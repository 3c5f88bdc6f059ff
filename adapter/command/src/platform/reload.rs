//! Reloading of keys, users and certificates on SIGHUP.

use alwayson::platform::SharedCredentials;
use alwayson::transport::ServerTls;

use super::Args;
use super::report::Report;
use crate::failure::Failure;

/// The parts of a platform that come from files named by options.
pub(super) struct Reload<'a> {
    args: &'a Args,
    keys: Option<SharedCredentials>,
    tls: Option<ServerTls>,
}

impl<'a> Reload<'a> {
    pub(super) fn new(
        args: &'a Args,
        keys: Option<SharedCredentials>,
        tls: Option<ServerTls>,
    ) -> Self {
        Self { args, keys, tls }
    }

    /// Reloads all files. If one of them cannot be used, nothing changes. Existing
    /// connections continue.
    pub(super) fn reload(&self) -> Report {
        match self.read() {
            Ok(what) => Report::reloaded(&what),
            Err(failure) => Report::not_reloaded(failure.text().unwrap_or_default()),
        }
    }

    fn read(&self) -> Result<Vec<&'static str>, Failure> {
        let keys = self.args.keys()?;
        let tls = self.args.tls()?;
        let mut what = Vec::new();
        if let Some((shared, keys)) = self.keys.as_ref().zip(keys) {
            shared.replace(keys);
            what.extend(self.args.app_key_file.as_ref().map(|_| "keys"));
            what.extend(self.args.user_file.as_ref().map(|_| "users"));
        }
        if let Some((shown, tls)) = self.tls.as_ref().zip(tls) {
            shown.replace(&tls);
            what.push("certificate");
            what.extend(self.args.client_ca.as_ref().map(|_| "client CA"));
        }
        Ok(what)
    }
}
