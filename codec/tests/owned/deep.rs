//! How deep values may be, and what that asks of the stack.

use alwayson_codec::limits::MAX_NESTING;
use alwayson_codec::owned::{Body, Message, Response, Table, Value};
use alwayson_codec::{EncodeError, Ids};

/// What threads get by default from musl, which gives the least.
const STACK: usize = 128 * 1024;

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

#[derive(Clone, Copy, Debug)]
enum Container {
    Variant,
    Cell,
    Aspect,
}

/// A value in this many containers of a kind.
fn nested(levels: usize, container: Container) -> Value {
    (0..levels).fold(Value::from(1.5), |value, _| match container {
        Container::Variant => Value::Variant(Box::new(value)),
        Container::Cell => Table::of([("t", value)]).into(),
        Container::Aspect => {
            let mut table = Table::of([("t", 1)].map(|(name, value)| (name, value.into())));
            table.fields[0].aspects.push(("a".to_owned(), value));
            table.into()
        }
    })
}

fn encoded(value: Value) -> Result<Vec<u8>, EncodeError> {
    let body = Body::Response(Response::of(value));
    Message { ids: Ids::unauthenticated(1), body }.encode_to_vec()
}

const CONTAINERS: [Container; 3] = [Container::Variant, Container::Cell, Container::Aspect];

#[test]
fn sixteen_containers_are_encoded_and_one_more_is_an_error() {
    for container in CONTAINERS {
        for levels in [MAX_NESTING - 1, MAX_NESTING] {
            let value = nested(levels, container);
            let bytes = encoded(value.clone()).unwrap();
            let message = Message::try_from(&bytes[..]).unwrap();
            let Body::Response(response) = message.body else { panic!("not a response") };
            assert_eq!(response.content, value, "{container:?}");
        }
        for levels in [MAX_NESTING + 1, 100] {
            let error = Err(EncodeError::NestingTooDeep);
            assert_eq!(encoded(nested(levels, container)), error, "{levels} {container:?}");
            let lent = nested(levels, container).with_view(|_| ());
            assert_eq!(lent, Err(EncodeError::NestingTooDeep));
        }
    }
}

#[test]
fn a_value_as_deep_as_may_be_is_handled_on_a_small_stack() {
    for container in CONTAINERS {
        on_a_small_stack(move || {
            let value = nested(MAX_NESTING, container);
            let bytes = encoded(value.clone()).unwrap();
            let message = Message::try_from(&bytes[..]).unwrap();
            let Body::Response(response) = message.body else { panic!("not a response") };
            assert!(response.content == value);
            assert!(!format!("{response:?} {response}").is_empty());
        });
    }
}

#[test]
fn encoding_a_value_that_is_far_too_deep_needs_no_more_stack() {
    for container in CONTAINERS {
        let value = nested(1_000, container);
        let (sender, receiver) = std::sync::mpsc::channel();
        on_a_small_stack(move || {
            let result = value.with_view(|_| ());
            // Dropped by the other thread, which has the stack for it.
            sender.send((value, result)).unwrap();
        });
        let (_, result) = receiver.recv().unwrap();
        assert_eq!(result, Err(EncodeError::NestingTooDeep), "{container:?}");
    }
}
