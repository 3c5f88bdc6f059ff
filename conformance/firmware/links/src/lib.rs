//! The panic handler of the link proof, and helpers for its programs. The panic
//! handler calls a function that does not exist, so a program that can reach a panic
//! does not link.

#![no_std]

use core::hint::black_box;

pub mod device;

unsafe extern "C" {
    safe fn a_panic_can_be_reached() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    a_panic_can_be_reached()
}

/// Returns bytes that are unknown to the compiler.
#[must_use]
#[inline(never)]
pub fn input() -> &'static [u8] {
    black_box(&[0; 64])
}

/// Returns a text that is unknown to the compiler.
#[must_use]
#[inline(never)]
pub fn text() -> &'static str {
    black_box("text")
}

/// Returns a time that is unknown to the compiler.
#[must_use]
#[inline(never)]
pub fn now_ms() -> u64 {
    black_box(1)
}

/// Uses the length of a sent message.
#[inline(never)]
pub fn sent(len: usize) {
    black_box(len);
}

/// Returns the buffer with contents that are unknown to the compiler.
pub fn output(buffer: &mut [u8]) -> &mut [u8] {
    black_box(buffer)
}

/// Returns static memory: a device has its buffers in statics.
pub fn memory() -> &'static mut [u8] {
    static mut MEMORY: [u8; 4096] = [0; 4096];
    // Safety: each program calls this once.
    black_box(unsafe { (&raw mut MEMORY).as_mut() }.map_or(&mut [], |memory| &mut memory[..]))
}

/// A writer that discards formatted text.
pub struct Formatted;

impl core::fmt::Write for Formatted {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        black_box(text);
        Ok(())
    }
}

/// Defines the entry of a program, which calls the function.
#[macro_export]
macro_rules! program {
    ($entry:path) => {
        #[unsafe(no_mangle)]
        extern "C" fn start() -> ! {
            $entry();
            loop {
                core::hint::spin_loop();
            }
        }
    };
}
