//! s
/// x
#[derive(Debug)]
pub struct Split;
