//! The panic handler of the link proof: it refers to a function that does not
//! exist. A program in which a panic can be reached does not link.

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

/// Bytes that the compiler knows nothing about.
#[inline(never)]
pub fn input() -> &'static [u8] {
    black_box(&[0; 64])
}

/// A text that the compiler knows nothing about.
#[inline(never)]
pub fn text() -> &'static str {
    black_box("text")
}

/// A time that the compiler knows nothing about.
#[inline(never)]
pub fn now_ms() -> u64 {
    black_box(1)
}

/// Takes the length of what was sent.
#[inline(never)]
pub fn sent(len: usize) {
    black_box(len);
}

/// A buffer that the compiler knows nothing about.
pub fn output(buffer: &mut [u8]) -> &mut [u8] {
    black_box(buffer)
}

/// Memory that was there before the program: that of a device stands in statics.
pub fn memory() -> &'static mut [u8] {
    static mut MEMORY: [u8; 4096] = [0; 4096];
    // Safety: each program calls this once.
    black_box(unsafe { (&raw mut MEMORY).as_mut() }.map_or(&mut [], |memory| &mut memory[..]))
}

/// Takes whatever is formatted.
pub struct Formatted;

impl core::fmt::Write for Formatted {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        black_box(text);
        Ok(())
    }
}

/// Makes a program of a function.
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
