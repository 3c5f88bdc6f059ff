//! The platform's side.

use std::fmt::Write as _;

use alwayson_codec::connection::InboundId;
use alwayson_codec::connection::platform::{Connection, Received, Settings};
use alwayson_codec::connection::registry::NameChange;
use alwayson_codec::{Auth, Bind, Body, Claim, Gateway, Ids, Request, Response, Status};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Indexed, Linear, OUTBOX, Room, SESSION, encoded, name, no_joiner, send, show};

#[derive(Clone, Debug)]
enum Step {
    Bind(Option<u8>, Vec<u8>, Decision),
    Unbind(Vec<u8>, Decision),
    Change(u8, NameChange),
    Asked(u32),
    Answer(usize),
    Request(u8),
    Respond(usize),
    Events(usize),
    Send(usize),
    Wait(u64),
    Closed,
}

#[derive(Clone, Copy, Debug)]
enum Decision {
    All,
    Half,
    Refuse,
    None,
}

fn step() -> impl Strategy<Value = Step> {
    let names = || vec(0_u8..60, 1..20);
    let decision = || {
        prop_oneof![
            5 => Just(Decision::All),
            2 => Just(Decision::Half),
            1 => Just(Decision::Refuse),
            1 => Just(Decision::None)
        ]
    };
    let change =
        prop_oneof![Just(NameChange::Bound), Just(NameChange::Unbound), Just(NameChange::Moved)];
    prop_oneof![
        400 => (proptest::option::of(0_u8..60), names(), decision())
            .prop_map(|(gateway, names, decision)| Step::Bind(gateway, names, decision)),
        100 => (names(), decision()).prop_map(|(names, decision)| Step::Unbind(names, decision)),
        200 => (0_u8..60, change).prop_map(|(name, change)| Step::Change(name, change)),
        600 => (1_u32..60).prop_map(Step::Asked),
        200 => any::<usize>().prop_map(Step::Answer),
        600 => (0_u8..60).prop_map(Step::Request),
        200 => any::<usize>().prop_map(Step::Respond),
        300 => (1_usize..40).prop_map(Step::Events),
        600 => (1_usize..40).prop_map(Step::Send),
        200 => (0_u64..4_000).prop_map(Step::Wait),
        1 => Just(Step::Closed),
    ]
}

struct Side<S: Room> {
    machine: Connection<S>,
    now_ms: u64,
    inbound: Vec<InboundId>,
    sent: Vec<u32>,
}

impl<S: Room> Side<S> {
    fn new(settings: Settings) -> Self {
        let mut machine = Connection::new(settings, vec![0; OUTBOX], 0);
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let auth = encoded(1, Ids::NONE, Body::Auth(Auth::new(&claims).unwrap()));
        let mut joiner = no_joiner();
        assert!(matches!(machine.handle_received(&auth, &mut joiner, 0), Received::Auth(_)));
        machine.accept(SESSION, 0, 0).unwrap();
        let mut side = Self { machine, now_ms: 0, inbound: Vec::new(), sent: Vec::new() };
        send(&mut side.machine, 1, 0, &mut String::new());
        side
    }

    fn received(&mut self, bytes: &[u8], log: &mut String) -> bool {
        let mut joiner = no_joiner();
        let received = self.machine.handle_received(bytes, &mut joiner, self.now_ms);
        writeln!(log, "{received:?}").unwrap();
        if let Received::Request { inbound, .. } = received {
            self.inbound.push(inbound);
        }
        matches!(received, Received::Bind(_) | Received::Unbind(_))
    }

    fn decide(&mut self, names: &[u8], change: NameChange, decision: Decision, log: &mut String) {
        let now_ms = self.now_ms;
        let count = match decision {
            Decision::All => names.len(),
            Decision::Half => names.len() / 2,
            Decision::Refuse | Decision::None => 0,
        };
        for number in &names[..count] {
            let changed = self.machine.change_name(&name(*number), change, now_ms);
            writeln!(log, "{changed:?}").unwrap();
        }
        match decision {
            Decision::All | Decision::Half => self.machine.accept_names(now_ms).unwrap(),
            Decision::Refuse => {
                self.machine.refuse_names(Status::CONFLICT, "name", "is refused").unwrap();
            }
            Decision::None => {}
        }
    }

