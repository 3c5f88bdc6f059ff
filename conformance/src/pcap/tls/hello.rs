//! The parts of a hello that say which keys are used (RFC 8446, section 4.1).

/// The types of these messages.
pub(super) struct Hello;

impl Hello {
    pub(super) const CLIENT: u8 = 1;
    pub(super) const SERVER: u8 = 2;
}

/// The random number of a `ServerHello` that asks for another `ClientHello`.
const RETRY: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];
/// The extension that has the version.
const SUPPORTED_VERSIONS: u16 = 43;
const TLS_13: u16 = 0x0304;

/// What a server has chosen.
#[derive(Debug)]
pub(super) struct ServerHello {
    pub(super) random: [u8; 32],
    pub(super) suite: u16,
    pub(super) is_13: bool,
    pub(super) is_retry: bool,
}

/// Takes bytes from the front.
fn take<'a>(input: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(len)?;
    *input = rest;
    Some(taken)
}

fn number(input: &mut &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*take(input, 2)?.first_chunk()?))
}

/// Returns the random number behind the type, the length and the version.
fn random(message: &mut &[u8]) -> Option<[u8; 32]> {
    take(message, 6)?;
    take(message, 32)?.first_chunk().copied()
}

/// Returns the random number of a hello of a client.
pub(super) fn client_random(mut message: &[u8]) -> Option<[u8; 32]> {
    random(&mut message)
}

/// Reads a hello of a server.
pub(super) fn server(mut message: &[u8]) -> Option<ServerHello> {
    let input = &mut message;
    let random = random(input)?;
    let session = take(input, 1)?.first().copied()?;
    take(input, session.into())?;
    let suite = number(input)?;
    take(input, 1)?;
    let mut is_13 = false;
    // TLS 1.2 may have none.
    if number(input).is_some() {
        while let Some(kind) = number(input) {
            let len = number(input)?;
            let mut content = take(input, len.into())?;
            is_13 |= kind == SUPPORTED_VERSIONS && number(&mut content) == Some(TLS_13);
        }
    }
    Some(ServerHello { random, suite, is_13, is_retry: random == RETRY })
}
