//! Another library in Rust, with all of `std`, for a program that has both.

#![crate_type = "staticlib"]

/// Counts words; catches a panic, so that it needs to unwind.
#[unsafe(no_mangle)]
pub extern "C" fn other_words() -> usize {
    let words = std::panic::catch_unwind(|| {
        let words: Vec<String> = "two words".split(' ').map(str::to_owned).collect();
        assert_eq!(words.len(), 2);
        std::panic::resume_unwind(Box::new(words.len()));
    });
    words.err().and_then(|panic| panic.downcast_ref::<usize>().copied()).unwrap_or_default()
}
