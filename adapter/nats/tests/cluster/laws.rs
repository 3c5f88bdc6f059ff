//! The laws that every directory keeps.

use std::sync::Arc;
use std::time::Duration;

use alwayson::message::BoxFuture;
use alwayson::platform::cluster::Directory;
use alwayson::platform::cluster::laws::{self, World};

use super::site::{Site, lease};

impl World for Site {
    fn start<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Arc<dyn Directory>> {
        Box::pin(async move { self.cluster(name).await as Arc<dyn Directory> })
    }

    fn kill<'a>(&'a self, name: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.proxy(name).cut() })
    }

    fn cut<'a>(&'a self, name: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.proxy(name).cut() })
    }

    fn expiry(&self) -> Duration {
        // What the server takes to remove what has expired, and a machine at work.
        2 * lease().expiry
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_keeps_the_laws_of_one() {
    laws::of_one(&Site::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_keep_the_laws_of_several() {
    laws::of_several(&Site::start().await).await;
}
