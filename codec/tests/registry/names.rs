//! The names of Things: bound, moved, unbound, and freed by the end.

use alwayson_codec::connection::registry::BindPolicy::{self, FirstInWins, LastInWins};
use alwayson_codec::connection::registry::{AnyThing, BindRefusalKind, Thing, Things};
use alwayson_codec::{Body, Gateway, Ids, Message, Status};

use super::{
    Empty, FLEET, ONE, Plant, TWO, bind, bind_of, end, held, names, refusal, registry, unbind,
};

#[test]
fn a_thing_is_held_by_the_connection_that_bound_it() {
    let mut registry = registry(FirstInWins);
    assert_eq!(registry.holder("Pump"), None);
    assert_eq!(bind(&mut registry, ONE, &names(None, &["Pump"])), Ok(vec![]));
    let holder = registry.holder("Pump").unwrap();
    assert_eq!((holder.connection, holder.wire_name, holder.gateway), (ONE, "Pump", None));
    assert_eq!(held(&registry, ONE), ["Pump as Pump"]);
    assert!(held(&registry, TWO).is_empty());
}

#[test]
fn the_names_of_a_decoded_message_are_bound_as_those_of_a_built_one() {
    let ids = Ids { request: 1, endpoint: 1, session: 1 };
    let list = ["Pump", "*m-1"];
    let mut buffer = [0; 128];
    let message = Message { ids, body: Body::Bind(names(FLEET, &list)) };
    let len = message.encode(&mut buffer).unwrap();
    let Body::Bind(body) = Message::decode_exact(&buffer[..len]).unwrap().body else {
        panic!("not a BIND")
    };
    let mut registry = registry(FirstInWins);
    assert_eq!(bind(&mut registry, ONE, &body), Ok(vec![]));
    let all = ["Fleet as Fleet", "Motor as *m-1 behind Fleet", "Pump as Pump behind Fleet"];
    assert_eq!(held(&registry, ONE), all);
}

#[test]
fn a_thing_that_does_not_exist_is_not_found_and_nothing_is_bound() {
    let mut registry = registry(FirstInWins);
    for unknown in ["Ghost", "*m-2", "*", "", "*Pump"] {
        let list = ["Pump", unknown, "Ghost2"];
        let refused = bind(&mut registry, ONE, &names(None, &list)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::UnknownThing, unknown));
        assert_eq!(refused.status(), Status::NOT_FOUND);
        assert!(held(&registry, ONE).is_empty(), "{unknown}");
    }
}

#[test]
fn a_thing_with_an_identifier_is_bound_by_it_and_not_by_its_name() {
    let mut registry = registry(FirstInWins);
    let refused = bind(&mut registry, ONE, &names(None, &["Motor"])).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::HasIdentifier, "Motor"));
    assert_eq!(refused.status(), Status::CONFLICT);
    assert_eq!(bind(&mut registry, ONE, &names(None, &["*m-1"])), Ok(vec![]));
    assert_eq!(registry.holder("Motor").unwrap().wire_name, "*m-1");
    assert_eq!(registry.holder("m-1"), None);
    // Also once it is bound.
    let refused = bind(&mut registry, ONE, &names(None, &["Motor"])).unwrap_err();
    assert_eq!(refused.kind, BindRefusalKind::HasIdentifier);
}

#[test]
fn the_first_connection_wins_and_the_bind_of_the_second_changes_nothing() {
    let mut registry = registry(BindPolicy::default());
    bind(&mut registry, ONE, &names(None, &["Pump", "*m-1"])).unwrap();
    for taken in ["Pump", "*m-1"] {
        let list = ["Valve", taken];
        let refused = bind(&mut registry, TWO, &names(None, &list)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::HeldElsewhere, taken));
        assert_eq!(refused.status(), Status::CONFLICT);
        assert!(held(&registry, TWO).is_empty());
    }
    assert_eq!(held(&registry, ONE), ["Motor as *m-1", "Pump as Pump"]);
}

