//! Who a node is: a self-signed certificate, known to its peers by the SHA-256 of its DER encoding.
//!
//! There is no authority. Each operator sends the fingerprint of their node to the others, over a channel
//! that they trust, and every node accepts exactly the certificates in its list.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::InconsistentKeys;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;

/// A node's certificate and private key.
///
/// # Security
/// The key is not printed by `Debug` and is wiped when this is dropped. The TLS library makes its own copy
/// for as long as a mesh is connected.
#[derive(Clone)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    /// Invariant: belongs to the certificate.
    key_pem: Zeroizing<String>,
}

impl Identity {
    /// A new key (ECDSA on P-256) and a certificate for it that says `name`. The name means nothing to peers.
    ///
    /// # Errors
    /// [`Error::Generate`] if the system has no randomness.
    pub fn generate(name: &str) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Error::Generate)?;
        let mut params = CertificateParams::new(Vec::<String>::new()).map_err(Error::Generate)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).map_err(Error::Generate)?;
        Ok(Self {
            certificate_pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key_pem: Zeroizing::new(key.serialize_pem()),
        })
    }

    /// Reads what [`certificate_pem`](Self::certificate_pem) and [`key_pem`](Self::key_pem) have written.
    ///
    /// # Errors
    /// [`Error::Pem`] if one of them cannot be read, [`Error::Tls`] if they don't belong together.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, Error> {
        let identity = Self {
            certificate: CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(Error::Pem)?,
            certificate_pem: certificate.to_owned(),
            key_pem: Zeroizing::new(key.to_owned()),
        };
        identity.check()?;
        Ok(identity)
    }

    /// The certificate, to be kept in a file.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key, to be kept in a file that nobody else can read.
    #[must_use]
    pub fn key_pem(&self) -> Zeroizing<String> {
        self.key_pem.clone()
    }

    /// What the peers know this node by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(crate) fn key(&self) -> Result<PrivateKeyDer<'static>, Error> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).map_err(Error::Pem)
    }

    fn check(&self) -> Result<(), Error> {
        let provider = rustls::crypto::ring::default_provider();
        let key = provider.key_provider.load_private_key(self.key()?).map_err(Error::Tls)?;
        match CertifiedKey::new(vec![self.certificate()], key).keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
            Err(error) => Err(Error::Tls(error)),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

/// The SHA-256 of a certificate; 64 hexadecimal digits in text and in files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate.as_ref()).into())
    }

    /// One fingerprint for a list of them, so that nodes can compare their lists.
    pub(crate) fn of_all(list: impl Iterator<Item = Self>) -> Self {
        let mut hash = Sha256::new();
        list.for_each(|one| hash.update(one.0));
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or(Error::NotAFingerprint)?;
        Ok(Self(std::array::from_fn(|i| digits[2 * i] << 4 | digits[2 * i + 1])))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// The cryptography of every connection: TLS 1.3 with AES-128-GCM, or ChaCha20-Poly1305 where a peer wants it.
pub(crate) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    use rustls::crypto::ring::{cipher_suite, default_provider};
    Arc::new(rustls::crypto::CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        ],
        ..default_provider()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_survives_its_files() {
        let identity = Identity::generate("alice").unwrap();
        let again = Identity::from_pem(identity.certificate_pem(), &identity.key_pem()).unwrap();
        assert_eq!(identity.fingerprint(), again.fingerprint());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (alice, bob) = (Identity::generate("alice").unwrap(), Identity::generate("bob").unwrap());
        let mixed = Identity::from_pem(alice.certificate_pem(), &bob.key_pem());
        assert!(matches!(mixed, Err(Error::Tls(_))));
    }

    #[test]
    fn an_identity_does_not_print_its_key() {
        let identity = Identity::generate("alice").unwrap();
        let line = identity.key_pem().lines().nth(1).unwrap().to_owned();
        assert!(!format!("{identity:?}").contains(&line));
    }

    #[test]
    fn a_fingerprint_survives_its_text() {
        let fingerprint = Identity::generate("alice").unwrap().fingerprint();
        assert_eq!(fingerprint.to_string().parse::<Fingerprint>().unwrap(), fingerprint);
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
        assert!("12".parse::<Fingerprint>().is_err());
        assert!("ü".repeat(64).parse::<Fingerprint>().is_err());
    }
}
