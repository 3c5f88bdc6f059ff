//! What QEMU's boards do not have, their host does by semihosting: a source of
//! randomness, a place for the key, the time of day, an end of the program.
//!
//! A real board reads its generator of true random numbers here. Each masking
//! key and each key of an upgrade is read from the source anew: none is zero
//! but by chance, and none can be told from another.

use core::slice;

use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::process;
use semihosting::sys::arm_compat::sys_time;

/// Fills bytes with randomness of the host's.
fn fill_random(bytes: &mut [u8]) -> semihosting::io::Result<()> {
    File::open(c"/dev/urandom")?.read_exact(bytes)
}

/// A random number.
pub fn random() -> u32 {
    let mut bytes = [0; 4];
    // A device that has no randomness stops here: it must not go on without.
    fill_random(&mut bytes).expect("the host has randomness");
    u32::from_le_bytes(bytes)
}

/// What the crate getrandom asks, and so ws-framer for its masking keys.
///
/// # Safety
/// There are so many bytes at this place, and nobody else has them.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    place: *mut u8,
    len: usize,
) -> Result<(), getrandom::Error> {
    // Safety: the caller says so; zeros make them bytes that can be lent.
    let bytes = unsafe {
        place.write_bytes(0, len);
        slice::from_raw_parts_mut(place, len)
    };
    // ws-framer would go on with zeros after an error.
    fill_random(bytes).expect("the host has randomness");
    Ok(())
}

/// The application key, from the file `app.key` where QEMU was started. Empty
/// where there is none, which a platform refuses.
pub fn key(memory: &mut [u8]) -> &str {
    let len = File::open(c"app.key").and_then(|mut file| file.read(memory)).unwrap_or(0);
    let key = memory.get(..len).and_then(|key| core::str::from_utf8(key).ok());
    key.unwrap_or_default().trim_end()
}

/// Milliseconds since 1970-01-01 UTC.
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
