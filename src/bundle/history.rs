//! Past invocations with their whole input and output, in the bundle's `.workbench/history` folder.
//!
//! Each entry is a file of its own in a [`Store`]: a line of JSON about the invocation, then the bytes of the
//! input, those of the output, and what the invocation took from outside, where that was recorded. Nothing here runs
//! a function.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::store::Store;

pub use super::store::Bounds;

/// Where the history is, relative to the bundle's root.
pub const HISTORY_FOLDER: &str = ".workbench/history";
/// How an entry's file ends.
const ENDING: &str = ".call";
/// Longest first line of an entry, in bytes.
const LONGEST_HEAD: u64 = 64 << 10;
/// Longest message that is kept, in bytes.
const LONGEST_MESSAGE: usize = 16 << 10;
/// What is kept where nobody says otherwise: 10,000 entries, 64 MiB.
pub const BOUNDS: Bounds = Bounds { entries: 10_000, bytes: 64 << 20 };

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// With an answer.
    Answered,
    /// With the function's own error.
    Error,
    /// With a fault.
    Fault,
}

/// What is known of an invocation beside its input and output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// When it began, in milliseconds since 1970.
    pub at: u64,
    /// The service whose module holds the function.
    pub service: String,
    /// The function.
    pub function: String,
    /// How it ended.
    pub ending: Ending,
    /// What the error or the fault said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Nanoseconds for instantiating, copying in, running, and copying out.
    pub nanoseconds: [u64; 4],
    /// The guest's memory at its largest, in bytes.
    pub peak_memory: u64,
    /// The limits it ran under: nanoseconds and bytes of memory.
    pub limits: [u64; 2],
    /// What asked for it, where that was not the user by hand: `request POST /users`, `sensor userCreated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What went wrong on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mishap: Option<String>,
}

impl Facts {
    /// When it began.
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(self.at)).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// How long it took.
    pub fn took(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.iter().fold(0, |all, part| all.saturating_add(*part)))
    }
}

/// One invocation with its input and output.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What is known of it.
    pub facts: Facts,
    /// The input.
    pub input: String,
    /// The output as far as there is one; after a fault what could not be used of it.
    pub output: Option<Vec<u8>>,
    /// What it took from time and random numbers, as `platform` writes it; nothing where that is not known.
    pub taken: Option<Vec<u8>>,
}

/// One invocation as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Names it; later ones have greater names.
    pub id: String,
    /// What is known of it.
    pub facts: Facts,
    /// The first characters of the input.
    pub input: String,
    /// Whether what it took from outside was recorded.
    pub is_recorded: bool,
    /// Everything above that a filter looks through, in lower case: made once, not at each keystroke.
    pub text: String,
}

impl Entry {
    fn new(id: String, facts: Facts, input: String, is_recorded: bool) -> Self {
        let Facts { service, function, message, origin, mishap, .. } = &facts;
        let parts = [Some(service), Some(function), Some(&input), message.as_ref(), origin.as_ref(), mishap.as_ref()];
        let text = parts.into_iter().flatten().map(|part| begin_of(part).to_lowercase()).collect::<Vec<_>>().join("\n");
        Self { id, facts, input, is_recorded, text }
    }
}

/// As much of a long message as a list is filtered by; a search looks through all of it.
fn begin_of(text: &str) -> &str {
    text.get(..text.floor_char_boundary(1_000)).unwrap_or_default()
}

/// The first line of an entry.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(flatten)]
    facts: Facts,
    /// Bytes of the input.
    input: u64,
    /// Bytes of the output.
    output: Option<u64>,
    /// Bytes of what it took from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken: Option<u64>,
}

/// Characters of the input that a list shows.
const PREVIEW: u64 = 160;
/// Tells entries of one millisecond apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The history of a bundle. Makes and changes nothing until something is added.
#[derive(Clone, Debug)]
pub struct History(Store);

impl History {
    /// The history of the bundle at `root`.
    pub fn of(root: &Path) -> Self {
        Self(Store::new(root, HISTORY_FOLDER, is_id, BOUNDS))
    }

