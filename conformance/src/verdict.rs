/// Whether a law holds; the error says in words how it is broken.
pub type Verdict = Result<(), String>;
