//! The room of the bounded store: its places, their length, and what they cost.

use alwayson_codec::connection::registry::BindPolicy::{FirstInWins, LastInWins};
use alwayson_codec::connection::registry::{AnyThing, BindRefusalKind, FixedBindings, Registry};
use alwayson_codec::{Gateway, Status};

use super::{FLEET, ONE, TWO, bind, bind_of, held, names, refusal, unbind};

#[test]
fn the_gateway_is_at_fault_before_the_names_and_room_is_looked_for_last() {
    let mut registry = Registry::new(FixedBindings::<1, 8>::new(), FirstInWins);
    let unknown = Some(Gateway::new("Fleet", "Toaster"));
    let refused = bind(&mut registry, ONE, &names(unknown, &["Ghost"])).unwrap_err();
    assert_eq!(refused.kind, BindRefusalKind::UnknownGateway);
    let list = ["Pump", "Valve", "Ghost"];
    let refused = bind(&mut registry, ONE, &names(FLEET, &list)).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::UnknownThing, "Ghost"));
    let refused = bind(&mut registry, ONE, &names(FLEET, &list[..2])).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::NoRoom, "Pump"));
}

#[test]
fn a_store_takes_as_many_things_as_it_has_places() {
    let list: Vec<String> = (0..4).map(|number| format!("Thing{number}")).collect();
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    for count in [2, 3, 4] {
        let mut registry = Registry::new(FixedBindings::<3, 8>::new(), FirstInWins);
        // Each twice: what occurs again needs no more room.
        let all = [&list[..count], &list[..count]].concat();
        let bound = bind_of(&mut registry, &AnyThing, ONE, &names(None, &all));
        if count <= 3 {
            assert_eq!((bound, held(&registry, ONE).len()), (Ok(vec![]), count));
        } else {
            let refused = bound.unwrap_err();
            assert_eq!(refused, refusal(BindRefusalKind::NoRoom, "Thing3"));
            assert_eq!(refused.status(), Status::SERVICE_UNAVAILABLE);
            assert!(held(&registry, ONE).is_empty());
        }
    }
}

#[test]
fn a_refused_bind_leaves_the_room_that_there_was() {
    let mut registry = Registry::new(FixedBindings::<2, 8>::new(), LastInWins);
    let many = ["A", "B", "C"];
    bind_of(&mut registry, &AnyThing, ONE, &names(None, &["A"])).unwrap();
    for _ in 0..3 {
        let refused = bind_of(&mut registry, &AnyThing, TWO, &names(None, &many)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::NoRoom, "C"));
        assert_eq!((registry.holder("B"), held(&registry, ONE).len()), (None, 1));
    }
    // A place that was promised to B is free for all.
    let mut other = registry.clone();
    assert_eq!(bind_of(&mut other, &AnyThing, TWO, &names(None, &["D"])), Ok(vec![]));
    // What moves needs no room.
    let moved = bind_of(&mut registry, &AnyThing, TWO, &names(None, &["B", "A"]));
    assert_eq!(moved.unwrap(), ["1 lost A"]);
    // Room that was freed is used again.
    unbind(&mut registry, TWO, &names(None, &["A"])).unwrap();
    assert_eq!(bind_of(&mut registry, &AnyThing, ONE, &names(None, &["C"])), Ok(vec![]));
}

#[test]
fn the_gateway_needs_room_as_well() {
    for (gateway, fits) in [(None, true), (FLEET, false)] {
        let mut registry = Registry::new(FixedBindings::<2, 8>::new(), FirstInWins);
        let bound = bind(&mut registry, ONE, &names(gateway, &["Pump", "Valve"]));
        assert_eq!(bound.is_ok(), fits);
        assert_eq!(held(&registry, ONE).len(), if fits { 2 } else { 0 });
    }
}

#[test]
fn a_name_may_be_as_long_as_the_places_for_names() {
    // As a Thing, with its asterisk as an identifier, and as a gateway.
    for (name, len) in [("1234567", 7), ("12345678", 8), ("123456789", 9)] {
        let identifier = format!("*{}", &name[1..]);
        let by_name = [name];
        let by_identifier = [identifier.as_str()];
        let gateway = Some(Gateway::new(name, "Router"));
        for body in [
            names(None, &by_name),
            names(None, &by_identifier),
            names(gateway, &[]),
            names(gateway, &["Pump"]),
        ] {
            let mut registry = Registry::new(FixedBindings::<2, 8>::new(), FirstInWins);
            let bound = bind_of(&mut registry, &AnyThing, ONE, &body);
            if len <= 8 {
                assert_eq!(bound, Ok(vec![]));
            } else {
                assert_eq!(bound.unwrap_err().kind, BindRefusalKind::NoRoom);
                assert!(held(&registry, ONE).is_empty());
            }
        }
    }
}

#[test]
fn a_store_without_places_takes_nothing() {
    let mut registry = Registry::new(FixedBindings::<0, 8>::new(), FirstInWins);
    assert_eq!(bind(&mut registry, ONE, &names(None, &[])), Ok(vec![]));
    let refused = bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap_err();
    assert_eq!(refused.kind, BindRefusalKind::NoRoom);
}

#[test]
fn a_message_full_of_names_is_handled_in_bounded_time() {
    // Names times places, not names times names.
    let list: Vec<&str> = (0..65_535).map(|n| if n < 60_000 { "Pump" } else { "Valve" }).collect();
    let list = if cfg!(miri) { &list[59_900..60_100] } else { &list[..] };
    let mut registry = Registry::new(FixedBindings::<2, 8>::new(), FirstInWins);
    assert_eq!(bind(&mut registry, ONE, &names(None, list)), Ok(vec![]));
    assert_eq!(unbind(&mut registry, ONE, &names(None, list)).unwrap(), ["Pump", "Valve"]);
}

#[test]
fn a_store_shows_what_it_holds() {
    let mut registry = Registry::new(FixedBindings::<2, 8>::default(), FirstInWins);
    assert_eq!(format!("{:?}", registry.bindings()), "[]");
    bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap();
    let shown = format!("{:?}", registry.bindings());
    assert!(shown.contains("thing: \"Pump\"") && shown.contains("ConnectionId(1)"), "{shown}");
}
