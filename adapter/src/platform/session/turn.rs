//! Waits for what happens next on a connection: something is received, or the host has something to
//! send.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use futures_util::StreamExt;

use super::{Session, next};
use crate::drive::Step;

/// The most commands, and the most answers of the host, that are gathered before they are sent. What
/// is received has to wait for them.
const GATHERED: usize = 64;

/// The most messages that are received before the host gets its turn.
const STEPS: usize = 64;

/// What has happened.
pub(super) enum Turn {
    /// A step of the connection.
    Step(Step),
    /// The host has decided, answered or commanded something, which is done.
    Host,
}

impl Session {
    /// Waits for what happens next.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn turn(&mut self) -> Turn {
        poll_fn(|context| self.poll_turn(context)).await
    }

    /// What was received comes first: an idle connection is woken for it, and hardly ever for
    /// anything else.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        let is_hosts_turn = self.steps >= STEPS;
        if !is_hosts_turn {
            if let Poll::Ready(step) = self.driver.poll_step(context) {
                self.steps += 1;
                return Poll::Ready(Turn::Step(step));
            }
        }
        self.steps = 0;
        if self.poll_host(context) {
            return Poll::Ready(Turn::Host);
        }
        if is_hosts_turn { self.driver.poll_step(context).map(Turn::Step) } else { Poll::Pending }
    }

    /// Does what the host has for this connection. It takes what is there already together: what is
    /// sent together takes one call of the operating system. Returns whether there was anything.
    fn poll_host(&mut self, context: &mut Context<'_>) -> bool {
        let kinds = [Self::poll_command, Self::poll_decision, Self::poll_answer, Self::poll_chore];
        let mut count = 0;
        for poll in kinds {
            for _ in 0..GATHERED {
                if self.is_aborted || poll(self, context).is_pending() {
                    break;
                }
                count += 1;
                // Events come before what follows them, and the outbox is not to grow.
                if self.driver.machine.may_have_event() || self.driver.has_batch() {
                    break;
                }
            }
        }
        count > 0
    }

    fn poll_command(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let command = pin!(next(&mut self.commands, &mut self.next_command)).poll(context);
        let Poll::Ready(Some(command)) = command else { return Poll::Pending };
        self.command(*command);
        Poll::Ready(())
    }

    fn poll_decision(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(deciding) = &mut self.deciding else { return Poll::Pending };
        deciding.as_mut().poll(context).map(|decision| self.decided(decision))
    }

    /// Answers wait until the outbox has room, so that none is refused for want of it. Commands do
    /// not: one of them may end a connection that accepts nothing.
    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.driver.has_batch() {
            return Poll::Pending;
        }
        let answer = self.answers.poll_next_unpin(context);
        let Poll::Ready(Some((inbound, response))) = answer else { return Poll::Pending };
        self.respond(inbound, &response);
        Poll::Ready(())
    }

    fn poll_chore(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let chore = self.chores.poll_next_unpin(context);
        let Poll::Ready(Some(())) = chore else { return Poll::Pending };
        self.ask_bound();
        Poll::Ready(())
    }
}
