//! Splits a command into words as a POSIX shell does: quotes, escapes, line ends after a backslash. Expands
//! nothing: `$HOME` stays `$HOME`.

use super::CurlError;

/// Splits a text into words.
pub(super) struct Words<'a> {
    chars: std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'a>>>,
    words: Vec<String>,
    word: Option<String>,
}

impl<'a> Words<'a> {
    /// The words of `text`, quotes and escapes resolved.
    pub(super) fn of(text: &'a str) -> Result<Vec<String>, CurlError> {
        let mut words = Self { chars: text.chars().enumerate().peekable(), words: Vec::new(), word: None };
        while let Some((at, c)) = words.chars.next() {
            match c {
                '\'' => words.single(at)?,
                '"' => words.double(at)?,
                '$' if words.chars.next_if(|(_, next)| *next == '\'').is_some() => words.ansi(at)?,
                // A line end after either is none: POSIX shells and the Windows prompt.
                '\\' | '^' if words.skip_line_end() => {}
                '\\' => {
                    if let Some((_, next)) = words.chars.next() {
                        words.push(next);
                    }
                }
                c if c.is_whitespace() => words.end(),
                c => words.push(c),
            }
        }
        words.end();
        Ok(words.words)
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end(&mut self) {
        self.words.extend(self.word.take());
    }

    fn skip_line_end(&mut self) -> bool {
        let _ = self.chars.next_if(|(_, c)| *c == '\r');
        self.chars.next_if(|(_, c)| *c == '\n').is_some()
    }

    fn single(&mut self, opened: usize) -> Result<(), CurlError> {
        self.word.get_or_insert_default();
        loop {
            match self.chars.next() {
                None => return Err(CurlError::OpenQuote('\'', opened + 1)),
                Some((_, '\'')) => return Ok(()),
                Some((_, c)) => self.push(c),
            }
        }
    }

    fn double(&mut self, opened: usize) -> Result<(), CurlError> {
        self.word.get_or_insert_default();
        loop {
            match self.chars.next() {
                None => return Err(CurlError::OpenQuote('"', opened + 1)),
                Some((_, '"')) => return Ok(()),
                Some((_, '\\')) => {
                    if self.skip_line_end() {
                        continue;
                    }
                    match self.chars.next_if(|(_, c)| "\"\\$`".contains(*c)) {
                        Some((_, c)) => self.push(c),
                        None => self.push('\\'),
                    }
                }
                Some((_, c)) => self.push(c),
            }
        }
    }

    /// `$'...'`, with the escapes of C.
    fn ansi(&mut self, opened: usize) -> Result<(), CurlError> {
        self.word.get_or_insert_default();
        loop {
            match self.chars.next() {
                None => return Err(CurlError::OpenQuote('\'', opened + 2)),
                Some((_, '\'')) => return Ok(()),
                Some((_, '\\')) => self.escape(),
                Some((_, c)) => self.push(c),
            }
        }
    }

    fn escape(&mut self) {
        let Some((_, c)) = self.chars.next() else { return };
        let code = match c {
            'n' => return self.push('\n'),
            't' => return self.push('\t'),
            'r' => return self.push('\r'),
            'u' => self.hex(4),
            'x' => self.hex(2),
            other => return self.push(other),
        };
        self.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn hex(&mut self, most: usize) -> u32 {
        let mut code = 0;
        for _ in 0..most {
            let Some((_, digit)) = self.chars.next_if(|(_, c)| c.is_ascii_hexdigit()) else { break };
            code = code * 16 + digit.to_digit(16).unwrap_or_default();
        }
        code
    }
}
