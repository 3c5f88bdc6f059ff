//! The laws of a directory, with the platform on one machine and with a fake.

mod fake;

use std::sync::Arc;
use std::time::Duration;

use alwayson::message::BoxFuture;
use alwayson::platform::cluster::laws::{self, World};
use alwayson::platform::cluster::{Alone, Directory};
use fake::Fake;

struct OneMachine;

impl World for OneMachine {
    fn start<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Arc<dyn Directory>> {
        Box::pin(async { Arc::new(Alone::new()) as Arc<dyn Directory> })
    }

    fn kill<'a>(&'a self, _: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn cut<'a>(&'a self, _: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn expiry(&self) -> Duration {
        Duration::from_secs(1)
    }
}

#[tokio::test]
async fn a_platform_on_one_machine_keeps_the_laws_of_one() {
    laws::of_one(&OneMachine).await;
}

#[tokio::test(start_paused = true)]
async fn the_fake_keeps_the_laws_of_one() {
    laws::of_one(&Fake::default()).await;
}

#[tokio::test(start_paused = true)]
async fn the_fake_keeps_the_laws_of_several() {
    laws::of_several(&Fake::default()).await;
}
