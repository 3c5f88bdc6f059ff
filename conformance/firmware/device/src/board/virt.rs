//! QEMU's `virt` board with a 32-bit RISC-V core: a 16550 UART, and the machine
//! timer.

use core::convert::Infallible;
use core::ptr::{read_volatile, write_volatile};

use embedded_io::{ErrorType, Read, ReadReady, Write};
pub use riscv_rt::entry;

/// The two halves of the timer, which counts 10 ticks per microsecond.
const TIMER_LOW: *const u32 = 0x0200_BFF8 as *const u32;
const TIMER_HIGH: *const u32 = 0x0200_BFFC as *const u32;
const TICKS_PER_MS: u64 = 10_000;

/// Returns the milliseconds since the start.
pub fn now_ms() -> u64 {
    loop {
        // Safety: the board has these registers, and reading them has no other requirement.
        let (high, low, still_high) = unsafe {
            (read_volatile(TIMER_HIGH), read_volatile(TIMER_LOW), read_volatile(TIMER_HIGH))
        };
        if high == still_high {
            return (u64::from(high) << 32 | u64::from(low)) / TICKS_PER_MS;
        }
    }
}

/// Starts the UART with 8 data bits and with its FIFO buffers enabled.
pub fn start() -> Uart {
    Uart::LINE_CONTROL.write(0b11);
    Uart::FIFO_CONTROL.write(0b111);
    Uart
}

/// The UART.
pub struct Uart;

/// A register of the UART.
#[derive(Clone, Copy)]
struct Register(usize);

impl Register {
    fn read(self) -> u8 {
        // Safety: the board has this register, and reading it has no other requirement.
        unsafe { read_volatile(self.0 as *const u8) }
    }

    fn write(self, value: u8) {
        // Safety: the board has this register, and writing it changes no memory.
        unsafe { write_volatile(self.0 as *mut u8, value) }
    }
}

impl Uart {
    const DATA: Register = Register(0x1000_0000);
    const FIFO_CONTROL: Register = Register(0x1000_0002);
    const LINE_CONTROL: Register = Register(0x1000_0003);
    const LINE_STATUS: Register = Register(0x1000_0005);

    const HAS_RECEIVED: u8 = 0b0000_0001;
    const MAY_SEND: u8 = 0b0010_0000;

    fn has_received() -> bool {
        Self::LINE_STATUS.read() & Self::HAS_RECEIVED != 0
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(Self::has_received())
    }
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        while !buffer.is_empty() && !Self::has_received() {}
        let mut len = 0;
        for place in buffer.iter_mut().take_while(|_| Self::has_received()) {
            *place = Self::DATA.read();
            len += 1;
        }
        Ok(len)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            self.flush()?;
            Self::DATA.write(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while Self::LINE_STATUS.read() & Self::MAY_SEND == 0 {}
        Ok(())
    }
}
