//! What is seen of connections between others, and which rules they break.

mod broken;
mod captures;
mod line;
mod streams;
mod table;
