//! The keys and values of the buckets, and the subjects.
//!
//! | bucket | key | value |
//! | --- | --- | --- |
//! | `CLUSTER_nodes` | `GENERATION.NODE` | [`NodeValue`] |
//! | `CLUSTER_own` | `generation` | [`StoreValue`] |
//! | `CLUSTER_own` | `settled.GENERATION` | empty: one lease has passed since the store was found empty |
//! | `CLUSTER_own` | `t.GENERATION.THING` | [`OwnValue`] |
//!
//! Names are in base64url: keys and subjects allow few characters.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alwayson::codec::connection::registry::ConnectionId;
use alwayson::platform::cluster::{Claim, NodeId, Owner, Token as AnyToken};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::claim::Owner as Holder;
use crate::lease::NodeEntry;
use crate::nodes::Node;
use crate::store::StoreEntry;
use crate::token::{Epoch, Generation, Token};

/// The key of the generation.
pub(crate) const GENERATION: &str = "generation";

/// The version of what nodes tell each other.
pub(crate) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(crate) struct NodeValue {
    pub(crate) incarnation: u64,
    pub(crate) registered: Option<u64>,
    /// The revision of the entry of another run that the registration replaced.
    pub(crate) over: Option<u64>,
    pub(crate) version: u32,
    /// The time of the registration, in ms since 1970.
    pub(crate) since: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct StoreValue {
    pub(crate) generation: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OwnValue {
    node: String,
    epoch: String,
    claim: u64,
    connection: u32,
    /// The name on the wire.
    name: String,
    gateway: Option<String>,
    /// The time of the BIND, in ms since 1970.
    since: u64,
}

/// Who holds a Thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) holder: Holder,
    pub(crate) connection: ConnectionId,
    pub(crate) since: SystemTime,
}

pub(crate) fn encode(value: &impl Serialize) -> Bytes {
    // These structs have no maps, so this does not fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}

pub(crate) fn text(name: &str) -> String {
    BASE64URL_NOPAD.encode(name.as_bytes())
}

pub(crate) fn name(text: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
}

pub(crate) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn time(millis: u64) -> SystemTime {
    let since = Duration::from_millis(millis);
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn node_key(generation: Generation, node: &str) -> String {
    format!("{generation}.{}", text(node))
}

pub(crate) fn own_key(generation: Generation, thing: &str) -> String {
    format!("t.{generation}.{}", text(thing))
}

pub(crate) fn settled_key(generation: Generation) -> String {
    format!("settled.{generation}")
}

fn generation(text: &str) -> Option<Generation> {
    u64::from_str_radix(text, 16).ok().map(Generation)
}

/// Reads the key of a node.
pub(crate) fn node_of(key: &str) -> Option<(Generation, Arc<str>)> {
    let (of, node) = key.split_once('.')?;
    Some((generation(of)?, name(node)?.into()))
}

/// Reads the key that says that a generation is settled.
pub(crate) fn settled_of(key: &str) -> Option<Generation> {
    generation(key.strip_prefix("settled.")?)
}

/// Reads the key of a Thing.
pub(crate) fn thing_of(key: &str) -> Option<(Generation, String)> {
    let (of, thing) = key.strip_prefix("t.")?.split_once('.')?;
    Some((generation(of)?, name(thing)?))
}

pub(crate) fn node_entry(generation: Generation, value: &[u8], revision: u64) -> Option<NodeEntry> {
    let NodeValue { incarnation, registered, over, .. } = serde_json::from_slice(value).ok()?;
    Some(NodeEntry { incarnation, generation, registered, over, revision })
}

pub(crate) fn store_entry(value: &[u8], revision: u64) -> Option<StoreEntry> {
    let StoreValue { generation } = serde_json::from_slice(value).ok()?;
    Some(StoreEntry { generation: Generation(generation), revision })
}

pub(crate) fn own_entry(generation: Generation, value: &[u8], revision: u64) -> Option<Entry> {
    let OwnValue { node, epoch, claim, connection, since, .. } =
        serde_json::from_slice(value).ok()?;
    let node = Node { name: node.into(), epoch: epoch.parse().ok()? };
    let holder = Holder { node, claim, token: Token { generation, revision } };
    Some(Entry { holder, connection: ConnectionId(connection), since: time(since) })
}

pub(crate) fn own_value(me: &Node, number: u64, claim: &Claim) -> Bytes {
    encode(&OwnValue {
        node: me.name.to_string(),
        epoch: me.epoch.to_string(),
        claim: number,
        connection: claim.connection.0,
        name: claim.wire_name.clone(),
        gateway: claim.gateway.clone(),
        since: millis(claim.since),
    })
}

pub(crate) const fn any_token(token: Token) -> AnyToken {
    AnyToken::new(token.generation.0, token.revision)
}

pub(crate) const fn token(token: AnyToken) -> Token {
    Token { generation: Generation(token.generation), revision: token.revision }
}

pub(crate) fn node_id(node: &Node) -> NodeId {
    let Epoch { generation, revision } = node.epoch;
    NodeId::new(Arc::clone(&node.name), AnyToken::new(generation.0, revision))
}

pub(crate) fn node(id: &NodeId) -> Node {
    let AnyToken { generation, revision } = id.epoch;
    let epoch = Epoch { generation: Generation(generation), revision };
    Node { name: Arc::clone(&id.name), epoch }
}

impl Entry {
    pub(crate) fn owner(&self) -> Owner {
        Owner {
            node: node_id(&self.holder.node),
            connection: self.connection,
            since: self.since,
            token: any_token(self.holder.token),
        }
    }
}