#[test]
fn the_last_connection_wins_and_each_loss_is_told_once() {
    let mut registry = registry(LastInWins);
    bind(&mut registry, ONE, &names(None, &["Pump", "*m-1", "Valve"])).unwrap();
    let moved = bind(&mut registry, TWO, &names(None, &["Gate", "Pump", "*m-1", "Pump"]));
    assert_eq!(moved, Ok(vec!["1 lost Pump".to_owned(), "1 lost *m-1".to_owned()]));
    assert_eq!(held(&registry, ONE), ["Valve as Valve"]);
    assert_eq!(held(&registry, TWO), ["Gate as Gate", "Motor as *m-1", "Pump as Pump"]);
    // What the loser's end frees is what it still holds.
    assert_eq!(end(&mut registry, ONE), ["Valve"]);
    assert_eq!(held(&registry, TWO).len(), 3);
}

#[test]
fn nothing_moves_with_a_bind_that_is_refused() {
    let mut registry = registry(LastInWins);
    bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap();
    let mut moved = 0;
    let list = ["Pump", "Ghost"];
    registry.bind(&Plant, TWO, &names(None, &list), |_| moved += 1).unwrap_err();
    assert_eq!((moved, held(&registry, ONE).len()), (0, 1));
}

#[test]
fn what_the_connection_holds_already_may_be_bound_again() {
    for policy in [FirstInWins, LastInWins] {
        let mut registry = registry(policy);
        let twice = ["Pump", "*m-1", "Pump", "*m-1"];
        assert_eq!(bind(&mut registry, ONE, &names(None, &twice)), Ok(vec![]));
        assert_eq!(bind(&mut registry, ONE, &names(None, &twice)), Ok(vec![]));
        assert_eq!(held(&registry, ONE), ["Motor as *m-1", "Pump as Pump"]);
    }
}

#[test]
fn a_thing_that_is_bound_under_both_its_spellings_is_unbound_under_either() {
    for order in [["*x", "x"], ["x", "*x"]] {
        for spelling in order {
            let mut registry = registry(FirstInWins);
            assert_eq!(bind_of(&mut registry, &AnyThing, ONE, &names(None, &order)), Ok(vec![]));
            assert_eq!(held(&registry, ONE), ["x as *x"]);
            assert_eq!(
                unbind(&mut registry, ONE, &names(None, &[spelling])),
                Ok(vec!["*x".to_owned()])
            );
            assert_eq!(registry.holder("x"), None);
        }
    }
}

#[test]
fn a_thing_that_is_gone_stays_with_its_holder_and_is_nobody_elses() {
    let mut registry = registry(LastInWins);
    let list = ["Pump", "*m-1"];
    bind(&mut registry, ONE, &names(None, &list)).unwrap();
    assert_eq!(bind_of(&mut registry, &Empty, ONE, &names(None, &list)), Ok(vec![]));
    assert_eq!(held(&registry, ONE), ["Motor as *m-1", "Pump as Pump"]);
    for name in list {
        let list = [name];
        let refused = bind_of(&mut registry, &Empty, TWO, &names(None, &list)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::UnknownThing, name));
    }
    assert_eq!(unbind(&mut registry, ONE, &names(None, &list)).unwrap(), ["*m-1", "Pump"]);
}

#[test]
fn an_unbind_frees_its_names_and_no_others() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(None, &["Pump", "Valve", "*m-1"])).unwrap();
    let freed = unbind(&mut registry, ONE, &names(None, &["*m-1", "Pump", "Pump"]));
    assert_eq!(freed.unwrap(), ["*m-1", "Pump"]);
    assert_eq!(held(&registry, ONE), ["Valve as Valve"]);
    assert_eq!(bind(&mut registry, TWO, &names(None, &["Pump", "*m-1"])), Ok(vec![]));
    assert_eq!(unbind(&mut registry, ONE, &names(None, &[])), Ok(vec![]));
}

