//! How deep the stack got: its memory is painted at the start, and what is
//! painted still at the end was never used.

use core::ptr;

const PAINT: u32 = 0xA11A_0501;
/// What the painter itself may use.
const SPARED: usize = 256;

unsafe extern "C" {
    /// Where memory is free from.
    static __sheap: u32;
    /// Where the stack begins, to grow downwards.
    static _stack_start: u32;
}

/// The free memory, up to the stack.
fn free() -> *mut u32 {
    (&raw const __sheap).cast_mut()
}

/// Paints the free memory up to what is in use.
pub fn paint() {
    let here = 0_u32;
    let end = ptr::from_ref(&here).addr() - SPARED;
    let mut place = free();
    while place.addr() < end {
        // Safety: memory between the statics and the stack is nobody's.
        unsafe {
            place.write_volatile(PAINT);
            place = place.add(1);
        }
    }
}

/// How many bytes of stack were used at the most.
pub fn deepest() -> usize {
    let start = (&raw const _stack_start).addr();
    let mut place = free().cast_const();
    // Safety: memory up to the start of the stack is there to be read.
    while place.addr() < start && unsafe { place.read_volatile() } == PAINT {
        // Safety: it is not beyond the start.
        place = unsafe { place.add(1) };
    }
    start - place.addr()
}
