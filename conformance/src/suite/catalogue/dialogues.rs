//! The dialogues of `sessions/` as cases. Their ids are the names of the dialogues.

use super::{case, level, scripts};
use crate::data;
use crate::sessions::{Decides, Dialogue, Policy, SideName};
use crate::suite::Case;
use crate::suite::protocol::Sentence;

pub(super) fn cases(sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (name, text) in data::SESSIONS {
        for script in scripts(name, text)? {
            let Dialogue { name, cites, comment, .. } = &script.dialogue;
            let id = name.clone();
            let about = match cites.first() {
                Some(cite) if comment.is_empty() => cite.sentence.clone(),
                _ => comment.clone(),
            };
            let level = level(cites, sentences)?;
            let cites = cites.clone();
            let features = features(&script.dialogue);
            cases.push(case(id, about, level, cites, features, script));
        }
    }
    Ok(cases)
}

/// Returns what a tested program must have for a dialogue.
fn features(dialogue: &Dialogue) -> Vec<&'static str> {
    let Dialogue { side, settings, host, steps, .. } = dialogue;
    let mut features = Vec::new();
    let mut need = |feature, is_needed| {
        if is_needed {
            features.push(feature);
        }
    };
    need("chunk-size", settings.chunk_size.is_some());
    need("rebind-delay", settings.rebind_delay.is_some());
    need("several-messages", settings.several_messages);
    need("gateways", settings.gateway.is_some());
    if let (SideName::Platform, Some(host)) = (side, host) {
        need("gateways", !host.gateway_types.is_empty());
        need("identifiers", host.things.iter().any(|thing| thing.identifier.is_some()));
        need("decides-later", host.decides == Decides::Later);
        let are_two = steps.iter().any(|step| step.connection > 1);
        need("last-in-wins", are_two && host.policy == Policy::LastInWins);
        let binds = steps.iter().any(|step| !step.effects.is_empty());
        need("first-in-wins", are_two && binds && host.policy == Policy::FirstInWins);
    }
    features
}
