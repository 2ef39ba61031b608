//! Signatures of an archive's list of digests: Ed25519 (RFC 8032), with keys as `openssl` writes them, so that
//! people can check them without the workbench.
//!
//! ```sh
//! openssl genpkey -algorithm ed25519 -out shop.key
//! openssl pkey -in shop.key -pubout -out shop.pub
//! openssl pkeyutl -verify -pubin -inkey shop.pub -rawin -in shop.sha256 -sigfile shop.sha256.sig
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use ed25519_compact::{KeyPair, Signature};

/// Largest key file that is read, in bytes.
const LARGEST: u64 = 64 << 10;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} is no key that can be used: {reason}")]
pub struct KeyError {
    /// The file.
    pub path: PathBuf,
    /// Why, and what would do.
    pub reason: String,
}

/// A key that signs.
pub struct PrivateKey(KeyPair);

/// A key that checks signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(ed25519_compact::PublicKey);

impl PrivateKey {
    /// Reads a private key in PEM form (PKCS #8).
    ///
    /// # Errors
    /// When the file cannot be read or holds no such key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = text(path)?;
        KeyPair::from_pem(&text).map(Self).map_err(|_| KeyError {
            path: path.into(),
            reason: "it holds no Ed25519 private key; make one with openssl genpkey -algorithm ed25519".into(),
        })
    }

    /// The signature of `text`: 64 bytes, the same ones every time.
    pub fn sign(&self, text: &str) -> [u8; 64] {
        *self.0.sk.sign(text.as_bytes(), None)
    }

    /// The key that checks what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.pk)
    }
}

impl PublicKey {
    /// Reads a public key in PEM form, or the public half of a private key.
    ///
    /// # Errors
    /// When the file cannot be read or holds no such key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = text(path)?;
        let public = ed25519_compact::PublicKey::from_pem(&text).map(Self);
        public.or_else(|_| KeyPair::from_pem(&text).map(|key| Self(key.pk))).map_err(|_| KeyError {
            path: path.into(),
            reason: "it holds no Ed25519 key; draw the public one from the private one with openssl pkey -pubout"
                .into(),
        })
    }

    /// Whether `signature` is one of `text` by this key.
    pub fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    /// The key's 32 bytes in hex.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn text(path: &Path) -> Result<String, KeyError> {
    let refuse = |reason: String| KeyError { path: path.into(), reason };
    let facts = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
    if !facts.is_file() || facts.len() > LARGEST {
        return Err(refuse("it is no plain file of at most 64 KiB".into()));
    }
    std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8032, section 7.1, test 1, wrapped as RFC 8410 says.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    const SIGNATURE_OF_NOTHING: &str = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33b\
        acc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

    fn key() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.key");
        std::fs::write(&path, PRIVATE).unwrap();
        (folder, path)
    }

    #[test]
    fn signatures_are_those_of_the_standard() {
        let (_folder, path) = key();
        let key = PrivateKey::read(&path).unwrap();
        assert_eq!(key.public().to_string(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature: String = key.sign("").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(signature, SIGNATURE_OF_NOTHING);
    }

    #[test]
    fn a_signature_is_of_one_text_by_one_key() {
        let (_folder, path) = key();
        let public = PublicKey::read(&path).unwrap();
        let mut signature = PrivateKey::read(&path).unwrap().sign("digests");
        assert!(public.accepts("digests", &signature));
        assert!(!public.accepts("digests ", &signature));
        assert!(!public.accepts("digests", &signature[..63]));
        signature[3] ^= 1;
        assert!(!public.accepts("digests", &signature));
    }

    #[test]
    fn what_is_no_key_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.key");
        std::fs::write(&path, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n").unwrap();
        let error = PublicKey::read(&path).unwrap_err().to_string();
        assert!(error.contains("no Ed25519 key"), "{error}");
        assert!(PrivateKey::read(&folder.path().join("none")).is_err());
        assert!(PrivateKey::read(folder.path()).is_err());
    }
}
