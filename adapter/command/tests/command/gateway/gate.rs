//! A gate on the way to a platform: while it is closed, there is no connection.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A gate; its threads end with the test's process.
pub(super) struct Gate {
    pub(super) address: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    is_open: bool,
    sockets: Vec<TcpStream>,
}

impl Gate {
    /// A gate to this address, which is open.
    pub(super) fn to(platform: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Mutex::new(Shared { is_open: true, sockets: Vec::new() }));
        let of_listener = Arc::clone(&shared);
        let platform = platform.to_owned();
        thread::spawn(move || {
            for inner in listener.incoming() {
                let mut shared = of_listener.lock().unwrap();
                if let (true, Ok(inner)) = (shared.is_open, inner) {
                    let outer = TcpStream::connect(&platform).unwrap();
                    copy(&inner, &outer);
                    copy(&outer, &inner);
                    // Those that have ended are kept, too, until it is closed.
                    shared.sockets.extend([inner, outer]);
                }
            }
        });
        Self { address, shared }
    }

    /// Opens it, or closes it and ends all connections.
    pub(super) fn set(&self, is_open: bool) {
        let mut shared = self.shared.lock().unwrap();
        shared.is_open = is_open;
        if !is_open {
            for socket in shared.sockets.drain(..) {
                // It may have ended.
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
    }
}

/// Copies until one of both ends.
fn copy(from: &TcpStream, to: &TcpStream) {
    let mut from = from.try_clone().unwrap();
    let mut to = to.try_clone().unwrap();
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}
