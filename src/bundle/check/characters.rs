//! Characters that mislead a reader: invisible ones, ones that turn the reading direction, and letters of
//! another alphabet that look like Latin ones. Looks at the text as it is written.

use crate::bundle::fields::Reading;
use crate::bundle::{Code, Fix, Span, names};

/// Most places that are reported in one file.
const MAX_REPORTED: usize = 20;

/// Letters that look like a Latin one, each with that one.
const LOOKALIKES: [(char, char); 40] = [
    // Cyrillic
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('ԁ', 'd'),
    ('һ', 'h'),
    ('ӏ', 'l'),
    ('А', 'A'),
    ('В', 'B'),
    ('Е', 'E'),
    ('К', 'K'),
    ('М', 'M'),
    ('Н', 'H'),
    ('О', 'O'),
    ('Р', 'P'),
    ('С', 'C'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('Ѕ', 'S'),
    ('І', 'I'),
    // Greek
    ('ο', 'o'),
    ('ν', 'v'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Χ', 'X'),
];

/// Reports misleading characters in the text of the file.
pub(in crate::bundle) fn check(reading: &mut Reading) {
    // What most files are.
    if reading.source.text.is_ascii() {
        return;
    }
    let source = reading.source;
    let mut reported = 0;
    let mut line_start = 0;
    for line in source.text.split_inclusive('\n') {
        if !line.is_ascii() {
            reported += invisible(reading, line, line_start);
            reported += lookalikes(reading, line, line_start);
        }
        if reported >= MAX_REPORTED {
            return;
        }
        line_start += line.len();
    }
}

/// Reports each run of invisible characters of a line. Returns how many there are.
fn invisible(reading: &mut Reading, line: &str, offset: usize) -> usize {
    let chars: Vec<(usize, char)> = line.char_indices().collect();
    let (mut at, mut count) = (0, 0);
    while let Some(&(start, first)) = chars.get(at) {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).map(|(_, c)| *c);
        let run = chars.iter().skip(at).take_while(|(_, c)| is_suspect(*c) && is_space(*c) == is_space(first)).count();
        let after = chars.get(at + run).map(|(_, c)| *c);
        if run == 0 || offset + start == 0 && first == '\u{feff}' || !misleads(first, before, after) {
            at += run.max(1);
            continue;
        }
        at += run;
        let end = chars.get(at).map_or(line.len(), |(end, _)| *end);
        let span = Span::new(offset + start, offset + end);
        let (message, title, replacement) = if is_space(first) {
            let message =
                format!("a space here is not the usual one ({}): YAML takes it for a letter", code_point(first));
            (message, "Write a usual space", " ")
        } else if is_turning(first) {
            (format!("an invisible character turns the reading direction ({})", code_point(first)), "Remove it", "")
        } else {
            (format!("an invisible character stands here ({})", code_point(first)), "Remove it", "")
        };
        let diagnostic =
            reading.at(Code::InvisibleCharacter, span, message).with_help("what is read differs from what is shown");
        reading.push(diagnostic.with_fix(Fix::new(title, span, replacement)));
        count += 1;
        if count >= MAX_REPORTED {
            break;
        }
    }
    count
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

fn is_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

fn is_suspect(c: char) -> bool {
    is_turning(c)
        || is_space(c)
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a suspect character misleads between its neighbours: joiners and marks have their place in the
/// scripts that need them, and odd spaces do no harm within a text.
fn misleads(c: char, before: Option<char>, after: Option<char>) -> bool {
    let is_ascii = |c: Option<char>| c.is_none_or(|c| c.is_ascii());
    match c {
        '\u{200c}' | '\u{200d}' | '\u{200e}' | '\u{200f}' | '\u{ad}' => is_ascii(before) && is_ascii(after),
        // Flags of regions are emoji that are followed by tags.
        '\u{e0000}'..='\u{e007f}' => is_ascii(before),
        c if is_space(c) => before.is_none_or(|c| c.is_ascii_whitespace() || matches!(c, ':' | '-')),
        _ => true,
    }
}

/// Reports words that mix Latin letters with ones that look alike. Returns how many there are.
fn lookalikes(reading: &mut Reading, line: &str, offset: usize) -> usize {
    let mut count = 0;
    // In a comment nothing is looked up by its name.
    let code = line.split(" #").next().unwrap_or(line);
    if code.trim_start().starts_with('#') {
        return 0;
    }
    let mut at = 0;
    for word in code.split_inclusive(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))) {
        let start = offset + at;
        at += word.len();
        let word = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')));
        let is_mixed = !word.is_ascii()
            && word.chars().any(|c| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii() || latin(c).is_some());
        if !is_mixed || count >= MAX_REPORTED {
            continue;
        }
        let plain: String = word.chars().map(|c| latin(c).unwrap_or(c)).collect();
        let foreign: Vec<String> =
            word.chars().filter(|c| !c.is_ascii()).take(3).map(|c| format!("{c} ({})", code_point(c))).collect();
        let span = Span::new(start, start + word.len());
        let message = format!("`{}` holds letters of another alphabet that look like Latin ones", names::shown(word));
        let diagnostic = reading
            .at(Code::LookalikeLetter, span, message)
            .with_help(format!("type it anew without {}", foreign.join(", ")));
        reading.push(diagnostic.with_fix(Fix::new(format!("Change to {plain}"), span, plain)));
        count += 1;
    }
    count
}

fn latin(c: char) -> Option<char> {
    LOOKALIKES.iter().find(|(lookalike, _)| *lookalike == c).map(|(_, latin)| *latin)
}
