//! The wires of the loopback server: HTTP/1.1 with JSON, and gRPC over HTTP/2, either with or without TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex};

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use http::{HeaderMap, Request, Response};
use prost::Message;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};

use super::protocol::{CreateReadSessionRequest, ReadRowsRequest};
use super::server::{Break, State};

/// A request of the REST API.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
    pub body: Value,
}

/// Reads a request of HTTP/1.1; none at the end of the connection.
fn read_request(from: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        from.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { method, path, authorization, body })
}

pub fn answer_rest(connection: impl Read + Write, state: &Mutex<State>) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = read_request(&mut reader) {
        let (code, answer) = match state.lock().unwrap().rest(&request) {
            Ok(answer) => (200, answer),
            Err(fault) => {
                let errors = json!([{"message": fault.message, "domain": "global", "reason": fault.reason}]);
                let error = json!({
                    "code": fault.http, "message": fault.message, "errors": errors, "status": fault.status,
                });
                (fault.http, json!({ "error": error }))
            }
        };
        let body = answer.to_string();
        let head =
            format!("HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        let writer = reader.get_mut();
        if writer.write_all((head + &body).as_bytes()).and_then(|()| writer.flush()).is_err() {
            return;
        }
    }
}

pub fn tls(protocol: &[u8]) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("loopback.crt.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("loopback.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(config)
}

pub async fn answer_storage(connection: impl AsyncRead + AsyncWrite + Unpin, state: Arc<Mutex<State>>) {
    let Ok(mut connection) = h2::server::handshake(connection).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer_call(request, respond, Arc::clone(&state)));
    }
}

async fn answer_call(request: Request<h2::RecvStream>, mut respond: SendResponse<Bytes>, state: Arc<Mutex<State>>) {
    let (parts, mut body) = request.into_parts();
    let mut message = BytesMut::new();
    while let Some(Ok(data)) = body.data().await {
        let _ = body.flow_control().release_capacity(data.len());
        message.extend_from_slice(&data);
    }
    let message = message.freeze().slice(5..);
    let authorization = parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let authorization = authorization.as_deref();
    let answer = match parts.uri.path().rsplit('/').next().unwrap() {
        "CreateReadSession" => {
            let request = CreateReadSessionRequest::decode(message).unwrap();
            let session = state.lock().unwrap().session(&request, authorization);
            session.map(|session| (vec![framed(&session)], None))
        }
        "ReadRows" => {
            let request = ReadRowsRequest::decode(message).unwrap();
            let rows = state.lock().unwrap().rows(&request, authorization);
            rows.map(|(rows, broken)| (rows.iter().map(framed).collect(), broken))
        }
        other => panic!("{other} is not spoken here"),
    };
    let head = Response::builder().status(200).header("content-type", "application/grpc");
    match answer {
        Err(fault) => {
            let head = head.header("grpc-status", fault.grpc()).header("grpc-message", fault.message);
            respond.send_response(head.body(()).unwrap(), true).unwrap();
        }
        Ok((frames, broken)) => {
            let mut stream = respond.send_response(head.body(()).unwrap(), false).unwrap();
            for frame in frames {
                if stream.send_data(frame, false).is_err() {
                    return;
                }
            }
            if broken == Some(Break::Reset) {
                return stream.send_reset(h2::Reason::INTERNAL_ERROR);
            }
            let status = if broken.is_some() { "14" } else { "0" };
            let _ =
                stream.send_trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())]));
        }
    }
}

/// A message as gRPC frames it, uncompressed.
fn framed(message: &impl Message) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut frame).unwrap();
    frame.freeze()
}
