//! Shows a message that is given in hex as one line, with keys masked; or what is
//! wrong with it, and where.
//!
//! ```sh
//! cargo run -p alwayson-codec --example decode
//! cargo run -p alwayson-codec --example decode -- 014000000007000000000000004d0000ff
//! ```
//!
//! Without an argument you see an AUTH whose key is `***`, and one that is cut short:
//! `UnexpectedEnd at byte 20`.

use alwayson_codec::Message;

/// An AUTH with the key "secret".
const AUTH: &str = "01140000000100000000ffffffff0001066170704b657906736563726574";

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = hex.chars().map(|char| char.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| match *pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

fn show(message: &[u8]) {
    match Message::decode(message) {
        Ok((message, len)) => println!("{len} bytes: {}", message.dump()),
        Err(error) => println!("{} at byte {}", error.kind().name(), error.offset()),
    }
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.is_empty() {
        let auth = bytes(AUTH).unwrap_or_default();
        show(&auth);
        show(&auth[..20]);
    }
    for hex in given {
        match bytes(&hex) {
            Some(message) => show(&message),
            None => println!("{hex} is not hex"),
        }
    }
}
