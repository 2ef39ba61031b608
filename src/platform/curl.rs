//! Requests as curl commands: written so that any shell reads them as they are meant, and read as people
//! paste them. Never runs anything.

mod words;

use super::http::split_target;
use super::request::Request;
use words::Words;

/// Longer commands are not read, in bytes.
const LONGEST: usize = 16 << 20;

/// A request read from a curl command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The request; its target is path and query.
    pub request: Request,
    /// What of the command was not taken over, in words.
    pub remarks: Vec<String>,
}

/// Why a text is no curl command that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurlError {
    /// It is no curl command at all.
    #[error("this is no curl command: it begins with `{0}`, not with curl")]
    NotCurl(String),
    /// A quote is never closed.
    #[error("the quote {0} that opens at character {1} is never closed")]
    OpenQuote(char, usize),
    /// An option lacks its value.
    #[error("the option {0} needs a value behind it")]
    NoValue(String),
    /// There is no address.
    #[error("the command has no address; write it behind curl, such as curl http://localhost/api/v1/users")]
    NoAddress,
    /// There are several addresses.
    #[error("the command has several addresses ({0} and {1}); paste one request at a time")]
    SeveralAddresses(String, String),
    /// The body would be read from a file.
    #[error("the body is read from the file {0}; put its content into the body field instead")]
    BodyInFile(String),
    /// It is too long.
    #[error("the command has {0} bytes, and 16 MiB are read at most")]
    TooLong(usize),
}

/// The command that sends `request` to `base` (`http://127.0.0.1:8080`).
pub fn command(base: &str, request: &Request) -> String {
    let (path, query) = split_target(&request.target);
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut command = String::from("curl");
    let body = String::from_utf8_lossy(&request.body);
    match request.method.as_str() {
        "HEAD" => command.push_str(" --head"),
        "GET" if body.is_empty() => {}
        "POST" if !body.is_empty() => {}
        method => command.push_str(&format!(" -X {}", quoted(method))),
    }
    // Braces and brackets of a path are no patterns here.
    command.push_str(&format!(" --globoff {}", quoted(&format!("{}{slash}{path}{query}", base.trim_end_matches('/')))));
    let has_type = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    for (name, value) in &request.headers {
        // Without a value curl would leave the header out, but for a semicolon.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.push_str(&format!(" -H {}", quoted(&header)));
    }
    if !body.is_empty() {
        if !has_type {
            command.push_str(" -H 'content-type: application/json'");
        }
        command.push_str(&format!(" --data-raw {}", quoted(&body)));
    }
    command
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Reads a curl command as a POSIX shell would split it, with `$'...'` and line ends after a backslash or a
/// caret, as browsers copy them.
///
/// # Errors
/// When it is none, or lacks something. Options that mean nothing here are remarks.
pub fn parse(text: &str) -> Result<Pasted, CurlError> {
    if text.len() > LONGEST {
        return Err(CurlError::TooLong(text.len()));
    }
    let mut words = Words::of(text)?.into_iter().peekable();
    // What was copied with the prompt of a shell.
    while words.next_if(|word| word == "$" || word == "%").is_some() {}
    let first = words.next().unwrap_or_default();
    let program = first.rsplit(['/', '\\']).next().unwrap_or_default();
    if program != "curl" && program != "curl.exe" {
        return Err(CurlError::NotCurl(crate::bundle::names::shown(&first)));
    }
    let mut reading = Reading::default();
    let mut only_addresses = false;
    while let Some(word) = words.next() {
        if only_addresses || !word.starts_with('-') || word == "-" {
            reading.address(word)?;
        } else if word == "--" {
            only_addresses = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, given) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            reading.option(&format!("--{name}"), given, &mut words)?;
        } else {
            reading.short_options(&word, &mut words)?;
        }
    }
    reading.finish()
}

/// What was read of a command so far.
#[derive(Default)]
struct Reading {
    method: Option<String>,
    address: Option<String>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    has_data: bool,
    is_json: bool,
    in_query: bool,
    is_head: bool,
    remarks: Vec<String>,
}

