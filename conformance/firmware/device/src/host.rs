//! Services that QEMU's boards do not have. Their host provides them by
//! semihosting: randomness, the application key, the time of day, and the exit of
//! the program.
//!
//! A real board reads its hardware random number generator here. Each masking key
//! and each key of an upgrade is read from the source separately, so none is
//! predictable, and none is zero except by chance.

use core::slice;

use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::process;
use semihosting::sys::arm_compat::sys_time;

/// Fills the bytes with randomness from the host.
fn fill_random(bytes: &mut [u8]) -> semihosting::io::Result<()> {
    File::open(c"/dev/urandom")?.read_exact(bytes)
}

/// Returns a random number.
pub fn random() -> u32 {
    let mut bytes = [0; 4];
    // A device without randomness stops here, because it must not continue without it.
    fill_random(&mut bytes).expect("the host has randomness");
    u32::from_le_bytes(bytes)
}

/// The randomness source of the crate getrandom, which ws-framer uses for its masking keys.
///
/// # Safety
/// `place` must point to `len` writable bytes that nothing else accesses.
#[expect(clippy::unnecessary_wraps, reason = "getrandom defines the signature")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    place: *mut u8,
    len: usize,
) -> Result<(), getrandom::Error> {
    // Safety: the caller guarantees it; writing zeros initialises the bytes.
    let bytes = unsafe {
        place.write_bytes(0, len);
        slice::from_raw_parts_mut(place, len)
    };
    // After an error, ws-framer would continue with zeros.
    fill_random(bytes).expect("the host has randomness");
    Ok(())
}

/// Returns the application key from the file `app.key` in the directory where QEMU
/// was started. Without the file, the key is empty, and a platform refuses it.
pub fn key(memory: &mut [u8]) -> &str {
    let len = File::open(c"app.key").and_then(|mut file| file.read(memory)).unwrap_or(0);
    let key = memory.get(..len).and_then(|key| core::str::from_utf8(key).ok());
    key.unwrap_or_default().trim_end()
}

/// Returns the milliseconds since 1970-01-01 UTC.
pub fn utc_ms() -> i64 {
    sys_time().ok().and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or(0) * 1_000
}

/// Ends the program.
pub fn exit(is_success: bool) -> ! {
    process::exit(i32::from(!is_success))
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    defmt::error!("{}", defmt::Display2Format(info));
    exit(false)
}
