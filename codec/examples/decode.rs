//! Shows a message, given in hex, as one line with keys masked, or what is wrong with it.
//!
//! ```sh
//! cargo run -p alwayson-codec --example decode
//! cargo run -p alwayson-codec --example decode -- 014000000007000000000000004d0000ff
//! ```
//!
//! Without an argument you see an AUTH whose key is `***`, and an error for an AUTH that is
//! cut short: `UnexpectedEnd at byte 20`.

use alwayson_codec::Message;
use data_encoding::{DecodeError, HEXLOWER_PERMISSIVE};

/// An AUTH with the key "secret".
const AUTH: &str = "01140000000100000000ffffffff0001066170704b657906736563726574";

fn show(message: &[u8]) {
    match Message::decode(message) {
        Ok((message, len)) => println!("{len} bytes: {}", message.dump()),
        Err(error) => println!("{} at byte {}", error.kind().name(), error.offset()),
    }
}

fn main() -> Result<(), DecodeError> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.is_empty() {
        let auth = HEXLOWER_PERMISSIVE.decode(AUTH.as_bytes())?;
        show(&auth);
        show(&auth[..20]);
    }
    for hex in given {
        match HEXLOWER_PERMISSIVE.decode(hex.as_bytes()) {
            Ok(message) => show(&message),
            Err(error) => println!("{hex} is not hex: {error}"),
        }
    }
    Ok(())
}
