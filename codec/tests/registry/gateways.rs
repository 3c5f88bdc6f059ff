//! Gateways: known ones, those that are made, and the names behind them.

use alwayson_codec::connection::registry::BindPolicy::{FirstInWins, LastInWins};
use alwayson_codec::connection::registry::BindRefusalKind;
use alwayson_codec::{Gateway, Status};

use super::{Empty, FLEET, ONE, TWO, bind, bind_of, end, held, names, refusal, registry, unbind};

#[test]
fn a_gateway_that_is_a_thing_is_tied_like_one() {
    let mut registry = registry(FirstInWins);
    let gate = Some(Gateway::new("Gate", "whatever"));
    assert_eq!(bind(&mut registry, ONE, &names(gate, &["Pump"])), Ok(vec![]));
    assert_eq!(held(&registry, ONE), ["Gate as Gate", "Pump as Pump behind Gate"]);
    let refused = bind(&mut registry, TWO, &names(gate, &["Valve"])).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::HeldElsewhere, "Gate"));
    let refused = bind(&mut registry, TWO, &names(None, &["Gate"])).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::HeldElsewhere, "Gate"));
}

#[test]
fn a_gateway_with_an_identifier_is_bound_by_it_and_not_by_its_name() {
    let mut registry = registry(FirstInWins);
    let by_name = Some(Gateway::new("Motor", "Router"));
    let refused = bind(&mut registry, ONE, &names(by_name, &["Pump"])).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::HasIdentifier, "Motor"));
    let by_identifier = Some(Gateway::new("*m-1", "Router"));
    bind(&mut registry, ONE, &names(by_identifier, &["Pump"])).unwrap();
    assert_eq!(held(&registry, ONE), ["Motor as *m-1", "Pump as Pump behind *m-1"]);
    let freed = unbind(&mut registry, ONE, &names(by_identifier, &["Pump"]));
    assert_eq!(freed.unwrap(), ["*m-1", "Pump"]);
}

#[test]
fn an_unknown_gateway_is_made_if_its_type_is_known_and_else_not_found() {
    let mut registry = registry(FirstInWins);
    for (name, gateway_type) in
        [("Fleet", "Toaster"), ("Fleet", ""), ("", "Router"), ("*", "Router"), ("*m-9", "Router")]
    {
        let gateway = Some(Gateway::new(name, gateway_type));
        let refused = bind(&mut registry, ONE, &names(gateway, &["Ghost"])).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::UnknownGateway, name));
        assert_eq!(refused.status(), Status::NOT_FOUND);
        assert!(held(&registry, ONE).is_empty());
    }
    bind(&mut registry, ONE, &names(FLEET, &[])).unwrap();
    assert_eq!(held(&registry, ONE), ["Fleet as Fleet"]);
    // It is there now, for this connection: its type does not matter any more.
    let again = Some(Gateway::new("Fleet", "Toaster"));
    bind(&mut registry, ONE, &names(again, &["Pump"])).unwrap();
    assert_eq!(held(&registry, ONE), ["Fleet as Fleet", "Pump as Pump behind Fleet"]);
    // It is gone with the connection.
    end(&mut registry, ONE);
    let refused = bind(&mut registry, ONE, &names(again, &["Pump"])).unwrap_err();
    assert_eq!(refused.kind, BindRefusalKind::UnknownGateway);
}

#[test]
fn a_made_gateway_follows_the_policy_as_a_gateway_and_is_unknown_as_a_thing() {
    let mut first = registry(FirstInWins);
    let mut last = registry(LastInWins);
    for registry in [&mut first, &mut last] {
        bind(registry, ONE, &names(FLEET, &["Pump"])).unwrap();
        let refused = bind(registry, TWO, &names(None, &["Fleet"])).unwrap_err();
        assert_eq!(refused, refusal(BindRefusalKind::UnknownThing, "Fleet"));
        assert_eq!(bind(registry, ONE, &names(None, &["Fleet"])), Ok(vec![]));
    }
    let refused = bind(&mut first, TWO, &names(FLEET, &["Valve"])).unwrap_err();
    assert_eq!(refused, refusal(BindRefusalKind::HeldElsewhere, "Fleet"));
    assert_eq!(bind(&mut last, TWO, &names(FLEET, &["Valve"])).unwrap(), ["1 lost Fleet"]);
    assert_eq!(held(&last, ONE), ["Pump as Pump behind Fleet"]);
    // The loser can still unbind what stood behind it.
    assert_eq!(unbind(&mut last, ONE, &names(FLEET, &["Pump"])).unwrap(), ["Pump"]);
    assert_eq!(held(&last, TWO), ["Fleet as Fleet", "Valve as Valve behind Fleet"]);
}

