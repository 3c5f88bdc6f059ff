//! The edge's side.

use std::fmt::Write as _;

use alwayson_codec::connection::InboundId;
use alwayson_codec::connection::edge::{Connection, Received, Settings};
use alwayson_codec::{Auth, Body, Claim, Request, Response, Status};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Indexed, Linear, OUTBOX, Room, SESSION, encoded, name, no_joiner, send, show};

#[derive(Clone, Debug)]
enum Step {
    Bind(Vec<u8>),
    Unbind(u8),
    Remove(u8),
    Answer(usize, Status),
    Asked(u32, u8),
    Request,
    Respond(usize),
    Events(usize),
    Send(usize),
    Wait(u64),
    Leave,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        6 => Just(Status::SUCCESS),
        2 => Just(Status::CONFLICT),
        1 => Just(Status::NOT_FOUND)
    ];
    prop_oneof![
        300 => vec(0_u8..60, 1..10).prop_map(Step::Bind),
        200 => (0_u8..60).prop_map(Step::Unbind),
        200 => (0_u8..60).prop_map(Step::Remove),
        800 => (any::<usize>(), status).prop_map(|(which, status)| Step::Answer(which, status)),
        400 => (1_u32..60, 0_u8..60).prop_map(|(request, name)| Step::Asked(request, name)),
        400 => Just(Step::Request),
        200 => any::<usize>().prop_map(Step::Respond),
        300 => (1_usize..40).prop_map(Step::Events),
        800 => (1_usize..20).prop_map(Step::Send),
        200 => (0_u64..4_000).prop_map(Step::Wait),
        4 => Just(Step::Leave),
        12 => Just(Step::Reopen),
    ]
}

struct Side<S: Room> {
    machine: Connection<S>,
    now_ms: u64,
    inbound: Vec<InboundId>,
    sent: Vec<u32>,
}

impl<S: Room> Side<S> {
    fn new(settings: Settings, has_gateway: bool) -> Self {
        let outbox = vec![0; OUTBOX];
        let machine = if has_gateway {
            Connection::gateway(settings, name(0), "Gateway".to_owned(), outbox)
        } else {
            Connection::new(settings, outbox)
        };
        let mut side = Self { machine, now_ms: 0, inbound: Vec::new(), sent: Vec::new() };
        side.open(&mut String::new());
        side
    }

    /// Opens a connection and authenticates.
    fn open(&mut self, log: &mut String) {
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let mut buffer = [0; 100];
        let auth = Auth::new(&claims).unwrap();
        if self.machine.handle_opened(&auth, &mut buffer, self.now_ms).is_ok() {
            let request = u32::from_be_bytes(buffer[2..6].try_into().unwrap());
            let success = Body::Response(Response::new(Status::SUCCESS));
            self.received(&encoded(request, SESSION, success), log);
        }
    }

    fn received(&mut self, bytes: &[u8], log: &mut String) {
        let mut joiner = no_joiner();
        let received = self.machine.handle_received(bytes, &mut joiner, self.now_ms);
        writeln!(log, "{received:?}").unwrap();
        if let Received::Request { inbound, .. } = received {
            self.inbound.push(inbound);
        }
    }

    fn step(&mut self, step: &Step) -> String {
        let mut log = String::new();
        let log = &mut log;
        let now_ms = self.now_ms;
        match step {
            Step::Bind(numbers) => {
                for number in numbers {
                    writeln!(log, "{:?}", self.machine.bind(name(*number))).unwrap();
                }
            }
            Step::Unbind(number) => {
                writeln!(log, "{:?}", self.machine.unbind(&name(*number))).unwrap();
            }
            Step::Remove(number) => {
                writeln!(log, "{:?}", self.machine.remove(&name(*number))).unwrap();
            }
            Step::Answer(which, status) => {
                if !self.sent.is_empty() {
                    let request = self.sent.swap_remove(which % self.sent.len());
                    let answer = Body::Response(Response::new(*status));
                    self.received(&encoded(request, SESSION, answer), log);
                }
            }
            Step::Asked(request, number) => {
                let name = name(*number);
                let asked = Body::Request(Request::read_property(&name, "Property"));
                self.received(&encoded(*request, SESSION, asked), log);
            }
            Step::Request => {
                let asked = self.machine.request(&Request::read_property("Thing", "P"), now_ms);
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
            Step::Leave => self.machine.leave(now_ms),
            Step::Reopen => {
                self.machine.handle_closed(now_ms);
                while let Some(event) = self.machine.poll_event() {
                    writeln!(log, "{event:?}").unwrap();
                }
                writeln!(log, "{:?}", self.machine.reopen()).unwrap();
                self.open(log);
            }
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
    fn an_edge_with_an_index_does_the_same_as_with_arrays(
        steps in vec(step(), 1..250),
        has_gateway in any::<bool>(),
        chunk_size in 100_u16..400,
    ) {
        let settings = Settings::default()
            .with_chunk_size(chunk_size)
            .with_request_timeout_ms(9_000)
            .with_answer_timeout_ms(7_000)
            .with_rebind_delay_ms(5_000)
            .with_ping_interval_ms(60_000_000);
        let mut linear = Side::<Linear>::new(settings, has_gateway);
        let mut indexed = Side::<Indexed>::new(settings, has_gateway);
        for step in &steps {
            prop_assert_eq!(linear.step(step), indexed.step(step), "{:?}", step);
        }
    }
}
