//! The tested program: started, told what to do, and ended.

pub(crate) mod keys;
mod program;

pub(crate) use program::Program;
