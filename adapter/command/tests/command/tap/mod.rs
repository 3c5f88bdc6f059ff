//! `tap`: what passes is unchanged, shown, recorded and checked.

mod bytes;
mod checked;
mod packets;
mod sides;
mod support;
