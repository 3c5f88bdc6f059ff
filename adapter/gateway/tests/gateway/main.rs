//! A gateway between a platform and applications, over real sockets: each row of what it
//! takes, sends and answers.

mod application;
mod certificates;
mod complaints;
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
