//! A platform over several machines, with real processes: three `nats-server`s that are one
//! cluster, three nodes of the command, edges, and callers. Each test has its own.
//!
//! | file | what is shown |
//! | --- | --- |
//! | `balancer.rs` | 300 edges behind haproxy; a node is killed, cut off, shut down in order |
//! | `nodes.rs` | a node is frozen or cut off while another edge wants its Things |
//! | `stores.rs` | servers elect a leader, have no quorum, come back without their data |
//! | `random.rs` | faults by a seed, with the invariants of `history.rs` |
//!
//! The programs `nats-server` and `haproxy` are needed; Debian has both.

mod balancer;
mod edges;
mod history;
mod node;
mod nodes;
mod observer;
#[path = "../../../nats/tests/cluster/proxy.rs"]
#[expect(dead_code, reason = "no server is far away here")]
mod proxy;
mod random;
mod servers;
mod site;
mod stores;
