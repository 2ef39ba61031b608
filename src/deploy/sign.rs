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

use ed25519_compact::{KeyPair, Seed, Signature};

use super::report::sha256;

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
    /// Reads the private key at `path` for signing what comes from the bundle in `root`.
    ///
    /// # Errors
    /// As [`PrivateKey::read`], and when the key lies in the bundle's folder: whoever gets the bundle would get it too.
    pub fn read_for(path: &Path, root: &Path) -> Result<Self, KeyError> {
        refuse_within(path, root)?;
        Self::read(path)
    }

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

    /// SHA-256 of the key in DER form (RFC 8410) in lower-case hex, as others compute it:
    /// `openssl pkey -pubin -in shop.pub -outform DER | sha256sum`.
    pub fn fingerprint(&self) -> String {
        sha256(&self.0.to_der())
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

/// Makes a new pair of keys: the private one at `path`, for its owner alone, and the public one beside it, with the
/// ending `.pub`. Gives the public one and where it is. What exists is never replaced.
///
/// # Errors
/// When something is there already, a file cannot be written, or `path` lies in the bundle's folder `root`.
pub fn create_keys(path: &Path, root: &Path) -> Result<(PublicKey, PathBuf), KeyError> {
    refuse_within(path, root)?;
    let refuse = |path: &Path| {
        let path = path.to_path_buf();
        move |error: std::io::Error| {
            let reason = match error.kind() {
                std::io::ErrorKind::AlreadyExists => "there is such a file already; choose another name".to_owned(),
                _ => error.to_string(),
            };
            KeyError { path, reason }
        }
    };
    let public_path = path.with_extension("pub");
    if public_path == path || public_path.symlink_metadata().is_ok() {
        return Err(refuse(&public_path)(std::io::ErrorKind::AlreadyExists.into()));
    }
    let mut seed = [0; Seed::BYTES];
    getrandom::fill(&mut seed).map_err(|error| refuse(path)(std::io::Error::other(error)))?;
    let pair = KeyPair::from_seed(Seed::new(seed));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(refuse(folder))?;
    }
    write_new(path, &pair.to_pem(), true).map_err(refuse(path))?;
    if let Err(error) = write_new(&public_path, &pair.pk.to_pem(), false) {
        // Half a pair helps nobody.
        let _ = std::fs::remove_file(path);
        return Err(refuse(&public_path)(error));
    }
    Ok((PublicKey(pair.pk), public_path))
}

fn write_new(path: &Path, pem: &str, is_private: bool) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    let mut file = options.open(path)?;
    file.write_all(pem.trim_end().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// A private key has no place in a folder that is given to others.
fn refuse_within(path: &Path, root: &Path) -> Result<(), KeyError> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    // A file that is still to be made lies where its nearest folder is.
    let place = absolute.ancestors().find_map(real).unwrap_or_else(|| absolute.clone());
    let root = real(root).unwrap_or_else(|| root.into());
    if !place.starts_with(&root) {
        return Ok(());
    }
    let reason = "it lies in the bundle's folder, and whoever gets the bundle would get it; keep it elsewhere".into();
    Err(KeyError { path: path.into(), reason })
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
    fn a_new_pair_signs_and_checks_and_replaces_nothing() {
        let (home, bundle) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = home.path().join("keys/shop.key");
        let (public, at) = create_keys(&path, bundle.path()).unwrap();
        assert_eq!(at, home.path().join("keys/shop.pub"));
        assert_eq!(PublicKey::read(&at).unwrap(), public);
        let private = PrivateKey::read_for(&path, bundle.path()).unwrap();
        assert!(public.accepts("digests", &private.sign("digests")));
        let before = std::fs::read(&path).unwrap();
        assert!(create_keys(&path, bundle.path()).unwrap_err().to_string().contains("already"));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_private_key_in_the_bundles_folder_is_neither_made_nor_used() {
        let bundle = tempfile::tempdir().unwrap();
        let inside = bundle.path().join("new/shop.key");
        assert!(create_keys(&inside, bundle.path()).unwrap_err().to_string().contains("lies in the bundle's folder"));
        assert!(!inside.exists());
        let path = bundle.path().join("shop.key");
        std::fs::write(&path, PRIVATE).unwrap();
        assert!(PrivateKey::read(&path).is_ok());
        assert!(PrivateKey::read_for(&path, bundle.path()).is_err());
    }

    #[test]
    fn the_fingerprint_is_that_of_the_keys_standard_form() {
        let (_folder, path) = key();
        // openssl pkey -in shop.key -pubout -outform DER | sha256sum
        let expected = "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9";
        assert_eq!(PublicKey::read(&path).unwrap().fingerprint(), expected);
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
