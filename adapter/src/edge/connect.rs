//! The start of a connection: credentials, WebSocket, AUTH.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use alwayson_codec::connection::CallError;
use alwayson_codec::{Auth, Claim};
use bytes::Bytes;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::credentials::Credentials;
use super::setup::{Machine, Setup};
use super::state::EndReason;
use crate::transport::{AnyTransport, ConnectError, ConnectErrorKind, Outgoing, Transport};

/// Asks for the credentials, and opens the WebSocket.
pub(super) async fn open(setup: Arc<Setup>) -> Result<(AnyTransport, Credentials), EndReason> {
    let credentials = tokio::time::timeout(setup.options.key_timeout, (setup.credentials)());
    let Ok(Ok(credentials)) = credentials.await else { return Err(EndReason::NoCredentials) };
    match (setup.connector)(&credentials).await {
        Ok(transport) => Ok((transport, credentials)),
        Err(error) => {
            let known = error.downcast_ref::<ConnectError>().map(ConnectError::kind);
            let of_io =
                || Some(ConnectErrorKind::Unreachable(error.downcast_ref::<io::Error>()?.kind()));
            let kind = known.or_else(of_io).unwrap_or(ConnectErrorKind::Other);
            Err(EndReason::NotConnected { kind, text: in_full(error.as_ref()) })
        }
    }
}

/// Returns the AUTH message of the machine. Its bytes are wiped when they are dropped.
pub(super) fn authenticate(
    machine: &mut Machine,
    credentials: &Credentials,
    now_ms: u64,
) -> Result<Bytes, CallError> {
    let key;
    let user;
    let claims: &[Claim<'_>] = match credentials {
        Credentials::AppKey(app_key) => {
            key = [Claim::new(Claim::APP_KEY, app_key.expose_secret())];
            &key
        }
        Credentials::UserPassword { user: name, password } => {
            user = [
                Claim::new(Claim::USER_ID, name),
                Claim::new(Claim::PASSWORD, password.expose_secret()),
            ];
            &user
        }
    };
    let len: usize = claims.iter().map(|c| c.name.len() + c.value.expose().len() + 8).sum();
    let mut buffer = Zeroizing::new(vec![0; len + 64]);
    let auth = Auth::new(claims).map_err(CallError::Encode)?;
    let len = machine.handle_opened(&auth, &mut buffer, now_ms)?;
    buffer.truncate(len);
    Ok(Bytes::from_owner(buffer))
}

/// Sends AUTH, the first message, and waits until it is flushed.
pub(super) async fn send_first(transport: &mut AnyTransport, auth: Bytes) -> io::Result<()> {
    poll_fn(|context| transport.poll_ready(context)).await?;
    transport.start_send(Outgoing::Message(auth))?;
    poll_fn(|context| transport.poll_flush(context)).await
}

/// Returns the text of an error with that of its causes: "there is no connection" alone
/// does not say that it was refused.
fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
