//! permessage-deflate, undone (RFC 7692).

use flate2::{Decompress, FlushDecompress, Status};

/// What a compressed message ends with, and does not carry (section 7.2.2).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
/// By how much the output grows at once, in bytes.
const STEP: usize = 16 * 1024;

/// Why a message cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is longer than the limit.
    TooLong,
    /// It is not compressed data, or needs a context that is not known.
    Damaged,
}

/// Decompresses the messages of one direction. A window of any size is taken.
#[derive(Debug)]
pub(super) struct Inflate {
    decompress: Decompress,
    keeps_context: bool,
    limit: usize,
    /// Whether the context is lost: nothing later can be decompressed.
    is_lost: bool,
}

impl Inflate {
    pub(super) fn new(keeps_context: bool, limit: usize) -> Self {
        Self { decompress: Decompress::new(false), keeps_context, limit, is_lost: false }
    }

    /// Forgets the context, because a message was not seen.
    pub(super) fn miss(&mut self) {
        self.is_lost = self.keeps_context;
    }

    /// Decompresses a message.
    pub(super) fn message(&mut self, payload: &[u8]) -> Result<Vec<u8>, Fault> {
        if self.is_lost {
            return Err(Fault::Damaged);
        }
        let mut out = Vec::new();
        let done = self.feed(payload, &mut out).and_then(|()| self.feed(&TAIL, &mut out));
        if !self.keeps_context {
            self.decompress.reset(false);
        } else if done.is_err() {
            self.is_lost = true;
        }
        done.map(|()| out)
    }

    fn feed(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            // One byte more than the limit shows that a message is longer.
            let room = (self.limit + 1).saturating_sub(out.len());
            out.reserve(STEP.min(room));
            let full = out.capacity();
            let before = self.decompress.total_in();
            let out_before = out.len();
            let status = self.decompress.decompress_vec(input, out, FlushDecompress::Sync);
            let taken = usize::try_from(self.decompress.total_in() - before).unwrap_or(usize::MAX);
            input = input.get(taken..).unwrap_or_default();
            if out.len() > self.limit {
                return Err(Fault::TooLong);
            }
            match status {
                Ok(Status::StreamEnd) => {
                    // A last block within a message (section 7.2.3.4): another stream follows.
                    self.decompress.reset(false);
                }
                // Without progress: for some lack of input, for others of output.
                Ok(_) if taken == 0 && out.len() == out_before && out.len() < full => {
                    return if input.is_empty() { Ok(()) } else { Err(Fault::Damaged) };
                }
                Ok(_) => {}
                Err(_) => return Err(Fault::Damaged),
            }
            if input.is_empty() && out.len() < full {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    fn compressed(compress: &mut Compress, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 100);
        compress.compress_vec(bytes, &mut out, FlushCompress::Sync).unwrap();
        out.truncate(out.len() - TAIL.len());
        out
    }

    #[test]
    fn messages_with_and_without_context_are_decompressed() {
        for keeps_context in [true, false] {
            let mut compress = Compress::new(Compression::default(), false);
            let mut inflate = Inflate::new(keeps_context, 1 << 20);
            for len in [0_usize, 1, 100, STEP - 1, STEP, STEP + 1, 5 * STEP] {
                let bytes: Vec<u8> = (0..len).map(|at| (at * at / 7).to_le_bytes()[0]).collect();
                let message = compressed(&mut compress, &bytes);
                assert_eq!(inflate.message(&message), Ok(bytes), "{len}");
                if !keeps_context {
                    compress.reset();
                }
            }
        }
    }

    #[test]
    fn a_bomb_ends_at_the_limit_and_one_byte_less_does_not() {
        const LIMIT: usize = 100_000;
        for (len, expected) in [(LIMIT - 1, true), (LIMIT, true), (LIMIT + 1, false)] {
            let mut compress = Compress::new(Compression::default(), false);
            let message = compressed(&mut compress, &vec![0; len]);
            let mut inflate = Inflate::new(false, LIMIT);
            let done = inflate.message(&message);
            assert_eq!(done.is_ok(), expected, "{len}");
            assert_eq!(done.err(), (!expected).then_some(Fault::TooLong));
            // Without context, the next one is not harmed.
            let small = compressed(&mut Compress::new(Compression::default(), false), b"small");
            assert_eq!(inflate.message(&small), Ok(b"small".to_vec()));
        }
        let bomb = compressed(&mut Compress::new(Compression::best(), false), &vec![0; 64 << 20]);
        let mut inflate = Inflate::new(true, LIMIT);
        assert_eq!(inflate.message(&bomb), Err(Fault::TooLong));
        assert_eq!(inflate.message(b"anything"), Err(Fault::Damaged));
    }

    #[test]
    fn what_is_not_compressed_data_is_an_error() {
        let mut inflate = Inflate::new(false, 1000);
        assert_eq!(inflate.message(&[0xFF; 20]), Err(Fault::Damaged));
        assert_eq!(inflate.message(&[0x07]), Err(Fault::Damaged));
    }
}
