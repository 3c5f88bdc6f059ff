//! s
/// x
#[derive(Debug)]
pub struct Joiner;
/// x
#[derive(Debug)]
pub struct Joined;
