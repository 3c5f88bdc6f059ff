//! A node does not run for a while, while other edges want its Things.

use std::time::Duration;

use crate::edges::{self, Pace};
use crate::site::{EXPIRY, Site, TIMES, until, until_within};

/// How soon an edge of [`Pace::Quick`] is bound after its Thing is free.
const SOON: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_frozen_or_cut_off_or_disconnected_never_serves_what_another_one_has_taken()
{
    let mut site = Site::start(TIMES).await;
    let addresses = site.addresses();
    for fault in ["frozen", "cut off", "disconnected"] {
        let thing = fault.replace(' ', "-");
        let first = edges::start(&thing, "first", &addresses[..1], Pace::Quick);
        until("the first is bound", || first.is_bound()).await;
        let other = edges::start(&thing, "other", &addresses[1..2], Pace::Quick);
        let third = edges::start(&thing, "third", &addresses[2..], Pace::Quick);
        until("the others are refused", || {
            let refused = [1, 2].map(|node| site.nodes[node].refusals().len());
            refused.iter().all(|count| *count > 0)
        })
        .await;
        let known = site.known(&thing).await;
        println!("{fault}: known to all {known:?} after the others were refused");
        assert_eq!(site.nodes[1].who(&thing).await.as_deref(), Ok("first/1"));
        let fenced = site.nodes[0].count("fenced");
        let joined = site.nodes[0].count("joined");
        match fault {
            "frozen" => site.nodes[0].freeze().await,
            "cut off" => site.cut(0),
            _ => site.disconnect(0).await,
        }
        // Nobody takes the Thing of a node that may still serve, and nobody answers for it.
        let error = site.nodes[1].who(&thing).await.unwrap_err();
        let expected = if fault == "disconnected" { "not-asked" } else { "no-answer" };
        assert_eq!(error, expected, "{fault}");
        assert!(!other.is_bound() && !third.is_bound());
        // Two want it as soon as it is free: one gets it.
        let is_taken = || other.is_bound() || third.is_bound();
        let took = until_within(EXPIRY + SOON, "one has taken it", is_taken).await;
        println!("{fault}: taken {took:?} after the timeout of a call");
        let (holder, who) = if other.is_bound() { ("b", "other/") } else { ("c", "third/") };
        let late = [1, 2].map(|node| site.nodes[node].refusals().len());
        let loser = usize::from(holder == "b");
        until("the other one is refused again", || {
            site.nodes[loser + 1].refusals().len() > late[loser]
        })
        .await;
        assert!(!(other.is_bound() && third.is_bound()), "{fault}");
        for node in [1, 2] {
            assert_eq!(site.nodes[node].holder(&thing).await.as_deref(), Some(holder));
            let answered = site.nodes[node].who(&thing).await.unwrap();
            assert!(answered.starts_with(who), "{answered}");
        }
        match fault {
            "frozen" => site.nodes[0].signal("CONT"),
            _ => site.mend(0),
        }
        until("it was fenced", || site.nodes[0].count("fenced") == fenced + 1).await;
        until("it joins again", || site.nodes[0].count("joined") == joined + 1).await;
        for node in [0, 1, 2] {
            let answered = site.nodes[node].who(&thing).await.unwrap();
            assert!(answered.starts_with(who), "{answered}");
        }
        assert!(!first.is_bound());
        for edge in [first, other, third] {
            edge.edge.leave().await;
        }
    }
}
