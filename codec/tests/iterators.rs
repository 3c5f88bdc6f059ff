//! The iterators over claims, names, headers, fields, aspects, rows and cells:
//! exact lengths that go down by one, clones of their own, and an end that
//! stays the end.

mod common;

use std::iter::FusedIterator;

use alwayson_codec::wire::list::{Item, List};
use alwayson_codec::{
    Aspect, Auth, BaseType, Bind, Body, Claim, Ids, InfoTable, Message, RequestHeader, Row, Text,
};
use common::{content, encode, for_each_message, response, sample_table};

/// Checks an iterator of so many items against what a vector of them does.
fn assert_exact<I>(iter: &I, count: usize)
where
    I: ExactSizeIterator + FusedIterator + Clone,
    I::Item: std::fmt::Debug,
{
    let show = |item: Option<I::Item>| item.map(|item| format!("{item:?}"));
    let mut walked = iter.clone();
    let mut shown = Vec::new();
    for left in (0..count).rev() {
        let behind = walked.clone();
        assert_eq!(walked.size_hint(), (left + 1, Some(left + 1)));
        let item = show(walked.next());
        assert_eq!(walked.len(), left);
        // The clone has not moved, and goes the same way.
        assert_eq!(behind.len(), left + 1);
        assert_eq!(show(behind.clone().next()), item);
        assert_eq!(behind.count(), left + 1);
        shown.push(item.unwrap());
    }
    for _ in 0..3 {
        assert_eq!(show(walked.next()), None);
        assert_eq!(walked.size_hint(), (0, Some(0)));
    }
    assert_eq!(iter.len(), count);
    for (index, shown) in shown.into_iter().enumerate() {
        assert_eq!(show(iter.clone().nth(index)), Some(shown));
    }
    assert_eq!(show(iter.clone().nth(count)), None);
}

/// A list, and an iteration over it by each way there is.
fn assert_list<'a, T: Item<'a>, S: Copy + Into<T>>(list: &List<'a, T, S>, count: usize) {
    assert_eq!((list.len(), list.is_empty()), (count, count == 0));
    assert_exact(&list.iter(), count);
    assert_exact(&list.into_iter(), count);
    assert_exact(&(*list).into_iter(), count);
}

/// Checks all lists and rows of a message; says how many lists there were.
fn assert_lists(body: &Body<'_>) -> usize {
    match body {
        Body::Auth(auth) | Body::ClearAuth(auth) => assert_list(&auth.claims, 2),
        Body::Bind(bind) | Body::Unbind(bind) => assert_list(&bind.names, 3),
        Body::Request(request) if request.params.is_none() => assert_list(&request.headers, 2),
        _ => return 0,
    }
    1
}

#[test]
fn lists_of_claims_names_and_headers_count_down_as_they_go() {
    let mut lists = 0;
    for_each_message(|_, message| {
        lists += assert_lists(&message.body);
        let bytes = encode(message);
        lists += assert_lists(&Message::decode_exact(&bytes).unwrap().body);
    });
    assert_eq!(lists, 2 * 5);
}

fn assert_table(table: &InfoTable<'_>) {
    assert_exact(&table.fields(), 3);
    assert_exact(&table.rows(), 4);
    let counts: Vec<usize> = table.rows().map(|row: Row<'_>| row.cells().len()).collect();
    assert_eq!(counts, [3, 4, 1, 0]);
    for (row, count) in table.rows().zip(counts) {
        assert_exact(&row.cells(), count);
    }
    for (field, count) in table.fields().zip([2, 0, 0]) {
        assert_list(&field.aspects, count);
    }
}

#[test]
fn fields_aspects_rows_and_cells_count_down_as_they_go() {
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    assert_table(&table);
    assert_table(&content(&encode(&response(table.into()))).as_table().unwrap());
}

#[test]
fn rows_stay_whole_when_their_iterator_goes_on() {
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    let mut rows = table.rows();
    let first = rows.next().unwrap();
    let mut cells = first.cells();
    rows.next();
    assert_eq!(cells.next(), first.cell(0));
    rows.next();
    assert_eq!(cells.next(), first.cell(1));
    assert_eq!(first.clone().cells().len(), 3);
}

#[test]
fn lists_are_empty_unless_something_is_put_into_them() {
    assert_list(&List::<Claim<'_>>::empty(), 0);
    assert_list(&List::<Text<'_>>::default(), 0);
    assert_list(&List::<RequestHeader<'_>>::new(&[]).unwrap(), 0);
    assert_list(&List::<Aspect<'_>>::default(), 0);
}

#[test]
fn lists_are_equal_when_their_items_are_wherever_these_stand() {
    let claims = [Claim::new("a", "1"), Claim::new("b", "2")];
    let typed = Auth::new(&claims).unwrap();
    let bytes = common::whole(0x14, b"\x02\x01a\x011\x01b\x80\0\0\x012");
    let Body::Auth(decoded) = Message::decode_exact(&bytes).unwrap().body else {
        panic!("no AUTH")
    };
    assert_eq!(typed, decoded);
    assert_ne!(Auth::new(&claims[..1]).unwrap(), decoded);
    assert_ne!(Bind::new(&["a"]), Bind::new(&["b"]));
    assert_ne!(Bind::new(&["a"]), Bind::new(&["a", "a"]));
}

#[test]
fn texts_compare_with_strings_and_show_as_they_do() {
    let text = Text::new("Zürich");
    assert_eq!(text, "Zürich");
    assert_eq!(text, *"Zürich");
    assert_ne!(text, "Zurich");
    assert_eq!((text.len(), text.is_empty(), Text::default().is_empty()), (7, false, true));
    assert_eq!((text.as_str(), text.as_bytes()), ("Zürich", "Zürich".as_bytes()));
    assert_eq!(format!("{text:>8}|{text:?}|{:<5}|", BaseType::XML), "  Zürich|\"Zürich\"|XML  |");
    assert!(Text::new("a") < Text::new("b"));
}

#[test]
fn a_message_can_stand_where_one_that_lives_shorter_is_wanted() {
    fn shorter<'s>(message: Message<'static>, _: &'s [u8]) -> Message<'s> {
        message
    }
    let local = vec![1];
    let message = Message { ids: Ids::unauthenticated(2), body: Body::KeepAlive };
    assert_eq!(shorter(message, &local), message);
}
