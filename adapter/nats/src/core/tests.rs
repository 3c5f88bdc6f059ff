use std::thread::sleep;
use std::time::{Duration, SystemTime};

use alwayson::codec::connection::registry::ConnectionId;

use super::*;
use crate::claim::Owner;
use crate::settings::LeaseSettings;
use crate::testing::{GENERATION, entry, epoch, node};

const EXPIRY: Duration = Duration::from_millis(200);

fn core() -> (Core, mpsc::UnboundedReceiver<Change>) {
    let ms = Duration::from_millis;
    let settings = LeaseSettings {
        refresh: ms(20),
        retry: ms(10),
        lease: ms(150),
        expiry: EXPIRY,
        election: ms(100),
        ..LeaseSettings::default()
    };
    let (changes, reported) = mpsc::unbounded_channel();
    (Core::new("me".into(), settings.check().unwrap(), changes), reported)
}

fn owns(core: &mut Core, thing: &str, of: &Node, revision: u64) {
    let token = Token { generation: GENERATION, revision };
    let holder = Owner { node: of.clone(), claim: 1, token };
    let entry = Entry { holder, connection: ConnectionId(1), since: SystemTime::UNIX_EPOCH };
    core.own(thing.to_owned(), token, Some(entry));
}

/// Returns the Things that were reported as held (true) or freed, in order of their names.
fn told(reported: &mut mpsc::UnboundedReceiver<Change>) -> Vec<(String, bool)> {
    let next = || match reported.try_recv().ok()? {
        Change::Held { thing, .. } => Some((thing, true)),
        Change::Freed { thing, .. } => Some((thing, false)),
        _ => panic!("neither held nor freed"),
    };
    let mut told: Vec<_> = std::iter::from_fn(next).collect();
    told.sort();
    told
}

fn both(is_held: bool) -> Vec<(String, bool)> {
    ["x", "y"].map(|thing| (thing.to_owned(), is_held)).into()
}

#[test]
fn what_a_node_takes_while_it_seems_dead_is_told_once_it_is_seen_again() {
    let (mut core, mut reported) = core();
    let a = node("a", 1);
    core.saw(&a.name, &entry(1, 1));
    owns(&mut core, "x", &a, 2);
    sleep(EXPIRY);
    owns(&mut core, "y", &a, 3);
    // Nobody has looked meanwhile.
    core.saw(&a.name, &entry(1, 4));
    assert_eq!(told(&mut reported), both(true));
    sleep(EXPIRY);
    core.look(clock::now());
    assert_eq!(told(&mut reported), both(false));
    core.saw(&a.name, &entry(1, 5));
    assert_eq!(told(&mut reported), both(true));
}

#[test]
fn what_a_node_takes_before_it_is_seen_is_free_until_then() {
    let (mut core, mut reported) = core();
    let (a, b) = (node("a", 1), node("b", 3));
    core.saw(&a.name, &entry(1, 1));
    owns(&mut core, "x", &a, 2);
    owns(&mut core, "y", &a, 2);
    assert_eq!(told(&mut reported), both(true));
    owns(&mut core, "x", &b, 4);
    owns(&mut core, "y", &b, 5);
    assert_eq!(told(&mut reported), both(false));
    core.saw(&b.name, &entry(3, 3));
    assert_eq!(told(&mut reported), both(true));
}

#[test]
fn the_claim_of_a_thing_is_known_as_long_as_it_is_held_whatever_the_watches_have_told() {
    let (mut core, _reported) = core();
    let claim = |number: u32| Claim {
        thing: format!("x{number}"),
        wire_name: format!("*x{number}"),
        gateway: Some("Gateway".to_owned()),
        connection: ConnectionId(number),
        since: SystemTime::UNIX_EPOCH,
    };
    for number in 0..100 {
        let thing: Arc<str> = claim(number).thing.into();
        core.keep_claim(&claim(number));
        assert_eq!(core.claim(&thing), None);
        core.held.begin(&thing, u64::from(number), epoch(1));
        let token = Token { generation: GENERATION, revision: u64::from(number) + 1 };
        core.held.taken(&thing, u64::from(number), token);
        assert_eq!(core.claim(&thing), Some(&claim(number)));
        if number % 10 > 0 {
            core.held.release(&thing, token);
            assert_eq!(core.claim(&thing), None);
        }
    }
    for number in (0..100).step_by(10) {
        assert_eq!(core.claim(&format!("x{number}")), Some(&claim(number)));
    }
    assert!(core.claims.len() <= 2 * core.held.len() + 17, "{}", core.claims.len());
}
