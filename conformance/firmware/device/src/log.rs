//! The log: defmt's frames, byte by byte to QEMU's host.

use core::cell::UnsafeCell;

use critical_section::RestoreState;
use defmt::{Encoder, Logger};
use semihosting::sys::arm_compat::sys_writec;

#[defmt::global_logger]
struct Log;

struct Frame(UnsafeCell<State>);

struct State {
    encoder: Encoder,
    restore: RestoreState,
}

// Safety: the state is used between `acquire` and `release` alone, where nothing
// interrupts, and there is one core.
unsafe impl Sync for Frame {}

static FRAME: Frame =
    Frame(UnsafeCell::new(State { encoder: Encoder::new(), restore: RestoreState::invalid() }));

// Safety: from `acquire` to `release` nothing interrupts, so they pair, and what
// is between them has the state for itself.
unsafe impl Logger for Log {
    fn acquire() {
        // Safety: `release` restores this.
        let restore = unsafe { critical_section::acquire() };
        // Safety: nothing interrupts from here on.
        let state = unsafe { &mut *FRAME.0.get() };
        state.restore = restore;
        state.encoder.start_frame(write);
    }

    unsafe fn write(bytes: &[u8]) {
        // Safety: between `acquire` and `release`.
        let state = unsafe { &mut *FRAME.0.get() };
        state.encoder.write(bytes, write);
    }

    unsafe fn flush() {}

    unsafe fn release() {
        // Safety: between `acquire` and `release`; the last use is the restoring.
        unsafe {
            let state = &mut *FRAME.0.get();
            state.encoder.end_frame(write);
            critical_section::release(state.restore);
        }
    }
}

fn write(bytes: &[u8]) {
    bytes.iter().copied().for_each(sys_writec);
}

defmt::timestamp!("{=u64:ms}", crate::board::now_ms());
