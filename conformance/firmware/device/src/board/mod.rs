//! The boards: each has a UART, and a clock that counts milliseconds since the start.

#[cfg(target_arch = "arm")]
mod mps2_an386;
#[cfg(target_arch = "riscv32")]
mod virt;

#[cfg(target_arch = "arm")]
pub use mps2_an386::{Uart, entry, now_ms, start};
#[cfg(target_arch = "riscv32")]
pub use virt::{Uart, entry, now_ms, start};
