//! Room of a connection that grows, up to its limits.

use alwayson_codec::connection::edge::{Connection, Settings};
use alwayson_codec::connection::{
    By, CallError, Growing, GrowingSlots, Keys, Names, Requests, Slots, Unanswered,
};

/// An item that is found by its number.
#[derive(Debug, PartialEq, Eq)]
struct Number(u32);

impl Keys for Number {
    const BY: &'static [By] = &[By::Request];

    fn key(&self, by: By) -> Option<u32> {
        (by == By::Request).then_some(self.0)
    }
}

#[test]
fn places_are_added_up_to_the_limit() {
    let mut slots = GrowingSlots::<Number, 3>::empty();
    assert_eq!(slots.slots().len(), 0);
    for len in 1..=3 {
        assert!(slots.grow());
        assert_eq!(slots.slots().len(), len);
    }
    assert!(!slots.grow());
    assert_eq!(slots.slots(), [const { None }; 3]);
    slots.slots_mut()[1] = Some(Number(7));
    assert_eq!(format!("{slots:?}"), "[Number(7)]");
}

#[test]
fn items_are_found_after_the_slots_were_changed_directly() {
    let mut slots = GrowingSlots::<Number, 100>::empty();
    for number in 0..100 {
        assert_eq!(slots.insert(Number(number)), Ok(()));
    }
    assert_eq!(slots.insert(Number(100)), Err(Number(100)));
    slots.slots_mut()[50] = Some(Number(1_000));
    assert_eq!(slots.get(By::Request, 1_000), Some(&Number(1_000)));
    assert_eq!(slots.get(By::Request, 50), None);
    assert_eq!(slots.take_if(By::Request, 1_000, |_| true), Some(Number(1_000)));
    assert_eq!(slots.insert(Number(50)), Ok(()));
    assert_eq!(slots.slots()[50], Some(Number(50)));
}

#[test]
fn a_machine_takes_as_many_names_as_it_may_have() {
    type Room = Growing<String, Names<2>, Requests<1>, Unanswered<1>>;
    let mut edge = Connection::<Room>::new(Settings::default(), vec![0; 100]);
    for name in ["Pump-1", "Pump-2"] {
        assert_eq!(edge.bind(name.to_owned()), Ok(()));
    }
    assert_eq!(edge.bind("Pump-3".to_owned()), Err(CallError::TooManyNames));
    // A name that is known already needs no room.
    assert_eq!(edge.bind("Pump-2".to_owned()), Ok(()));
}