/// Options with a value that mean nothing to a request here.
const VALUED: [&str; 26] = [
    "-o",
    "--output",
    "-u",
    "--user",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-x",
    "--proxy",
    "-b",
    "--cookie",
    "-c",
    "--cookie-jar",
    "-E",
    "--cert",
    "--key",
    "--cacert",
    "-w",
    "--write-out",
    "--retry",
    "-F",
    "--form",
    "-T",
    "--upload-file",
    "--resolve",
    "-K",
];
/// Options that change nothing about the request.
const QUIET: [&str; 18] = [
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-v",
    "--verbose",
    "-i",
    "--include",
    "-L",
    "--location",
    "-k",
    "--insecure",
    "-g",
    "--globoff",
    "--compressed",
    "-f",
    "--fail",
    "-N",
];

impl Reading {
    /// Several options of one letter in one word; what follows one with a value is that value.
    fn short_options(&mut self, word: &str, words: &mut impl Iterator<Item = String>) -> Result<(), CurlError> {
        let mut letters = word.chars().skip(1);
        while let Some(letter) = letters.next() {
            let option = format!("-{letter}");
            if "XHdAe".contains(letter) || VALUED.contains(&option.as_str()) {
                let rest: String = letters.by_ref().collect();
                return self.option(&option, (!rest.is_empty()).then_some(rest), words);
            }
            self.option(&option, None, words)?;
        }
        Ok(())
    }

    fn option(
        &mut self,
        name: &str,
        given: Option<String>,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), CurlError> {
        let mut value = || given.clone().or_else(|| words.next()).ok_or_else(|| CurlError::NoValue(name.to_owned()));
        match name {
            "-X" | "--request" => self.method = Some(value()?),
            "-H" | "--header" => self.header(&value()?),
            "-A" | "--user-agent" => self.headers.push(("user-agent".into(), value()?)),
            "-e" | "--referer" => self.headers.push(("referer".into(), value()?)),
            "--url" => self.address(value()?)?,
            "-d" | "--data" | "--data-ascii" | "--data-binary" => self.data(value()?, true)?,
            "--data-raw" => self.data(value()?, false)?,
            "--data-urlencode" => {
                let value = value()?;
                self.data(urlencoded(&value), false)?;
            }
            "--json" => {
                self.is_json = true;
                self.data(value()?, true)?;
            }
            "-G" | "--get" => self.in_query = true,
            "-I" | "--head" => self.is_head = true,
            quiet if QUIET.contains(&quiet) => {}
            valued if VALUED.contains(&valued) => {
                value()?;
                self.remarks.push(format!("{valued} was left out: it has no meaning here"));
            }
            other => {
                let shown = crate::bundle::names::shown(other);
                self.remarks.push(format!("{shown} was left out: it is not known here"));
            }
        }
        Ok(())
    }

