//! TLS connections, decrypted with the secrets of a key log: TLS 1.3, and TLS 1.2 with the AEAD
//! suites that rustls and most other libraries use.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | the records of both directions |
//! | `hello.rs` | the parts of the handshake that say which keys are used |
//! | `log.rs` | the key log |
//! | `keys.rs` | keys, from secrets, and the opening of a record |

mod hello;
mod keys;
mod log;

use hello::{Hello, ServerHello};
use keys::{Keys, Suite};
pub use log::KeyLog;

/// The length of the header of a record, in bytes (RFC 8446, section 5.1).
const HEADER: usize = 5;
/// The longest record, in bytes: RFC 5246, section 6.2.3.
const LONGEST: usize = (1 << 14) + 2048;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

const FINISHED: u8 = 20;
const KEY_UPDATE: u8 = 24;

/// Returns whether the bytes of the side that opens a connection begin with TLS.
pub fn begins_with_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, _, _, _, 1, ..])
}

/// One TLS connection.
#[derive(Debug, Default)]
pub struct Tls {
    client: Direction,
    server: Direction,
    client_random: Option<[u8; 32]>,
    hello: Option<ServerHello>,
    /// Why it cannot be decrypted, once that is known.
    problem: Option<String>,
}

#[derive(Debug, Default)]
struct Direction {
    buffer: Vec<u8>,
    /// The messages of the handshake that are not complete.
    handshake: Vec<u8>,
    keys: Option<Keys>,
    /// Whether the keys are those of the application.
    is_application: bool,
}

impl Tls {
    /// Takes bytes of the side that has opened the connection, or of the other one. Returns what
    /// they say without TLS.
    ///
    /// # Errors
    /// It cannot be decrypted: the error says why, in words, and is returned once. Later calls return
    /// nothing.
    pub fn bytes(
        &mut self,
        is_client: bool,
        bytes: &[u8],
        log: &KeyLog,
    ) -> Result<Vec<u8>, String> {
        if self.problem.is_some() {
            return Ok(Vec::new());
        }
        let mut plain = Vec::new();
        self.direction(is_client).buffer.extend_from_slice(bytes);
        let done = loop {
            let Some((kind, record)) = self.record(is_client) else { break Ok(()) };
            if let Err(problem) =
                record.and_then(|record| self.take(is_client, kind, &record, log, &mut plain))
            {
                break Err(problem);
            }
        };
        match done {
            Ok(()) => Ok(plain),
            Err(problem) if plain.is_empty() => Err(self.lose(problem)),
            // What came before is not lost; the problem is that of the next record.
            Err(problem) => {
                self.lose(problem);
                Ok(plain)
            }
        }
    }

    /// Takes it that bytes are not in the capture.
    pub fn miss(&mut self) {
        self.lose("bytes are not in the capture".to_owned());
    }

    fn lose(&mut self, problem: String) -> String {
        self.problem = Some(problem.clone());
        problem
    }

    fn direction(&mut self, is_client: bool) -> &mut Direction {
        if is_client { &mut self.client } else { &mut self.server }
    }

    /// Returns the next record, with its header, and its type.
    fn record(&mut self, is_client: bool) -> Option<(u8, Result<Vec<u8>, String>)> {
        let buffer = &mut self.direction(is_client).buffer;
        let [kind, _, _, high, low] = *buffer.first_chunk::<HEADER>()?;
        let len = usize::from(u16::from_be_bytes([high, low]));
        if !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(&kind) || len > LONGEST {
            return Some((kind, Err("this is not a record of TLS".to_owned())));
        }
        if buffer.len() < HEADER + len {
            return None;
        }
        let rest = buffer.split_off(HEADER + len);
        Some((kind, Ok(std::mem::replace(buffer, rest))))
    }

