//! The log: writes defmt's frames to QEMU's host, one byte at a time.

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

// Safety: the state is used only between `acquire` and `release`, where interrupts
// are disabled, and there is only one core.
unsafe impl Sync for Frame {}

static FRAME: Frame =
    Frame(UnsafeCell::new(State { encoder: Encoder::new(), restore: RestoreState::invalid() }));

// Safety: interrupts are disabled from `acquire` to `release`, so the calls are
// paired, and the code between them has exclusive access to the state.
unsafe impl Logger for Log {
    fn acquire() {
        // Safety: `release` restores this.
        let restore = unsafe { critical_section::acquire() };
        // Safety: interrupts are disabled from here on.
        let state = unsafe { &mut *FRAME.0.get() };
        state.restore = restore;
        state.encoder.start_frame(write);
    }

    unsafe fn write(bytes: &[u8]) {
        // Safety: this is called between `acquire` and `release`.
        let state = unsafe { &mut *FRAME.0.get() };
        state.encoder.write(bytes, write);
    }

    unsafe fn flush() {}

    unsafe fn release() {
        // Safety: this is called between `acquire` and `release`, and restoring the
        // interrupts is the last use of the state.
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