#[test]
fn an_unbind_of_a_name_that_is_not_held_here_changes_nothing() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap();
    bind(&mut registry, TWO, &names(FLEET, &["Valve", "*m-1"])).unwrap();
    for not_held in ["Valve", "Gate", "Ghost", "*m-1", "Motor", "*Pump", ""] {
        let list = ["Pump", not_held];
        let refused = unbind(&mut registry, ONE, &names(None, &list)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::NotHeld, not_held));
        assert_eq!(refused.status(), Status::NOT_FOUND);
    }
    for list in [&["Pump"][..], &[]] {
        let refused = unbind(&mut registry, ONE, &names(FLEET, list)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::NotHeld, "Fleet"));
    }
    assert_eq!((held(&registry, ONE).len(), held(&registry, TWO).len()), (1, 3));
}

#[test]
fn the_end_of_a_connection_frees_all_it_holds_and_nothing_else() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump", "*m-1"])).unwrap();
    bind(&mut registry, TWO, &names(None, &["Valve"])).unwrap();
    assert_eq!(end(&mut registry, ONE), ["*m-1", "Fleet", "Pump"]);
    registry.end(ONE, |change| panic!("{change:?}, twice"));
    assert!(held(&registry, ONE).is_empty());
    assert_eq!(held(&registry, TWO), ["Valve as Valve"]);
    assert_eq!(bind(&mut registry, TWO, &names(FLEET, &["Pump", "*m-1"])), Ok(vec![]));
}

#[test]
fn a_reason_names_the_name_and_says_what_is_wrong() {
    for (kind, status, reason) in [
        (BindRefusalKind::UnknownThing, 0x84, "Pump does not exist"),
        (
            BindRefusalKind::UnknownGateway,
            0x84,
            "Pump does not exist, and no gateway of its type can be made",
        ),
        (BindRefusalKind::HasIdentifier, 0x89, "Pump must be bound by its identifier"),
        (BindRefusalKind::HeldElsewhere, 0x89, "Pump is bound on another connection"),
        (BindRefusalKind::NotHeld, 0x84, "Pump is not bound on this connection"),
        (BindRefusalKind::NoRoom, 0xA3, "Pump cannot be bound for lack of room"),
    ] {
        let refusal = refusal(kind, "Pump");
        assert_eq!((refusal.to_string().as_str(), refusal.status().to_u8()), (reason, status));
        assert!(reason.ends_with(kind.reason()));
    }
}

#[test]
fn any_thing_knows_every_name_but_the_empty_one() {
    let mut registry = registry(FirstInWins);
    let gateway = Some(Gateway::new("g", ""));
    assert_eq!(bind_of(&mut registry, &AnyThing, ONE, &names(gateway, &["a", "*b"])), Ok(vec![]));
    assert_eq!(held(&registry, ONE), ["a as a behind g", "b as *b behind g", "g as g"]);
    for empty in ["", "*"] {
        let list = [empty];
        let refused = bind_of(&mut registry, &AnyThing, ONE, &names(None, &list)).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::UnknownThing, empty));
    }
}

/// A Plant in which the identifier m-1 has gone from Motor to Rotor.
pub(crate) struct Rebuilt;

impl Things for Rebuilt {
    fn thing<'a>(&'a self, _: &'a str) -> Option<Thing<'a>> {
        None
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>> {
        (identifier == "m-1").then_some(Thing { name: "Rotor", identifier: Some("m-1") })
    }

    fn is_gateway_type(&self, _: &str) -> bool {
        false
    }
}

#[test]
fn an_identifier_that_went_to_another_thing_is_unbound_by_each_who_bound_it() {
    let list = ["*m-1"];
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(None, &list)).unwrap();
    assert_eq!(bind_of(&mut registry, &Rebuilt, TWO, &names(None, &list)), Ok(vec![]));
    let mut other = registry.clone();
    unbind(&mut registry, ONE, &names(None, &list)).unwrap();
    assert_eq!(
        (held(&registry, ONE), held(&registry, TWO)),
        (vec![], vec!["Rotor as *m-1".to_owned()])
    );
    unbind(&mut other, TWO, &names(None, &list)).unwrap();
    assert_eq!((held(&other, ONE), held(&other, TWO)), (vec!["Motor as *m-1".to_owned()], vec![]));
}
