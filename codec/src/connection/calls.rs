//! The calls that both sides have, written once.

/// Implements these calls for the `Connection` of a side, and
/// [`Machine`](crate::connection::Machine). It is a macro so that a caller of a known side
/// does not have to import the trait. The side brings what depends on its states:
/// `send_request`, `send_response`, `expire` and `apply`.
macro_rules! calls {
    () => {
        impl<S: $crate::connection::Storage> Connection<S> {
            /// Sends a request with parameters that are written on the spot.
            ///
            /// # Errors
            /// As [`request`](Self::request).
            pub fn request_with_table(
                &mut self,
                request: &$crate::Request<'_>,
                shape: impl FnOnce(&mut $crate::ShapeWriter<'_, '_>),
                rows: impl FnOnce(&mut $crate::RowsWriter<'_, '_>),
                now_ms: u64,
            ) -> Result<$crate::connection::RequestId, $crate::connection::CallError> {
                let body = $crate::Body::Request(*request);
                let encode = $crate::connection::encode::with_table(body, shape, rows);
                self.send_request(&request.entity, now_ms, encode)
            }

            /// Sends the request to write a property of a Thing.
            ///
            /// # Errors
            /// As [`request`](Self::request).
            pub fn write_property(
                &mut self,
                thing: &str,
                property: &str,
                value: &$crate::Value<'_>,
                now_ms: u64,
            ) -> Result<$crate::connection::RequestId, $crate::connection::CallError> {
                let encode = $crate::connection::encode::write_property(thing, property, value);
                self.send_request(&$crate::Entity::thing(thing), now_ms, encode)
            }

            /// Answers a request that was handed out.
            ///
            /// # Errors
            /// `NotWaiting` where it was answered already, by the machine if it waited
            /// too long; `Ended`; `OutboxFull`, `MessageTooLong`, `Encode`: then it can
            /// still be answered.
            pub fn respond(
                &mut self,
                inbound: $crate::connection::InboundId,
                response: &$crate::Response<'_>,
            ) -> Result<(), $crate::connection::CallError> {
                let body = $crate::Body::Response(*response);
                self.send_response(inbound, $crate::connection::encode::whole(body))
            }

            /// Answers a request with one value: SUCCESS, and a table of one field of this
            /// name and one row. The field is named as the property for a read of one, and
            /// `result` for a service; the bare value is the answer to neither (section 3).
            /// For what has no result, such as a write, there is [`respond`](Self::respond).
            ///
            /// # Errors
            /// As [`respond`](Self::respond).
            pub fn respond_value(
                &mut self,
                inbound: $crate::connection::InboundId,
                name: &str,
                value: &$crate::Value<'_>,
            ) -> Result<(), $crate::connection::CallError> {
                let encode = $crate::connection::encode::response_value(name, value);
                self.send_response(inbound, encode)
            }

            /// Answers a request with a table that is written on the spot.
            ///
            /// # Errors
            /// As [`respond`](Self::respond).
            pub fn respond_with_table(
                &mut self,
                inbound: $crate::connection::InboundId,
                response: &$crate::Response<'_>,
                shape: impl FnOnce(&mut $crate::ShapeWriter<'_, '_>),
                rows: impl FnOnce(&mut $crate::RowsWriter<'_, '_>),
            ) -> Result<(), $crate::connection::CallError> {
                let body = $crate::Body::Response(*response);
                let encode = $crate::connection::encode::with_table(body, shape, rows);
                self.send_response(inbound, encode)
            }

            /// Gives the outbox other memory, and gives back that of before: for a host
            /// that wants it longer when a message does not fit, and shorter when none
            /// waits. What waits is moved.
            ///
            /// # Errors
            /// The memory that was handed in, where it is too short for what waits; then
            /// nothing has changed.
            pub fn replace_outbox(&mut self, memory: S::Outbox) -> Result<S::Outbox, S::Outbox> {
                self.link.outbox.replace(memory)
            }

            /// The transport reports that the WebSocket is closed, or lost.
            pub fn handle_closed(&mut self, now_ms: u64) {
                self.link.at(now_ms);
                self.apply(Input::Closed);
            }

            /// The time has come that [`poll_timeout`](Self::poll_timeout) told, or any
            /// other.
            pub fn handle_timeout(&mut self, now_ms: u64) {
                let now_ms = self.link.at(now_ms);
                self.expire(now_ms);
            }

            /// What follows the message that was taken last, in the bytes in which it came:
            /// to be handed in next, as a WebSocket message of its own. Nothing, unless
            /// [`Settings::several_messages`] is set and a whole header comes next; other
            /// bytes are counted
            /// ([`Counters::bytes_followed`](crate::connection::Counters::bytes_followed)),
            /// and not read (section 1).
            pub fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
                self.link.rest(bytes)
            }

            /// Its times and sizes.
            pub const fn settings(&self) -> &Settings {
                &self.settings
            }

            /// Where the connection stands.
            pub const fn state(&self) -> State {
                self.state
            }

            /// Why the connection has ended, if it has.
            pub const fn end(&self) -> Option<End> {
                self.end
            }

            /// Whether the connection has ended and its transport can be dropped.
            pub const fn is_ended(&self) -> bool {
                matches!(self.state, State::Ended)
            }

            /// What was counted since the machine was made.
            pub const fn counters(&self) -> $crate::connection::Counters {
                self.link.counters
            }

            /// The requests to the peer that have not ended.
            pub fn requests(&self) -> impl Iterator<Item = $crate::connection::RequestId> {
                self.link.requests.waiting()
            }

            /// The requests of the peer that were not answered.
            pub fn unanswered(&self) -> impl Iterator<Item = $crate::connection::InboundId> {
                self.link.inbound.waiting()
            }
        }

        impl<S: $crate::connection::Storage> $crate::connection::Machine for Connection<S> {
            type Outbox = S::Outbox;

            fn poll_transmit(
                &mut self,
                buffer: &mut [u8],
                now_ms: u64,
            ) -> Result<Option<$crate::connection::Transmit>, $crate::connection::BufferTooSmall>
            {
                self.poll_transmit(buffer, now_ms)
            }

            fn poll_timeout(&self) -> Option<u64> {
                self.poll_timeout()
            }

            fn handle_ping(&mut self, now_ms: u64) {
                self.handle_ping(now_ms);
            }

            fn handle_pong(&mut self, now_ms: u64) {
                self.handle_pong(now_ms);
            }

            fn handle_closed(&mut self, now_ms: u64) {
                self.handle_closed(now_ms);
            }

            fn handle_timeout(&mut self, now_ms: u64) {
                self.handle_timeout(now_ms);
            }

            fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
                self.rest(bytes)
            }

            fn request(
                &mut self,
                request: &$crate::Request<'_>,
                now_ms: u64,
            ) -> Result<$crate::connection::RequestId, $crate::connection::CallError> {
                self.request(request, now_ms)
            }

            fn request_with_table(
                &mut self,
                request: &$crate::Request<'_>,
                shape: impl FnOnce(&mut $crate::ShapeWriter<'_, '_>),
                rows: impl FnOnce(&mut $crate::RowsWriter<'_, '_>),
                now_ms: u64,
            ) -> Result<$crate::connection::RequestId, $crate::connection::CallError> {
                self.request_with_table(request, shape, rows, now_ms)
            }

            fn write_property(
                &mut self,
                thing: &str,
                property: &str,
                value: &$crate::Value<'_>,
                now_ms: u64,
            ) -> Result<$crate::connection::RequestId, $crate::connection::CallError> {
                self.write_property(thing, property, value, now_ms)
            }

            fn respond(
                &mut self,
                inbound: $crate::connection::InboundId,
                response: &$crate::Response<'_>,
            ) -> Result<(), $crate::connection::CallError> {
                self.respond(inbound, response)
            }

            fn respond_value(
                &mut self,
                inbound: $crate::connection::InboundId,
                name: &str,
                value: &$crate::Value<'_>,
            ) -> Result<(), $crate::connection::CallError> {
                self.respond_value(inbound, name, value)
            }

            fn respond_with_table(
                &mut self,
                inbound: $crate::connection::InboundId,
                response: &$crate::Response<'_>,
                shape: impl FnOnce(&mut $crate::ShapeWriter<'_, '_>),
                rows: impl FnOnce(&mut $crate::RowsWriter<'_, '_>),
            ) -> Result<(), $crate::connection::CallError> {
                self.respond_with_table(inbound, response, shape, rows)
            }

            fn requests(&self) -> impl Iterator<Item = $crate::connection::RequestId> {
                self.requests()
            }

            fn unanswered(&self) -> impl Iterator<Item = $crate::connection::InboundId> {
                self.unanswered()
            }

            fn replace_outbox(&mut self, memory: S::Outbox) -> Result<S::Outbox, S::Outbox> {
                self.replace_outbox(memory)
            }

            fn counters(&self) -> $crate::connection::Counters {
                self.counters()
            }

            fn is_ended(&self) -> bool {
                self.is_ended()
            }
        }
    };
}
