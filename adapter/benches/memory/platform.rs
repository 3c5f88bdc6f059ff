//! The platform, with and without a profiler.

use std::path::Path;
use std::sync::{Arc, Mutex};

use alwayson::message::Response;
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::transport::ServerTls;
use alwayson::value::Table;

use crate::tls::{CERTIFICATE, KEY, Tls};

/// The service that starts the profiler.
pub(crate) const BEGIN: &str = "Begin";
/// The service that ends it, and writes the profile.
pub(crate) const END: &str = "End";

/// Returns the argument of [`serve`]: the files of the profile and of the certificate.
pub(crate) fn kind(profile: Option<&Path>, tls: Option<&Tls>) -> String {
    let path =
        |path: Option<&Path>| path.map_or_else(String::new, |path| path.display().to_string());
    format!("{}\n{}", path(profile), path(tls.map(|tls| tls.folder.path())))
}

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve(kind: &str) {
    let (profile, folder) = kind.split_once('\n').expect("two lines");
    let profile = profile.to_owned();
    let running = Arc::new(Mutex::new(None));
    let ended = Arc::clone(&running);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let things = MemoryThings::any()
            .with_service(BEGIN, move |_| {
                let profiler = dhat::Profiler::builder().file_name(&profile);
                // With all frames: the part is often that of an outer one.
                let profiler = profiler.trim_backtraces(None).build();
                *running.lock().expect("no panic") = Some(profiler);
                async { Response::of(Table::result(true)) }
            })
            .with_service(END, move |_| {
                drop(ended.lock().expect("no panic").take());
                async { Response::of(Table::result(true)) }
            });
        let platform = Platform::builder(AcceptAnyClaims, things);
        let platform = if folder.is_empty() {
            platform
        } else {
            let folder = Path::new(folder);
            let tls = ServerTls::from_files(folder.join(CERTIFICATE), folder.join(KEY));
            platform.tls(tls.expect("a certificate"))
        };
        let platform = platform.listen("127.0.0.1:0").await.expect("a port");
        println!("{}", platform.local_addr());
        std::future::pending::<()>().await;
    });
}
