//! Keys, from the secrets of a key log, and the opening of records with them.

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use ring::{hkdf, hmac};

use super::{APPLICATION_DATA, HEADER};

/// The length of a nonce, in bytes.
const NONCE: usize = 12;
/// The part of the nonce that a record of TLS 1.2 has in it, for AES, in bytes.
const EXPLICIT: usize = 8;

/// A cipher suite: what encrypts, and what derives keys.
#[derive(Clone, Copy)]
pub(super) struct Suite {
    aead: &'static Algorithm,
    hkdf: hkdf::Algorithm,
    hmac: hmac::Algorithm,
}

impl Suite {
    /// Returns the suite with this number, if it is known.
    pub(super) fn of(number: u16) -> Option<Self> {
        let (aead, is_384) = match number {
            0x1301 | 0x009C | 0x009E | 0xC02B | 0xC02F => (&AES_128_GCM, false),
            0x1302 | 0x009D | 0x009F | 0xC02C | 0xC030 => (&AES_256_GCM, true),
            0x1303 | 0xCCA8..=0xCCAA => (&CHACHA20_POLY1305, false),
            _ => return None,
        };
        let (hkdf, hmac) = if is_384 {
            (hkdf::HKDF_SHA384, hmac::HMAC_SHA384)
        } else {
            (hkdf::HKDF_SHA256, hmac::HMAC_SHA256)
        };
        Some(Self { aead, hkdf, hmac })
    }

    fn is_aes(self) -> bool {
        *self.aead != CHACHA20_POLY1305
    }
}

/// The keys of one direction.
pub(super) struct Keys {
    suite: Suite,
    key: LessSafeKey,
    iv: [u8; NONCE],
    /// The number of the next record.
    number: u64,
    /// The secret from which the next keys come, in TLS 1.3.
    secret: Option<hkdf::Prk>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// A length of derived bytes.
struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

fn failed<E>(_: E) -> String {
    "the secrets do not fit".to_owned()
}

/// Derives bytes from a secret (RFC 8446, section 7.1).
fn expand(secret: &hkdf::Prk, label: &str, out: &mut [u8]) -> Result<(), String> {
    let len = u16::try_from(out.len()).map_err(failed)?.to_be_bytes();
    let label = [b"tls13 ", label.as_bytes()].concat();
    let label_len = [u8::try_from(label.len()).map_err(failed)?];
    // An empty context.
    let info = [&len[..], &label_len, &label, &[0]];
    secret.expand(&info, Len(out.len())).and_then(|okm| okm.fill(out)).map_err(failed)
}

impl Keys {
    pub(super) fn of_13(suite: Suite, secret: &[u8]) -> Result<Self, String> {
        Self::from_secret(suite, hkdf::Prk::new_less_safe(suite.hkdf, secret))
    }

    fn from_secret(suite: Suite, secret: hkdf::Prk) -> Result<Self, String> {
        let mut key = vec![0; suite.aead.key_len()];
        let mut iv = [0; NONCE];
        expand(&secret, "key", &mut key)?;
        expand(&secret, "iv", &mut iv)?;
        let key = LessSafeKey::new(UnboundKey::new(suite.aead, &key).map_err(failed)?);
        Ok(Self { suite, key, iv, number: 0, secret: Some(secret) })
    }

    /// Derives the keys of a side from the master secret (RFC 5246, section 6.3). `random` is that of
    /// the server and that of the client.
    pub(super) fn of_12(
        suite: Suite,
        master: &[u8],
        random: &[u8],
        is_client: bool,
    ) -> Result<Self, String> {
        let key_len = suite.aead.key_len();
        let iv_len = if suite.is_aes() { NONCE - EXPLICIT } else { NONCE };
        let block = key_block(suite, master, random, 2 * (key_len + iv_len));
        let side = usize::from(!is_client);
        let part =
            |start: usize, len: usize| block.get(start..start + len).ok_or_else(|| failed(()));
        let key = part(side * key_len, key_len)?;
        let fixed = part(2 * key_len + side * iv_len, iv_len)?;
        let mut iv = [0; NONCE];
        iv.iter_mut().zip(fixed).for_each(|(to, from)| *to = *from);
        let key = LessSafeKey::new(UnboundKey::new(suite.aead, key).map_err(failed)?);
        Ok(Self { suite, key, iv, number: 0, secret: None })
    }

    /// Goes on to the next keys (RFC 8446, section 7.2).
    pub(super) fn update(&mut self) -> Result<(), String> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let mut next = vec![0; self.suite.hmac.digest_algorithm().output_len()];
        expand(secret, "traffic upd", &mut next)?;
        *self = Self::of_13(self.suite, &next)?;
        Ok(())
    }

    /// Decrypts a record. Returns its type and its content.
    pub(super) fn open(&mut self, record: &[u8]) -> Result<(u8, Vec<u8>), String> {
        let (header, sealed) = record.split_at_checked(HEADER).ok_or_else(|| failed(()))?;
        let number = self.number.to_be_bytes();
        self.number += 1;
        // Numbers count from the end of the nonce.
        let mut nonce = self.iv;
        nonce.iter_mut().rev().zip(number.iter().rev()).for_each(|(to, from)| *to ^= from);
        let kind = header.first().copied().unwrap_or_default();
        let fail = |_| "a record cannot be decrypted: the secrets do not fit".to_owned();
        if self.secret.is_some() {
            let mut content = sealed.to_vec();
            let nonce = Nonce::assume_unique_for_key(nonce);
            let opened = self.key.open_in_place(nonce, Aad::from(header), &mut content);
            let len = opened.map_err(fail)?.len();
            content.truncate(len);
            return Ok(inner(content));
        }
        let (explicit, sealed) = if self.suite.is_aes() {
            sealed.split_at_checked(EXPLICIT).ok_or_else(|| failed(()))?
        } else {
            (&[][..], sealed)
        };
        if !explicit.is_empty() {
            let own = self.iv.iter().take(NONCE - EXPLICIT).chain(explicit);
            nonce.iter_mut().zip(own).for_each(|(to, from)| *to = *from);
        }
        let len = sealed.len().saturating_sub(self.suite.aead.tag_len());
        let len = u16::try_from(len).map_err(failed)?.to_be_bytes();
        let start = header.get(..3).unwrap_or_default();
        let aad = [&number[..], start, &len].concat();
        let mut content = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.key.open_in_place(nonce, Aad::from(aad), &mut content);
        let len = opened.map_err(fail)?.len();
        content.truncate(len);
        Ok((kind, content))
    }
}

/// Returns the type of a record of TLS 1.3, which stands behind its content and before zeros.
fn inner(mut content: Vec<u8>) -> (u8, Vec<u8>) {
    while content.last() == Some(&0) {
        content.pop();
    }
    let kind = content.pop().unwrap_or(APPLICATION_DATA);
    (kind, content)
}

/// Derives bytes as TLS 1.2 does (RFC 5246, section 5).
fn key_block(suite: Suite, master: &[u8], random: &[u8], len: usize) -> Vec<u8> {
    let key = hmac::Key::new(suite.hmac, master);
    let seed = [b"key expansion", random].concat();
    let mut a = hmac::sign(&key, &seed);
    let mut out = Vec::with_capacity(len + 48);
    while out.len() < len {
        out.extend_from_slice(hmac::sign(&key, &[a.as_ref(), &seed].concat()).as_ref());
        a = hmac::sign(&key, a.as_ref());
    }
    out
}
