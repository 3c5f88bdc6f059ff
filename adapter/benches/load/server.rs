//! The servers: a platform, and an echo server that uses the same WebSocket library.

use alwayson::platform::{AcceptAnyClaims, AfterBind, MemoryThings, Options, Platform};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve(kind: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        match kind {
            "platform" => platform().await,
            _ => echo().await,
        }
    });
}

async fn platform() {
    let things = MemoryThings::any();
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let platform = Platform::builder(AcceptAnyClaims, things.clone()).options(options);
    let platform = platform.listen("127.0.0.1:0").await.expect("a port");
    println!("{}", platform.local_addr());
    for client in 0..super::ASKING {
        // `by_name` creates the Thing, since any name is accepted.
        let name = super::client::name(client);
        let _ = alwayson::platform::Things::by_name(&things, &name).await;
        things.set_property(&name, super::client::PROPERTY, 21.5);
    }
    std::future::pending::<()>().await;
}

async fn echo() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(async move {
            socket.set_nodelay(true)?;
            // The same buffers as the platform's.
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096);
            let accepted = tokio_tungstenite::accept_async_with_config(socket, Some(config)).await;
            let Ok(mut socket) = accepted else { return Ok(()) };
            while let Some(Ok(message)) = socket.next().await {
                if message.is_binary() && socket.send(message).await.is_err() {
                    break;
                }
            }
            std::io::Result::Ok(())
        });
    }
}
