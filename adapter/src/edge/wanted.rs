//! The subscriptions of a platform, and the filter that applies them to pushes
//! (PROTOCOL.md §3).

use std::cmp::Ordering::Equal;
use std::collections::{BTreeMap, HashMap};

use super::property::PushType;
use crate::content::VALUES;
use crate::value::{Row, Table, Value};

/// The properties of a Thing that a platform wants pushed, with the push type of each.
pub(super) type Wanted = BTreeMap<String, PushType>;

/// The last pushed value and quality of each property that is pushed on change, by Thing
/// and property. Properties that the platform has not asked for have no entry.
#[derive(Default)]
pub(super) struct Pushed(HashMap<String, HashMap<String, (Value, Value)>>);

impl Pushed {
    /// Removes the values that the platform has not asked for from the parameters of a
    /// push. Returns the number of removed values, and the number of values left.
    pub(super) fn leave_out(
        &mut self,
        thing: &str,
        wanted: &Wanted,
        params: &mut Table,
    ) -> (usize, usize) {
        let Some(Value::InfoTable(updates)) = params.value_mut(VALUES) else { return (0, 0) };
        let count = updates.len();
        updates.retain(|update| self.is_wanted(thing, wanted, update));
        (count - updates.len(), updates.len())
    }

    fn is_wanted(&mut self, thing: &str, wanted: &Wanted, update: Row<'_>) -> bool {
        let Some(name) = update.get("name").and_then(Value::as_str) else { return true };
        let threshold = match wanted.get(name) {
            None | Some(PushType::Never) => return false,
            Some(PushType::Always) => return true,
            Some(PushType::Value(threshold)) => *threshold,
        };
        let cell = |name| update.get(name).cloned().unwrap_or_default();
        let value = cell("value");
        let quality = cell("quality");
        let last = self.0.get_mut(thing).and_then(|last| last.get_mut(name));
        if last.as_ref().is_some_and(|(last, of_quality)| {
            *of_quality == quality && !has_changed(last.innermost(), value.innermost(), threshold)
        }) {
            return false;
        }
        if let Some(last) = last {
            *last = (value, quality);
        } else {
            let last = self.0.entry(thing.to_owned()).or_default();
            last.insert(name.to_owned(), (value, quality));
        }
        true
    }

    /// Forgets the last pushed values of a Thing: they may not have reached the platform,
    /// or no longer count.
    pub(super) fn forget(&mut self, thing: &str) {
        self.0.remove(thing);
    }

    /// Forgets all values, because the connection has ended.
    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }
}

/// Returns whether a value has changed: a number by more than the threshold, any other
/// value at all.
fn has_changed(last: &Value, now: &Value, threshold: f64) -> bool {
    match (last.as_f64(), now.as_f64()) {
        (Some(last), Some(now)) if last.is_nan() || now.is_nan() => last.is_nan() != now.is_nan(),
        // Without a threshold, LONG values are compared as integers: two different ones may
        // be equal as doubles.
        (Some(before), Some(after)) if threshold > 0.0 => (before - after).abs() > threshold,
        _ => match (last, now) {
            // 0 and -0 are equal as numbers, but different as values.
            (Value::Number(last), Value::Number(now)) => last.partial_cmp(now) != Some(Equal),
            _ => last != now,
        },
    }
}

/// Returns the subscriptions in a table with the fields `edgeName`, `pushType` and
/// `pushThreshold`. A property with an unknown push type is pushed, because it is listed.
///
/// Returns `None` for a table without properties: a platform that does not know which
/// properties there are sends one, and has not asked for anything yet.
pub(super) fn wanted(table: &Table) -> Option<Wanted> {
    let subscription = |row: Row<'_>| {
        let text = |name| row.get(name).and_then(Value::as_str);
        let threshold = row.get("pushThreshold").and_then(Value::as_f64);
        let push_type = text("pushType").and_then(|name| PushType::from_row(name, threshold));
        Some((text("edgeName")?.to_owned(), push_type.unwrap_or_default()))
    };
    let wanted: Wanted = table.rows().filter_map(subscription).collect();
    (!wanted.is_empty()).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_changed_when_it_did_by_more_than_the_threshold() {
        let infinity = f64::INFINITY;
        for (last, now, threshold, expected) in [
            (1.0, 1.5, 0.5, false),
            (1.0, 1.5, 0.49, true),
            (1.0, 0.4, 0.5, true),
            (1.0, 1.0, 0.0, false),
            (1.0, 1.25, 0.0, true),
            (1.0, 1.25, -1.0, true),
            (f64::NAN, f64::NAN, 0.5, false),
            (f64::NAN, 1.0, 0.5, true),
            (1.0, f64::NAN, 0.0, true),
            (infinity, infinity, 0.5, false),
            (infinity, -infinity, 0.5, true),
            (0.0, -0.0, 0.0, false),
        ] {
            let changed = has_changed(&last.into(), &now.into(), threshold);
            assert_eq!(changed, expected, "{last} {now} {threshold}");
        }
        let long = Value::Long;
        assert!(has_changed(&long(1 << 53), &long((1 << 53) + 1), 0.0));
        assert!(has_changed(&"a".into(), &"b".into(), 5.0));
        assert!(!has_changed(&"a".into(), &"a".into(), 0.0));
        assert!(has_changed(&Value::Nothing, &1.0.into(), 5.0));
    }
}
