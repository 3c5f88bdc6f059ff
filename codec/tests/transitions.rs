//! Every state and every input of both machines and of their names, against
//! tables that were written apart from the code. A cell is the state after it
//! and what is done; `=` is the same state.

use std::fmt::Debug;

use alwayson_codec::connection::{edge, platform};

const EDGE: &str = "
             | Opening                     | Authenticating                  | Online                        | Leaving                       | Closing       | Ended
Opened       | Authenticating Authenticate | = Nothing                       | = Nothing                     | = Nothing                     | = Nothing     | = Nothing
Accepted     | = Drop                      | Online Adopt                    | = Drop                        | = Drop                        | = Drop        | = Drop
Refused      | = Drop                      | Closing Close(Unauthorized,Normal) | = Drop                     | = Drop                        | = Drop        | = Drop
Declined     | = Drop                      | Closing Close(Declined,Normal)  | = Drop                        | = Drop                        | = Drop        | = Drop
Request      | = Drop                      | = Drop                          | = HandOut                     | = NotFound                    | = Drop        | = Drop
Response     | = Drop                      | = Drop                          | = Match                       | = Match                       | = Drop        | = Drop
InvalidSession | = Nothing                 | = Nothing                       | Closing Close(InvalidSession,Normal) | = Nothing              | = Nothing     | = Drop
RequestChunk | = Drop                      | = Drop                          | = Join                        | = Join                        | = Drop        | = Drop
Misplaced    | = Drop                      | = Drop                          | = BadRequest                  | = BadRequest                  | = Drop        | = Drop
KeepAlive    | = Nothing                   | = Nothing                       | = Nothing                     | = Nothing                     | = Nothing     | = Drop
Unreadable   | = Drop                      | = Drop                          | = BadRequest                  | = BadRequest                  | = Drop        | = Drop
NoHeader     | = Drop                      | Closing Close(Protocol,ProtocolError) | Closing Close(Protocol,ProtocolError) | Closing Close(Protocol,ProtocolError) | = Drop | = Drop
Leave        | Ended End(Left)             | Closing Close(Left,Normal)      | Leaving Unbind                | = Nothing                     | = Nothing     | = Nothing
Drained      | = Nothing                   | = Nothing                       | = Nothing                     | Closing Close(Left,Normal)    | = Nothing     | = Nothing
Deadline     | = Nothing                   | Closing Close(AuthTimeout,Normal) | = Nothing                   | Closing Close(Left,Normal)    | Ended Nothing | = Nothing
Silent       | Ended End(Silent)           | Ended End(Silent)               | Ended End(Silent)             | Ended End(Silent)             | Ended Nothing | = Nothing
Closed       | Ended End(Lost)             | Ended End(Lost)                 | Ended End(Lost)               | Ended End(Lost)               | Ended Nothing | = Nothing
";

const PLATFORM: &str = "
             | AwaitingAuth                                | Deciding                                | Online                                | Closing       | Ended
Auth         | Deciding AskAuth                            | = BadRequest                            | = BadRequest                          | = Drop        | = Drop
Bind         | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = AskBind                             | = Drop        | = Drop
Unbind       | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = AskUnbind                           | = Drop        | = Drop
Request      | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = HandOut                             | = Drop        | = Drop
RequestChunk | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = Join                                | = Drop        | = Drop
Response     | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = Match                               | = Drop        | = Drop
KeepAlive    | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = Nothing                             | = Drop        | = Drop
WrongSession | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = Unauthorized                        | = Drop        | = Drop
Unreadable   | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | = BadRequest                          | = Drop        | = Drop
NoHeader     | Closing Close(TooEarly,PolicyViolation)     | Closing Close(TooEarly,PolicyViolation) | Closing Close(Protocol,ProtocolError) | = Drop        | = Drop
Accept       | = Nothing                                   | Online Grant                            | = Nothing                             | = Nothing     | = Nothing
Refuse       | = Nothing                                   | Closing Close(Refused,PolicyViolation)  | = Nothing                             | = Nothing     | = Nothing
Leave        | Closing Close(ShutDown,GoingAway)           | Closing Close(ShutDown,GoingAway)       | Closing Close(ShutDown,GoingAway)     | = Nothing     | = Nothing
Deadline     | Closing Close(AuthTimeout,PolicyViolation)  | = Nothing                               | = Nothing                             | Ended Nothing | = Nothing
Idle         | Closing Close(Idle,GoingAway)               | Closing Close(Idle,GoingAway)           | Closing Close(Idle,GoingAway)         | Ended Nothing | = Nothing
Closed       | Ended End(Closed)                           | Ended End(Closed)                       | Ended End(Closed)                     | Ended Nothing | = Nothing
";