    fn step(&mut self, step: &Step) -> String {
        let mut log = String::new();
        let log = &mut log;
        let now_ms = self.now_ms;
        match step {
            Step::Bind(gateway, numbers, decision) => {
                let names: Vec<String> = numbers.iter().map(|number| name(*number)).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let gateway = gateway.map(name);
                let gateway = gateway.as_ref().map(|gateway| Gateway::new(gateway, "Gateway"));
                let bind = Bind { gateway, names: Bind::new(&names).unwrap().names };
                if self.received(&encoded(5, SESSION, Body::Bind(bind)), log) {
                    self.decide(numbers, NameChange::Bound, *decision, log);
                }
            }
            Step::Unbind(numbers, decision) => {
                let names: Vec<String> = numbers.iter().map(|number| name(*number)).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let unbind = Bind::new(&names).unwrap();
                if self.received(&encoded(5, SESSION, Body::Unbind(unbind)), log) {
                    self.decide(numbers, NameChange::Unbound, *decision, log);
                }
            }
            Step::Change(number, change) => {
                let changed = self.machine.change_name(&name(*number), *change, now_ms);
                writeln!(log, "{changed:?} {}", self.machine.is_bound(&name(*number))).unwrap();
                // What waits for a decision gets one, so that others can follow.
                writeln!(log, "{:?}", self.machine.accept_names(now_ms)).unwrap();
            }
            Step::Asked(request) => {
                let asked = Body::Request(Request::read_property("Thing", "Property"));
                self.received(&encoded(*request, SESSION, asked), log);
            }
            Step::Answer(which) => {
                if !self.sent.is_empty() {
                    let request = self.sent.swap_remove(which % self.sent.len());
                    let answer = Body::Response(Response::new(Status::SUCCESS));
                    self.received(&encoded(request, SESSION, answer), log);
                }
            }
            Step::Request(number) => {
                let name = name(*number);
                let asked = self.machine.request(&Request::read_property(&name, "P"), now_ms);
                writeln!(log, "{asked:?}").unwrap();
            }
            Step::Respond(which) => {
                if !self.inbound.is_empty() {
                    let inbound = self.inbound.swap_remove(which % self.inbound.len());
                    let responded = self.machine.respond(inbound, &Response::new(Status::SUCCESS));
                    writeln!(log, "{responded:?}").unwrap();
                }
            }
            Step::Events(most) => {
                for _ in 0..*most {
                    let Some(event) = self.machine.poll_event() else { break };
                    writeln!(log, "{event:?}").unwrap();
                }
            }
            Step::Send(most) => self.sent.extend(send(&mut self.machine, *most, now_ms, log)),
            Step::Wait(ms) => {
                self.now_ms += ms;
                self.machine.handle_timeout(self.now_ms);
            }
            Step::Closed => self.machine.handle_closed(now_ms),
        }
        show(&self.machine, log);
        let names: Vec<_> = self.machine.names().collect();
        writeln!(log, "{names:?} {:?}", self.machine).unwrap();
        std::mem::take(log)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_platform_with_an_index_does_the_same_as_with_arrays(
        steps in vec(step(), 1..250),
        names in prop_oneof![Just(40_u32), Just(1_000)],
    ) {
        let settings = Settings::default()
            .with_names(names)
            .with_request_timeout_ms(9_000)
            .with_answer_timeout_ms(7_000)
            .with_idle_timeout_ms(60_000_000);
        let mut linear = Side::<Linear>::new(settings);
        let mut indexed = Side::<Indexed>::new(settings);
        for step in &steps {
            prop_assert_eq!(linear.step(step), indexed.step(step), "{:?}", step);
        }
    }
}

#[test]
fn as_many_names_are_bound_as_the_settings_allow() {
    let mut side = Side::<Indexed>::new(Settings::default().with_names(30));
    let bind = |side: &mut Side<Indexed>, numbers: Vec<u8>| {
        let log = side.step(&Step::Bind(None, numbers, Decision::All));
        side.step(&Step::Send(10));
        side.step(&Step::Events(100));
        log.starts_with("Bind")
    };
    assert!(bind(&mut side, (0..29).collect()));
    // Two more are too many, and one is not. One that is bound needs no room.
    assert!(!bind(&mut side, vec![29, 30]));
    assert!(bind(&mut side, vec![28, 29]));
    assert!(!bind(&mut side, vec![30]));
    assert_eq!(side.machine.names().count(), 30);
    side.step(&Step::Unbind(vec![3], Decision::All));
    side.step(&Step::Send(10));
    assert!(bind(&mut side, vec![30]));
    assert!(!bind(&mut side, vec![3]));
}
