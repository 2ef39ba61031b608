//! What a program knows of the process that it believes to run in: its arguments and its standard
//! streams. All of it lies in memory; there is no process, no terminal and no file behind it.

use super::LogLevel;

/// Standard input, output and error, by their numbers.
pub(super) const STDIN: u32 = 0;
pub(super) const STDOUT: u32 = 1;
pub(super) const STDERR: u32 = 2;

/// Arguments and standard streams of one instance.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// The program's name, then its arguments.
    pub(super) arguments: Vec<String>,
    input: Vec<u8>,
    /// How many bytes of the input were read.
    read: usize,
    /// What was written to standard output, where that is the answer and not a log.
    output: Option<Vec<u8>>,
    /// Which of the three streams are closed, a bit each.
    closed: u8,
}

impl Process {
    /// A program that answers `input` on its standard output.
    pub(super) fn answering(arguments: Vec<String>, input: &[u8]) -> Self {
        Self { arguments, input: input.to_vec(), output: Some(Vec::new()), ..Self::default() }
    }

    /// Whether `file` is an open stream.
    pub(super) fn is_open(&self, file: u32) -> bool {
        file <= STDERR && self.closed & (1 << file) == 0
    }

    /// Closes a stream, if it is open.
    pub(super) fn close(&mut self, file: u32) -> bool {
        let open = self.is_open(file);
        if open {
            self.closed |= 1 << file;
        }
        open
    }

    /// How many bytes of the input are left.
    pub(super) fn remaining(&self) -> usize {
        self.input.len().saturating_sub(self.read)
    }

    /// Fills `target` with the next bytes of the input and tells how many there were.
    pub(super) fn read(&mut self, target: &mut [u8]) -> usize {
        let left = self.input.get(self.read..).unwrap_or_default();
        let count = left.len().min(target.len());
        if let (Some(target), Some(source)) = (target.get_mut(..count), left.get(..count)) {
            target.copy_from_slice(source);
        }
        self.read += count;
        count
    }

    /// Where standard output is the answer: what was written to it so far.
    pub(super) fn output(&mut self) -> Option<&mut Vec<u8>> {
        self.output.as_mut()
    }

    /// The level at which what is written to a stream is logged. A program whose output is its answer
    /// has nothing but standard error for its usual messages.
    pub(super) fn log_level(&self, file: u32) -> LogLevel {
        if file == STDERR && self.output.is_none() { LogLevel::Error } else { LogLevel::Info }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_read_to_its_end_and_streams_close_once() {
        let mut process = Process::answering(vec![], b"hello");
        let mut target = [0; 3];
        assert_eq!((process.read(&mut target), &target), (3, b"hel"));
        assert_eq!((process.read(&mut target), &target[..2]), (2, &b"lo"[..]));
        assert_eq!((process.read(&mut target), process.remaining()), (0, 0));
        assert!(process.is_open(STDIN) && process.close(STDIN) && !process.close(STDIN));
        assert!(!process.is_open(3) && !process.is_open(u32::MAX));
    }
}
