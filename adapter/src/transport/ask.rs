//! The HTTP requests of an edge: for an upgrade, and for a tunnel of a proxy.

use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::upgrade::Upgraded;
use hyper::{Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::upgrade::{APP_KEY, MAX_FRAME_SIZE, VERSION, has_word, only, take_over};
use super::{ConnectError, ConnectOptions, Io, Limits, TlsFailure, Url, UrlError};

/// The longest part of a `Location` that is shown, in characters.
const LOCATION: usize = 200;

/// Requests the upgrade. Also returns the extension, if the platform accepts the one that
/// was offered.
pub(super) async fn upgrade(
    io: Box<dyn Io>,
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<(Box<dyn Io>, Option<String>), ConnectError> {
    let key = generate_key();
    let request = request(options, &key, app_key)?;
    let accept = derive_accept_key(key.as_bytes());
    let check = |answer: &Response<Incoming>| {
        check(answer.status(), answer.headers(), &accept)?;
        extension(answer.headers(), options)
    };
    let (upgraded, extension) = exchange(io, request, &options.limits, check).await?;
    Ok((take_over(upgraded, |io: Box<dyn Io>| io), extension))
}

/// Returns the request for an upgrade.
fn request(
    options: &ConnectOptions,
    key: &str,
    app_key: Option<&SecretString>,
) -> Result<Request<Empty<Bytes>>, ConnectError> {
    let Url { host, path, .. } = &options.url;
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = path.parse::<Uri>().map_err(|_| UrlError::Invalid)?;
    let text = |text: &str| HeaderValue::try_from(text).map_err(|_| UrlError::Invalid);
    let headers = request.headers_mut();
    headers.insert(header::HOST, text(&host.header)?);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    headers.insert(header::SEC_WEBSOCKET_KEY, text(key)?);
    if let Some(size) = options.max_frame_size {
        headers.insert(MAX_FRAME_SIZE, size.into());
    }
    if let Some(app_key) = app_key {
        headers.insert(APP_KEY, secret(app_key.expose_secret())?);
    }
    #[cfg(feature = "deflate")]
    if options.offers_deflate {
        let offer = HeaderValue::from_static(super::deflate::NAME);
        headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, offer);
    }
    Ok(request)
}

/// Returns a header value that is not shown in logs.
pub(super) fn secret(value: &str) -> Result<HeaderValue, ConnectError> {
    let mut value = HeaderValue::try_from(value).map_err(|_| ConnectError::KeyCharacters)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Checks that the answer opens a WebSocket, and belongs to this request.
fn check(status: StatusCode, headers: &HeaderMap, accept: &str) -> Result<(), ConnectError> {
    if status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refused(status, headers));
    }
    let is_upgrade = has_word(headers, header::UPGRADE, "websocket")
        && has_word(headers, header::CONNECTION, "upgrade");
    if !is_upgrade {
        return Err(ConnectError::NotWebSocket);
    }
    let given = only(headers, header::SEC_WEBSOCKET_ACCEPT);
    if given.is_none_or(|given| given.as_bytes() != accept.as_bytes()) {
        return Err(ConnectError::WrongAccept);
    }
    if headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Err(ConnectError::NotOffered("a protocol"));
    }
    Ok(())
}

/// Returns the error for an answer that is not an upgrade.
fn refused(status: StatusCode, headers: &HeaderMap) -> ConnectError {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A server that requires TLS says so as in RFC 2817, section 4.2.
    let wants_tls = status == StatusCode::UPGRADE_REQUIRED
        && text(header::UPGRADE).is_some_and(|upgrade| upgrade.starts_with("TLS/"));
    match text(header::LOCATION) {
        _ if wants_tls => ConnectError::IsTls,
        Some(location) if status.is_redirection() => {
            let location = location.split(['?', '#']).next().unwrap_or_default();
            let location = location.chars().take(LOCATION).collect();
            ConnectError::Redirected { status, location }
        }
        _ => ConnectError::Refused(status),
    }
}

/// Returns the error of HTTP, or that of TLS among its causes: an error of a certificate
/// may only appear when the first answer is read.
fn http_error(error: hyper::Error) -> ConnectError {
    match TlsFailure::find(&error) {
        Some(failure) => ConnectError::Tls(failure),
        None => ConnectError::Http(error),
    }
}

/// Returns the extension that the platform uses, if it was offered.
#[cfg_attr(
    not(feature = "deflate"),
    expect(unused_variables, reason = "without the feature, nothing is offered")
)]
fn extension(
    headers: &HeaderMap,
    options: &ConnectOptions,
) -> Result<Option<String>, ConnectError> {
    let mut given = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        #[cfg(feature = "deflate")]
        (Some(given), None)
            if options.offers_deflate && given.to_str().is_ok_and(super::deflate::is_kept) =>
        {
            Ok(given.to_str().map(str::to_owned).ok())
        }
        _ => Err(ConnectError::NotOffered("an extension")),
    }
}

/// Sends a request, and takes over the connection if `check` accepts the answer.
pub(super) async fn exchange<T>(
    io: impl Io,
    mut request: Request<Empty<Bytes>>,
    limits: &Limits,
    check: impl Fn(&Response<Incoming>) -> Result<T, ConnectError>,
) -> Result<(Upgraded, T), ConnectError> {
    *request.version_mut() = Version::HTTP_11;
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(limits.headers)
        .max_buf_size(limits.head)
        .handshake(TokioIo::new(io))
        .await?;
    let answer = pin!(async {
        let answer = sender.send_request(request).await.map_err(http_error)?;
        let found = check(&answer)?;
        Ok((hyper::upgrade::on(answer).await?, found))
    });
    // The connection ends either with the upgrade, and then there is an answer, or with an
    // error, and then the answer is that error.
    match select(answer, pin!(connection.with_upgrades())).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => answer.await,
    }
}