    fn take(
        &mut self,
        is_client: bool,
        kind: u8,
        record: &[u8],
        log: &KeyLog,
        plain: &mut Vec<u8>,
    ) -> Result<(), String> {
        let is_13 = self.hello.as_ref().is_some_and(|hello| hello.is_13);
        if kind == CHANGE_CIPHER_SPEC {
            // In TLS 1.3 it says nothing.
            return if is_13 || self.hello.is_none() {
                Ok(())
            } else {
                self.change(is_client, log)
            };
        }
        let direction = self.direction(is_client);
        let (kind, content) = match &mut direction.keys {
            Some(keys) if !is_13 || kind == APPLICATION_DATA => keys.open(record)?,
            _ => (kind, record.get(HEADER..).unwrap_or_default().to_vec()),
        };
        match kind {
            HANDSHAKE => {
                direction.handshake.extend_from_slice(&content);
                self.handshake(is_client, log)
            }
            APPLICATION_DATA => {
                plain.extend(content);
                Ok(())
            }
            ALERT => Ok(()),
            _ => Err("an encrypted record of an unknown type".to_owned()),
        }
    }

    /// Reads the complete messages of the handshake.
    fn handshake(&mut self, is_client: bool, log: &KeyLog) -> Result<(), String> {
        loop {
            let direction = self.direction(is_client);
            let Some([kind, a, b, c]) = direction.handshake.first_chunk().copied() else {
                return Ok(());
            };
            let len = u32::from_be_bytes([0, a, b, c]);
            let end = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(4);
            if direction.handshake.len() < end {
                return Ok(());
            }
            let rest = direction.handshake.split_off(end);
            let message = std::mem::replace(&mut direction.handshake, rest);
            let has_keys = direction.keys.is_some();
            match (kind, has_keys) {
                (Hello::CLIENT, false) if is_client => {
                    self.client_random = hello::client_random(&message);
                }
                (Hello::SERVER, false) if !is_client => self.server_hello(&message, log)?,
                (FINISHED, true) if !direction.is_application => {
                    self.application_keys(is_client, log)?;
                }
                (KEY_UPDATE, true) => {
                    if let Some(keys) = &mut self.direction(is_client).keys {
                        keys.update()?;
                    }
                }
                _ => {}
            }
        }
    }

    fn server_hello(&mut self, message: &[u8], log: &KeyLog) -> Result<(), String> {
        let hello = hello::server(message).ok_or("a hello of the server that cannot be read")?;
        if hello.is_retry {
            return Ok(());
        }
        let suite = Suite::of(hello.suite)
            .ok_or_else(|| format!("the cipher suite {:#06x} is not supported", hello.suite))?;
        let is_13 = hello.is_13;
        self.hello = Some(hello);
        if !is_13 {
            return Ok(());
        }
        for (is_client, label) in
            [(true, "CLIENT_HANDSHAKE_TRAFFIC_SECRET"), (false, "SERVER_HANDSHAKE_TRAFFIC_SECRET")]
        {
            let secret = self.secret(label, log)?;
            self.direction(is_client).keys = Some(Keys::of_13(suite, secret)?);
        }
        Ok(())
    }

    fn application_keys(&mut self, is_client: bool, log: &KeyLog) -> Result<(), String> {
        let Some(hello) = self.hello.as_ref().filter(|hello| hello.is_13) else { return Ok(()) };
        let suite = Suite::of(hello.suite).ok_or("an unknown cipher suite")?;
        let label = if is_client { "CLIENT_TRAFFIC_SECRET_0" } else { "SERVER_TRAFFIC_SECRET_0" };
        let keys = Keys::of_13(suite, self.secret(label, log)?)?;
        let direction = self.direction(is_client);
        direction.keys = Some(keys);
        direction.is_application = true;
        Ok(())
    }

    /// From here on, a direction of TLS 1.2 is encrypted.
    fn change(&mut self, is_client: bool, log: &KeyLog) -> Result<(), String> {
        let client_random = self.client_random.ok_or("no hello of the client was seen")?;
        let hello = self.hello.as_ref().ok_or("no hello of the server was seen")?;
        let suite = Suite::of(hello.suite).ok_or("an unknown cipher suite")?;
        let random = [hello.random, client_random].concat();
        let keys = Keys::of_12(suite, self.secret("CLIENT_RANDOM", log)?, &random, is_client)?;
        let direction = self.direction(is_client);
        direction.keys = Some(keys);
        direction.is_application = true;
        direction.handshake.clear();
        Ok(())
    }

    fn secret<'l>(&self, label: &str, log: &'l KeyLog) -> Result<&'l [u8], String> {
        let random = self.client_random.ok_or("no hello of the client was seen")?;
        log.secret(label, &random)
            .ok_or_else(|| "the key log has no secrets of this connection".to_owned())
    }
}
