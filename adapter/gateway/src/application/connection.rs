//! A connection to an application.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use alwayson::transport::Io;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::client::{Received, SendError};

/// The maximum number of headers of an answer. Servers send about 10.
const MAX_HEADERS: usize = 100;
/// The maximum length of the head of an answer, in bytes.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// A connection to an application. It makes progress only while one of its futures is polled: with
/// a separate task, each request would have to wake several tasks in turn.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// `None` after the connection has ended.
    driver: Option<Driver>,
}

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// Waits for a future, and drives the connection that it uses.
async fn driving<T>(driver: &mut Option<Driver>, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|context| {
        // The future is polled before the driver, so that the driver sends its data at once, and
        // after the driver, so that the future gets received data at once.
        if let Poll::Ready(done) = future.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        let is_over = driver.as_mut().is_some_and(|driver| driver.poll_unpin(context).is_ready());
        if is_over {
            *driver = None;
        }
        future.as_mut().poll(context)
    })
    .await
}

impl Connection {
    /// Starts HTTP on an open socket, without sending anything.
    ///
    /// # Errors
    /// Returns an error if the socket is closed.
    pub(super) async fn open(io: impl Io) -> Result<Self, SendError> {
        let (sender, driver) = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEADER_BYTES)
            .handshake(TokioIo::new(io))
            .await
            .map_err(failed)?;
        Ok(Self { sender, driver: Some(Box::pin(driver)) })
    }

    /// Returns whether another request can be sent, without looking at the socket.
    pub(super) fn is_open(&self) -> bool {
        self.driver.is_some() && !self.sender.is_closed()
    }

    /// Waits until another request can be sent. Returns false if the application has closed the
    /// connection in the meantime.
    pub(super) async fn is_ready(&mut self) -> bool {
        if let Some(driver) = &mut self.driver {
            let is_over = poll_fn(|context| Poll::Ready(driver.poll_unpin(context).is_ready()));
            if is_over.await {
                self.driver = None;
            }
        }
        self.driver.is_some() && driving(&mut self.driver, self.sender.ready()).await.is_ok()
    }

    /// Sends a request, and reads the answer with a body of at most `limit` bytes. Returns `None`
    /// if the connection was closed before any byte of the request was sent.
    ///
    /// # Errors
    /// See [`SendError`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the connection cannot be used any more.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        limit: usize,
    ) -> Option<Result<Received, SendError>> {
        let Self { sender, driver } = self;
        let exchange = async {
            let response = match sender.send_request(request).await {
                Err(error) if error.is_canceled() => return None,
                sent => sent,
            };
            Some(match response {
                Ok(response) => received(response, limit).await,
                Err(error) => Err(failed(error)),
            })
        };
        driving(driver, exchange).await
    }
}

async fn received(
    response: hyper::Response<hyper::body::Incoming>,
    limit: usize,
) -> Result<Received, SendError> {
    let (head, body) = response.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => {
            let body = body.to_bytes();
            Ok(Received { status: head.status, headers: head.headers, body })
        }
        Err(error) if error.is::<LengthLimitError>() => Err(SendError::TooLong { limit }),
        Err(_) => Err(SendError::Closed),
    }
}

fn failed(error: hyper::Error) -> SendError {
    if error.is_parse() || error.is_parse_too_large() {
        SendError::NoHttp(error)
    } else {
        SendError::Closed
    }
}
