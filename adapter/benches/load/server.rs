//! The platform of the library.

use std::path::Path;

use crate::tls;
use alwayson::platform::{AcceptAnyClaims, AfterBind, MemoryThings, Options, Platform};
use alwayson::transport::ServerTls;

/// A platform; over TLS, followed by a space and the folder of its certificate.
pub(crate) const PLATFORM: &str = "platform";

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve(kind: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let folder = kind.trim_start_matches(PLATFORM).trim_start();
    runtime.expect("a runtime").block_on(platform(Path::new(folder)));
}

async fn platform(folder: &Path) {
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any()).options(options);
    let platform = if folder.as_os_str().is_empty() {
        platform
    } else {
        let tls = ServerTls::from_files(folder.join(tls::CERTIFICATE), folder.join(tls::KEY));
        platform.tls(tls.expect("a certificate"))
    };
    let platform = platform.listen("127.0.0.1:0").await.expect("a port");
    println!("{}", platform.local_addr());
    std::future::pending::<()>().await;
}
