//! What every public type can be used for: it can be shown, moved to another task and shared
//! between tasks, as far as one expects it; every error is an `Error`. The test is that it
//! compiles.

use std::error::Error;
use std::fmt::Debug;

use alwayson::edge::{self, blocking};
use alwayson::value::{self, json};
use alwayson::{OptionError, frame, message, platform, text_file, transport};

fn is_value<T: Debug + Clone + Send + Sync + Unpin>() {}
fn is_shared<T: Debug + Send + Sync + Unpin>() {}
fn is_moved<T: Debug + Send + Unpin>() {}
fn is_error<T: Error + Send + Sync + Unpin + 'static>() {}
fn is_future<T: Send>(_: T) {}

#[test]
fn values_can_be_shown_cloned_and_shared() {
    is_value::<OptionError>();
    is_value::<edge::Options>();
    is_value::<edge::Reconnect>();
    is_value::<edge::EdgeState>();
    is_value::<edge::StateChange>();
    is_value::<edge::ConnectionState>();
    is_value::<edge::EndReason>();
    is_value::<edge::ThingState>();
    is_value::<edge::Counters>();
    is_value::<edge::PropertyUpdate>();
    is_value::<edge::PushType>();
    is_value::<edge::Quality>();
    is_value::<edge::Answer>();
    is_value::<platform::Options>();
    is_value::<platform::AfterBind>();
    is_value::<platform::Event>();
    is_value::<platform::cluster::Token>();
    is_value::<platform::cluster::NodeId>();
    is_value::<platform::cluster::Owner>();
    is_value::<platform::cluster::Claim>();
    is_value::<platform::cluster::Holder>();
    is_shared::<platform::cluster::Alone>();
    is_moved::<platform::cluster::Change>();
    is_moved::<platform::cluster::Incoming>();
    is_error::<platform::cluster::ClaimError>();
    is_error::<platform::cluster::PeerError>();
    is_value::<platform::Thing>();
    is_value::<platform::BindAttempt<'static>>();
    is_value::<platform::BindRefused>();
    is_value::<platform::Disconnect>();
    is_value::<platform::KnownType>();
    is_value::<platform::Property>();
    is_value::<platform::ThingState>();
    is_value::<platform::Update>();
    is_value::<platform::Reaction>();
    is_value::<platform::AcceptAnyClaims>();
    is_value::<transport::Limits>();
    is_value::<transport::ConnectOptions>();
    is_value::<transport::AcceptOptions>();
    is_value::<transport::Url>();
    is_value::<transport::ProxyUrl>();
    is_value::<transport::Refusal>();
    is_value::<transport::RefusalKind>();
    is_value::<transport::ConnectErrorKind>();
    is_value::<transport::Ending>();
    is_value::<transport::Cause>();
    is_value::<transport::Close>();
    is_value::<transport::Party>();
    is_value::<transport::Damage>();
    is_value::<transport::Incoming>();
    is_value::<transport::Outgoing>();
    is_value::<transport::ClientTls>();
    is_value::<transport::ServerTls>();
    is_value::<transport::LoadedTls>();
    is_value::<frame::Direction>();
    is_value::<frame::Kind<'static>>();
    is_value::<frame::Frame<'static>>();
    is_value::<frame::Fault>();
    is_value::<message::Request>();
    is_value::<message::RequestHeader>();
    is_value::<message::Response>();
    is_value::<message::MessageLimit>();
    is_value::<value::Value>();
    is_value::<value::Table>();
    is_value::<value::Field>();
    is_value::<value::TimeSpan>();
    is_value::<json::JsonErrorKind>();
    is_value::<json::ShapeKey>();
}

#[test]
fn handles_can_be_shared_between_tasks() {
    is_value::<edge::Edge>();
    is_shared::<blocking::Edge>();
    is_value::<platform::Handle>();
    is_shared::<platform::Platform>();
    is_value::<platform::MemoryThings>();
    is_shared::<platform::KnownCredentials>();
    is_value::<platform::SharedCredentials>();
}

#[test]
fn what_is_used_once_can_be_moved_to_a_task() {
    is_moved::<edge::Builder>();
    is_moved::<edge::Credentials>();
    is_moved::<edge::Thing>();
    is_moved::<edge::Property>();
    is_moved::<edge::Service>();
    is_moved::<platform::Builder>();
    is_moved::<platform::Claims>();
    is_moved::<transport::WebSocket>();
    #[cfg(feature = "deflate")]
    is_moved::<transport::DeflateWebSocket>();
    is_moved::<transport::Damaged>();
    is_moved::<transport::Accepted>();
}

#[test]
fn errors_are_errors() {
    is_error::<OptionError>();
    is_error::<edge::StartError>();
    is_error::<edge::RequestError>();
    is_error::<edge::ThingError>();
    is_error::<edge::BindError>();
    is_error::<edge::ServiceError>();
    is_error::<edge::EndReason>();
    is_error::<blocking::BlockingError>();
    is_error::<blocking::WaitError>();
    is_error::<platform::RequestError>();
    is_error::<transport::ConnectError>();
    is_error::<transport::AcceptError>();
    is_error::<transport::UrlError>();
    is_error::<transport::TlsError>();
    is_error::<transport::PemProblem>();
    is_error::<message::MessageLimitError>();
    is_error::<value::ConvertError>();
    is_error::<json::JsonError>();
    is_error::<text_file::FileError>();
    is_error::<text_file::TextError>();
}

#[test]
fn futures_can_be_spawned() {
    fn edge(edge: &edge::Edge, builder: edge::Builder, retrying: edge::Builder) {
        is_future(builder.connect());
        is_future(retrying.connect_retrying());
        is_future(edge.leave());
        is_future(edge.wait_bound("Pump"));
        is_future(edge.read_property("Pump", "Level"));
        is_future(edge.push_properties("Pump", []));
    }
    fn platform(platform: platform::Platform, builder: platform::Builder) {
        is_future(builder.listen("127.0.0.1:0"));
        is_future(platform.call(message::Request::read_property("Pump", "Level")));
        is_future(platform.shut_down());
    }
    let _: (fn(&_, _, _), fn(_, _)) = (edge, platform);
}
