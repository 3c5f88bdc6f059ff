//! The suite, tested with our own machines behind real sockets, right and with one rule broken.

mod codec;
mod control;
mod coverage;
mod faults;
mod peers;
mod places;
mod reports;
mod support;
