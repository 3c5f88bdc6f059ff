//! Every public type can be shown, sent, shared and moved, and cloned where it should be;
//! every error is an `Error` that says what is wrong.

mod common;

use std::error::Error;
use std::fmt::Debug;
use std::path::Path;

use alwayson_codec::connection::{
    self, BufferTooSmall, CallError, Failure, Fault, Fixed, FixedName, Names, Requests, Unanswered,
    edge, platform, registry,
};
use alwayson_codec::wire::{list, table};
use alwayson_codec::*;

fn shared<T: Debug + Send + Sync + Unpin>() {}
fn cloned<T: Debug + Send + Sync + Unpin + Clone>() {}

macro_rules! each {
    ($assert:ident: $($type:ty),+ $(,)?) => { $($assert::<$type>();)+ };
}

type Room = Fixed<FixedName<8>, [u8; 16], Names<1>, Requests<1>, Unanswered<1>>;

#[test]
fn what_is_on_the_wire_is_cloned_shown_and_shared() {
    each!(cloned: Aspect<'_>, Auth<'_>, BaseType, BinaryValue<'_>, Bind<'_>, Body<'_>,
        Characteristic, Chunk<'_>, ChunkOf<'_>, Claim<'_>, Code, DateTime, Dump<'_, '_>, Entity<'_>,
        EntityType, Excerpt<'_>, Field<'_>, Gateway<'_>, Header, Ids, InfoTable<'_>,
        List<'_, Text<'_>>, Location, Message<'_>, Method, Request<'_>, RequestHeader<'_>,
        Response<'_>, Row<'_>, Secret<'_>, Status, Text<'_>, TextValue<'_>, ThingCode, TimeSpan<'_>,
        Unbind<'_>, Value<'_>, Variant<'_>);
    each!(cloned: list::Iter<'_, Text<'_>>, table::Cells<'_>, table::Fields<'_>, table::Rows<'_>);
    each!(shared: CellsWriter<'_, '_>, RowsWriter<'_, '_>, ShapeWriter<'_, '_>, TableWriter);
    each!(cloned: Assembly, Split<'_>);
    each!(shared: Joined<'_>, Joiner<[u8; 16], 1>);
}

#[test]
fn what_a_connection_is_of_is_cloned_shown_and_shared() {
    use connection::{
        By, CloseCode, Counters, Inbound, InboundId, Pending, RequestId, Transmit, Unreadable,
    };

    each!(cloned: By, CloseCode, Counters, FixedName<8>, Inbound, InboundId, Pending, RequestId, Room,
        Names<1>, Requests<1>, Transmit, Unanswered<1>, Unreadable<'_>);
    each!(cloned: edge::Action, edge::Connection<Room>, edge::End, edge::Entry<FixedName<8>>,
        edge::Event<'_>, edge::Input, edge::NameInput, edge::NameState, edge::Pushed<'_>,
        edge::Received<'_>, edge::Reconnect, edge::Settings, edge::State);
    each!(cloned: platform::Action, platform::Connection<Room>, platform::End,
        platform::Entry<FixedName<8>>, platform::Event<'_>, platform::Input, platform::NameInput,
        platform::NameState, platform::Received<'_>, platform::Settings, platform::State);
    each!(cloned: registry::AnyThing, registry::BindPolicy, registry::Binding<'_>,
        registry::Change<'_>, registry::ConnectionId, registry::FixedBindings<1, 8>,
        registry::Key<'_>, registry::NameChange, registry::Registry<registry::FixedBindings<1, 8>>,
        registry::Thing<'_>);
}

#[cfg(feature = "alloc")]
#[test]
fn what_owns_its_content_is_cloned_shown_and_shared() {
    use alwayson_codec::owned;
    use connection::{Growing, GrowingSlots};

    each!(
        cloned: owned::Bind,
        owned::Body,
        owned::Chunk,
        owned::ChunkOf,
        owned::Claim,
        owned::Field,
        owned::Gateway,
        owned::Message,
        owned::Request,
        owned::RequestHeader,
        owned::Response,
        owned::Row<'_>,
        owned::Table,
        owned::TimeSpan,
        owned::Value,
    );
    each!(cloned: GrowingSlots<u8, 4>, Growing<String, Names<1>, Requests<1>, Unanswered<1>>);
    each!(shared: owned::ConvertError);
}

/// An error that can be kept, shown and handed on, with the text that it is shown by.
fn text<T: Error + Clone + PartialEq + Send + Sync + Unpin>(error: &T) -> String {
    error.to_string()
}

#[test]
fn every_error_says_what_is_wrong_without_its_name_and_its_source() {
    let decode = Message::decode(&[]).unwrap_err();
    let encode = EncodeError::BufferTooSmall { needed: 20 };
    let thing = Text::new("Pump");
    let not_held = registry::BindRefusalKind::NotHeld;
    let texts = [
        text(&decode),
        text(&decode.kind()),
        text(&encode),
        text(&SplitError::NotAMessage(decode)),
        text(&JoinError::Busy),
        text(&CallError::WrongState),
        text(&BufferTooSmall { needed: 20 }),
        text(&Fault::Bytes(decode)),
        text(&Failure::Timeout),
        text(&Failure::Ended),
        text(&Failure::Unreadable),
        text(&Failure::NotJoined),
        text(&Failure::NotSent),
        text(&registry::BindRefusal { kind: not_held, name: thing }),
    ];
    for text in texts {
        assert!(text.contains(' ') && text.len() > 15, "{text}");
        assert!(!text.ends_with('.'), "{text}");
    }
    each!(cloned: Counted, DecodeError, DecodeErrorKind, registry::BindRefusalKind);
    assert_eq!(text(&CallError::Encode(encode)), encode.to_string());
    assert_eq!(text(&Fault::Bytes(decode)), decode.to_string());
}

#[test]
#[cfg(not(miri))]
fn no_public_type_is_left_out_here() {
    let here = include_str!("auto_traits.rs");
    let mut found = Vec::new();
    common::public_types(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 80, "{found:?}");
    // The cursors are not public, `Readme` is for doctests, and `interop.rs` has the error
    // that is behind a feature.
    found.retain(|(name, path)| {
        let is_private =
            ["reader.rs", "writer.rs", "walk.rs"].iter().any(|file| path.ends_with(file));
        // The name of a module goes before a type that other modules have as well.
        let module = ["edge", "platform", "registry", "owned"]
            .into_iter()
            .find(|module| path.parent().is_some_and(|folder| folder.ends_with(module)));
        let is_named = here.split(|c: char| !(c.is_alphanumeric() || c == ':')).any(|word| {
            let mut parts = word.split("::");
            match module {
                Some(module) => parts.next() == Some(module) && parts.next() == Some(name),
                None => parts.any(|part| part == name),
            }
        });
        !is_private && !is_named && !["Readme", "WriteError"].contains(&name.as_str())
    });
    assert_eq!(found, []);
}
