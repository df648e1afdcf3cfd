//! A connection to a node, by hand: QUIC and TLS as crypten speaks them, and no manners beyond.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use crypten::Config;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, RecvStream, SendStream};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::harness::BOUND;

/// After this long a victim that does not answer is dialled again: it may not have been there yet.
const ATTEMPT: Duration = Duration::from_secs(1);

/// What every greeting begins with: the magic, and version 1.
const MAGIC: &[u8] = b"CRYPTEN\0\x01\0\0\0";

/// Dials `victim` with the certificate and key of `own`, does `what`, and waits until the victim hangs up.
pub(super) fn attack(
    victim: &Config,
    own: &Config,
    what: impl AsyncFnOnce(&mut Raw) -> Result<()>,
) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut raw = timeout(BOUND, Raw::dial(victim, own)).await??;
        timeout(BOUND, what(&mut raw)).await??;
        timeout(BOUND, raw.connection.closed()).await?;
        anyhow::Ok(())
    })
}

/// One connection with its one stream.
pub(super) struct Raw {
    connection: Connection,
    send: SendStream,
    receive: RecvStream,
    /// Without it nothing is sent.
    _endpoint: Endpoint,
}

impl Raw {
    async fn dial(victim: &Config, own: &Config) -> Result<Self> {
        let client = client(own)?;
        let endpoint = Endpoint::client(([127, 0, 0, 1], 0).into())?;
        let connection = loop {
            let connecting = endpoint.connect_with(client.clone(), victim.listen, "crypten")?;
            if let Ok(connection) = timeout(ATTEMPT, connecting).await {
                break connection?;
            }
        };
        let (send, receive) = connection.open_bi().await?;
        Ok(Self { connection, send, receive, _endpoint: endpoint })
    }

    /// Says hello as party 1 that agrees with everything party 0 says.
    pub(super) async fn greet(&mut self) -> Result<()> {
        // The victim hears of the stream with its first bytes, and says hello without waiting for the rest.
        self.write(MAGIC).await?;
        let (mut preamble, mut length) = ([0; 12], [0; 4]);
        self.receive.read_exact(&mut preamble).await?;
        self.receive.read_exact(&mut length).await?;
        let mut json = vec![0; usize::try_from(u32::from_le_bytes(length))?];
        self.receive.read_exact(&mut json).await?;
        let hello = String::from_utf8(json)?.replace(r#""rank":0"#, r#""rank":1"#);
        self.write(&length).await?;
        self.write(hello.as_bytes()).await
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.send.write_all(bytes).await?)
    }

    /// Says that nothing more will come.
    pub(super) fn finish(&mut self) -> Result<()> {
        Ok(self.send.finish()?)
    }
}

fn client(own: &Config) -> Result<ClientConfig> {
    let certificate = CertificateDer::from_pem_file(&own.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&own.key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Credulous(provider)))
        .with_client_auth_cert(vec![certificate], key)?;
    tls.alpn_protocols = vec![b"crypten/1".to_vec()];
    Ok(ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?)))
}

/// Believes whatever a server shows: an attacker does not mind whom it attacks.
#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
