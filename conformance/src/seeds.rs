//! Seeds for fuzzing, one file each: the messages of vectors, captures and `bench/`, and
//! the sequences of [`lives`].

use std::io;
use std::path::{Path, PathBuf};

use alwayson_codec::{Body, Message};

use crate::capture::{self, Capture, Opcode, Side};
use crate::hex;
pub use crate::laws::records;
use crate::lives;
use crate::vectors::{self, VectorFile};

/// Writes the seeds, in one subfolder for each fuzz target: `decode` and `round_trip` with one
/// message per file, `joiner` with records, `connection` with commands. Returns the number
/// of messages and of sequences.
///
/// # Errors
/// A file cannot be read or written; the error says which and why, in words.
pub fn write(folder: &Path) -> Result<(usize, usize), String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Seeds::default();
    for file in vectors::read(&[vectors::own_folder()])? {
        seeds.vectors(&file);
    }
    for path in capture::own_files()? {
        seeds.capture(&stem(&path), &Capture::read(&path)?);
    }
    seeds.bench(&own.join("bench"))?;
    let fault = |error: io::Error| format!("{}: {error}", folder.display());
    for target in ["decode", "round_trip"] {
        put(&folder.join(target), &seeds.messages).map_err(fault)?;
    }
    put(&folder.join("joiner"), &seeds.sequences).map_err(fault)?;
    put(&folder.join("connection"), &lives::all()?).map_err(fault)?;
    Ok((seeds.messages.len(), seeds.sequences.len()))
}

/// Seeds with the names of their files.
#[derive(Default)]
struct Seeds {
    messages: Vec<(String, Vec<u8>)>,
    sequences: Vec<(String, Vec<u8>)>,
}

impl Seeds {
    fn vectors(&mut self, file: &VectorFile) {
        for vector in &file.vectors {
            self.messages.push((vector.id.clone(), vector.bytes.clone()));
        }
        for sequence in &file.sequences {
            self.sequences.push((sequence.id.clone(), records(&sequence.chunks)));
        }
    }

    /// Each binary frame is a message; the chunks of each side are a sequence.
    fn capture(&mut self, name: &str, capture: &Capture) {
        let binary = capture.frames.iter().enumerate();
        let binary = binary.filter(|(_, frame)| frame.opcode == Opcode::Binary);
        for (index, frame) in binary.clone() {
            self.messages.push((format!("{name}-{index:03}"), frame.bytes.clone()));
        }
        for (side, side_name) in [(Side::Edge, "edge"), (Side::Platform, "platform")] {
            let of_side = binary.clone().map(|(_, frame)| frame).filter(|f| f.from == side);
            let chunks: Vec<_> =
                of_side.map(|frame| &frame.bytes).filter(|bytes| is_chunk(bytes)).collect();
            if !chunks.is_empty() {
                self.sequences.push((format!("{name}-{side_name}"), records(&chunks)));
            }
        }
    }

    fn bench(&mut self, folder: &Path) -> Result<(), String> {
        let fault = |error: io::Error| format!("{}: {error}", folder.display());
        let entries = std::fs::read_dir(folder).map_err(fault)?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths = paths.collect::<Result<Vec<PathBuf>, _>>().map_err(fault)?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "hex"));
        paths.sort();
        for path in paths {
            let digits = std::fs::read_to_string(&path).map_err(fault)?;
            let bytes = hex::decode(digits.trim().as_bytes())
                .map_err(|at| format!("{}: no hex digit at {at}", path.display()))?;
            self.messages.push((format!("bench-{}", stem(&path)), bytes));
        }
        Ok(())
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_chunk(bytes: &[u8]) -> bool {
    matches!(Message::decode(bytes), Ok((Message { body: Body::Chunk(_), .. }, _)))
}

fn put(folder: &Path, seeds: &[(String, Vec<u8>)]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    seeds.iter().try_for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes))
}
