//! Measures the used stack: the free memory is painted at the start, and memory
//! that is still painted at the end was never used.

use core::ptr;

/// The pattern in unused memory.
const PAINT: u32 = 0xA11A_0501;
/// The number of bytes of stack that painting itself may use.
const SPARED: usize = 256;

unsafe extern "C" {
    /// The start of the free memory.
    static __sheap: u32;
    /// The start of the stack, which grows downwards.
    static _stack_start: u32;
}

/// Returns the start of the free memory, which extends to the stack.
fn free() -> *mut u32 {
    (&raw const __sheap).cast_mut()
}

/// Paints the free memory up to the used part of the stack.
pub fn paint() {
    let here = 0_u32;
    let end = ptr::from_ref(&here).addr() - SPARED;
    let mut place = free();
    while place.addr() < end {
        // Safety: nothing uses the memory between the statics and the stack.
        unsafe {
            place.write_volatile(PAINT);
            place = place.add(1);
        }
    }
}

/// Returns the maximum number of bytes of stack that were used.
pub fn deepest() -> usize {
    let start = (&raw const _stack_start).addr();
    let mut place = free().cast_const();
    // Safety: memory up to the start of the stack is readable.
    while place.addr() < start && unsafe { place.read_volatile() } == PAINT {
        // Safety: the address is below the start of the stack.
        place = unsafe { place.add(1) };
    }
    start - place.addr()
}
