//! The edge of a gateway: how the configuration sets the options of the edge.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alwayson::OptionError;
use alwayson::edge::{Builder, Credentials, Edge, Options, Reconnect};
use alwayson::message::MessageLimit;
use alwayson::transport::{ClientTls, ConnectError, ConnectOptions};
use secrecy::SecretString;

use crate::config::{Certificates, Config};

/// The maximum number of requests of the platform that are forwarded at a time, to all
/// applications together.
const AT_A_TIME: usize = 64;

/// The timeout of the provider of the key. A delay before the first connection is added.
const KEY_TIMEOUT: Duration = Duration::from_secs(10);

/// The type of the gateway Thing for an entry of `auto_bind`.
const GATEWAY_TYPE: &str = "EMSGateway";

/// Why the settings of the connection to the platform cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// The configuration has no `ws_servers`, and the options have no URL.
    #[error("there is no platform: set ws_servers or pass --url")]
    NoPlatform,
    /// The URL, a certificate or the proxy cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A setting is outside the range of the option of the edge that it sets.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The setting `resource` is not a path.
    #[error("resource: it has to begin with /")]
    Resource,
    /// The client certificate has no key, or the key has no certificate.
    #[error("certificates.client_cert and certificates.key_file require each other")]
    IncompleteCertificate,
}

/// Returns the credentials for a connection, or an error. It is called for each connection, by a
/// task that waits until it returns.
pub type KeyProvider =
    Arc<dyn Fn() -> Result<Credentials, Box<dyn Error + Send + Sync>> + Send + Sync>;

/// Returns the URL of the platform: this one, or else that of the configuration.
///
/// # Errors
/// - [`PlatformError::NoPlatform`] if there is none
/// - [`PlatformError::Resource`] if the path is invalid
pub(crate) fn url(config: &Config, url: Option<&str>) -> Result<String, PlatformError> {
    if let Some(url) = url {
        return Ok(url.to_owned());
    }
    let server = config.servers.first().ok_or(PlatformError::NoPlatform)?;
    let host = server.host.as_deref().unwrap_or_default();
    let host = if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    if !config.resource.starts_with('/') {
        return Err(PlatformError::Resource);
    }
    let scheme = if config.connection.is_encrypted { "wss" } else { "ws" };
    let port = server.port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}{port}{}", config.resource))
}

/// Returns the options for connecting to the platform. Reads the files of the certificates.
///
/// # Errors
/// - [`PlatformError::Connect`] if the URL, a certificate or the proxy cannot be used
/// - [`PlatformError::Option`] if the timeout is out of range
/// - [`PlatformError::IncompleteCertificate`] if a certificate or its key is missing
pub(crate) fn connect_options(config: &Config, url: &str) -> Result<ConnectOptions, PlatformError> {
    // `encryption: none` allows to send the key in plain text. A note warns of it at each start.
    let options = ConnectOptions::new(url)?
        .with_plain_key(!config.connection.is_encrypted)
        .with_deadline(config.connection.connect_timeout)?
        .with_max_frame_size(clamped(config.connection.max_frame_size));
    let options = if options.url().is_tls() {
        options.with_tls(&tls(&config.certificates)?)?
    } else {
        options
    };
    let Some(host) = &config.proxy.host else { return Ok(options) };
    let options = options.with_proxy(&format!("http://{host}:{}", config.proxy.port))?;
    Ok(match &config.proxy.user {
        None => options,
        Some(user) => {
            let password = config.proxy.password.clone();
            options.with_proxy_credentials(user, password.unwrap_or_else(|| SecretString::from("")))
        }
    })
}

/// Returns the options of TLS.
fn tls(certificates: &Certificates) -> Result<ClientTls, PlatformError> {
    let mut tls = ClientTls::new();
    for file in &certificates.cert_chain {
        tls = tls.ca_file(file);
    }
    let trusts_none = certificates.allow_self_signed && certificates.cert_chain.is_empty();
    if !certificates.validate || trusts_none {
        tls = tls.dangerous_accept_any_certificate();
    }
    if certificates.disable_hostname_validation {
        tls = tls.dangerous_accept_any_host_name();
    }
    let files: (&Option<PathBuf>, &Option<PathBuf>) =
        (&certificates.client_cert, &certificates.key_file);
    match files {
        (Some(certificate), Some(key)) => Ok(tls.client_certificate(certificate, key)),
        (None, None) => Ok(tls),
        _ => Err(PlatformError::IncompleteCertificate),
    }
}

/// Returns the options of the edge.
///
/// # Errors
/// Returns an error if a setting is outside the range of its option.
fn options(config: &Config) -> Result<Options, OptionError> {
    let connection = &config.connection;
    let size = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    let message = MessageLimit::new(size(connection.max_msg_size)).unwrap_or_default();
    Options::default()
        .with_message_limit(message)
        .with_requests(size(connection.max_messages))?
        .with_handlers(AT_A_TIME)?
        .with_key_timeout(KEY_TIMEOUT + connection.max_connect_delay)?
        .with_request_timeout(connection.msg_timeout)?
        .with_ping_interval(connection.ping_rate)?
        .with_pong_timeout(connection.pingpong_timeout)?
        .with_chunk_size(clamped(connection.message_chunk_size))
}

