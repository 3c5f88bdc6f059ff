//! Splits a long response into chunks, and joins them on the other side, in any order.
//!
//! ```sh
//! cargo run -p alwayson-codec --example chunks
//! ```
//!
//! You see three chunks, the last one first, and the joined response.

use alwayson_codec::limits::DEFAULT_CHUNK_SIZE;
use alwayson_codec::{Body, Ids, Joined, Joiner, Message, Response, Split, Status, memory_for};

/// Memory for a message of at most 32 KiB. A device chooses its own limit.
const PLACE: usize = memory_for(32 * 1024, DEFAULT_CHUNK_SIZE, 64);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The sender.
    let text = "all is well, ".repeat(1_500);
    let response = Response { content: text.as_str().into(), ..Response::new(Status::SUCCESS) };
    let ids = Ids { request: 7, endpoint: 0, session: 77 };
    let mut message = vec![0; 32 * 1024];
    let len = Message { ids, body: Body::Response(response) }.encode(&mut message)?;

    let mut split = Split::new(&message[..len], DEFAULT_CHUNK_SIZE)?;
    let mut buffer = [0; DEFAULT_CHUNK_SIZE as usize];
    let mut frames = Vec::new();
    while let Some(len) = split.next_chunk(&mut buffer)? {
        // Each chunk is a binary WebSocket message.
        frames.push(buffer[..len].to_vec());
    }

    // The receiver, with one unfinished message at a time.
    let mut joiner = Joiner::new([vec![0; PLACE]]);
    for frame in frames.iter().rev() {
        let (message, _) = Message::decode(frame)?;
        println!("{}", message.dump());
        let Body::Chunk(chunk) = message.body else { continue };
        // Unfinished messages time out.
        if let Joined::Complete(whole) = joiner.push(message.ids, &chunk, 0)? {
            println!("= {} bytes: {}", whole.len(), Message::decode_exact(whole)?.dump());
        }
    }
    Ok(())
}
