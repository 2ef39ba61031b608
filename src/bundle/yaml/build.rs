//! Builds the tree from the parser's events, with an explicit stack and bounded alias expansion.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, ScalarStyle, Span as EventSpan, StructureStyle, Tag};

use super::parse::Problem;
use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, Mapping, Node, Scalar, syntax};
use crate::bundle::{Code, Fix, Span, mend};

/// A finished value with what it costs to walk.
#[derive(Clone)]
struct Built {
    node: Node,
    /// Values in it, aliases followed.
    size: usize,
    /// Levels in it, aliases followed.
    depth: usize,
}

/// A collection that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    size: usize,
    depth: usize,
    /// Whether it is written with brackets.
    is_flow: bool,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { mapping: Mapping, keys: HashMap<Arc<str>, Span>, merges: Vec<Node>, key: Option<Key> },
}

enum Key {
    Scalar(Arc<str>, Span),
    Merge,
    /// A key that is no scalar: its value is read and dropped.
    Unusable,
    /// A key that was there before: what is said of it can be mended once its value is known.
    Again(Box<Problem>),
}

/// The tree under construction.
pub(super) struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, Option<Built>>,
    size: usize,
    pub(super) root: Option<Node>,
    pub(super) documents: usize,
    pub(super) problems: Vec<Problem>,
    pub(super) too_complex: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            open: Vec::new(),
            anchors: HashMap::new(),
            size: 0,
            root: None,
            documents: 0,
            problems: Vec::new(),
            too_complex: false,
        }
    }

    /// Notes a problem, if there are not too many already: every one more would be read by nobody.
    fn report(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Takes in one event. Returns false when nothing more is wanted.
    pub(super) fn event(&mut self, event: Event<'_>, span: &EventSpan) -> bool {
        let tag_span = span.tag_span().map(|tag| self.bytes(&tag));
        let span = self.bytes(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let problem = Problem::new(
                        Code::YamlSeveralDocuments,
                        span,
                        "a second document begins here; a bundle's file holds one",
                    );
                    self.problems
                        .push(problem.with_help("move what follows to a file of its own, or remove this line"));
                    return false;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["str", "int", "float", "bool", "null"], tag_span);
                let is_text = is_text(style, tag.as_deref());
                if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
                    self.check_continuation(span, false);
                }
                let kind = Kind::Scalar(Scalar { text: Arc::from(&*text), is_text });
                let built = Built { node: Node { span, kind }, size: 1, depth: 0 };
                self.count(1, span);
                self.finish(built, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["seq"], tag_span);
                self.begin(span, style, anchor, Content::Sequence(Vec::new()));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["map"], tag_span);
                let content = Content::Mapping {
                    mapping: Mapping::default(),
                    keys: HashMap::new(),
                    merges: Vec::new(),
                    key: None,
                };
                self.begin(span, style, anchor, content);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor &{} comes before this alias", crate::bundle::names::shown(&name));
                let help = "a text that begins with * needs quotation marks";
                let mut problem = Problem::new(Code::YamlUnknownAlias, span, message).with_help(help);
                let quoted = super::quoted(self.text.get(span.start..span.end).unwrap_or_default());
                problem.fix = Some(Fix::new(format!("Write {}", crate::bundle::names::shown(&quoted)), span, quoted));
                self.report(problem);
                self.finish(Self::null(span), 0);
            }
            _ => {}
        }
        !self.too_complex
    }

    /// Closes what is still open, so that the part before an error remains.
    pub(super) fn close_all(&mut self, at: usize) {
        while !self.open.is_empty() {
            self.close(at);
        }
    }

    /// The opening bracket of the innermost collection, if that is written with brackets.
    pub(super) fn innermost_flow(&self) -> Option<Span> {
        self.open.last().filter(|open| open.is_flow).map(|open| Span::new(open.start, open.start + 1))
    }

    /// Reports a tag that asks for a meaning that nothing gives.
    fn check_tag(&mut self, tag: Option<&Tag>, known: &[&str], span: Option<Span>) {
        let (Some(tag), Some(span)) = (tag, span) else { return };
        if is_non_specific(tag) || known.iter().any(|known| tag.is_yaml_core_schema_tag(known)) {
            return;
        }
        let shown = crate::bundle::names::shown(self.text.get(span.start..span.end).unwrap_or_default());
        let mut problem = Problem::new(Code::YamlTag, span, format!("the tag `{shown}` has no meaning here"))
            .with_help("the value behind it is read as if it had no tag");
        problem.fix = Some(Fix::new("Remove the tag", syntax::with_space(self.text, span), ""));
        self.report(problem);
    }

    /// Reports a value over several lines whose further lines are not indented deeper than what it belongs
    /// to: readers differ in whether they take it.
    fn check_continuation(&mut self, span: Span, is_flow: bool) {
        let Some(parent) = self.open.last().filter(|parent| !parent.is_flow) else { return };
        if !self.text.get(span.start..span.end).is_some_and(|value| value.contains('\n')) {
            return;
        }
        let column = syntax::column(self.text, parent.start);
        let Some(line) = syntax::shallow_line(self.text, span, column, is_flow) else { return };
        let message = "this line continues the value above and is not indented deeper than its key";
        let problem = Problem::new(Code::YamlUnportable, line, message)
            .with_help("indent every line of the value with more spaces than its key");
        self.report(problem);
    }

    fn bytes(&self, span: &EventSpan) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        Span::new(range.start.min(self.text.len()), range.end.min(self.text.len()))
    }

    fn null(span: Span) -> Built {
        let kind = Kind::Scalar(Scalar { text: Arc::from(""), is_text: false });
        Built { node: Node { span, kind }, size: 1, depth: 0 }
    }

    fn begin(&mut self, span: Span, style: StructureStyle, anchor: usize, content: Content) {
        if anchor != 0 {
            // Known but unfinished: an alias to it from within would be endless.
            self.anchors.insert(anchor, None);
        }
        self.count(1, span);
        self.open.push(Open {
            start: span.start,
            anchor,
            size: 1,
            depth: 0,
            is_flow: style == StructureStyle::Flow,
            content,
        });
        if self.open.len() > MAX_DEPTH {
            self.refuse(span, format!("this is nested more than {MAX_DEPTH} levels deep"));
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        match self.anchors.get(&anchor) {
            Some(Some(built)) => {
                let mut built = built.clone();
                built.node.span = span;
                if self.open.len() + built.depth > MAX_DEPTH {
                    self.refuse(span, format!("this alias nests more than {MAX_DEPTH} levels deep"));
                    built = Self::null(span);
                }
                self.count(built.size, span);
                self.finish(built, 0);
            }
            Some(None) => {
                let message = "this alias stands within the value that it refers to, which would be endless";
                self.report(Problem::new(Code::YamlUnknownAlias, span, message));
                self.finish(Self::null(span), 0);
            }
            None => self.finish(Self::null(span), 0),
        }
    }

    fn count(&mut self, values: usize, span: Span) {
        self.size = self.size.saturating_add(values);
        if self.size > MAX_NODES {
            self.refuse(span, format!("the file has more than {MAX_NODES} values, aliases included"));
        }
    }

    fn refuse(&mut self, span: Span, message: String) {
        if !self.too_complex {
            self.problems.push(Problem::new(Code::YamlTooComplex, span, message));
        }
        self.too_complex = true;
    }

    /// Puts a finished value where it belongs.
    fn finish(&mut self, built: Built, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Some(built.clone()));
        }
        let mut problem = None;
        let Some(parent) = self.open.last_mut() else {
            self.root.get_or_insert(built.node);
            return;
        };
        parent.size = parent.size.saturating_add(built.size);
        parent.depth = parent.depth.max(built.depth + 1);
        match &mut parent.content {
            Content::Sequence(items) => items.push(built.node),
            Content::Mapping { mapping, keys, merges, key } => match key.take() {
                None => *key = Some(Self::key(built.node, keys, &mut problem, self.text)),
                Some(Key::Merge) => merges.push(built.node),
                Some(Key::Unusable) => {}
                Some(Key::Again(mut again)) => {
                    let is_block = !parent.is_flow;
                    let edit = mend::remove_lines(self.text, again.span.start, built.node.span.end);
                    again.fix = edit
                        .filter(|_| is_block)
                        .map(|edit| Fix { title: "Remove the second one".into(), edits: vec![edit] });
                    problem = Some(*again);
                }
                Some(Key::Scalar(key, key_span)) => mapping.entries.push(Entry { key, key_span, value: built.node }),
            },
        }
        problem.into_iter().for_each(|problem| self.report(problem));
    }

    fn key(node: Node, keys: &mut HashMap<Arc<str>, Span>, problem: &mut Option<Problem>, text: &str) -> Key {
        let Kind::Scalar(scalar) = node.kind else {
            *problem = Some(Problem::new(Code::WrongType, node.span, "a key is a text, not a list or a mapping"));
            return Key::Unusable;
        };
        if !scalar.is_text && &*scalar.text == "<<" {
            return Key::Merge;
        }
        if let Some(first) = keys.get(&scalar.text) {
            let line = text.get(..first.start).map_or(0, |before| before.matches('\n').count()) + 1;
            let message = format!("the key `{}` stands here again", crate::bundle::names::shown(&scalar.text));
            let help = format!("it stands in line {line} already; remove or rename one of them");
            return Key::Again(Box::new(Problem::new(Code::YamlDuplicateKey, node.span, message).with_help(help)));
        }
        keys.insert(scalar.text.clone(), node.span);
        Key::Scalar(scalar.text, node.span)
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        // A block collection ends where the next thing begins; what people see ends with its last character.
        let covered = self.text.get(open.start..end).unwrap_or_default();
        let span = Span::new(open.start, open.start + without_trailing_comments(covered).len());
        if open.is_flow {
            self.check_continuation(span, true);
        }
        let mut size = open.size;
        let kind = match open.content {
            Content::Sequence(items) => Kind::Sequence(items.into()),
            Content::Mapping { mut mapping, merges, key, .. } => {
                if let Some(Key::Again(again)) = key {
                    self.report(*again);
                } else if let Some(Key::Scalar(key, key_span)) = key {
                    // The text broke off between a key and its value.
                    let value = Self::null(Span::new(key_span.end, key_span.end)).node;
                    mapping.entries.push(Entry { key, key_span, value });
                }
                mapping.own = mapping.entries.len();
                let merged = merge(&mut mapping, &merges);
                size = size.saturating_add(merged);
                self.count(merged, span);
                Kind::Mapping(Arc::new(mapping))
            }
        };
        self.finish(Built { node: Node { span, kind }, size, depth: open.depth }, open.anchor);
    }
}

