//! A gateway between a platform and applications, over real sockets: each row of the tables of
//! requests and answers in the README, and what goes wrong.

mod abuse;
mod application;
mod certificates;
mod complaints;
mod exchange;
mod faults;
mod forwarded;
mod http;
mod life;
mod local_ems;
mod many;
mod proxied;
mod proxy;
mod requests;
mod safety;
mod site;
mod status;
mod store;