/// Returns the builder of the edge.
///
/// # Errors
/// Returns an error if a setting is outside the range of its option.
pub(crate) fn builder(
    config: &Config,
    connect: ConnectOptions,
    key: KeyProvider,
) -> Result<Builder, OptionError> {
    let connection = &config.connection;
    let options = options(config)?;
    let interval = connection.connect_retry_interval.as_millis();
    let interval = u32::try_from(interval).unwrap_or(u32::MAX);
    let reconnect = Reconnect::default()
        .with_delay_ms(interval)
        .with_jitter_ms(interval.min(Reconnect::default().jitter_ms))
        // The setting is one interval, so the delay does not grow.
        .with_cap_ms(interval)
        // The key may be corrected in its file or variable in the meantime.
        .with_after_unauthorized(true);
    let builder = Edge::builder_with(connect)
        .options(options)
        .reconnect(reconnect)
        .key_in_upgrade()
        .credentials(provider(key, connection.max_connect_delay));
    Ok(match config.auto_bind.iter().find(|entry| entry.gateway) {
        Some(entry) => builder.gateway(entry.name.clone().unwrap_or_default(), GATEWAY_TYPE),
        None => builder,
    })
}

/// Returns the provider of the key for the edge. The first time, it waits for a random time up
/// to `most`, so that after a power failure not all gateways connect at the same moment.
fn provider(
    key: KeyProvider,
    most: Duration,
) -> impl Fn() -> futures_util::future::BoxFuture<'static, Result<Credentials, io::Error>> {
    let was_asked = Arc::new(AtomicBool::new(false));
    move || {
        let key = Arc::clone(&key);
        let is_first = !was_asked.swap(true, Ordering::Relaxed);
        Box::pin(async move {
            if is_first && !most.is_zero() {
                tokio::time::sleep(most.mul_f64(rand::random::<f64>())).await;
            }
            key().map_err(io::Error::other)
        })
    }
}

/// Returns a size as `u16`, at most the maximum.
fn clamped(size: u64) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const FULL: &str = include_str!("../tests/config/full.json");

    #[test]
    fn each_setting_of_the_connection_is_an_option_of_the_edge() {
        let config = Config::parse(FULL).unwrap().config;
        let options = options(&config).unwrap();
        assert_eq!(options.message_limit().bytes(), 2_097_152);
        assert_eq!(options.requests(), 100);
        assert_eq!(options.request_timeout(), Duration::from_secs(7));
        assert_eq!(options.ping_interval(), Duration::from_secs(30));
        assert_eq!(options.pong_timeout(), Duration::from_secs(5));
        assert_eq!(options.chunk_size(), 4_096);
        assert_eq!(options.key_timeout(), KEY_TIMEOUT + Duration::from_millis(100));
        assert_eq!(options.handlers(), 64);
    }

    #[test]
    fn the_platform_is_the_first_server_with_its_port_and_resource() {
        let of = |text: &str| {
            let config = Config::parse(text).unwrap().config;
            url(&config, None).map_err(|error| error.to_string())
        };
        let full = Ok("ws://platform.example:8443/Elsewhere/WS".to_owned());
        assert_eq!(of(FULL), full);
        let text = r#"{"ws_servers": [{"host": "platform.example"}]}"#;
        assert_eq!(of(text), Ok("wss://platform.example/Thingworx/WS".to_owned()));
        let text = r#"{"ws_servers": [{"host": "::1", "port": 80}], "resource": "/x"}"#;
        assert_eq!(of(text), Ok("wss://[::1]:80/x".to_owned()));
        let text = r#"{"ws_servers": [{"host": "a"}], "resource": "x"}"#;
        assert_eq!(of(text), Err("resource: it has to begin with /".to_owned()));
        assert!(of("{}").unwrap_err().contains("set ws_servers or pass --url"));
    }

    #[test]
    fn half_of_a_client_certificate_is_an_error() {
        for name in ["client_cert", "key_file"] {
            let text = format!("{{\"certificates\": {{\"{name}\": \"/there.pem\"}}}}");
            let config = Config::parse(&text).unwrap().config;
            let options = connect_options(&config, "wss://platform.example");
            assert!(matches!(options, Err(PlatformError::IncompleteCertificate)), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_connection_waits_by_chance_up_to_the_delay_and_later_ones_do_not() {
        let most = Duration::from_secs(3_600);
        let key: KeyProvider = Arc::new(|| Ok(Credentials::app_key("k")));
        let mut waits = Vec::new();
        for _ in 0..200 {
            let ask = provider(Arc::clone(&key), most);
            let begin = Instant::now();
            ask().await.unwrap();
            waits.push(begin.elapsed());
            let again = Instant::now();
            ask().await.unwrap();
            assert_eq!(again.elapsed(), Duration::ZERO);
        }
        // Timers have a resolution of 1 ms.
        assert!(waits.iter().all(|wait| *wait <= most + Duration::from_millis(1)), "{waits:?}");
        for quarter in 0..4 {
            let range = most / 4 * quarter..most / 4 * (quarter + 1);
            assert!(waits.iter().any(|wait| range.contains(wait)), "none in {range:?}");
        }
        let at_once = provider(key, Duration::ZERO);
        let begin = Instant::now();
        at_once().await.unwrap();
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }
}
