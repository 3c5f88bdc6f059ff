//! The calls that both sides have in common.

/// Implements these calls for the `Connection` of a side, and
/// [`Machine`](crate::connection::Machine). It is a macro so that a caller of a known side
/// does not have to import the trait. The side brings what depends on its states:
/// `send_request`, `send_response`, `expire` and `apply`.
macro_rules! calls {
    () => {
        impl<S: $crate::connection::Storage> Connection<S> {
            /// Queues a request whose parameters are written by closures, without a table in
            /// memory.
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

            /// Queues a request that writes a property of a Thing.
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

            /// Queues the response to a request of the peer.
            ///
            /// # Errors
            /// - [`NotWaiting`](crate::connection::CallError::NotWaiting) if the request was
            ///   answered before, by the machine itself if it waited too long
            /// - [`Ended`](crate::connection::CallError::Ended) if the connection has ended
            /// - [`OutboxFull`](crate::connection::CallError::OutboxFull),
            ///   [`MessageTooLong`](crate::connection::CallError::MessageTooLong) or
            ///   [`Encode`](crate::connection::CallError::Encode) if the response cannot be
            ///   queued; the request can still be answered
            pub fn respond(
                &mut self,
                inbound: $crate::connection::InboundId,
                response: &$crate::Response<'_>,
            ) -> Result<(), $crate::connection::CallError> {
                let body = $crate::Body::Response(*response);
                self.send_response(inbound, $crate::connection::encode::whole(body))
            }

            /// Queues a response that carries one value: SUCCESS, and a table with one field of
            /// this name and one row (PROTOCOL.md §3).
            ///
            /// The field has the name of the property if a property was read, and `result` if a
            /// service was called. A value without a table is not a valid answer to either. If
            /// there is no result, as after a write, use [`respond`](Self::respond).
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

            /// Queues a response whose table is written by closures, without a table in memory.
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

            /// Replaces the memory of the outbox and returns the old one. Queued messages are
            /// moved. A host can use a larger memory while a message does not fit, and a smaller
            /// one while the outbox is empty.
            ///
            /// # Errors
            /// Returns the new memory if it is too small for the queued messages; nothing has
            /// changed then.
            pub fn replace_outbox(&mut self, memory: S::Outbox) -> Result<S::Outbox, S::Outbox> {
                self.link.outbox.replace(memory)
            }

            /// Handles the end of the WebSocket, closed or lost.
            pub fn handle_closed(&mut self, now_ms: u64) {
                self.link.at(now_ms);
                self.apply(Input::Closed);
            }

            /// Handles everything that is due at this time. Call it at the time that
            /// [`poll_timeout`](Self::poll_timeout) returns; other times do no harm.
            pub fn handle_timeout(&mut self, now_ms: u64) {
                let now_ms = self.link.at(now_ms);
                self.expire(now_ms);
            }

            /// Returns the bytes that follow the message that was handled last: pass them to
            /// `handle_received` next, like a WebSocket message (PROTOCOL.md §1).
            ///
            /// `bytes` are those of the last call of `handle_received`. The result is empty
            /// unless [`Settings::several_messages`] is set and a whole header follows. Other
            /// bytes are counted
            /// ([`Counters::bytes_followed`](crate::connection::Counters::bytes_followed)) and
            /// ignored.
            pub fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
                self.link.rest(bytes)
            }

            /// Returns the settings.
            pub const fn settings(&self) -> &Settings {
                &self.settings
            }

            /// Returns the state of the connection.
            pub const fn state(&self) -> State {
                self.state
            }

            /// Returns why the connection has ended, or `None` if it has not.
            pub const fn end(&self) -> Option<End> {
                self.end
            }

            /// Returns whether the connection has ended and its transport can be dropped.
            pub const fn is_ended(&self) -> bool {
                matches!(self.state, State::Ended)
            }

            /// Returns what was counted since the machine was made.
            pub const fn counters(&self) -> $crate::connection::Counters {
                self.link.counters
            }

            /// Returns the requests to the peer that have not ended.
            pub fn requests(&self) -> impl Iterator<Item = $crate::connection::RequestId> {
                self.link.requests.waiting()
            }

            /// Returns the requests of the peer that are not answered yet.
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
