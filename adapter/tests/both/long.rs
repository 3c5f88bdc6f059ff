//! Long messages in both directions, up to the exact limit of both sides.

use alwayson::edge::Options as EdgeOptions;
use alwayson::edge::{Edge, RequestError, Thing};
use alwayson::message::{MessageLimit, MessageLimitError, Request, Response};
use alwayson::platform::{self, KnownCredentials, MemoryThings, Options, Platform};
use alwayson::value::{Table, Value};
use alwayson_codec::{self as codec, Body, EncodeError, Ids, Message, Status};

use crate::{KEY, edge, plain, soon};

const MIN: usize = MessageLimit::MIN.bytes();

/// Both sides answer `Bytes` with as many as they are asked for, and `Count` with how
/// many came.
async fn pair(of_platform: MessageLimit, of_edge: MessageLimit) -> (Platform, Edge) {
    let things = MemoryThings::any()
        .with_service("Bytes", |request| async move { Response::of(bytes(&params(request))) })
        .with_service("Count", |request| async move { Response::of(count(&params(request))) });
    let options = Options::default().with_message_limit(of_platform);
    let platform = Platform::builder(KnownCredentials::default().with_key(KEY), things)
        .options(options)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let thing = Thing::new("Pump")
        .property("Log", Value::Nothing)
        .service("Bytes", |params| async move { Ok(bytes(&params)) })
        .service("Count", |params| async move { Ok(count(&params)) });
    let limits = EdgeOptions::default().with_message_limit(of_edge);
    let edge = edge(plain(platform.local_addr())).thing(thing).options(limits);
    let edge = soon(edge.connect()).await.unwrap();
    soon(edge.wait_bound("Pump")).await.unwrap();
    (platform, edge)
}

fn params(request: Request) -> Table {
    request.params.unwrap_or_default()
}

fn bytes(params: &Table) -> Table {
    let len = params.value("len").and_then(Value::as_i64).unwrap();
    Table::result(blob(usize::try_from(len).unwrap()))
}

fn count(params: &Table) -> Table {
    let len = params.value("data").and_then(Value::as_bytes).unwrap().len();
    Table::result(i32::try_from(len).unwrap())
}

fn blob(len: usize) -> Value {
    Value::blob(vec![7; len])
}

/// A call whose message has so many bytes.
fn send(message_len: usize) -> Request {
    let request =
        |len| Request::invoke_service("Pump", "Count", Some(Table::of([("data", blob(len))])));
    let empty = request(0).params.unwrap();
    let view = Body::Request(codec::Request::invoke_service("Pump", "Count"));
    request(message_len - encoded_len(view, &empty))
}

/// A call whose answer has so many bytes as a message.
fn fetch(message_len: usize) -> Request {
    let view = Body::Response(codec::Response::new(Status::SUCCESS));
    let len = message_len - encoded_len(view, &Table::result(blob(0)));
    let len = i32::try_from(len).unwrap();
    Request::invoke_service("Pump", "Bytes", Some(Table::of([("len", len.into())])))
}

fn encoded_len(body: Body<'_>, table: &Table) -> usize {
    let message = Message { ids: Ids::unauthenticated(0), body };
    match message.encode_with_table(&mut [], |s| table.shape(s), |r| table.rows_to(r)) {
        Err(EncodeError::BufferTooSmall { needed }) => needed,
        other => panic!("{other:?}"),
    }
}

/// How many bytes an answer says, or has.
fn answered(response: &Response) -> usize {
    match response.value().unwrap() {
        Value::Integer(count) => usize::try_from(*count).unwrap(),
        bytes => bytes.as_bytes().unwrap().len(),
    }
}

#[tokio::test]
async fn two_megabytes_go_both_ways_where_the_limit_is_raised_on_both_sides() {
    const LONG: usize = 2_000_000;
    let raised = MessageLimit::new(4 << 20).unwrap();
    let (platform, edge) = pair(raised, raised).await;
    // A write and an answer of the edge.
    soon(edge.write_property("Pump", "Photo", blob(LONG))).await.unwrap();
    let read = soon(edge.read_property("Pump", "Photo")).await.unwrap();
    assert_eq!(read.as_bytes().map(<[u8]>::len), Some(LONG));
    // And of the platform.
    let write = Request::write_property("Pump", "Log", blob(LONG));
    assert_eq!(soon(platform.call(write)).await.unwrap().status, Status::SUCCESS);
    let read = soon(platform.call(Request::read_property("Pump", "Log"))).await.unwrap();
    assert_eq!(answered(&read), LONG);
    // Both at a time, again and again: what one took is given back.
    let calls = (0..6).map(|_| async {
        let (sent, fetched) = tokio::join!(edge.request(send(LONG)), platform.call(fetch(LONG)),);
        assert!(answered(&sent.unwrap()) > LONG - 200);
        assert!(answered(&fetched.unwrap()) > LONG - 200);
    });
    for call in calls {
        soon(call).await;
    }
}

