//! Our machines behind real sockets, told what to do over the control channel: an example of a
//! tested program, and the program that the suite itself is tested with.
//!
//! With a [`Fault`] one rule is broken, so that one can see which cases notice.

mod channel;
mod edge;
mod fault;
mod filter;
mod platform;

pub use fault::Fault;

use std::time::Instant;

use crate::sessions::Effect;

/// How the program behaves.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// The broken rule.
    pub fault: Option<Fault>,
    /// The length of a second of the program, in seconds.
    pub scale: f64,
}

impl Behaviour {
    fn has(self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Returns whether a connection that the machine ended is not closed.
    fn spares(self, effect: &Effect) -> bool {
        let Effect::Ended { reason } = effect else { return false };
        (self.has(Fault::LetsSilenceBe) && reason == "idle")
            || (self.has(Fault::WaitsForAuth) && reason == "authTimeout")
    }

    /// Returns the time since the program began, in ms of the program.
    fn now_ms(self, began: Instant) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time since the program began is small and positive"
        )]
        let ms = (began.elapsed().as_secs_f64() * 1000.0 / self.scale) as u64;
        ms
    }
}

/// Runs an edge until its standard input ends.
///
/// # Errors
/// The control channel cannot be read or written, or has a line that cannot be done; the error
/// says so, in words.
pub fn edge(behaviour: Behaviour) -> Result<(), String> {
    runtime()?.block_on(edge::run(behaviour))
}

/// Runs a platform until its standard input ends.
///
/// # Errors
/// The control channel cannot be read or written, or has a line that cannot be done; the error
/// says so, in words.
pub fn platform(behaviour: Behaviour) -> Result<(), String> {
    runtime()?.block_on(platform::run(behaviour))
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| error.to_string())
}
