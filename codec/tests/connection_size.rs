//! How much memory the machines take, without their buffers.

use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Unanswered, edge, platform};

/// Buffers stand elsewhere.
type Outbox = &'static mut [u8];

#[test]
fn an_edge_for_4_names_and_8_requests_has_at_most_1_kib() {
    type Small =
        edge::Connection<Fixed<&'static str, Outbox, Names<4>, Requests<8>, Unanswered<8>>>;
    type OwnNames =
        edge::Connection<Fixed<FixedName<32>, Outbox, Names<4>, Requests<8>, Unanswered<4>>>;
    assert!(size_of::<Small>() <= 1024, "{}", size_of::<Small>());
    assert!(size_of::<OwnNames>() <= 1024, "{}", size_of::<OwnNames>());
}

#[test]
fn a_platform_connection_for_16_names_has_at_most_2_kib() {
    type Small =
        platform::Connection<Fixed<FixedName<40>, Outbox, Names<16>, Requests<8>, Unanswered<8>>>;
    assert!(size_of::<Small>() <= 2048, "{}", size_of::<Small>());
}
