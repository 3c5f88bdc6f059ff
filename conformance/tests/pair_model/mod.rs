//! The pair as a state machine: a simple model says what each device wants, and
//! what must come of it once the network works.

use std::collections::BTreeSet;

use alwayson_codec::connection::registry::BindPolicy;
use alwayson_conformance::pair::{Direction, Fault, Pair};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// Names of three Things: the first is also the Thing whose identifier is `a`.
const NAMES: [&str; 4] = ["a", "b", "*c", "*a"];

/// The gateway that devices may stand before their names as.
const GATEWAY: &str = "g";

/// The Thing that a name stands for.
fn thing(name: usize) -> &'static str {
    NAMES[name].trim_start_matches('*')
}

/// How many names an edge of the pair has room for.
const ROOM: usize = 3;

#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Bind(usize, usize),
    Unbind(usize, usize),
    Forget(usize, usize),
    AskPlatform(usize, usize),
    AskThing(usize, usize),
    Pass(u64),
    SlowHost(bool),
    SlowDevice(usize, bool),
    Decide,
    Answer(usize),
    ShutDown(usize),
    Lose(usize, bool, bool),
    Spoil(bool, Fault),
}

/// What the devices want.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    policy: BindPolicy,
    /// Which devices are gateways.
    gateways: [bool; 2],
    /// Whether the host has ever decided late.
    was_slow: bool,
    by: [BTreeSet<usize>; 2],
    /// Names that may still take a place though nobody wants them: their UNBIND
    /// was perhaps not answered yet.
    lingering: [BTreeSet<usize>; 2],
    /// Names that each device has ever wanted.
    ever: [BTreeSet<usize>; 2],
}

impl Wanted {
    /// Whether a name that only this device wants may be nobody's all the same:
    /// under last-in-wins the other one took it and gave it up, and who has lost
    /// a name is not told, or a connection of before did, about which the host
    /// decided late; or the device has unbound the Thing by its other name.
    fn may_be_lost(&self, name: usize, device: usize) -> bool {
        let other_took_it = self.ever[1 - device].iter().any(|other| thing(*other) == thing(name));
        let is_taken = self.was_slow || other_took_it;
        (self.policy == BindPolicy::LastInWins && is_taken) || self.has_both(name, device)
    }

    /// Whether a device has ever wanted a Thing by both of its names.
    fn has_both(&self, name: usize, device: usize) -> bool {
        self.ever[device].iter().any(|other| *other != name && thing(*other) == thing(name))
    }

    /// Whether the platform refuses all that a device wants while the other one
    /// has something: both are the same gateway, and the first wins.
    fn may_be_refused(&self) -> bool {
        self.policy == BindPolicy::FirstInWins && self.gateways == [true, true]
    }
}

pub(crate) struct Model;

impl ReferenceStateMachine for Model {
    type State = Wanted;
    type Transition = Wish;

    fn init_state() -> BoxedStrategy<Wanted> {
        let policy = prop_oneof![Just(BindPolicy::FirstInWins), Just(BindPolicy::LastInWins)];
        (policy, any::<[bool; 2]>())
            .prop_map(|(policy, gateways)| Wanted {
                policy,
                gateways,
                was_slow: false,
                by: [BTreeSet::new(), BTreeSet::new()],
                lingering: [BTreeSet::new(), BTreeSet::new()],
                ever: [BTreeSet::new(), BTreeSet::new()],
            })
            .boxed()
    }

    fn transitions(_: &Wanted) -> BoxedStrategy<Wish> {
        let device = 0..2_usize;
        let name = 0..NAMES.len();
        let len = prop::sample::select(&[0_usize, 10, 60, 200, 450][..]);
        let fault = prop_oneof![
            (0..20_000_u32).prop_map(Fault::Delay),
            Just(Fault::Drop),
            Just(Fault::Double),
            Just(Fault::Join),
            (0..60_u16).prop_map(Fault::Cut),
        ];
        prop_oneof![
            4 => (device.clone(), name.clone()).prop_map(|(d, n)| Wish::Bind(d, n)),
            2 => (device.clone(), name.clone()).prop_map(|(d, n)| Wish::Unbind(d, n)),
            2 => (device.clone(), name.clone()).prop_map(|(d, n)| Wish::Forget(d, n)),
            4 => (device.clone(), len.clone()).prop_map(|(d, l)| Wish::AskPlatform(d, l)),
            4 => (name, len.clone()).prop_map(|(n, l)| Wish::AskThing(n, l)),
            6 => (0..2_000_u64).prop_map(Wish::Pass),
            2 => (0..80_000_u64).prop_map(Wish::Pass),
            1 => any::<bool>().prop_map(Wish::SlowHost),
            1 => (device.clone(), any::<bool>()).prop_map(|(d, slow)| Wish::SlowDevice(d, slow)),
            2 => Just(Wish::Decide),
            2 => len.prop_map(Wish::Answer),
            1 => device.clone().prop_map(Wish::ShutDown),
            1 => (device, any::<bool>(), any::<bool>()).prop_map(|(d, e, p)| Wish::Lose(d, e, p)),
            3 => (any::<bool>(), fault).prop_map(|(up, fault)| Wish::Spoil(up, fault)),
        ]
        .boxed()
    }

