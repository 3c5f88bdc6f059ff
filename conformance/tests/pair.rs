//! An edge and a platform, joined in memory: whatever is done to them, in
//! whatever order, what must hold of them holds.

use alwayson_conformance::laws;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]
    #[test]
    fn any_commands_leave_both_sides_as_they_must_be(commands in vec(any::<u8>(), 0..120)) {
        laws::connection(&commands).map_err(TestCaseError::fail)?;
    }
}