    fn header(&mut self, header: &str) {
        let parts = header.split_once(':').or_else(|| header.strip_suffix(';').map(|name| (name, "")));
        match parts {
            Some((name, value)) if !name.trim().is_empty() => {
                self.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            _ => {
                let shown = crate::bundle::names::shown(header);
                self.remarks.push(format!("the header `{shown}` was left out: it has no name and value"));
            }
        }
    }

    fn data(&mut self, data: String, may_name_file: bool) -> Result<(), CurlError> {
        if let (true, Some(file)) = (may_name_file, data.strip_prefix('@')) {
            return Err(CurlError::BodyInFile(crate::bundle::names::shown(file)));
        }
        self.has_data = true;
        self.data.push(data);
        Ok(())
    }

    fn address(&mut self, word: String) -> Result<(), CurlError> {
        let shown = crate::bundle::names::shown;
        match &self.address {
            Some(first) => Err(CurlError::SeveralAddresses(shown(first), shown(&word))),
            None => {
                self.address = Some(word);
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Result<Pasted, CurlError> {
        let address = self.address.filter(|address| !address.is_empty()).ok_or(CurlError::NoAddress)?;
        // Without a scheme, what stands before the first slash is the host.
        let has_scheme = address.starts_with("http://") || address.starts_with("https://");
        let address = if has_scheme || address.starts_with('/') { address } else { format!("http://{address}") };
        let (path, query) = split_target(&address);
        let path = if path.is_empty() { "/" } else { path };
        let mut query = query.to_owned();
        let data = self.data.join(if self.is_json { "" } else { "&" });
        let mut body = Vec::new();
        if self.in_query {
            if !query.is_empty() && !data.is_empty() {
                query.push('&');
            }
            query.push_str(&data);
        } else {
            body = data.into_bytes();
        }
        if self.is_json && !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            self.headers.push(("content-type".into(), "application/json".into()));
        }
        let usual = if self.is_head {
            "HEAD"
        } else if self.has_data && !self.in_query {
            "POST"
        } else {
            "GET"
        };
        let method = self.method.unwrap_or_else(|| usual.to_owned());
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Ok(Pasted { request: Request { method, target, headers: self.headers, body }, remarks: self.remarks })
    }
}

/// The value of `--data-urlencode`: `name=content`, `=content` or `content`.
fn urlencoded(text: &str) -> String {
    use super::http::encoded;
    match text.split_once('=') {
        Some(("", content)) => encoded(content),
        Some((name, content)) => format!("{name}={}", encoded(content)),
        None => encoded(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: method.into(), target: target.into(), headers, body: body.into() }
    }

    fn read(text: &str) -> Request {
        parse(text).unwrap().request
    }

    #[test]
    fn what_is_copied_is_read_back_as_it_was() {
        for body in ["", "{\"a\": \"it's $HOME `x` \\\\ \\n\"}", "{\n  \"é\": \"\u{202e}\"\n}", "@file", "-d"] {
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
                let request =
                    request(method, "/a/{b}?c=d%20e&f[]=1", &[("content-type", "a/b"), ("x-y", "z ' \"")], body);
                assert_eq!(read(&command("http://127.0.0.1:80", &request)), request);
            }
        }
        let head = request("HEAD", "/", &[("x", "")], "");
        assert_eq!(read(&command("http://h/", &head)), head);
    }

    #[test]
    fn commands_are_read_as_a_shell_reads_them() {
        let read = read(
            "$ curl -sSL -XPUT  'http://localhost:80/a b'\\''c' \\\n -H \"X-A: \\\"q\\\" \\$ \\n\" --data $'{\"a\":\\'\\u00e9\\n\\x41}'",
        );
        assert_eq!(read, request("PUT", "/a b'c", &[("X-A", "\"q\" $ \\n")], "{\"a\":'é\nA}"));
    }

    #[test]
    fn data_make_a_body_or_a_query() {
        assert_eq!(read("curl localhost/x -d a=1 -d b=2"), request("POST", "/x", &[], "a=1&b=2"));
        assert_eq!(
            read("curl -G localhost/x?z=0 -d a=1 --data-urlencode 'b=c d'"),
            request("GET", "/x?z=0&a=1&b=c%20d", &[], "")
        );
        let json = request("POST", "/", &[("content-type", "application/json")], "{}");
        assert_eq!(read("curl --json={} localhost"), json);
        assert_eq!(read("/usr/bin/curl -I --url http://h/p"), request("HEAD", "/p", &[], ""));
        assert_eq!(read("curl /only/a/path -X delete").target, "/only/a/path");
        assert_eq!(read("curl -- -odd/x").target, "/x");
    }

    #[test]
    fn what_has_no_meaning_here_is_named_and_left_out() {
        let pasted = parse("curl -u me:secret --http3 -ofile -H nonsense localhost/x --max-time 5").unwrap();
        assert_eq!(pasted.request, request("GET", "/x", &[], ""));
        let remarks = pasted.remarks.join("\n");
        for name in ["-u", "--http3", "-o", "nonsense", "--max-time"] {
            assert!(remarks.contains(name), "{name} in {remarks}");
        }
        assert!(!remarks.contains("secret"));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (text, expected) in [
            ("", "begins with ``"),
            ("wget x", "begins with `wget`"),
            ("curl", "no address"),
            ("curl 'abc", "quote ' that opens at character 6"),
            ("curl \"abc\\", "quote \" that opens at character 6"),
            ("curl $'abc", "never closed"),
            ("curl -X", "-X needs a value"),
            ("curl --data", "--data needs a value"),
            ("curl a b", "several addresses"),
            ("curl a -d @body.json", "file body.json"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn no_text_whatever_ends_the_program() {
        let pieces = [
            "curl", " ", "'", "\"", "\\", "$'", "-", "--", "-d", "@", "=", "\n", "^", "\u{202e}", "http://", "é", "\0",
        ];
        let mut seed = 7_usize;
        for _ in 0..20_000 {
            let mut text = String::from("curl ");
            for _ in 0..seed % 9 {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(pieces[(seed >> 33) % pieces.len()]);
            }
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            seed = seed.rotate_left(7);
            let _ = parse(&text);
        }
    }
}
