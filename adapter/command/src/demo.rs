//! `demo`: a platform and an edge over a real socket; every frame is a line.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alwayson::edge::{Credentials, Edge, Property, PropertyUpdate, Service, Thing};
use alwayson::frame::{Direction, Kind, Observer};
use alwayson::message::{Request, Response};
use alwayson::platform::{AfterBind, KnownCredentials, MemoryThings, Options, Platform, Update};
use alwayson::value::{Table, Value};
use alwayson_codec::{BaseType, Status};
use crossterm::style::Stylize;
use tokio::sync::mpsc;

use crate::failure::{EXIT_CODES, Failure, in_full};
use crate::show;

/// Show the protocol at work: run a platform and an edge that talk over a local socket,
/// and print every frame as a line.
///
/// The demo needs no setup and leaves nothing behind. It checks what each side receives;
/// the exit code is 1 if anything is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// Do not cut lines at the width of the terminal.
    #[arg(long)]
    full: bool,
}

const KEY: &str = "12345678-1234-1234-1234-123456789abc";
const THING: &str = "SteamSensor1";
/// The number of rows of a table that is too long for one message, so it is sent in chunks.
const HISTORY: usize = 1_500;
/// From this width of the terminal on, each line shows the direction in words.
const WIDE: usize = 120;
/// The time limit of the demo; it takes well under a second.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let done = tokio::time::timeout(DEADLINE, Demo::start(args.full).await?.steps()).await;
    done.unwrap_or_else(|_| Err(Failure::Failed("the demo took too long".to_owned())))
}

struct Demo {
    columns: usize,
    start: Instant,
    step: usize,
    shown: usize,
    frames: mpsc::UnboundedReceiver<Seen>,
    observer: Observer,
    platform: Platform,
    things: MemoryThings,
}

struct Seen {
    at: Duration,
    direction: Direction,
    len: Option<usize>,
    text: String,
}

fn failed(what: &str, error: &dyn Display) -> Failure {
    Failure::Failed(format!("{what}: {error}"))
}

impl Demo {
    async fn start(is_full: bool) -> Result<Self, Failure> {
        let start = Instant::now();
        let things = MemoryThings::new().with_thing(THING).with_service("Greet", greet);
        let after_bind =
            AfterBind::default().with_metadata(true).with_notify(false).with_synchronize(true);
        let platform = Platform::builder(KnownCredentials::default().with_key(KEY), things.clone())
            .options(Options::default().with_after_bind(after_bind))
            .listen("127.0.0.1:0")
            .await
            .map_err(|error| failed("no platform at 127.0.0.1", &error))?;
        let (sender, frames) = mpsc::unbounded_channel();
        let observer: Observer = Arc::new(move |frame| {
            let len = match frame.kind {
                Kind::Message(bytes) => Some(bytes.len()),
                Kind::Ping | Kind::Pong | Kind::Close(_) => None,
            };
            let at = start.elapsed();
            let direction = frame.direction;
            let text = frame.to_string();
            // The receiver may be gone at the end of the demo.
            let _ = sender.send(Seen { at, direction, len, text });
        });
        let columns = if is_full { None } else { show::columns() };
        let columns = columns.unwrap_or(usize::MAX);
        Ok(Self { columns, start, step: 0, shown: 0, frames, observer, platform, things })
    }

    async fn steps(mut self) -> Result<(), Failure> {
        let url = format!("ws://{}", self.platform.local_addr());
        show::line(&format!("A platform listens at {url}, and an edge connects to it."))?;
        if self.is_narrow() {
            show::line("-> to the platform, <- to the edge; time in milliseconds, size in bytes.")?;
        }
        let edge = self.connect(&url).await?;
        self.bind(&edge).await?;
        self.edge_asks(&edge).await?;
        self.platform_asks().await?;
        self.leave(edge).await
    }

