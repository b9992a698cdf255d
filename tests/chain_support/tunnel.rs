//! A TCP tunnel to an endpoint that can be cut.

use std::net::Ipv4Addr;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

pub struct Tunnel {
    pub url: Url,
    cuts: watch::Sender<u64>,
}

impl Tunnel {
    pub async fn start(to: &Url) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut url = to.clone();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (cuts, cut) = watch::channel(0);
        let address = (to.host_str().unwrap().to_owned(), to.port().unwrap());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (address, mut cut) = (address.clone(), cut.clone());
                cut.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(address).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { url, cuts }
    }

    /// Cuts all connections; new ones are let through.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}