/// Whether a tag is the `!` that only says not to look at what a value looks like.
fn is_non_specific(tag: &Tag) -> bool {
    matches!(tag.suffix(), "" | "!")
}

/// Whether a scalar is a text whatever it looks like, by its style and its tag.
fn is_text(style: ScalarStyle, tag: Option<&Tag>) -> bool {
    match tag {
        Some(tag) if tag.is_yaml_core_schema_tag("str") || is_non_specific(tag) => true,
        Some(tag) if ["int", "float", "bool", "null"].iter().any(|known| tag.is_yaml_core_schema_tag(known)) => false,
        _ => style != ScalarStyle::Plain,
    }
}

/// Takes over the entries of merged mappings whose keys are not there yet. Returns how many.
fn merge(mapping: &mut Mapping, merges: &[Node]) -> usize {
    let mut known: std::collections::HashSet<Arc<str>> =
        mapping.entries.iter().map(|entry| entry.key.clone()).collect();
    let sources = merges.iter().flat_map(|node| match &node.kind {
        Kind::Sequence(items) => items.to_vec(),
        _ => vec![node.clone()],
    });
    for source in sources {
        let Kind::Mapping(base) = source.kind else { continue };
        for entry in &base.entries {
            if known.insert(entry.key.clone()) && mapping.entries.len() < MAX_NODES {
                mapping.entries.push(entry.clone());
            }
        }
    }
    mapping.entries.len() - mapping.own
}

/// `text` up to its last line that holds more than white space or a comment.
fn without_trailing_comments(text: &str) -> &str {
    let mut rest = text.trim_end();
    while let Some(start) = rest.rfind('\n') {
        let line = rest.get(start + 1..).unwrap_or_default();
        if !line.trim_start().starts_with('#') {
            break;
        }
        rest = rest.get(..start).unwrap_or_default().trim_end();
    }
    rest
}
