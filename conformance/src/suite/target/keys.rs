//! Keys: that of the scripts, and that of a platform that runs already.

use alwayson_codec::Message;
use alwayson_codec::owned::{self, Body};

/// The key of the scripts.
pub(crate) const DEMO: &str = "4f1c2a9e-demo-key";

/// Returns a message whose AUTH has the platform's key instead of that of the scripts. A wrong
/// key of a script becomes a wrong key of the same kind: shorter, longer, or with another last
/// character.
pub(crate) fn with_own_key(bytes: &[u8], key: Option<&str>) -> Vec<u8> {
    let unchanged = || bytes.to_vec();
    let Some(key) = key else { return unchanged() };
    let Ok((view @ Message { body: alwayson_codec::Body::Auth(_), .. }, used)) =
        Message::decode(bytes)
    else {
        return unchanged();
    };
    let mut message = owned::Message::from(view);
    if let Body::Auth(claims) = &mut message.body {
        for claim in claims.iter_mut().filter(|claim| claim.name == "appKey") {
            claim.value = of_the_same_kind(&claim.value, key);
        }
    }
    let Ok(mut encoded) = message.encode_to_vec() else { return unchanged() };
    encoded.extend(bytes.get(used..).unwrap_or_default());
    encoded
}

fn of_the_same_kind(value: &str, key: &str) -> String {
    if value == DEMO {
        return key.to_owned();
    }
    let mut shorter = key.to_owned();
    let last = shorter.pop().unwrap_or('x');
    match value.len().cmp(&DEMO.len()) {
        std::cmp::Ordering::Less => shorter,
        std::cmp::Ordering::Greater => format!("{key}{last}"),
        std::cmp::Ordering::Equal => {
            let other = if last == 'x' { 'y' } else { 'x' };
            format!("{shorter}{other}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_stays_a_wrong_key_of_the_same_kind() {
        assert_eq!(of_the_same_kind(DEMO, "secret"), "secret");
        assert_eq!(of_the_same_kind("4f1c2a9e-demo-kex", "secret"), "secrex");
        assert_eq!(of_the_same_kind("4f1c2a9e-demo-ke", "secret"), "secre");
        assert_eq!(of_the_same_kind("4f1c2a9e-demo-keyy", "secret"), "secrett");
    }
}
