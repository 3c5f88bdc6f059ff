//! Sequences of commands for two connected devices, as seeds for fuzzing.

use crate::laws::COMMANDS;

/// A command, its device, and its parameters.
type Command<'c> = (&'c str, usize, &'c [u8]);

/// Commands as the fuzz target of the connection reads them
/// ([`laws::connection`](crate::laws::connection)), by the names of the list:
/// two devices under first-in-wins, or last-in-wins. Both connect, and bind `a`
/// and `b`, and then this happens. A number is one more byte.
const LIVES: &[(&str, u8, &[Command<'_>])] = &[
    (
        "requests-both-ways",
        2,
        &[
            ("a device asks", 0, &[1]),
            ("the platform asks", 0, &[0, 2]),
            ("the platform asks", 0, &[1, 0]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    (
        "long-messages",
        2,
        &[
            ("a device asks", 0, &[3]),
            ("a device is slow", 1, &[1]),
            ("the platform asks", 0, &[1, 2]),
            ("seconds pass", 0, &[1]),
            ("all answer", 0, &[3]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    ("too-long-messages", 2, &[("a device asks", 0, &[4]), ("seconds pass", 0, &[11])]),
    (
        "unbound-and-forgotten",
        2,
        &[
            ("a device unbinds a name", 0, &[0]),
            ("a device forgets a name", 1, &[1]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    ("ghost", 2, &[("a connection breaks", 0, &[1]), ("seconds pass", 0, &[90])]),
    ("silent-platform", 2, &[("a connection breaks", 0, &[2]), ("seconds pass", 0, &[90])]),
    (
        "moved",
        3,
        &[
            ("a device binds a name", 1, &[0]),
            ("seconds pass", 0, &[1]),
            ("a device forgets a name", 0, &[0]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    ("both-want-the-same", 2, &[("a device binds a name", 1, &[0]), ("seconds pass", 0, &[60])]),
    (
        "slow-host",
        2,
        &[
            ("the host is slow", 0, &[1]),
            ("a device binds a name", 0, &[2]),
            ("seconds pass", 0, &[1]),
            ("a device asks", 0, &[1]),
            ("the host decides", 0, &[]),
            ("seconds pass", 0, &[12]),
        ],
    ),
    (
        "lost-late-and-double",
        2,
        &[
            ("a packet is lost", 0, &[0]),
            ("a packet comes twice", 0, &[1]),
            ("a packet is late", 0, &[0, 100]),
            ("a device asks", 0, &[0]),
            ("the platform asks", 0, &[0, 0]),
            ("seconds pass", 0, &[30]),
        ],
    ),
    (
        "cut-and-flipped",
        2,
        &[
            ("a packet is cut", 0, &[0, 20]),
            ("a bit of a packet flips", 0, &[1, 5]),
            ("a device asks", 0, &[0]),
            ("the platform asks", 0, &[0, 0]),
            ("seconds pass", 0, &[30]),
        ],
    ),
    (
        "left-and-shut-down",
        2,
        &[
            ("a device leaves", 0, &[]),
            ("the platform closes", 1, &[]),
            ("seconds pass", 0, &[30]),
            ("a device gets a key", 0, &[0]),
        ],
    ),
    (
        "out-of-place",
        6,
        &[
            ("a message comes from nowhere", 0, &[0, 1, 2]),
            ("a message comes from nowhere", 1, &[1, 3, 9]),
            ("a message comes from nowhere", 1, &[0, 5, 1]),
            ("bytes come from nowhere", 0, &[0, 3, 1, 2, 3]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    (
        "behind-a-gateway",
        2 + 8,
        &[
            ("a device binds a name", 0, &[1]),
            ("seconds pass", 0, &[1]),
            ("the platform asks", 0, &[0, 1]),
            ("a device unbinds a name", 0, &[0]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    ("two-of-one-gateway", 2 + 8 + 16, &[("a device leaves", 0, &[]), ("seconds pass", 0, &[60])]),
    (
        "a-gateway-moves",
        3 + 8 + 16,
        &[
            ("a device binds a name", 1, &[0]),
            ("seconds pass", 0, &[1]),
            ("a device unbinds a name", 0, &[0]),
            ("a connection breaks", 1, &[3]),
            ("seconds pass", 0, &[30]),
        ],
    ),
    (
        "both-names-of-a-thing",
        2,
        &[
            ("a device binds a name", 0, &[4]),
            ("seconds pass", 0, &[1]),
            ("the platform asks", 0, &[0, 1]),
            ("a device unbinds a name", 0, &[0]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    (
        "moved-by-its-identifier",
        3,
        &[
            ("a device binds a name", 1, &[4]),
            ("seconds pass", 0, &[1]),
            ("the platform asks", 0, &[0, 0]),
            ("a device unbinds a name", 0, &[0]),
            ("seconds pass", 0, &[1]),
        ],
    ),
    (
        // Over the session 100: BIND of `a` behind the gateway, BIND of it without,
        // UNBIND of the gateway alone.
        "bound-again-without-its-gateway",
        2,
        &[
            ("a message comes from nowhere", 0, &[0, 9, 1]),
            ("a message comes from nowhere", 0, &[0, 1, 17]),
            ("a message comes from nowhere", 0, &[0, 131, 25]),
            ("seconds pass", 0, &[1]),
            ("the platform asks", 0, &[0, 0]),
            ("seconds pass", 0, &[1]),
        ],
    ),
];

/// Returns the bytes of a sequence.
fn life(first: u8, then: &[Command<'_>]) -> Result<Vec<u8>, String> {
    let before: [Command<'_>; 3] = [
        ("a device binds a name", 0, &[0]),
        ("a device binds a name", 1, &[1]),
        ("seconds pass", 0, &[1]),
    ];
    let mut bytes = vec![first];
    for (name, device, more) in before.iter().chain(then) {
        let number = COMMANDS.iter().position(|(known, _)| known == name);
        let number = number.ok_or_else(|| format!("no command \"{name}\""))?;
        let code = u8::try_from(number + device * COMMANDS.len());
        bytes.push(code.map_err(|error| error.to_string())?);
        bytes.extend_from_slice(more);
    }
    Ok(bytes)
}

/// Returns all sequences, with the names of their files.
///
/// # Errors
/// A command is not in the list; the error names it.
pub fn all() -> Result<Vec<(String, Vec<u8>)>, String> {
    LIVES.iter().map(|(name, first, then)| Ok(((*name).to_owned(), life(*first, then)?))).collect()
}
