//! Compiled code on disk, so that a module is compiled once and not at every start.
//!
//! An entry counts only if it bears the seal of this user's cache: whatever is corrupt, cut off or
//! copied from elsewhere is as if it were not there. The folder is the user's, never a bundle's. A
//! cache that cannot be written is no error, only slower.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes that all entries may have together; the ones unused for longest go first.
const CAPACITY: u64 = 2 << 30;
/// Largest entry that is read or written.
const LARGEST: u64 = 512 << 20;
/// What the seal is made with; whoever lacks it cannot make entries.
const SECRET: &str = "secret";
/// Length of the secret and of a seal, in bytes.
const SEAL: usize = 32;
/// Changes whenever the form of entries does.
const FORM: u8 = 2;

/// A folder of entries.
pub(super) struct Cache {
    folder: PathBuf,
    secret: [u8; SEAL],
}

/// What an entry is stored under.
pub(super) struct Key(String);

impl Key {
    /// The key for what was derived from `of`, as `kind` says, by an engine with these `settings`.
    pub(super) fn new(kind: &str, settings: u64, of: &[u8]) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(&[FORM]);
        hash.update(&settings.to_le_bytes());
        hash.update(of);
        Self(format!("{}.{kind}", hash.finalize().to_hex()))
    }
}

impl Cache {
    /// The cache in `folder`, which is made where it does not exist.
    ///
    /// # Errors
    /// When the folder cannot be made or its secret cannot be read.
    pub(super) fn open(folder: &Path) -> std::io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        let secret = match read_secret(folder) {
            Ok(secret) => secret,
            Err(_) => make_secret(folder)?,
        };
        Ok(Self { folder: folder.to_owned(), secret })
    }

    /// The entry, if there is one that is whole and was made here.
    pub(super) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.folder.join(&key.0);
        let mut file = File::open(&path).ok()?;
        let size = file.metadata().ok()?.len();
        if size <= SEAL as u64 || size > LARGEST {
            return None;
        }
        let mut seal = [0; SEAL];
        file.read_exact(&mut seal).ok()?;
        let mut content = Vec::with_capacity(usize::try_from(size).ok()?);
        file.read_to_end(&mut content).ok()?;
        if seal != self.seal(key, &content) {
            let _ = fs::remove_file(&path);
            return None;
        }
        // Its age is the time since it was last of use.
        let _ = file.set_modified(SystemTime::now());
        Some(content)
    }

    /// Stores an entry whole or not at all.
    pub(super) fn put(&self, key: &Key, content: &[u8]) {
        if content.len() as u64 + SEAL as u64 > LARGEST {
            return;
        }
        let written = tempfile::NamedTempFile::new_in(&self.folder).and_then(|mut file| {
            file.write_all(&self.seal(key, content))?;
            file.write_all(content)?;
            file.persist(self.folder.join(&key.0)).map_err(|refused| refused.error)
        });
        if written.is_ok() {
            self.make_room();
        }
    }

    /// A keyed digest of the content and of what it is stored under.
    fn seal(&self, key: &Key, content: &[u8]) -> [u8; SEAL] {
        let mut hash = blake3::Hasher::new_keyed(&self.secret);
        hash.update(&(key.0.len() as u64).to_le_bytes());
        hash.update(key.0.as_bytes());
        hash.update(content);
        hash.finalize().into()
    }

    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut found: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter(|entry| entry.file_name() != SECRET)
            .filter_map(|entry| {
                let facts = entry.metadata().ok()?;
                Some((facts.modified().ok()?, facts.len(), entry.path()))
            })
            .collect();
        let mut total: u64 = found.iter().map(|(_, size, _)| size).sum();
        found.sort();
        for (_, size, path) in found {
            if total <= CAPACITY {
                return;
            }
            if fs::remove_file(path).is_ok() {
                total = total.saturating_sub(size);
            }
        }
    }
}

fn read_secret(folder: &Path) -> std::io::Result<[u8; SEAL]> {
    let mut secret = [0; SEAL];
    File::open(folder.join(SECRET))?.read_exact(&mut secret)?;
    Ok(secret)
}

/// Makes the secret; where another process makes one at the same time, one of the two stays.
fn make_secret(folder: &Path) -> std::io::Result<[u8; SEAL]> {
    let mut secret = [0; SEAL];
    getrandom::fill(&mut secret).map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&secret)?;
    match file.persist_noclobber(folder.join(SECRET)) {
        Ok(_) => Ok(secret),
        Err(_) => read_secret(folder).or_else(|_| {
            // What lies there is no secret.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&secret)?;
            file.persist(folder.join(SECRET)).map_err(|refused| refused.error)?;
            Ok(secret)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_entry(folder: &Path) -> PathBuf {
        fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).find(|path| !path.ends_with(SECRET)).unwrap()
    }

    #[test]
    fn what_was_put_is_got_by_the_same_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        cache.put(&Key::new("module", 1, b"a"), b"code");
        let again = Cache::open(folder.path()).unwrap();
        assert_eq!(again.get(&Key::new("module", 1, b"a")), Some(b"code".to_vec()));
        assert_eq!(again.get(&Key::new("module", 2, b"a")), None);
        assert_eq!(again.get(&Key::new("module", 1, b"b")), None);
        assert_eq!(again.get(&Key::new("state", 1, b"a")), None);
    }

    #[test]
    fn an_entry_that_is_not_whole_is_as_if_it_were_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let key = Key::new("module", 1, b"a");
        for spoil in [
            |bytes: &mut Vec<u8>| bytes[40] ^= 1,
            |bytes: &mut Vec<u8>| bytes.truncate(50),
            |bytes: &mut Vec<u8>| bytes.clear(),
        ] {
            cache.put(&key, &[7; 100]);
            let path = only_entry(folder.path());
            let mut bytes = fs::read(&path).unwrap();
            spoil(&mut bytes);
            fs::write(&path, bytes).unwrap();
            assert_eq!(cache.get(&key), None);
        }
    }

    #[test]
    fn an_entry_of_another_cache_is_not_taken() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = Key::new("module", 1, b"a");
        Cache::open(there.path()).unwrap().put(&key, b"foreign");
        let cache = Cache::open(here.path()).unwrap();
        fs::copy(only_entry(there.path()), here.path().join(&key.0)).unwrap();
        assert_eq!(cache.get(&key), None);
    }

    #[test]
    fn an_entry_under_the_name_of_another_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let (mine, other) = (Key::new("module", 1, b"a"), Key::new("module", 1, b"b"));
        cache.put(&other, b"other");
        fs::rename(only_entry(folder.path()), folder.path().join(&mine.0)).unwrap();
        assert_eq!(cache.get(&mine), None);
    }
}