#[tokio::test]
async fn by_default_a_message_of_two_megabytes_is_too_long_and_the_connection_goes_on() {
    let default = MessageLimit::default();
    assert_eq!(default.bytes(), 1 << 20);
    let (platform, edge) = pair(default, default).await;
    let too_long = soon(edge.request(send(2_000_000))).await;
    let limit = default.bytes();
    assert_eq!(too_long, Err(RequestError::TooLong { len: 2_000_000, limit }));
    assert_eq!(soon(platform.call(send(2_000_000))).await, Err(platform::RequestError::TooLong));
    assert!(soon(edge.request(send(1_000_000))).await.is_ok());
}

/// What a side sends: one less, as many, and one more.
#[tokio::test]
async fn what_is_sent_is_as_long_as_the_limit_and_no_longer() {
    let (platform, edge) = pair(MessageLimit::MIN, MessageLimit::MIN).await;
    for len in [MIN - 1, MIN] {
        assert!(answered(&soon(edge.request(send(len))).await.unwrap()) > MIN - 200);
        assert!(answered(&soon(edge.request(fetch(len))).await.unwrap()) > MIN - 200);
        assert!(answered(&soon(platform.call(send(len))).await.unwrap()) > MIN - 200);
        assert!(answered(&soon(platform.call(fetch(len))).await.unwrap()) > MIN - 200);
    }
    let too_long = RequestError::TooLong { len: MIN + 1, limit: MIN };
    assert_eq!(soon(edge.request(send(MIN + 1))).await, Err(too_long));
    assert_eq!(soon(platform.call(send(MIN + 1))).await, Err(platform::RequestError::TooLong));
    // An answer that is too long is an answer that says so.
    let Err(RequestError::Refused { status, reason }) = soon(edge.request(fetch(MIN + 1))).await
    else {
        panic!("not refused")
    };
    assert_eq!(status, Status::BAD_REQUEST);
    assert!(reason.unwrap().contains("longer than can be sent"));
    let refused = soon(platform.call(fetch(MIN + 1))).await.unwrap();
    assert!(!refused.status.is_success());
    assert!(refused.reason.unwrap().contains("the limit"));
}

/// What a side takes of one that may send more: one less, as many, and one more.
#[tokio::test]
async fn what_is_taken_is_as_long_as_the_limit_and_no_longer() {
    let raised = MessageLimit::new(2 * MIN).unwrap();
    let (platform, edge) = pair(MessageLimit::MIN, raised).await;
    for len in [MIN - 1, MIN] {
        assert!(soon(edge.request(send(len))).await.is_ok());
        assert!(soon(platform.call(fetch(len))).await.is_ok());
    }
    let Err(RequestError::Refused { status, reason }) = soon(edge.request(send(MIN + 1))).await
    else {
        panic!("not refused")
    };
    assert_eq!((status, reason.as_deref()), (Status::BAD_REQUEST, Some("the message is too long")));
    assert_eq!(soon(platform.call(fetch(MIN + 1))).await, Err(platform::RequestError::Unreadable));
    assert!(soon(edge.request(send(MIN))).await.is_ok());

    let (platform, edge) = pair(raised, MessageLimit::MIN).await;
    for len in [MIN - 1, MIN] {
        assert!(soon(platform.call(send(len))).await.unwrap().status.is_success());
        assert!(soon(edge.request(fetch(len))).await.is_ok());
    }
    let refused = soon(platform.call(send(MIN + 1))).await.unwrap();
    assert_eq!(refused.status, Status::BAD_REQUEST);
    assert_eq!(refused.reason.as_deref(), Some("the message is too long"));
    assert_eq!(soon(edge.request(fetch(MIN + 1))).await, Err(RequestError::Unreadable));
    assert!(soon(platform.call(send(MIN))).await.unwrap().status.is_success());
}

#[test]
fn a_limit_out_of_the_range_cannot_be_set() {
    let max = MessageLimit::MAX.bytes();
    assert_eq!((MIN, max), (64 * 1024, 64 * 1024 * 1024));
    for bytes in [MIN, MIN + 1, max - 1, max] {
        assert_eq!(MessageLimit::new(bytes).unwrap().bytes(), bytes);
        assert_eq!(bytes.to_string().parse(), MessageLimit::new(bytes));
    }
    for bytes in [0, MIN - 1, max + 1, usize::MAX] {
        let error = MessageLimit::new(bytes).unwrap_err();
        assert_eq!(error, MessageLimitError::OutOfRange(bytes));
        assert!(error.to_string().starts_with("the message limit cannot be"), "{error}");
    }
    assert!("64k".parse::<MessageLimit>().unwrap_err().to_string().contains("message limit"));
}