    /// The same within other bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self(self.0.within(bounds))
    }

    /// Keeps an invocation, and drops the oldest ones where there are too many.
    ///
    /// # Errors
    /// When the folder cannot be written, or is a link out of the bundle.
    pub fn add(&self, record: &Record) -> io::Result<Entry> {
        let entry = self.write(record, self.newest())?;
        self.0.prune(|_| false);
        Ok(entry)
    }

    /// Keeps several invocations, and gives their entries in the same order.
    ///
    /// # Errors
    /// As [`History::add`]; those before the one that failed are kept.
    pub fn add_all(&self, records: &[Record]) -> io::Result<Vec<Entry>> {
        let newest = self.newest();
        let entries = records.iter().map(|record| self.write(record, newest)).collect();
        if !records.is_empty() {
            self.0.prune(|_| false);
        }
        entries
    }

    /// The time in the name of the newest entry, in milliseconds since 1970.
    fn newest(&self) -> u64 {
        let names = self.0.names();
        names.first().and_then(|name| name.split('-').next()?.parse().ok()).unwrap_or_default()
    }

    /// Writes an entry's file, whole or not at all. The entry is named after its time, or, where the clock was set
    /// back since the newest one, as if it came right after that: else it would be the first to be dropped.
    fn write(&self, record: &Record, newest: u64) -> io::Result<Entry> {
        let mut facts = record.facts.clone();
        for text in [&mut facts.message, &mut facts.origin].into_iter().flatten() {
            text.truncate(text.floor_char_boundary(LONGEST_MESSAGE));
        }
        let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes.len() as u64);
        let (output, taken) = (length(&record.output), length(&record.taken));
        let head = Head { facts, input: record.input.len() as u64, output, taken };
        let mut first = serde_json::to_vec(&head)?;
        first.push(b'\n');
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let at = if head.facts.at < newest { newest.saturating_add(1) } else { head.facts.at };
        let id = format!("{at:014}-{:08x}-{number:08x}{ENDING}", std::process::id());
        let [given, outside] = [&record.output, &record.taken].map(|part| part.as_deref().unwrap_or_default());
        self.0.add(&id, &[&first, record.input.as_bytes(), given, outside])?;
        Ok(Entry::new(id, head.facts, record.input.chars().take(PREVIEW as usize).collect(), taken.is_some()))
    }

    /// All entries, the newest first. Files that are none, or damaged, are left out.
    pub fn list(&self) -> Vec<Entry> {
        let names = self.0.names().into_iter().take(self.0.bounds().entries);
        names.filter_map(|id| self.entry(id).ok()).collect()
    }

    /// The newest entry that `is_meant`; those after it are not read.
    pub fn find(&self, is_meant: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let names = self.0.names().into_iter().take(self.0.bounds().entries);
        names.filter_map(|id| self.entry(id).ok()).find(is_meant)
    }

    /// The entry of this name with its input and output.
    ///
    /// # Errors
    /// When it is gone or damaged.
    pub fn read(&self, id: &str) -> io::Result<Record> {
        let (head, mut rest) = self.open(id)?;
        let mut read = |length: u64| {
            let mut bytes = Vec::new();
            (&mut rest).take(length).read_to_end(&mut bytes)?;
            if bytes.len() as u64 == length { Ok(bytes) } else { Err(damaged()) }
        };
        let input = String::from_utf8(read(head.input)?).map_err(|_| damaged())?;
        let output = head.output.map(&mut read).transpose()?;
        let taken = head.taken.map(&mut read).transpose()?;
        Ok(Record { facts: head.facts, input, output, taken })
    }

    /// The names of the entries whose function, origin, message, input or output holds `text`, whatever its case.
    /// Stops where `go_on` says so.
    pub fn search(&self, text: &str, go_on: impl Fn() -> bool) -> BTreeSet<String> {
        let needle = text.to_lowercase();
        let holds = |id: &String| self.is_found(id, &needle).unwrap_or(false);
        self.0.names().into_iter().take_while(|_| go_on()).filter(holds).collect()
    }

    /// Whether an entry holds a text that is in lower case: in its facts, its input or its output.
    fn is_found(&self, id: &str, needle: &str) -> io::Result<bool> {
        let (head, rest) = self.open(id)?;
        let holds = |text: &str| text.to_lowercase().contains(needle);
        let Facts { service, function, message, origin, mishap, .. } = &head.facts;
        let texts = [Some(service), Some(function), message.as_ref(), origin.as_ref(), mishap.as_ref()];
        if texts.into_iter().flatten().any(|text| holds(text)) {
            return Ok(true);
        }
        let mut bytes = Vec::new();
        rest.take(head.input.saturating_add(head.output.unwrap_or(0))).read_to_end(&mut bytes)?;
        let middle = usize::try_from(head.input).unwrap_or(usize::MAX);
        let (input, output) = bytes.split_at_checked(middle).ok_or_else(damaged)?;
        Ok(holds(&String::from_utf8_lossy(input)) || holds(&String::from_utf8_lossy(output)))
    }

    /// Drops one entry.
    ///
    /// # Errors
    /// When it cannot be removed. One that is gone already is no error.
    pub fn delete(&self, id: &str) -> io::Result<()> {
        self.0.delete(id)
    }

    /// Drops all entries.
    ///
    /// # Errors
    /// When one cannot be removed; the others are.
    pub fn clear(&self) -> io::Result<()> {
        let removed: Vec<io::Result<()>> = self.0.names().iter().map(|id| self.delete(id)).collect();
        removed.into_iter().collect()
    }

    /// The head of an entry whose size is what the head says, and the way to the rest.
    fn open(&self, id: &str) -> io::Result<(Head, BufReader<File>)> {
        let (file, size) = self.0.open(id)?;
        let mut reader = BufReader::with_capacity(1024, file);
        let mut line = Vec::new();
        (&mut reader).take(LONGEST_HEAD).read_until(b'\n', &mut line)?;
        let head: Head = serde_json::from_slice(&line)?;
        let parts = [line.len() as u64, head.input, head.output.unwrap_or(0), head.taken.unwrap_or(0)];
        let whole = parts.into_iter().try_fold(0_u64, u64::checked_add);
        if whole == Some(size) { Ok((head, reader)) } else { Err(damaged()) }
    }

    fn entry(&self, id: String) -> io::Result<Entry> {
        let (head, mut rest) = self.open(&id)?;
        let mut begin = Vec::new();
        (&mut rest).take(head.input.min(PREVIEW)).read_to_end(&mut begin)?;
        Ok(Entry::new(id, head.facts, String::from_utf8_lossy(&begin).into_owned(), head.taken.is_some()))
    }
}

/// Whether a file may be an entry by its name.
fn is_id(name: &str) -> bool {
    let parts: Vec<&str> = name.strip_suffix(ENDING).unwrap_or_default().split('-').collect();
    let is_hex = |part: &str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    matches!(parts.as_slice(), [time, process, number] if time.len() >= 14 && time.len() <= 20
        && time.bytes().all(|byte| byte.is_ascii_digit()) && is_hex(process) && is_hex(number))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the entry is damaged")
}
