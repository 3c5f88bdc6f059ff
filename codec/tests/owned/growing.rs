//! Room of a connection that grows, up to its limits.

use alwayson_codec::connection::edge::{Connection, Settings};
use alwayson_codec::connection::{
    CallError, Growing, GrowingSlots, Names, Requests, Slots, Unanswered,
};

#[test]
fn places_are_added_up_to_the_limit() {
    let mut slots = GrowingSlots::<u8, 3>::empty();
    assert_eq!(slots.slots().len(), 0);
    for len in 1..=3 {
        assert!(slots.grow());
        assert_eq!(slots.slots().len(), len);
    }
    assert!(!slots.grow());
    assert_eq!(slots.slots(), [None; 3]);
    slots.slots_mut()[1] = Some(7);
    assert_eq!(format!("{slots:?}"), "[7]");
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
