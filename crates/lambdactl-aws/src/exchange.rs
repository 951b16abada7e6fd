//! One request and its answer, with an end to each: in bytes and in time.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::transport::Transport;

/// Bytes that an answer may have. The largest of the service, a page of 50 functions with 4 KB of variables each, has far
/// under one megabyte.
pub(crate) const LARGEST_ANSWER: usize = 16 << 20;

/// What came back.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back that could be used.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The HTTP client gave up.
    Http(reqwest::Error),
    /// The answer did not end in time.
    TooSlow(Duration),
    /// The answer was longer than it may be.
    TooLong(usize),
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// Sends a request and reads its answer, within a number of bytes and a time.
pub(crate) async fn exchange(
    http: &Transport,
    request: reqwest::Request,
    most: usize,
    limit: Duration,
) -> Result<Received, Broken> {
    let work = async {
        let mut response = http.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > most {
                return Err(Broken::TooLong(most));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received { status, headers, body })
    };
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Broken::TooSlow(limit)))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    /// A request to a server that sends a byte now and then: of the head, or of the body behind a whole head.
    fn to_a_dripping_server(head: &'static str) -> reqwest::Request {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || -> std::io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            let _ = stream.read(&mut [0; 4096])?;
            stream.write_all(head.as_bytes())?;
            for _ in 0..1000 {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(())
        });
        reqwest::Request::new(reqwest::Method::GET, address.parse().unwrap())
    }

    #[tokio::test]
    async fn answer_that_drips_has_an_end() {
        for head in ["HTTP/1.1 200 OK\r\nx: ", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"] {
            let (began, limit) = (Instant::now(), Duration::from_millis(300));
            let request = to_a_dripping_server(head);
            let broken =
                exchange(&Transport::Network(reqwest::Client::new()), request, LARGEST_ANSWER, limit).await.err();
            assert!(matches!(broken, Some(Broken::TooSlow(_))), "{broken:?}");
            assert!(began.elapsed() < Duration::from_secs(5));
        }
    }
}
