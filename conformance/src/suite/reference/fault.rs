//! Rules that the program can break.

use clap::ValueEnum;

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Fault {
    /// An edge sends BIND without waiting for the answer to AUTH.
    BindsAtOnce,
    /// An edge sends AUTH with session id 0 instead of 0xFFFFFFFF.
    AuthHasASession,
    /// An edge does not use the session id that was granted.
    ForgetsItsSession,
    /// An edge does not connect again after a lost connection.
    StaysAway,
    /// An edge connects again at once.
    ConnectsAtOnce,
    /// An edge connects again after UNAUTHORIZED.
    TriesARefusedKey,
    /// An edge uses its first key for ever.
    KeepsItsKey,
    /// An edge uses another path.
    OtherPath,
    /// An edge loses what comes with the answer to the upgrade.
    LosesWhatFollowsTheUpgrade,
    /// An edge accepts every certificate.
    TrustsAnyCertificate,
    /// An edge leaves without unbinding.
    LeavesBound,
    /// An edge answers SUCCESS where a Thing is unknown.
    KnowsEveryThing,
    /// An edge never tells its application that a request failed.
    ForgetsRequests,
    /// An edge does not ping.
    NeverPings,
    /// A platform accepts every key.
    TakesAnyKey,
    /// A platform answers with the next request id.
    AnswersAnotherRequest,
    /// A platform waits for ever for AUTH.
    WaitsForAuth,
    /// A platform answers a message before AUTH, and goes on.
    HearsBeforeAuth,
    /// A platform closes when a body does not decode.
    ClosesOnBadBodies,
    /// A platform takes every session id for its own.
    TakesAnySession,
    /// A platform answers a second AUTH with SUCCESS.
    TakesASecondAuth,
    /// A platform lets silent connections stand.
    LetsSilenceBe,
    /// A platform refuses without a reason.
    RefusesWithoutAReason,
    /// A side answers KEEP_ALIVE.
    AnswersKeepAlive,
    /// A side does not answer pings.
    NeverPongs,
    /// A side takes only messages of one frame.
    NoFragments,
    /// A side ends the connection at a text message.
    EndsAtText,
    /// A side takes chunks only in order.
    ChunksInOrderOnly,
    /// A side hears nothing more after bytes that are no message.
    HangsAfterBadBytes,
    /// A side does not end the connection at a frame that breaks a rule of WebSockets.
    LetsBrokenFramesBe,
}

impl Fault {
    /// Returns the name of the fault, as the command takes it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Returns what the fault is, in a sentence.
    pub fn about(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// Returns whether an edge can have it.
    pub fn is_of_edges(self) -> bool {
        self < Self::TakesAnyKey || self >= Self::AnswersKeepAlive
    }

    /// Returns whether a platform can have it.
    pub fn is_of_platforms(self) -> bool {
        self >= Self::TakesAnyKey
    }
}
