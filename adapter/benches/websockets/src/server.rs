//! The servers: an echo of each library, and a platform over each that can be a transport.

use std::io;

use alwayson::platform::{AcceptAnyClaims, AfterBind, MemoryThings, Options, Platform};
use alwayson::transport::{AnyTransport, Incoming, Outgoing, Transport};
use std::future::poll_fn;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::KEY;
use crate::libraries::Library;
use crate::transports::transport;

pub(crate) const ECHO: &str = "echo";
pub(crate) const PLATFORM: &str = "platform";
/// The adapter's own transport, which echoes.
pub(crate) const ADAPTER: &str = "adapter";

/// Returns the kind of the echo of a library.
pub(crate) fn echo(library: Library) -> String {
    format!("{ECHO} {library}")
}

/// Returns the kind of the platform over a library.
pub(crate) fn platform(library: Library) -> String {
    format!("{PLATFORM} {library}")
}

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) async fn serve(kind: &str) {
    let is = |name: fn(Library) -> String| move |library: &Library| name(*library) == kind;
    let echoed = Library::ALL.into_iter().find(is(echo));
    let served = Library::ALL.into_iter().find(is(platform));
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any()).options(options);
    // It listens on a port that nobody uses: its connections come from `serve`.
    let platform = platform.listen("127.0.0.1:0").await.expect("a port");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    while let Ok((mut socket, _)) = listener.accept().await {
        if let Some(library) = echoed {
            tokio::spawn(async move {
                upgrade(&mut socket).await?;
                library.echo(socket).await;
                io::Result::Ok(())
            });
        } else if let Some(library) = served {
            if upgrade(&mut socket).await.is_ok() {
                tokio::spawn(platform.serve(transport(library, socket).await, None));
            }
        } else {
            tokio::spawn(async move {
                upgrade(&mut socket).await?;
                adapter(transport(Library::Tungstenite, socket).await).await
            });
        }
    }
}

/// Reads the head of a request and answers it. It is the same for all libraries, which get the
/// stream after it.
async fn upgrade(socket: &mut TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let accept = derive_accept_key(KEY.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    socket.write_all(answer.as_bytes()).await
}

async fn adapter(mut transport: AnyTransport) -> io::Result<()> {
    loop {
        match poll_fn(|context| transport.poll_receive(context)).await {
            Incoming::Message(bytes) => {
                poll_fn(|context| transport.poll_ready(context)).await?;
                transport.start_send(Outgoing::Message(bytes))?;
                poll_fn(|context| transport.poll_flush(context)).await?;
            }
            Incoming::Closed(_) => return Ok(()),
            Incoming::Ping | Incoming::Pong => {}
        }
    }
}
