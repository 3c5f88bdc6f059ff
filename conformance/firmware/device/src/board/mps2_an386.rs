//! Arm's MPS2 board with a Cortex-M4F (AN386): the CMSDK UART, and the core's
//! `SysTick` timer.

use core::cell::Cell;
use core::convert::Infallible;
use core::ptr::{read_volatile, write_volatile};

use cortex_m::Peripherals;
use cortex_m::peripheral::syst::SystClkSource;
pub use cortex_m_rt::entry;
use cortex_m_rt::exception;
use critical_section::Mutex;
use embedded_io::{ErrorType, Read, ReadReady, Write};

const CLOCK_HZ: u32 = 25_000_000;

static MILLISECONDS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

#[exception]
fn SysTick() {
    critical_section::with(|token| {
        let milliseconds = MILLISECONDS.borrow(token);
        milliseconds.set(milliseconds.get() + 1);
    });
}

/// Returns the milliseconds since the start.
pub fn now_ms() -> u64 {
    critical_section::with(|token| MILLISECONDS.borrow(token).get())
}

/// Starts the clock and the UART.
pub fn start() -> Uart {
    if let Some(core) = Peripherals::take() {
        let mut timer = core.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(CLOCK_HZ / 1_000 - 1);
        timer.clear_current();
        timer.enable_counter();
        timer.enable_interrupt();
    }
    // 115,200 bits per second; then enable the transmitter and the receiver.
    Uart::BAUD_RATE.write(CLOCK_HZ / 115_200);
    Uart::CONTROL.write(0b11);
    Uart
}

/// The first UART.
pub struct Uart;

/// A register of the UART.
#[derive(Clone, Copy)]
struct Register(usize);

impl Register {
    fn read(self) -> u32 {
        // Safety: the board has this register, and reading it has no other requirement.
        unsafe { read_volatile(self.0 as *const u32) }
    }

    fn write(self, value: u32) {
        // Safety: the board has this register, and writing it changes no memory.
        unsafe { write_volatile(self.0 as *mut u32, value) }
    }
}

impl Uart {
    const DATA: Register = Register(0x4000_4000);
    const STATE: Register = Register(0x4000_4004);
    const CONTROL: Register = Register(0x4000_4008);
    const BAUD_RATE: Register = Register(0x4000_4010);

    const IS_SENDING: u32 = 0b01;
    const HAS_RECEIVED: u32 = 0b10;

    fn has_received() -> bool {
        Self::STATE.read() & Self::HAS_RECEIVED != 0
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
            [*place, ..] = Self::DATA.read().to_le_bytes();
            len += 1;
        }
        Ok(len)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            self.flush()?;
            Self::DATA.write(u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while Self::STATE.read() & Self::IS_SENDING != 0 {}
        Ok(())
    }
}
