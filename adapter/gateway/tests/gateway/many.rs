//! Many applications, many requests at a time, and long answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson::Status;
use alwayson::message::{Request, Response};
use alwayson::platform::{
    AcceptAnyClaims, AfterBind, MemoryThings, Options as PlatformOptions, Platform,
};
use alwayson::serde_json::{Value as Json, json};
use alwayson::value::{Value, ValueExt as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::application::{Application, Reply, is_after_bind};
use crate::http::{Answer, KeptAlive, get};
use crate::site::{PATIENCE, Site};

/// The maximum number of requests of the platform that are forwarded at a time, to all applications.
const AT_A_TIME: usize = 64;
/// The same for one application.
const OF_ONE: usize = 8;

/// Returns a host for an application. All of them are this machine; systems other than Linux have
/// only one such host.
fn host(number: usize) -> String {
    if cfg!(target_os = "linux") {
        format!("127.0.{}.{}", number / 250, number % 250 + 1)
    } else {
        "127.0.0.1".to_owned()
    }
}

fn thing(number: usize, application: &Application) -> Json {
    let host = host(number);
    let port = application.address.port();
    json!({ "name": format!("Pump{number}"), "host": host, "port": port, "keepalive": 0 })
}

/// Registers Things, each with a separate application, over several connections at a time.
async fn register(site: &Site, numbers: std::ops::Range<usize>, application: &Application) {
    const CONNECTIONS: usize = 8;
    let mut all = JoinSet::new();
    for first in numbers.clone().take(CONNECTIONS) {
        let things: Vec<Json> = (first..numbers.end)
            .step_by(CONNECTIONS)
            .map(|number| thing(number, application))
            .collect();
        let address = site.address;
        all.spawn(async move {
            let mut http = KeptAlive::connect(address).await;
            for thing in things {
                let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
                let answer = http.json("POST", path, &thing).await;
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
}

/// Holds answers back until they are released, and counts them.
#[derive(Clone)]
struct Held {
    taken: mpsc::UnboundedSender<()>,
    let_go: watch::Receiver<usize>,
    count: Arc<AtomicUsize>,
}

struct Holder {
    taken: mpsc::UnboundedReceiver<()>,
    let_go: watch::Sender<usize>,
    count: Arc<AtomicUsize>,
}

fn held() -> (Held, Holder) {
    let (taken, of_taken) = mpsc::unbounded_channel();
    let (let_go, of_let_go) = watch::channel(0);
    let count = Arc::<AtomicUsize>::default();
    let held = Held { taken, let_go: of_let_go, count: Arc::clone(&count) };
    (held, Holder { taken: of_taken, let_go, count })
}

impl Held {
    /// Adds an answer. Returns its number, and the watch of the number of released answers.
    fn take(&self) -> (watch::Receiver<usize>, usize) {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let _ = self.taken.send(());
        (self.let_go.clone(), number)
    }
}

impl Holder {
    /// Waits until this many more answers are held back.
    async fn taken(&mut self, count: usize) {
        for _ in 0..count {
            let next = tokio::time::timeout(PATIENCE, self.taken.recv()).await;
            next.expect("too few are taken").unwrap();
        }
    }

    fn all(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Releases the first answers.
    fn let_go(&self, count: usize) {
        self.let_go.send_replace(count);
    }
}

/// Starts an application whose answers are held back, except those to requests after a BIND.
async fn holding(held: Held) -> Application {
    Application::at("0.0.0.0:0", move |request| {
        if is_after_bind(request) {
            return Reply::status(404);
        }
        let (let_go, number) = held.take();
        Reply::When(let_go, number, Box::new(Reply::text(200, "7")))
    })
    .await
}

/// Calls services of these Things as the platform, all at the same time.
fn call_all(site: &Site, things: impl Iterator<Item = usize>) -> JoinSet<Response> {
    let mut all = JoinSet::new();
    for number in things {
        let handle = site.platform.as_ref().unwrap().handle();
        let request = Request::invoke_service(&format!("Pump{number}"), "Do", None);
        all.spawn(async move { handle.call(request).await.unwrap() });
    }
    all
}

/// Waits until the gateway has received everything that the platform has sent: messages are
/// processed in order.
async fn settled(site: &Site) {
    for _ in 0..3 {
        let answer = get(site.address, "/Thingworx/Things/Other/Properties/P").await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

async fn succeeded(mut all: JoinSet<Response>) -> usize {
    let mut count = 0;
    while let Some(response) = all.join_next().await {
        let response = response.unwrap();
        assert_eq!(response.status, Status::SUCCESS, "{response:?}");
        count += 1;
    }
    count
}

/// Starts a site with Things of this many applications, whose answers are held back.
async fn held_back(applications: usize) -> (Site, Application, Holder) {
    let things = MemoryThings::any().with_thing("Other");
    things.set_property("Other", "P", 1);
    let site = Site::with(things, |config, options| (config, options)).await;
    let (held, holder) = held();
    let application = holding(held).await;
    register(&site, 0..applications, &application).await;
    for number in 0..applications {
        site.bound(&format!("Pump{number}")).await;
    }
    (site, application, holder)
}

/// The platform calls these applications, `limit` of which may work at a time: more requests wait,
/// and are sent when one is answered.
async fn held_to(limit: usize, applications: usize, called: impl Iterator<Item = usize>) {
    let (site, _application, mut holder) = held_back(applications).await;
    let all = call_all(&site, called);
    let count = all.len();
    let at_once = count.min(limit);
    holder.taken(at_once).await;
    settled(&site).await;
    assert_eq!(holder.all(), at_once);
    holder.let_go(1);
    holder.taken(count - at_once).await;
    holder.let_go(count);
    assert_eq!(succeeded(all).await, count);
    assert_eq!(holder.all(), count);
}

#[tokio::test]
async fn an_application_has_eight_requests_at_a_time_and_more_wait() {
    for count in [OF_ONE - 1, OF_ONE, OF_ONE + 1] {
        held_to(OF_ONE, 1, std::iter::repeat_n(0, count)).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn sixty_four_requests_of_the_platform_are_handed_on_at_a_time_and_more_wait() {
    for count in [AT_A_TIME - 1, AT_A_TIME, AT_A_TIME + 1] {
        held_to(AT_A_TIME, AT_A_TIME + 1, 0..count).await;
    }
}

#[tokio::test]
async fn sixty_four_and_one_more_requests_to_the_platform_are_under_way_at_a_time() {
    let (held, mut holder) = held();
    let things = MemoryThings::any().with_service("Slow", move |_| {
        let (mut let_go, number) = held.take();
        async move {
            let _ = let_go.wait_for(|count| *count > number).await;
            Response::result(7)
        }
    });
    let site = Site::with(things, |config, options| (config, options)).await;
    let mut all = JoinSet::new();
    for _ in 0..=AT_A_TIME {
        let address = site.address;
        all.spawn(async move {
            let mut http = KeptAlive::connect(address).await;
            http.json("POST", "/Thingworx/Things/Pump/Services/Slow", &json!({})).await
        });
    }
    holder.taken(AT_A_TIME + 1).await;
    holder.let_go(AT_A_TIME + 1);
    while let Some(answer) = all.join_next().await {
        assert_eq!(answer.unwrap().cell("result"), json!(7));
    }
}

#[tokio::test]
async fn a_thousand_applications_and_the_platform_ask_each_other_and_all_counts_agree() {
    const APPLICATIONS: usize = 1_000;
    const EACH: usize = 16;
    let asked = Arc::new(AtomicUsize::new(0));
    let of_platform = Arc::clone(&asked);
    let things = MemoryThings::any().with_service("Add", move |request| {
        of_platform.fetch_add(1, Ordering::SeqCst);
        let number = request.params.and_then(|params| params.value("number")?.as_f64());
        let number = number.unwrap_or_default();
        async move { Response::result(number + 1.0) }
    });
    let site = Site::with(things, |config, options| (config, options)).await;
    // The application answers with the path, which shows that each answer is that of its request.
    let mut application = Application::at("0.0.0.0:0", |request| {
        if is_after_bind(request) { Reply::status(404) } else { Reply::json(&json!(request.path)) }
    })
    .await;
    register(&site, 0..APPLICATIONS, &application).await;
    for number in 0..APPLICATIONS {
        site.bound(&format!("Pump{number}")).await;
    }
    let mut all = JoinSet::new();
    for first in 0..AT_A_TIME {
        let handle = site.platform.as_ref().unwrap().handle();
        all.spawn(async move {
            for number in (first..APPLICATIONS).step_by(AT_A_TIME).cycle().take(EACH) {
                let name = format!("Pump{number}");
                let request = Request::invoke_service(&name, "Do", None);
                let response = handle.call(request).await.unwrap();
                let path: Json = response.value().and_then(Value::as_json).unwrap();
                assert_eq!(path, json!(format!("//Things/{name}/Services/Do")));
            }
        });
        let address = site.address;
        all.spawn(async move {
            let mut http = KeptAlive::connect(address).await;
            for number in (first..APPLICATIONS).step_by(AT_A_TIME).cycle().take(EACH) {
                let path = format!("/Thingworx/Things/Pump{number}/Services/Add");
                let answer: Answer = http.json("POST", &path, &json!({ "number": number })).await;
                assert_eq!(
                    answer.cell("result").as_f64(),
                    u32::try_from(number + 1).ok().map(f64::from)
                );
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    let sent = AT_A_TIME * EACH;
    assert_eq!(asked.load(Ordering::SeqCst), sent);
    let mut taken = 0;
    while let Some(request) = application.try_any() {
        taken += usize::from(!is_after_bind(&request));
    }
    assert_eq!(taken, sent);
    let status = get(site.address, "/status.json").await.json();
    let is_bound = |thing: &&Json| thing["state"] == "bound";
    assert_eq!(status["things"].as_array().unwrap().iter().filter(is_bound).count(), APPLICATIONS);
    let edge = site.gateway.edge().counters();
    assert_eq!((edge.answers_dropped, edge.handler_answers_dropped), (0, 0));
}

#[tokio::test]
async fn four_thousand_and_ninety_six_things_are_added_without_a_connection_and_no_more() {
    const MOST: usize = 4_096;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut site = Site::to(nobody, |config, options| (config, options)).await.unwrap();
    let mut http = KeptAlive::connect(site.address).await;
    let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
    let add = |number: usize| json!({ "name": format!("T{number}"), "keepalive": 0 });
    for number in 0..MOST {
        let answer = http.json("POST", path, &add(number)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let answer = http.json("POST", path, &add(MOST)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.reason(), "4096 Things are registered, which is the limit");
    let options = PlatformOptions::default().with_after_bind(AfterBind::NONE);
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any()).options(options);
    site.platform = Some(platform.listen(nobody).await.unwrap());
    for number in 0..MOST {
        site.bound(&format!("T{number}")).await;
    }
    // A registered Thing can be registered again, and if one is removed, there is room.
    assert_eq!(site.ems("AddEdgeThing", &add(0)).await.status, 200);
    assert_eq!(site.ems("RemoveEdgeThing", &add(0)).await.status, 200);
    site.until(|event| matches!(event, alwayson_gateway::Event::Unregistered { .. })).await;
    assert_eq!(site.ems("AddEdgeThing", &add(MOST)).await.status, 200);
    site.bound(&format!("T{MOST}")).await;
}

/// Starts an application with one answer of 10 MB, and short ones.
async fn long_winded() -> Application {
    Application::start(|request| match request.line().as_str() {
        "POST Services/Long" => Reply::json(&json!("x".repeat(10_000_000))),
        _ => Reply::text(200, "7"),
    })
    .await
}

#[tokio::test]
async fn an_answer_of_10_mb_is_refused_and_the_next_one_comes() {
    let site = Site::start().await;
    let application = long_winded().await;
    site.register("Pump", &application).await;
    for _ in 0..3 {
        let response = site.call(Request::invoke_service("Pump", "Long", None)).await;
        assert_eq!(response.status, Status::INTERNAL_SERVER_ERROR);
        let reason = "the application's answer is longer than 2097152 bytes";
        assert_eq!(response.reason.as_deref(), Some(reason));
        let response = site.call(Request::invoke_service("Pump", "Short", None)).await;
        assert_eq!(response.status, Status::SUCCESS);
    }
}

#[tokio::test]
async fn an_answer_of_10_mb_goes_through_where_messages_may_be_so_long() {
    let most = alwayson::message::MessageLimit::new(16 << 20).unwrap();
    let options = PlatformOptions::default().with_message_limit(most);
    let site = Site::with_platform(MemoryThings::any(), options, |mut config, options| {
        config.connection.max_msg_size = 16 << 20;
        (config, options)
    })
    .await;
    let application = long_winded().await;
    site.register("Pump", &application).await;
    let response = site.call(Request::invoke_service("Pump", "Long", None)).await;
    assert_eq!(response.status, Status::SUCCESS, "{:?}", response.reason);
    let text: Json = response.value().and_then(Value::as_json).unwrap();
    assert_eq!(text.as_str().map(str::len), Some(10_000_000));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_to_many_applications_are_not_all_kept_and_those_that_are_not_for_long() {
    const APPLICATIONS: usize = 100;
    const KEPT: usize = 64;
    let site = Site::start().await;
    let application = Application::at("0.0.0.0:0", |_| Reply::text(200, "7")).await;
    register(&site, 0..APPLICATIONS, &application).await;
    for number in 0..APPLICATIONS {
        let name = format!("Pump{number}");
        site.bound(&name).await;
        let response = site.call(Request::invoke_service(&name, "Do", None)).await;
        assert_eq!(response.status, Status::SUCCESS);
    }
    let most = |most: usize| {
        let mut open = application.open.subscribe();
        async move {
            let few = open.wait_for(|open| *open <= most);
            let few = tokio::time::timeout(PATIENCE, few).await;
            assert!(few.is_ok(), "there are more than {most} connections");
        }
    };
    most(KEPT).await;
    most(0).await;
}
