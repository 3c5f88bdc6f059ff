//! Recorded sessions: the messages of their edges, sent to a platform. The kinds of its answers
//! are those that were recorded, or the right ones where the recorded platform was wrong.

use std::collections::{BTreeMap, BTreeSet};

use alwayson_codec::owned::{Bind, Body, Claim, Field, Message, Response, Table, Value};
use alwayson_codec::{BaseType, Ids, Message as View, Status};
use serde_json::{Value as Json, json};

use super::{case, cite};
use crate::answers::{self, NO_ANSWER};
use crate::capture::{Capture, EXPECTATIONS, Opcode, Side};
use crate::chunks::Chunks;
use crate::expectations::Expectations;
use crate::suite::play::Script;
use crate::suite::target::keys;
use crate::suite::{Case, Level};
use crate::{data, hex, sessions};

/// The time between two messages, in ms.
const STEP_MS: u64 = 10;

pub(super) fn cases() -> Result<Vec<Case>, String> {
    let text = data::CAPTURES.iter().find(|(name, _)| *name == EXPECTATIONS);
    let text = text.map_or("", |(_, text)| text);
    let expectations: Expectations =
        serde_json::from_str(text).map_err(|error| format!("{EXPECTATIONS}: {error}"))?;
    let captures = data::CAPTURES.iter().filter(|(name, _)| *name != EXPECTATIONS);
    captures
        .map(|(name, text)| {
            let fault = |text: String| format!("{name}: {text}");
            let capture: Capture =
                serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
            of_capture(name, &capture, &expectations).map_err(fault)
        })
        .collect()
}

/// A message of a capture, whole, with the frames that it came in.
struct Whole {
    from: Side,
    message: Message,
    frames: Vec<Vec<u8>>,
}

/// Returns the messages of a capture, in the order in which they were complete.
fn messages(capture: &Capture) -> Vec<Whole> {
    let mut chunks: BTreeMap<Side, Chunks> = BTreeMap::new();
    let mut all = Vec::new();
    for frame in capture.frames.iter().filter(|frame| frame.opcode == Opcode::Binary) {
        let Ok((view, _)) = View::decode(&frame.bytes) else { continue };
        let from = frame.from;
        let alwayson_codec::Body::Chunk(chunk) = &view.body else {
            let frames = vec![frame.bytes.clone()];
            all.push(Whole { from, message: view.into(), frames });
            continue;
        };
        let pushed = chunks.entry(from).or_default().push(&view, chunk, &frame.bytes);
        if let Ok(Some(whole)) = pushed {
            if let Ok(message) = View::decode_exact(&whole.bytes) {
                all.push(Whole { from, message: message.into(), frames: whole.chunks });
            }
        }
    }
    all
}

fn of_capture(name: &str, capture: &Capture, expectations: &Expectations) -> Result<Case, String> {
    let wholes = messages(capture);
    let mut kinds: BTreeMap<u32, String> = BTreeMap::new();
    for exchange in answers::exchanges(capture) {
        kinds.insert(exchange.request, exchange.answer);
    }
    for answer in expectations.of(name).iter().flat_map(|wrong| &wrong.answers) {
        kinds.insert(answer.request, answer.right.clone());
    }
    // What nobody answered before the capture ended says nothing.
    kinds.retain(|_, kind| kind != NO_ANSWER);
    let mut host = Host::default();
    let mut steps = vec![json!({"at": 0, "do": {"kind": "opened"}})];
    for whole in wholes.iter().filter(|whole| whole.from == Side::Edge) {
        let id = whole.message.ids.request;
        let Some(kind) = kinds.get(&id) else { continue };
        if matches!(whole.message.body, Body::Response(_)) {
            continue;
        }
        host.learn(&whole.message.body);
        let is_recorded = |other: &&Whole| {
            let is_response = matches!(other.message.body, Body::Response(_));
            other.from == Side::Platform && other.message.ids.request == id && is_response
        };
        let recorded = wholes.iter().find(is_recorded).map(|other| &other.message);
        let answer = answer(kind, recorded, &host, id)?;
        host.grant(&whole.message.body, answer.ids);
        add_steps(&mut steps, whole, &answer)?;
    }
    let stem = name.trim_end_matches(".json");
    let features = host.features();
    let json = json!({
        "name": format!("capture-{stem}"), "side": "platform", "steps": steps,
        "host": host.json(),
        "cites": [{"section": "7", "sentence": CITED}],
    });
    let dialogue = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    let script = Script { kinds, ..Script::new(dialogue, json) };
    let about = format!("A recorded edge gets the right kinds of answers: {}", capture.comment);
    let id = format!("capture-{stem}");
    Ok(case(id, about, Level::Should, vec![cite("7", CITED)], features, script))
}

const CITED: &str = "The platform answers an AUTH that it accepts with SUCCESS and the new session and endpoint ids in the header.";