    async fn connect(&mut self, url: &str) -> Result<Edge, Failure> {
        self.heading("The edge authenticates with its key")?;
        let edge = Edge::builder(url)
            .map_err(|error| failed("the URL", &error))?
            .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key(KEY)) })
            .observer(Arc::clone(&self.observer))
            .connect()
            .await
            .map_err(|error| Failure::Failed(in_full(&error)))?;
        self.frames()?;
        Ok(edge)
    }

    async fn bind(&mut self, edge: &Edge) -> Result<(), Failure> {
        self.heading("The edge binds its Thing; the platform asks for its metadata and values")?;
        let mut updates = self.things.updates();
        edge.add(sensor()).await.map_err(|error| failed("the Thing", &error))?;
        let waited = edge.wait_synchronized(THING).await;
        waited.map_err(|error| failed("BIND", &error))?;
        // Wait for the values of both properties: the last thing that the platform asks for.
        for _ in 0..2 {
            updates.recv().await.map_err(|error| failed("the values", &error))?;
        }
        self.frames()
    }

    async fn edge_asks(&mut self, edge: &Edge) -> Result<(), Failure> {
        self.heading("The edge writes a property on the platform, and reads it back")?;
        let written = edge.write_property(THING, "Setpoint", 80.0).await;
        written.map_err(|error| failed("the write", &error))?;
        let read = edge.read_property(THING, "Setpoint").await;
        self.expect("the property", &read.map_err(|error| failed("the read", &error))?, &80.0)?;

        self.heading("The edge pushes two values, with time and quality")?;
        let updates = [("Temperature", 22.75.into()), ("Label", Value::from("Kessel 3 – Süd"))];
        let updates = updates.map(|(name, value)| PropertyUpdate::new(name, value));
        let pushed = edge.push_properties(THING, updates).await;
        pushed.map_err(|error| failed("the push", &error))?;
        let kept = self.things.property(THING, "Temperature").map(|kept| kept.value);
        self.expect("what was pushed", &kept.unwrap_or_default(), &22.75)?;

        self.heading("The edge calls a service of the platform")?;
        let params = Table::of([("name", "edge".into())]);
        let greeting = edge.invoke_service(THING, "Greet", params).await;
        let greeting = greeting.map_err(|error| failed("the service", &error))?;
        self.expect_one("the greeting", &greeting, "Hello, edge!")?;

        self.heading("The edge fires an event")?;
        let mut updates = self.things.updates();
        let data = Table::of([("Temperature", 131.5.into())]);
        let fired = edge.fire_event(THING, "Overheated", data).await;
        fired.map_err(|error| failed("the event", &error))?;
        let heard =
            matches!(updates.recv().await, Ok(Update::Event { name, .. }) if name == "Overheated");
        self.expect("that the event was heard", &heard, &true)
    }

    async fn platform_asks(&mut self) -> Result<(), Failure> {
        self.heading("The platform reads a property of the edge, and writes it")?;
        let read = self.ask(Request::read_property(THING, "Temperature")).await?;
        self.expect_one("the property", &read, 22.75)?;
        self.ask(Request::write_property(THING, "Temperature", 55.5)).await?;
        let read = self.ask(Request::read_property(THING, "Temperature")).await?;
        self.expect_one("the property", &read, 55.5)?;

        self.heading("The platform calls a service of the edge")?;
        let params = Table::of([("a", 2.0.into()), ("b", 40.0.into())]);
        let sum = self.ask(Request::invoke_service(THING, "AddNumbers", Some(params))).await?;
        self.expect_one("the sum", &sum, 42.0)?;

        self.heading(
            "The platform calls a service whose answer is too long for one frame, so it is sent in chunks",
        )?;
        let history = self.ask(Request::invoke_service(THING, "GetHistory", None)).await?;
        let rows = history.table().map(Table::len).unwrap_or_default();
        let summary = format!("together {rows} rows");
        self.expect("the rows", &rows, &HISTORY)?;
        self.note(&summary)?;

        self.heading("The platform calls a service that the edge does not have")?;
        let none = self.ask(Request::invoke_service(THING, "Nope", None)).await?;
        self.expect("the status", &none.status, &Status::NOT_FOUND)
    }

    async fn leave(mut self, edge: Edge) -> Result<(), Failure> {
        self.heading("The edge unbinds its Thing and closes the connection")?;
        edge.leave().await;
        let Self { platform, .. } = &self;
        self.expect("who has the Thing", &platform.handle().holder(THING).is_none(), &true)?;
        let shown = self.shown;
        let elapsed = self.start.elapsed().as_secs_f64();
        self.platform.shut_down().await;
        show::line(&format!("\n{shown} frames in {elapsed:.2} s: everything as expected."))?;
        Ok(())
    }

    async fn ask(&mut self, request: Request) -> Result<Response, Failure> {
        let what = request.to_string();
        self.platform.call(request).await.map_err(|error| failed(&what, &error))
    }

    fn expect_one(
        &mut self,
        what: &str,
        response: &Response,
        expected: impl Into<Value>,
    ) -> Result<(), Failure> {
        let value = response.value().cloned().unwrap_or_default();
        self.expect(what, &value, &expected.into())
    }

    /// Shows the frames so far, and fails if a value is not as expected.
    fn expect<T: Display>(
        &mut self,
        what: &str,
        value: &T,
        expected: &impl Display,
    ) -> Result<(), Failure> {
        self.frames()?;
        let value = value.to_string();
        let expected = expected.to_string();
        if value == expected {
            return Ok(());
        }
        Err(Failure::Failed(format!("{what}: got {value}, expected {expected}")))
    }

    fn heading(&mut self, text: &str) -> Result<(), Failure> {
        self.step += 1;
        let heading = format!("{:>2}  {text}", self.step);
        let heading = show::cut(&heading, self.columns);
        if self.columns == usize::MAX {
            show::line(&format!("\n{heading}"))?;
        } else {
            show::line(&format!("\n{}", heading.as_ref().bold()))?;
        }
        Ok(())
    }

    /// Returns whether lines have to be short.
    fn is_narrow(&self) -> bool {
        self.columns < WIDE
    }

    fn note(&self, text: &str) -> Result<(), Failure> {
        let indent = if self.is_narrow() { 18 } else { 44 };
        show::line(&show::cut(&format!("{:indent$}= {text}", ""), self.columns))?;
        Ok(())
    }

    /// Shows the frames since the last call.
    fn frames(&mut self) -> Result<(), Failure> {
        while let Ok(Seen { at, direction, len, text }) = self.frames.try_recv() {
            self.shown += 1;
            let ms = at.as_secs_f64() * 1000.0;
            let line = if self.is_narrow() {
                let arrow = match direction {
                    Direction::Sent => "->",
                    Direction::Received => "<-",
                };
                let bytes = len.map(|len| len.to_string()).unwrap_or_default();
                format!("{ms:>7.1}  {arrow} {bytes:>5}  {text}")
            } else {
                let direction = match direction {
                    Direction::Sent => "edge -> platform",
                    Direction::Received => "edge <- platform",
                };
                let bytes = len.map(|len| format!("{len} B")).unwrap_or_default();
                format!("    {ms:>8.1} ms  {direction}  {bytes:>8}  {text}")
            };
            show::line(&show::cut(&line, self.columns))?;
        }
        Ok(())
    }
}

async fn greet(request: Request) -> Response {
    let name = request.params.as_ref().and_then(|params| params.value("name"));
    let name = name.map(ToString::to_string).unwrap_or_default();
    Response::result(format!("Hello, {name}!"))
}

/// Returns the Thing of the edge.
fn sensor() -> Thing {
    let add = Service::new("AddNumbers", |params: Table| async move {
        let number = |name: &str| params.value(name).and_then(Value::as_f64).unwrap_or_default();
        Ok(number("a") + number("b"))
    });
    let history = Service::new("GetHistory", |_| async {
        let mut table = Table::new([("hour", BaseType::INTEGER), ("value", BaseType::NUMBER)]);
        for (hour, value) in (0..).zip([20.5, 21.0, 21.5].into_iter().cycle()).take(HISTORY) {
            table.push([Value::Integer(hour), Value::Number(value)]);
        }
        Ok(table)
    });
    Thing::new(THING)
        .define(Property::new("Temperature", 21.5).description("in degrees Celsius"))
        .property("Label", "Kessel 3")
        .provide(
            add.input("a", BaseType::NUMBER).input("b", BaseType::NUMBER).output(BaseType::NUMBER),
        )
        .provide(history.output(BaseType::INFOTABLE))
        .event("Overheated")
}
