//! The meaning of the method and the path of a request.

use alwayson::codec::{Characteristic, EntityType, Method as Verb};
use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::answer::Answer;
use crate::local_ems;
use crate::platform::Asked;

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The status page.
    Page,
    /// The status as JSON.
    Status,
    /// The metrics for Prometheus.
    Metrics,
    /// A request to the gateway itself.
    Own(Asked),
    /// A request to the platform.
    Platform(Asked),
}

/// Returns what a request with this method and path is for.
///
/// # Errors
/// Returns an answer with one of these statuses:
/// - 400 if the path is not UTF-8
/// - 404 if there is no such path
/// - 405 if the path does not accept the method
pub(crate) fn route(method: &Method, path: &str) -> Result<Route, Answer> {
    let page = match path {
        "/" => Some(Route::Page),
        "/status.json" => Some(Route::Status),
        "/metrics" => Some(Route::Metrics),
        _ => None,
    };
    if let Some(page) = page {
        return match *method {
            Method::GET => Ok(page),
            _ => Err(not_allowed("GET")),
        };
    }
    let mut segments = Vec::new();
    for segment in path.split('/').skip(1) {
        let text = percent_decode_str(segment)
            .decode_utf8()
            .map_err(|_| Answer::error(StatusCode::BAD_REQUEST, "the path is not UTF-8"))?;
        segments.push(text);
    }
    // A slash at the end is ignored.
    if segments.len() > 1 && segments.last().is_some_and(|last| last.is_empty()) {
        segments.pop();
    }
    let [root, entity_type, entity, characteristic, rest @ ..] = &segments[..] else {
        return Err(not_found("there is no such path"));
    };
    if !root.eq_ignore_ascii_case("Thingworx") {
        return Err(not_found("paths begin with /Thingworx"));
    }
    let entity_type = EntityType::ALL
        .iter()
        .copied()
        .find(|known| known.name() == Some(entity_type.as_ref()))
        .ok_or_else(|| not_found("there is no such entity type"))?;
    let known = [Characteristic::PROPERTIES, Characteristic::SERVICES, Characteristic::EVENTS];
    let characteristic =
        known.into_iter().find(|known| known.name() == Some(characteristic.as_ref()));
    let (verb, characteristic, name) = match (characteristic, rest) {
        (Some(of @ Characteristic::PROPERTIES), [] | [_]) => {
            let name = rest.first().map_or("*", AsRef::as_ref);
            match *method {
                Method::GET => (Verb::Get, of, name),
                Method::PUT => (Verb::Put, of, name),
                _ => return Err(not_allowed("GET, PUT")),
            }
        }
        (Some(of @ (Characteristic::SERVICES | Characteristic::EVENTS)), [name]) => match *method {
            Method::POST => (Verb::Post, of, name.as_ref()),
            _ => return Err(not_allowed("POST")),
        },
        _ => return Err(not_found("an entity has Properties, Services and Events")),
    };
    if entity.is_empty() || name.is_empty() {
        return Err(not_found("a name is empty"));
    }
    let entity = entity.as_ref().to_owned();
    let name = name.to_owned();
    let is_own = entity_type == EntityType::THINGS && entity == local_ems::NAME;
    let asked = Asked { method: verb, entity_type, entity, characteristic, name };
    Ok(if is_own { Route::Own(asked) } else { Route::Platform(asked) })
}

fn not_found(reason: &str) -> Answer {
    Answer::error(StatusCode::NOT_FOUND, reason)
}

fn not_allowed(allowed: &'static str) -> Answer {
    let reason = format!("this path accepts {allowed}");
    let answer = Answer::error(StatusCode::METHOD_NOT_ALLOWED, &reason);
    answer.header(ALLOW, HeaderValue::from_static(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &Method, path: &str) -> Result<String, u16> {
        let said = |kind: &str, asked: Asked| {
            let Asked { method, entity_type, entity, characteristic, name } = asked;
            format!("{kind} {method} {entity_type}|{entity}|{characteristic}|{name}")
        };
        match route(method, path) {
            Ok(Route::Platform(asked)) => Ok(said("platform", asked)),
            Ok(Route::Own(asked)) => Ok(said("own", asked)),
            Ok(page) => Ok(format!("{page:?}")),
            Err(answer) => Err(answer.status.as_u16()),
        }
    }

    #[test]
    fn each_path_asks_for_what_it_says() {
        for (method, path, expected) in [
            (Method::GET, "/", "Page"),
            (Method::GET, "/status.json", "Status"),
            (Method::GET, "/metrics", "Metrics"),
            (
                Method::GET,
                "/Thingworx/Things/Pump/Properties/P",
                "platform GET Things|Pump|Properties|P",
            ),
            (
                Method::GET,
                "/Thingworx/Things/Pump/Properties",
                "platform GET Things|Pump|Properties|*",
            ),
            (
                Method::GET,
                "/Thingworx/Things/Pump/Properties/",
                "platform GET Things|Pump|Properties|*",
            ),
            (
                Method::PUT,
                "/Thingworx/Things/Pump/Properties/*",
                "platform PUT Things|Pump|Properties|*",
            ),
            (
                Method::POST,
                "/Thingworx/Things/*sn%2017%2F2/Services/S%C3%A4",
                "platform POST Things|*sn 17/2|Services|Sä",
            ),
            (
                Method::POST,
                "/thingworx/Resources/EntityServices/Services/S",
                "platform POST Resources|EntityServices|Services|S",
            ),
            (
                Method::POST,
                "/Thingworx/Subsystems/X/Events/E",
                "platform POST Subsystems|X|Events|E",
            ),
            (
                Method::POST,
                "/Thingworx/Things/LocalEms/Services/AddEdgeThing",
                "own POST Things|LocalEms|Services|AddEdgeThing",
            ),
        ] {
            assert_eq!(asked(&method, path), Ok(expected.to_owned()), "{path}");
        }
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        for (method, path, status) in [
            (Method::POST, "/", 405),
            (Method::GET, "/x", 404),
            (Method::GET, "/Thingworx/Things/Pump", 404),
            (Method::GET, "/Elsewhere/Things/Pump/Properties/P", 404),
            (Method::GET, "/Thingworx/Nothings/Pump/Properties/P", 404),
            (Method::GET, "/Thingworx/Things/Pump/Elses/P", 404),
            (Method::GET, "/Thingworx/Things//Properties/P", 404),
            (Method::GET, "/Thingworx/Things/Pump/Properties/P/Q", 404),
            (Method::POST, "/Thingworx/Things/Pump/Services", 404),
            (Method::POST, "/Thingworx/Things/Pump/Properties/P", 405),
            (Method::DELETE, "/Thingworx/Things/Pump/Properties/P", 405),
            (Method::GET, "/Thingworx/Things/Pump/Services/S", 405),
            (Method::PUT, "/Thingworx/Things/Pump/Events/E", 405),
            (Method::GET, "/Thingworx/Things/%FF/Properties/P", 400),
        ] {
            assert_eq!(asked(&method, path), Err(status), "{method} {path}");
        }
    }
}