/// Adds the steps of a message of an edge: all its frames, the last of which is answered.
fn add_steps(steps: &mut Vec<Json>, whole: &Whole, answer: &Message) -> Result<(), String> {
    let encoded = answer.encode_to_vec().map_err(|error| error.to_string())?;
    for (index, frame) in whole.frames.iter().enumerate() {
        let frame = match &whole.message {
            Message { ids, body: Body::Auth(_) } => {
                let claim = Claim { name: "appKey".to_owned(), value: keys::DEMO.to_owned() };
                let auth = Message { ids: *ids, body: Body::Auth(vec![claim]) };
                auth.encode_to_vec().map_err(|error| error.to_string())?
            }
            _ => frame.clone(),
        };
        let at = STEP_MS * steps.len() as u64;
        let act = json!({
            "kind": "received", "hex": hex::encode(&frame), "dump": sessions::dump(&frame),
        });
        let mut step = json!({"at": at, "do": act});
        if let (Some(members), true) = (step.as_object_mut(), index + 1 == whole.frames.len()) {
            let out = json!([{
                "kind": "message", "hex": hex::encode(&encoded), "dump": sessions::dump(&encoded),
            }]);
            members.insert("out".to_owned(), out);
            if matches!(whole.message.body, Body::Request(_)) {
                let effects = json!([{"kind": "request", "request": whole.message.ids.request}]);
                members.insert("effects".to_owned(), effects);
            }
        }
        steps.push(step);
    }
    Ok(())
}

/// Returns an answer of this kind: the recorded one, or if that is wrong one without rows.
fn answer(
    kind: &str,
    recorded: Option<&Message>,
    host: &Host,
    request: u32,
) -> Result<Message, String> {
    let recorded_kind = recorded.and_then(|message| {
        let bytes = message.encode_to_vec().ok()?;
        match View::decode_exact(&bytes).ok()?.body {
            alwayson_codec::Body::Response(response) => Some(answers::kind(&response)),
            _ => None,
        }
    });
    if let Some(message) = recorded.filter(|_| recorded_kind.as_deref() == Some(kind)) {
        return Ok(message.clone());
    }
    let ids = Ids { request, ..host.ids.unwrap_or(Ids::unauthenticated(request)) };
    Ok(Message { ids, body: Body::Response(of_kind(kind)?) })
}

/// Returns a response of a kind, as [`answers::kind`] writes it.
fn of_kind(kind: &str) -> Result<Response, String> {
    let unknown = || format!("no answer of the kind {kind}");
    let (name, content) = kind.split_once(' ').unwrap_or((kind, ""));
    let mut statuses = (0x40..=u8::MAX).filter_map(Status::from_u8);
    let status = statuses.find(|status| status.name() == Some(name)).ok_or_else(unknown)?;
    let mut response = Response::new(status);
    let fields = content.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(fields) = fields {
        let mut table = Table::default();
        for field in fields.split(", ") {
            let (name, base_type) = field.split_once(": ").ok_or_else(unknown)?;
            let base_type = BaseType::from_name(base_type).ok_or_else(unknown)?;
            table.fields.push(Field::new(name, base_type));
        }
        response.content = Value::InfoTable(table);
    } else if !content.is_empty() {
        return Err(unknown());
    }
    Ok(response)
}

/// What a platform must have for a capture.
#[derive(Default)]
struct Host {
    /// Those that AUTH granted.
    ids: Option<Ids>,
    grants: Vec<Json>,
    things: BTreeSet<String>,
    identifiers: BTreeSet<String>,
    gateway_types: BTreeSet<String>,
}

impl Host {
    /// Learns the names that a message binds.
    fn learn(&mut self, body: &Body) {
        let Body::Bind(Bind { gateway, names }) = body else { return };
        let own = gateway.as_ref().map(|gateway| gateway.name.as_str());
        self.gateway_types.extend(gateway.iter().map(|gateway| gateway.gateway_type.clone()));
        for name in names.iter().filter(|name| Some(name.as_str()) != own) {
            match name.strip_prefix('*') {
                Some(identifier) => self.identifiers.insert(identifier.to_owned()),
                None => self.things.insert(name.clone()),
            };
        }
    }

    /// Learns the ids that AUTH granted.
    fn grant(&mut self, body: &Body, ids: Ids) {
        if matches!(body, Body::Auth(_)) {
            self.ids = Some(ids);
            self.grants.push(json!({"session": ids.session, "endpoint": ids.endpoint}));
        }
    }

    fn features(&self) -> Vec<&'static str> {
        let gateways = (!self.gateway_types.is_empty()).then_some("gateways");
        let identifiers = (!self.identifiers.is_empty()).then_some("identifiers");
        [Some("captures"), gateways, identifiers].into_iter().flatten().collect()
    }

    fn json(&self) -> Json {
        let named = self.things.iter().map(|name| json!({"name": name}));
        let identified = self.identifiers.iter().map(|identifier| {
            json!({"name": format!("Thing of {identifier}"), "identifier": identifier})
        });
        json!({
            "claims": [{"name": "appKey", "value": keys::DEMO}],
            "grants": self.grants,
            "things": named.chain(identified).collect::<Vec<_>>(),
            "gatewayTypes": self.gateway_types,
        })
    }
}
