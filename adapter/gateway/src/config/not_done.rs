//! The settings of an EMS that are not supported.

/// The names of the settings, and why each is not supported or not needed.
pub(super) const NOT_DONE: &[(&str, &str)] = &[
    ("tunnel", "there are no tunnels"),
    ("file", "there are no file transfers"),
    ("fips", "there is no FIPS mode"),
    ("duty_cycle", "the connection is always open"),
    ("connect_period", "the connection is always open"),
    ("http_server.use_default_certificate", "there is no default certificate"),
    (
        "http_server.passphrase",
        "encrypted private keys cannot be read: use openssl pkey to decrypt it",
    ),
    ("http_server.encryption", "use `ssl` and `certificate`"),
    (
        "certificates.key_passphrase",
        "encrypted private keys cannot be read: use openssl pkey to decrypt it",
    ),
    (
        "certificates.validation_criteria",
        "host name, dates and chain are always checked, and nothing else",
    ),
    ("offline_msg_store.blocking", "always on: the answer is sent when the message is on disk"),
    ("logger.publish_directory", "the log goes to the standard error stream"),
    ("logger.publish_level", "the log goes to the standard error stream"),
    ("logger.max_file_storage", "the log goes to the standard error stream"),
    ("logger.auto_flush", "the log goes to the standard error stream"),
    ("logger.flush_chunk_size", "the log goes to the standard error stream"),
    ("logger.buffer_size", "the log goes to the standard error stream"),
    ("ws_connection.verbose", "use --trace and --log"),
    ("ws_connection.frame_read_timeout", "pings detect a connection that is lost"),
    ("ws_connection.stale_msg_cleanup_rate", "stale messages are dropped at once"),
    ("ws_connection.max_threads", "there are as many threads as cores"),
    ("ws_connection.binding_check_rate", "a Thing that is refused is bound again automatically"),
];
