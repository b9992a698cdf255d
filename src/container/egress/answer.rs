//! From one request of a dapp to its answer: a tunnel, what the other side answers, or a refusal.

use super::desk::{Desk, Refused};
use super::domain::Asked;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use std::sync::{Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

type Body = BoxBody<Bytes, hyper::Error>;

/// Headers that are about one connection and not about what is asked for.
const OF_THE_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What one connection of a dapp has under way.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    /// The other end of a tunnel, once it is agreed upon.
    pub(super) tunnel: Mutex<Option<TcpStream>>,
    /// What moves the bytes of requests that were passed on; it ends with the connection.
    passing: Mutex<JoinSet<()>>,
}

/// Answers.
pub(super) async fn answer(desk: &Desk, under_way: &UnderWay, request: Request<Incoming>) -> Response<Body> {
    let asked = asked(&request);
    let answered = match asked {
        None => Err(Refused::NoProxyRequest),
        Some(asked) if request.method() == Method::CONNECT => tunnel(desk, under_way, asked).await,
        Some(asked) => pass_on(desk, under_way, asked, request).await,
    };
    answered.unwrap_or_else(|refused| {
        let mut response = Response::new(text(format!("poco: {refused}\n")));
        *response.status_mut() = refused.status();
        response
    })
}

/// Whom a request is for.
fn asked(request: &Request<Incoming>) -> Option<Asked> {
    let uri = request.uri();
    let port = match (request.method(), uri.scheme_str()) {
        (&Method::CONNECT, None) => uri.port_u16()?,
        (_, Some("http")) => uri.port_u16().unwrap_or(80),
        _ => return None,
    };
    Asked::new(uri.host()?, port)
}

async fn tunnel(desk: &Desk, under_way: &UnderWay, asked: Asked) -> Result<Response<Body>, Refused> {
    let stream = desk.connect(asked).await?;
    *under_way.tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
    Ok(Response::new(Empty::new().map_err(|never| match never {}).boxed()))
}

async fn pass_on(
    desk: &Desk,
    under_way: &UnderWay,
    asked: Asked,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Refused> {
    let no_answer = |_| Refused::NoAnswer(asked.clone());
    let host = if asked.port == 80 { asked.host.to_string() } else { asked.to_string() };
    let host = HeaderValue::try_from(host).map_err(|_| Refused::NoProxyRequest)?;
    let stream = desk.connect(asked.clone()).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(no_answer)?;
    {
        let mut passing = under_way.passing.lock().unwrap_or_else(PoisonError::into_inner);
        while passing.try_join_next().is_some() {}
        // An end before its time is seen by whoever reads the answer.
        passing.spawn(async { drop(connection.await) });
    }
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    clear(request.headers_mut());
    request.headers_mut().insert(HOST, host);
    let mut response = sender.send_request(request).await.map_err(no_answer)?;
    clear(response.headers_mut());
    Ok(response.map(BodyExt::boxed))
}

/// Takes out what is about one connection, and what the sender says is.
fn clear(headers: &mut HeaderMap) {
    let said: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in said {
        headers.remove(name);
    }
    for name in OF_THE_HOP {
        headers.remove(name);
    }
}

fn text(words: String) -> Body {
    Full::new(Bytes::from(words)).map_err(|never| match never {}).boxed()
}
