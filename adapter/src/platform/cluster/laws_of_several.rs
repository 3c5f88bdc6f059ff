//! The laws of several nodes.

use alwayson_codec::connection::registry::BindPolicy;
use tokio::time::{Instant, sleep};

use super::Token;
use super::laws::{LOOK, Node, World, claim_of, until};

const FIRST: BindPolicy = BindPolicy::FirstInWins;
const LAST: BindPolicy = BindPolicy::LastInWins;

/// The laws of several nodes.
///
/// # Panics
/// If one is broken.
pub async fn of_several(world: &impl World) {
    let a = Node::start(world, "a").await;
    let b = Node::start(world, "b").await;
    who_is_first_keeps_it(&a, &b).await;
    who_is_last_takes_it(&a, &b).await;
    an_old_token_releases_nothing(&a, &b).await;
    all_nodes_know_the_holder(world, &a, &b).await;
    of_two_at_once_one_wins(&a, &b).await;
    what_a_killed_node_held_is_free_later(world, &a, &b).await;
    a_node_is_fenced_before_others_take(world, &b).await;
    what_a_node_leaves_is_free_at_once(world, &b).await;
}

async fn who_is_first_keeps_it(a: &Node, b: &Node) {
    let taken = a.take("first/水").await;
    let (thing, holder) = b.claim(&["free", "first/水"], FIRST).await.unwrap_err();
    assert_eq!((thing.as_str(), holder.token), ("first/水", taken), "the refusal has the holder");
    assert_eq!(&*holder.node.name, "a", "the refusal has the holder");
    // All or none.
    a.take("free").await;
    let (thing, _) = b.claim(&["free", "first/水"], FIRST).await.unwrap_err();
    assert_eq!(thing, "first/水", "the first in the order of names is told");
}

async fn who_is_last_takes_it(a: &Node, b: &Node) {
    let before = a.take("last").await;
    let after = b.claim(&["last"], LAST).await.expect("the last one takes it")[0];
    assert!(after > before, "the new owner has the greater token");
    assert!(a.has_lost("last", before), "the loser has lost it before the winner has it");
    let back = a.claim(&["last"], LAST).await.expect("it is taken back")[0];
    assert!(back > after && b.has_lost("last", after), "it is taken back");
}

async fn an_old_token_releases_nothing(a: &Node, b: &Node) {
    let old = a.take("old").await;
    let new = b.claim(&["old"], LAST).await.expect("the last one takes it")[0];
    a.directory.release("old", old);
    b.directory.release("old", old);
    sleep(10 * LOOK).await;
    let holder = b.directory.look_up("old").await.expect("it can be looked up");
    assert_eq!(holder.map(|owner| owner.token), Some(new), "an old token releases nothing");
}

async fn all_nodes_know_the_holder(world: &impl World, a: &Node, b: &Node) {
    let token = a.take("known").await;
    let knows = |node: &Node, token: Option<Token>| {
        let holder = node.directory.holder("known");
        let all = node.directory.holders();
        let listed = all.iter().find(|(thing, _)| thing == "known").map(|(_, owner)| owner.token);
        assert_eq!(holder.as_ref().map(|owner| owner.token), listed, "both say the same");
        holder.map(|owner| owner.token) == token
    };
    for node in [a, b] {
        until("all nodes know the holder", world.expiry(), || knows(node, Some(token))).await;
        let holder = node.directory.holder("known").expect("it is held");
        assert_eq!((&*holder.node.name, holder.since), ("a", claim_of("").since));
    }
    a.directory.release("known", token);
    for node in [a, b] {
        until("all nodes know of a release", world.expiry(), || knows(node, None)).await;
    }
}

async fn of_two_at_once_one_wins(a: &Node, b: &Node) {
    for number in 0..20 {
        let x = format!("both-{number}");
        let y = format!("other-{number}");
        let (there, back) = ([x.as_str(), y.as_str()], [y.as_str(), x.as_str()]);
        let (one, other) = tokio::join!(a.claim(&there, FIRST), b.claim(&back, FIRST));
        assert!(one.is_ok() != other.is_ok(), "of two at once one wins: {one:?} {other:?}");
    }
}

async fn what_a_killed_node_held_is_free_later(world: &impl World, a: &Node, b: &Node) {
    let killed = Node::start(world, "killed").await;
    let before = killed.take("orphan").await;
    world.kill("killed").await;
    let expiry = world.expiry();
    let limit = Instant::now() + 2 * expiry;
    let after = loop {
        let (one, other) = tokio::join!(a.claim(&["orphan"], FIRST), b.claim(&["orphan"], FIRST));
        match (one, other) {
            (Err(_), Err(_)) => assert!(Instant::now() < limit, "it is free after the expiry"),
            (Ok(token), Err(_)) | (Err(_), Ok(token)) => break token[0],
            both => panic!("of two takers one wins: {both:?}"),
        }
        sleep(LOOK).await;
    };
    assert!(after > before, "the new owner has the greater token");
}

async fn a_node_is_fenced_before_others_take(world: &impl World, b: &Node) {
    let cut = Node::start(world, "cut").await;
    cut.take("fenced").await;
    world.cut("cut").await;
    let limit = Instant::now() + 2 * world.expiry();
    while b.claim(&["fenced"], FIRST).await.is_err() {
        assert!(Instant::now() < limit, "it is free after the expiry");
        sleep(LOOK).await;
    }
    assert!(!cut.directory.serves(), "who is cut off does not serve when another takes over");
    until("who is cut off is fenced", world.expiry(), || cut.was_fenced()).await;
    let refused = cut.directory.claim(&[claim_of("more")], FIRST).await;
    assert!(refused.is_err(), "who is fenced claims nothing");
}

async fn what_a_node_leaves_is_free_at_once(world: &impl World, b: &Node) {
    let leaving = Node::start(world, "leaving").await;
    let before = leaving.take("left").await;
    leaving.directory.release("left", before);
    leaving.directory.leave().await;
    let since = Instant::now();
    assert!(b.take("left").await > before, "tokens grow");
    assert!(since.elapsed() < world.expiry() / 2, "what a node has released is free at once");
}
