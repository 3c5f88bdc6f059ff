//! Lists of claims, names, headers or aspects: decoded ones, which are iterated in place, or
//! slices of the caller.

use core::fmt;
use core::marker::PhantomData;

use super::reader::{self, Parsed};
use super::text::Text;
use super::writer::{Sink, nowhere};
use crate::error::{Counted, EncodeError};

/// An item of a [`List`].
pub trait Item<'a>: sealed::Item<'a> {}

impl<'a, T: sealed::Item<'a>> Item<'a> for T {}

pub(crate) mod sealed {
    use super::{Counted, Parsed, Sink};

    /// The layout of an item, in both directions.
    pub trait Item<'a>: Copy + core::fmt::Debug {
        /// What limits the number of such items.
        const COUNTED: Counted;
        /// Reads one item and writes it to the sink in canonical form.
        fn copy<S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, Self>;
        /// Writes one item.
        fn put<S: Sink>(self, sink: &mut S);
    }
}

/// A list of claims, names, headers or aspects. It borrows from a message, or from a slice of
/// items or of values that convert into items. To copy the list copies no item.
#[derive(Clone, Copy)]
pub struct List<'a, T, S = T> {
    source: Source<'a, S>,
    items: PhantomData<T>,
}

#[derive(Clone, Copy)]
enum Source<'a, S> {
    /// Encoded items, one after the other, already checked.
    Wire {
        bytes: &'a [u8],
        count: u16,
    },
    Slice(&'a [S]),
}

impl<T, S> List<'_, T, S> {
    /// Creates an empty list.
    pub const fn empty() -> Self {
        Self { source: Source::Slice(&[]), items: PhantomData }
    }

    /// Returns the number of items.
    pub const fn len(&self) -> usize {
        self.source.len()
    }

    /// Returns whether the list is empty.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of items, for a layout with two bytes for it.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn count_u16(&self) -> u16 {
        match self.source {
            Source::Wire { count, .. } => count,
            #[expect(clippy::cast_possible_truncation, reason = "within the limit of `new`")]
            Source::Slice(items) => items.len() as u16,
        }
    }

    /// Returns the number of items, for a layout with one byte for it.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn count_u8(&self) -> u8 {
        #[expect(clippy::cast_possible_truncation, reason = "within the limit of `new`")]
        let count = self.count_u16() as u8;
        count
    }
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> List<'a, T, S> {
    /// Creates a list of the items of a slice.
    ///
    /// # Errors
    /// - [`TooMany`](EncodeError::TooMany) if there are more than the count on the wire can
    ///   express
    pub fn new(items: &'a [S]) -> Result<Self, EncodeError> {
        if items.len() > T::COUNTED.limit() {
            return Err(EncodeError::TooMany(T::COUNTED));
        }
        Ok(Self { source: Source::Slice(items), items: PhantomData })
    }

    /// Returns an iterator over the items.
    pub const fn iter(&self) -> Iter<'a, T, S> {
        Iter { source: self.source, items: PhantomData }
    }

    /// Reads and checks `count` items.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn parse(input: &'a [u8], count: u16) -> Parsed<'a, Self> {
        if count == 0 {
            return Ok((input, Self::empty()));
        }
        let mut rest = input;
        for _ in 0..count {
            (rest, _) = T::copy(rest, &mut nowhere())?;
        }
        let len = input.len().saturating_sub(rest.len());
        let bytes = input.get(..len).unwrap_or_default();
        Ok((rest, Self { source: Source::Wire { bytes, count }, items: PhantomData }))
    }

    /// Writes the items, without their number.
    #[inline]
    pub(crate) fn put<W: Sink>(&self, sink: &mut W) {
        match self.source {
            Source::Wire { mut bytes, count } => {
                for _ in 0..count {
                    let Ok((rest, _)) = T::copy(bytes, sink) else { return };
                    bytes = rest;
                }
            }
            Source::Slice(items) => {
                for item in items {
                    (*item).into().put(sink);
                }
            }
        }
    }
}

impl<S> Source<'_, S> {
    const fn len(&self) -> usize {
        match self {
            Source::Wire { count, .. } => *count as usize,
            Source::Slice(items) => items.len(),
        }
    }
}

/// Reads two consecutive strings: a claim, a request header or a gateway.
#[cfg_attr(wide, inline(always))]
pub(crate) fn copy_pair<'a, S: Sink>(
    input: &'a [u8],
    sink: &mut S,
) -> Parsed<'a, (Text<'a>, Text<'a>)> {
    let (rest, first) = reader::text(input)?;
    sink.text(first.as_bytes());
    let (rest, second) = reader::text(rest)?;
    sink.text(second.as_bytes());
    Ok((rest, (first, second)))
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn put_pair<S: Sink>(first: Text<'_>, second: Text<'_>, sink: &mut S) {
    sink.text(first.as_bytes());
    sink.text(second.as_bytes());
}

impl<T, S> Default for List<'_, T, S> {
    fn default() -> Self {
        Self::empty()
    }
}

/// Two lists are equal if their items are, decoded or not.
impl<'a, T: Item<'a> + PartialEq, S: Copy + Into<T>> PartialEq for List<'a, T, S> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> fmt::Debug for List<'a, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> IntoIterator for List<'a, T, S> {
    type Item = T;
    type IntoIter = Iter<'a, T, S>;

    fn into_iter(self) -> Iter<'a, T, S> {
        self.iter()
    }
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> IntoIterator for &List<'a, T, S> {
    type Item = T;
    type IntoIter = Iter<'a, T, S>;

    fn into_iter(self) -> Iter<'a, T, S> {
        self.iter()
    }
}

/// An iterator over the items of a [`List`].
#[derive(Clone)]
pub struct Iter<'a, T, S = T> {
    source: Source<'a, S>,
    items: PhantomData<T>,
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> fmt::Debug for Iter<'a, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> Iterator for Iter<'a, T, S> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.source {
            Source::Wire { bytes, count } => {
                *count = count.checked_sub(1)?;
                let (rest, item) = T::copy(bytes, &mut nowhere()).ok()?;
                *bytes = rest;
                Some(item)
            }
            Source::Slice(items) => {
                let (first, rest) = items.split_first()?;
                *items = rest;
                Some((*first).into())
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.source.len(), Some(self.source.len()))
    }
}

impl<'a, T: Item<'a>, S: Copy + Into<T>> ExactSizeIterator for Iter<'a, T, S> {}
impl<'a, T: Item<'a>, S: Copy + Into<T>> core::iter::FusedIterator for Iter<'a, T, S> {}
