//! The panic handler of a library without `std`. It is never reached, as the link proof shows.
//! Tests have `std`, where panics unwind.

#[cfg(all(panic = "abort", not(feature = "link-proof")))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[cfg(all(panic = "abort", feature = "link-proof"))]
mod proof {
    unsafe extern "C" {
        safe fn a_panic_can_be_reached() -> !;
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        a_panic_can_be_reached()
    }

    /// The control: it can panic, so nothing that reaches it links.
    #[unsafe(no_mangle)]
    extern "C" fn alwayson_control(index: usize) -> u8 {
        core::hint::black_box(&[0_u8; 4])[index]
    }
}

// On hosts the prebuilt `core` names the function by which Rust unwinds, and
// nothing here does. It is weak, so that a program can have other libraries in Rust
// beside this one: theirs is taken.
#[cfg(all(panic = "abort", not(target_os = "none"), target_os = "linux"))]
core::arch::global_asm!(
    ".pushsection .text.rust_eh_personality,\"ax\",%progbits",
    ".weak rust_eh_personality",
    ".type rust_eh_personality,%function",
    "rust_eh_personality:",
    // Nothing that unwinds gets here; it would not know what to do.
    ".byte 0",
    ".size rust_eh_personality, 1",
    ".popsection",
);

/// The same where symbols cannot be written so.
#[cfg(all(panic = "abort", not(target_os = "none"), not(target_os = "linux")))]
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