    fn apply(mut wanted: Wanted, wish: &Wish) -> Wanted {
        match *wish {
            Wish::Bind(device, name) => {
                let known = wanted.by[device].union(&wanted.lingering[device]);
                let known: BTreeSet<usize> = known.copied().collect();
                if known.contains(&name) || known.len() < ROOM {
                    wanted.by[device].insert(name);
                    wanted.ever[device].insert(name);
                }
            }
            Wish::Unbind(device, name) | Wish::Forget(device, name)
                if wanted.by[device].remove(&name) =>
            {
                wanted.lingering[device].insert(name);
            }
            Wish::SlowHost(is_slow) => wanted.was_slow |= is_slow,
            _ => {}
        }
        wanted
    }

    /// A name for which the model does not know whether there is room is not
    /// asked for.
    fn preconditions(wanted: &Wanted, wish: &Wish) -> bool {
        let Wish::Bind(device, name) = *wish else { return true };
        let known = wanted.by[device].union(&wanted.lingering[device]);
        let known: BTreeSet<usize> = known.copied().collect();
        known.contains(&name) || known.len() < ROOM
    }
}

pub(crate) struct Real;

impl StateMachineTest for Real {
    type SystemUnderTest = Pair;
    type Reference = Model;

    fn init_test(wanted: &Wanted) -> Pair {
        let gateways = wanted.gateways.map(|is_gateway| is_gateway.then_some(GATEWAY));
        Pair::with_gateways(&gateways, wanted.policy, 1)
    }

    fn apply(mut pair: Pair, _: &Wanted, wish: Wish) -> Pair {
        let way = |up: bool| if up { Direction::Up } else { Direction::Down };
        let verdict = match wish {
            Wish::Bind(device, name) => pair.bind(device, NAMES[name]),
            Wish::Unbind(device, name) => pair.unbind(device, NAMES[name], false),
            Wish::Forget(device, name) => pair.unbind(device, NAMES[name], true),
            Wish::AskPlatform(device, len) => pair.ask_platform(device, len),
            Wish::AskThing(name, len) => pair.ask_thing(NAMES[name], len),
            Wish::Pass(ms) => pair.advance(ms),
            Wish::SlowHost(is_slow) => {
                pair.slow_host(is_slow);
                Ok(())
            }
            Wish::SlowDevice(device, is_slow) => {
                pair.slow_device(device, is_slow);
                Ok(())
            }
            Wish::Decide => pair.decide_all(),
            Wish::Answer(len) => pair.answer_all(len),
            Wish::ShutDown(device) => pair.shut_down(device),
            Wish::Lose(device, edge, platform) => pair.lose(device, edge, platform),
            Wish::Spoil(up, fault) => {
                pair.spoil(way(up), fault);
                Ok(())
            }
        };
        verdict.unwrap();
        pair
    }

    fn check_invariants(pair: &Pair, wanted: &Wanted) {
        // The pair checks the rest itself. Whatever is bound was wanted once.
        for device in 0..2 {
            for name in pair.bound(device) {
                let name = NAMES.iter().position(|known| *known == name).unwrap();
                assert!(
                    wanted.by[device].contains(&name) || wanted.lingering[device].contains(&name),
                    "edge {device} has bound {name}, which nobody wants"
                );
            }
        }
    }

    /// With a network that works, what only one device wants is bound by it,
    /// unless another took it, and what both want by one of them.
    fn teardown(mut pair: Pair, wanted: Wanted) {
        pair.heal().unwrap();
        for (index, name) in NAMES.iter().enumerate() {
            let bound: Vec<_> =
                (0..2).filter(|device| pair.bound(*device).contains(*name)).collect();
            let by: Vec<_> = (0..2).filter(|device| wanted.by[*device].contains(&index)).collect();
            for device in &bound {
                assert!(by.contains(device), "edge {device} has bound {name}: {pair:?}");
            }
            match by[..] {
                [] => continue,
                [device] if wanted.may_be_lost(index, device) => continue,
                _ if by.iter().any(|device| wanted.has_both(index, *device)) => continue,
                _ if wanted.may_be_refused() && pair.shown(GATEWAY).is_connected => continue,
                _ => {}
            }
            assert!(
                pair.shown(name).is_connected,
                "nobody has {name}, which {by:?} want: {pair:?}"
            );
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]
    #[test]
    fn what_devices_want_is_what_they_get(sequential 1..60 => Real);
}