const EDGE_NAME: &str = "
           | Unbound | Binding | Bound     | Refused | Unbinding
BindSent   | Binding | =       | =         | =       | =
UnbindSent | =       | =       | Unbinding | =       | =
Success    | =       | Bound   | =         | =       | Unbound
Failure    | =       | Refused | =         | =       | Unbound
Doubt      | =       | Unbound | =         | =       | Bound
Again      | =       | =       | =         | Unbound | =
End        | =       | Unbound | Unbound   | Unbound | Unbound
";

const PLATFORM_NAME: &str = "
        | Asked      | BoundAsked | Bound      | Freed
Asked   | =          | =          | BoundAsked | =
Bound   | BoundAsked | =          | =          | =
Unbound | =          | Asked      | Freed      | =
Moved   | =          | Asked      | Freed      | =
Decided | Freed      | Bound      | =          | =
End     | Freed      | Freed      | Freed      | =
";

/// Compares each cell with what the function says. Rows and columns have to be
/// all there are.
fn walk<S: Copy + Debug, I: Copy + Debug>(
    table: &str,
    states: &[S],
    inputs: &[I],
    cell: impl Fn(S, I) -> String,
) {
    let mut rows = table
        .trim_matches('\n')
        .lines()
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let names: Vec<_> = states.iter().map(|state| format!("{state:?}")).collect();
    assert_eq!(head[1..], names, "the states");
    let rows: Vec<_> = rows.collect();
    let names: Vec<_> = inputs.iter().map(|input| format!("{input:?}")).collect();
    assert_eq!(rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>(), names, "the inputs");
    for (input, row) in inputs.iter().zip(&rows) {
        for (state, expected) in states.iter().zip(&row[1..]) {
            let expected = expected.replacen('=', &format!("{state:?}"), 1);
            assert_eq!(cell(*state, *input), expected, "{state:?} on {input:?}");
        }
    }
}

fn words(state: impl Debug, action: impl Debug) -> String {
    format!("{state:?} {}", format!("{action:?}").replace(' ', ""))
}

#[test]
fn an_edge_does_what_its_table_says_in_every_state_about_every_input() {
    walk(EDGE, edge::State::ALL, edge::Input::ALL, |state, input| {
        let (state, action) = edge::transition(state, input);
        words(state, action)
    });
}

#[test]
fn a_platform_does_what_its_table_says_in_every_state_about_every_input() {
    walk(PLATFORM, platform::State::ALL, platform::Input::ALL, |state, input| {
        let (state, action) = platform::transition(state, input);
        words(state, action)
    });
}

#[test]
fn a_name_of_an_edge_goes_through_its_states_as_its_table_says() {
    walk(EDGE_NAME, edge::NameState::ALL, edge::NameInput::ALL, |state, input| {
        format!("{:?}", edge::name_transition(state, input))
    });
}

#[test]
fn a_name_on_a_platform_goes_through_its_states_as_its_table_says() {
    walk(PLATFORM_NAME, platform::NameState::ALL, platform::NameInput::ALL, |state, input| {
        format!("{:?}", platform::name_transition(state, input))
    });
}

#[test]
fn nothing_leads_out_of_the_end() {
    for input in edge::Input::ALL {
        assert_eq!(edge::transition(edge::State::Ended, *input).0, edge::State::Ended);
    }
    for input in platform::Input::ALL {
        assert_eq!(platform::transition(platform::State::Ended, *input).0, platform::State::Ended);
    }
}
