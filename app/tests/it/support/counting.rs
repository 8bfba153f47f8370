//! A PostgreSQL that counts the statements about tasks that it is asked to execute.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Stands between a process and its database.
pub(crate) struct Counting {
    /// The database behind it.
    pub(crate) url: String,
    statements: Arc<AtomicU64>,
}

impl Counting {
    pub(crate) async fn before(url: &str) -> Self {
        let (user, place) = url.rsplit_once('@').expect("a URL with a user");
        let (server, database) = place.split_once('/').expect("a URL with a path");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("an address");
        let statements = Arc::new(AtomicU64::new(0));
        let (server, counter) = (server.to_owned(), Arc::clone(&statements));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("PostgreSQL answers");
                let (mut from_server, to_server) = server.into_split();
                let (from_client, mut to_client) = client.into_split();
                tokio::spawn(forward(from_client, to_server, Arc::clone(&counter)));
                tokio::spawn(
                    async move { tokio::io::copy(&mut from_server, &mut to_client).await.map(|_| ()) },
                );
            }
        });
        Self { url: format!("{user}@{own}/{database}?sslmode=disable"), statements }
    }

    /// Statements about tasks and tags so far: the relay has others.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }
}

/// Copies messages. The first has no type. `P` prepares a statement under a name, `B` binds it to be executed.
async fn forward(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    counter: Arc<AtomicU64>,
) -> std::io::Result<()> {
    let (mut first, mut about_tasks) = (true, BTreeMap::new());
    loop {
        let kind = if first { None } else { Some(client.read_u8().await?) };
        let length = client.read_u32().await?;
        let mut body = vec![0; usize::try_from(length).expect("fits").saturating_sub(4)];
        client.read_exact(&mut body).await?;
        let mut texts = body.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let (one, two) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        match kind {
            Some(b'P') => {
                about_tasks.insert(one.into_owned(), two.contains(" tasks ") || two.contains(" tags "));
            }
            Some(b'B') if about_tasks.get(two.as_ref()) == Some(&true) => {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
        if let Some(kind) = kind {
            server.write_u8(kind).await?;
        }
        server.write_u32(length).await?;
        server.write_all(&body).await?;
        first = false;
    }
}