#[test]
fn a_gateway_may_be_among_the_names_behind_it() {
    for gateway in [Gateway::new("Fleet", "Router"), Gateway::new("Gate", "")] {
        let name = gateway.name.as_str();
        let mut registry = registry(FirstInWins);
        let list = [name, "Pump", name];
        bind(&mut registry, ONE, &names(Some(gateway), &list)).unwrap();
        let all = [format!("{name} as {name}"), format!("Pump as Pump behind {name}")];
        assert_eq!(held(&registry, ONE), all);
    }
}

#[test]
fn the_last_bind_says_behind_which_gateway_a_thing_stands() {
    let mut registry = registry(FirstInWins);
    let gate = Some(Gateway::new("Gate", ""));
    bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap();
    bind(&mut registry, ONE, &names(FLEET, &["Pump"])).unwrap();
    assert_eq!(registry.holder("Pump").unwrap().gateway, Some("Fleet"));
    bind(&mut registry, ONE, &names(gate, &["Pump"])).unwrap();
    assert_eq!(registry.holder("Pump").unwrap().gateway, Some("Gate"));
    bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap();
    assert_eq!(held(&registry, ONE), ["Fleet as Fleet", "Gate as Gate", "Pump as Pump"]);
}

#[test]
fn a_gateway_is_untied_with_the_last_name_behind_it() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump", "Valve"])).unwrap();
    assert_eq!(unbind(&mut registry, ONE, &names(FLEET, &["Pump"])).unwrap(), ["Pump"]);
    assert_eq!(held(&registry, ONE), ["Fleet as Fleet", "Valve as Valve behind Fleet"]);
    assert_eq!(unbind(&mut registry, ONE, &names(FLEET, &["Valve"])).unwrap(), ["Fleet", "Valve"]);
    assert_eq!(registry.holder("Fleet"), None);
    assert_eq!(bind(&mut registry, TWO, &names(FLEET, &["Valve"])), Ok(vec![]));
}

#[test]
fn an_unbind_that_does_not_name_the_gateway_leaves_it() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump"])).unwrap();
    assert_eq!(unbind(&mut registry, ONE, &names(None, &["Pump"])).unwrap(), ["Pump"]);
    assert_eq!(held(&registry, ONE), ["Fleet as Fleet"]);
    assert_eq!(unbind(&mut registry, ONE, &names(None, &["Fleet"])).unwrap(), ["Fleet"]);
}

#[test]
fn an_unbind_of_a_gateway_without_names_frees_all_behind_it() {
    let mut registry = registry(FirstInWins);
    let gate = Some(Gateway::new("Gate", ""));
    bind(&mut registry, ONE, &names(FLEET, &["Pump", "*m-1"])).unwrap();
    bind(&mut registry, ONE, &names(gate, &["Valve"])).unwrap();
    let freed = unbind(&mut registry, ONE, &names(FLEET, &[])).unwrap();
    assert_eq!(freed, ["*m-1", "Fleet", "Pump"]);
    assert_eq!(held(&registry, ONE), ["Gate as Gate", "Valve as Valve behind Gate"]);
}

#[test]
fn a_gateway_whose_names_all_moved_stays_until_its_connection_gives_it_up() {
    let mut registry = registry(LastInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump"])).unwrap();
    bind(&mut registry, TWO, &names(None, &["Pump"])).unwrap();
    assert_eq!(held(&registry, ONE), ["Fleet as Fleet"]);
    assert_eq!(held(&registry, TWO), ["Pump as Pump"]);
    let mut ended = registry.clone();
    assert_eq!(unbind(&mut registry, ONE, &names(FLEET, &[])).unwrap(), ["Fleet"]);
    assert_eq!(end(&mut ended, ONE), ["Fleet"]);
    for registry in [registry, ended] {
        assert_eq!((registry.holder("Fleet"), held(&registry, TWO).len()), (None, 1));
    }
}

#[test]
fn a_gateway_that_is_gone_stays_with_its_holder_and_its_names() {
    let mut registry = registry(FirstInWins);
    let gateway = Some(Gateway::new("*m-1", ""));
    bind(&mut registry, ONE, &names(gateway, &["Pump"])).unwrap();
    assert_eq!(bind_of(&mut registry, &Empty, ONE, &names(gateway, &["Pump"])), Ok(vec![]));
    assert_eq!(held(&registry, ONE), ["Motor as *m-1", "Pump as Pump behind *m-1"]);
    assert_eq!(unbind(&mut registry, ONE, &names(gateway, &[])).unwrap(), ["*m-1", "Pump"]);
}
