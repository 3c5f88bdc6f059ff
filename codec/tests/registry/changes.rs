//! What is told of each decision: with this alone, who keeps a list of names
//! keeps the right one.

use alwayson_codec::Gateway;
use alwayson_codec::connection::registry::BindPolicy::{FirstInWins, LastInWins};
use alwayson_codec::connection::registry::{AnyThing, Thing, Things};

use super::names::Rebuilt;
use super::{FLEET, ONE, Plant, TWO, bind, changes, end, held, names, registry, unbind};

#[test]
fn a_bind_tells_what_it_binds_the_gateway_first_and_each_once() {
    let mut registry = registry(FirstInWins);
    let list = ["Pump", "*m-1", "Pump", "Fleet"];
    let told = changes(&mut registry, &Plant, ONE, &names(FLEET, &list));
    assert_eq!(told.unwrap(), ["1 got Fleet", "1 got Pump", "1 got Motor as *m-1"]);
    // What is held already is told again by nobody, behind whichever gateway.
    let told = changes(&mut registry, &Plant, ONE, &names(None, &["Pump", "Valve"]));
    assert_eq!(told.unwrap(), ["1 got Valve"]);
}

#[test]
fn a_move_tells_the_loser_then_the_winner() {
    let mut registry = registry(LastInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump", "*m-1"])).unwrap();
    let told = changes(&mut registry, &Plant, TWO, &names(FLEET, &["Valve", "*m-1"])).unwrap();
    let all = [
        "1 lost Fleet",
        "2 got Fleet",
        "2 got Valve",
        "1 lost Motor as *m-1",
        "2 got Motor as *m-1",
    ];
    assert_eq!(told, all);
}

#[test]
fn a_thing_that_gets_its_other_name_loses_the_one_of_before() {
    let mut registry = registry(FirstInWins);
    let told = changes(&mut registry, &AnyThing, ONE, &names(None, &["x"]));
    assert_eq!(told.unwrap(), ["1 got x"]);
    let told = changes(&mut registry, &AnyThing, ONE, &names(None, &["*x"]));
    assert_eq!(told.unwrap(), ["1 lost x", "1 got x as *x"]);
    let told = changes(&mut registry, &AnyThing, ONE, &names(None, &["x", "*x"]));
    assert_eq!(told.unwrap(), [""; 0]);
    assert_eq!(held(&registry, ONE), ["x as *x"]);
}

#[test]
fn a_bind_by_the_other_name_says_behind_which_gateway_a_thing_stands() {
    let mut registry = registry(FirstInWins);
    let gateway = Some(Gateway::new("g", ""));
    changes(&mut registry, &AnyThing, ONE, &names(gateway, &["*x"])).unwrap();
    changes(&mut registry, &AnyThing, ONE, &names(None, &["x"])).unwrap();
    assert_eq!(held(&registry, ONE), ["g as g", "x as *x"]);
    assert_eq!(unbind(&mut registry, ONE, &names(gateway, &[])).unwrap(), ["g"]);
    assert_eq!(held(&registry, ONE), ["x as *x"]);
}

#[test]
fn on_one_connection_an_identifier_stands_for_one_thing() {
    let mut registry = registry(FirstInWins);
    let list = ["*m-1"];
    changes(&mut registry, &Plant, ONE, &names(None, &list)).unwrap();
    let told = changes(&mut registry, &Rebuilt, ONE, &names(None, &list)).unwrap();
    assert_eq!(told, ["1 gave up Motor as *m-1", "1 got Rotor as *m-1"]);
    assert_eq!(held(&registry, ONE), ["Rotor as *m-1"]);
    assert_eq!(unbind(&mut registry, ONE, &names(None, &list)).unwrap(), ["*m-1"]);
    assert_eq!(end(&mut registry, ONE), [""; 0]);
}

/// A Plant whose host takes names in any case.
struct Careless;

impl Things for Careless {
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>> {
        name.eq_ignore_ascii_case("Pump").then_some(Thing { name: "Pump", identifier: None })
    }

    fn by_identifier<'a>(&'a self, _: &'a str) -> Option<Thing<'a>> {
        None
    }

    fn is_gateway_type(&self, _: &str) -> bool {
        false
    }
}

#[test]
fn a_thing_is_held_by_the_name_it_was_bound_by_however_the_host_spells_it() {
    let mut registry = registry(FirstInWins);
    let told = changes(&mut registry, &Careless, ONE, &names(None, &["pump"]));
    assert_eq!(told.unwrap(), ["1 got pump"]);
    assert_eq!(unbind(&mut registry, ONE, &names(None, &["pump"])).unwrap(), ["pump"]);
}

#[test]
fn a_gateway_that_was_bound_by_its_identifier_is_unbound_by_its_name_with_all_behind_it() {
    for unbound in ["Motor", "*m-1"] {
        let mut registry = registry(FirstInWins);
        let gateway = |name| Some(Gateway::new(name, "Router"));
        bind(&mut registry, ONE, &names(gateway("*m-1"), &["Pump", "Valve"])).unwrap();
        bind(&mut registry, ONE, &names(None, &["Gate"])).unwrap();
        let mut one = registry.clone();
        let freed = unbind(&mut registry, ONE, &names(gateway(unbound), &[])).unwrap();
        assert_eq!(freed, ["*m-1", "Pump", "Valve"], "{unbound}");
        assert_eq!(held(&registry, ONE), ["Gate as Gate"]);
        // And with the last name behind it, not with the first.
        assert_eq!(unbind(&mut one, ONE, &names(gateway(unbound), &["Pump"])).unwrap(), ["Pump"]);
        let freed = unbind(&mut one, ONE, &names(gateway(unbound), &["Valve"])).unwrap();
        assert_eq!(freed, ["*m-1", "Valve"]);
    }
}

#[test]
fn a_thing_that_was_bound_again_without_a_gateway_stays_when_the_gateway_goes() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump"])).unwrap();
    bind(&mut registry, ONE, &names(None, &["Pump"])).unwrap();
    assert_eq!(unbind(&mut registry, ONE, &names(FLEET, &[])).unwrap(), ["Fleet"]);
    assert_eq!(unbind(&mut registry, ONE, &names(None, &["Pump"])).unwrap(), ["Pump"]);
}

#[test]
fn a_bind_that_is_refused_leaves_everything_behind_the_gateway_it_stood_behind() {
    let mut registry = registry(FirstInWins);
    bind(&mut registry, ONE, &names(FLEET, &["Pump", "Valve"])).unwrap();
    let unknown = Some(Gateway::new("x", "Unknown"));
    bind(&mut registry, ONE, &names(unknown, &["Pump"])).unwrap_err();
    bind(&mut registry, ONE, &names(None, &["Pump", "Ghost"])).unwrap_err();
    let before = ["Fleet as Fleet", "Pump as Pump behind Fleet", "Valve as Valve behind Fleet"];
    assert_eq!(held(&registry, ONE), before);
    assert_eq!(unbind(&mut registry, ONE, &names(FLEET, &["Valve"])).unwrap(), ["Valve"]);
    assert_eq!(unbind(&mut registry, ONE, &names(FLEET, &["Pump"])).unwrap(), ["Fleet", "Pump"]);
}
