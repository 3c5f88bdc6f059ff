//! Nodes over a real `nats-server`, which each test starts.

mod laws;
mod nodes;
mod proxy;
mod server;
mod site;
