//! What differs between two texts: their lines side by side, equal ones on one row, and in changed lines
//! the parts that changed. Knows nothing of drawing, and gives up exactness before it takes long.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use super::buffer::Buffer;

/// Stretches of more lines times lines are compared coarsely: exactness costs up to that many steps.
const MOST_STEPS: usize = 4_000_000;
/// The same where somebody waits for a frame.
const MOST_STEPS_IN_FRAME: usize = 60_000;
/// Of longer lines (in bytes) only the beginning and the end are compared.
const LONG_LINE: usize = 400;

/// Lines with less in common than this share are not the same line changed.
const ALIKE: f32 = 0.5;
/// Stretches of more lines are not searched for lines that became one another.
const LONGEST_STRETCH: usize = 40;

/// One row: a line of each text, or of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The line of the left text, counted from 0.
    pub left: Option<usize>,
    /// The line of the right text, counted from 0.
    pub right: Option<usize>,
    /// Whether both lines are the same but for their endings.
    pub is_same: bool,
}

/// Two texts side by side.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    pairs: Vec<Pair>,
    changes: Vec<Range<usize>>,
}

impl Diff {
    /// Compares two texts line by line. Line endings do not count.
    pub fn new(left: &Buffer, right: &Buffer) -> Self {
        let mut diff = Self::default();
        let texts = (left, right);
        for Stretch { left, right, is_same } in compare(left, right, MOST_STEPS) {
            let first = diff.pairs.len();
            let places = if is_same { beside(left, right) } else { aligned(&texts, left, right) };
            diff.pairs.extend(places.into_iter().map(|(left, right)| Pair { left, right, is_same }));
            if is_same {
                continue;
            }
            match diff.changes.last_mut() {
                Some(last) if last.end == first => last.end = diff.pairs.len(),
                _ => diff.changes.push(first..diff.pairs.len()),
            }
        }
        diff
    }

    /// All rows in order.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The stretches of rows that differ, in order.
    pub fn changes(&self) -> &[Range<usize>] {
        &self.changes
    }
}

/// A line of each text, or of one of them.
type Place = (Option<usize>, Option<usize>);

/// Lines beside each other, one after the other.
fn beside(left: Range<usize>, right: Range<usize>) -> Vec<Place> {
    let rows = left.len().max(right.len());
    (0..rows).map(|at| (left.clone().nth(at), right.clone().nth(at))).collect()
}

/// Lines beside those that they became: as many and as similar as can be without changing the order.
fn aligned((left_text, right_text): &(&Buffer, &Buffer), left: Range<usize>, right: Range<usize>) -> Vec<Place> {
    let few = |range: &Range<usize>| (1..=LONGEST_STRETCH).contains(&range.len());
    if left.len() == right.len() || !few(&left) || !few(&right) {
        return beside(left, right);
    }
    // The best sum of likenesses of the lines from here on, by the lines still to come on each side.
    let mut best: HashMap<(usize, usize), f32> = HashMap::new();
    let at = |best: &HashMap<(usize, usize), f32>, one, other| best.get(&(one, other)).copied().unwrap_or_default();
    let mut alike = HashMap::new();
    for one in left.clone().rev() {
        for other in right.clone().rev() {
            let likeness = likeness(left_text.line(one), right_text.line(other));
            alike.insert((one, other), likeness);
            let together = if likeness >= ALIKE { likeness + at(&best, one + 1, other + 1) } else { 0.0 };
            let apart = at(&best, one + 1, other).max(at(&best, one, other + 1));
            best.insert((one, other), together.max(apart));
        }
    }
    let (mut one, mut other, mut places) = (left.start, right.start, Vec::new());
    let mut apart = (left.start, right.start);
    while one < left.end && other < right.end {
        let likeness = alike.get(&(one, other)).copied().unwrap_or_default();
        let together = likeness + at(&best, one + 1, other + 1);
        if likeness >= ALIKE && together >= at(&best, one, other) {
            places.extend(beside(apart.0..one, apart.1..other));
            places.push((Some(one), Some(other)));
            (one, other) = (one + 1, other + 1);
            apart = (one, other);
        } else if at(&best, one + 1, other) >= at(&best, one, other + 1) {
            one += 1;
        } else {
            other += 1;
        }
    }
    places.extend(beside(apart.0..left.end, apart.1..right.end));
    places
}

/// The share of two lines that is common to both.
fn likeness(left: &str, right: &str) -> f32 {
    let is_short = left.len().max(right.len()) <= LONG_LINE;
    if is_short { TextDiff::from_words(left.trim(), right.trim()).ratio() } else { 0.0 }
}

/// Lines of both texts that belong together.
#[derive(Clone, Debug)]
struct Stretch {
    left: Range<usize>,
    right: Range<usize>,
    is_same: bool,
}

/// The stretches of two texts in order; `most` bounds the steps that exactness may cost.
fn compare(left: &Buffer, right: &Buffer, most: usize) -> Vec<Stretch> {
    // Equal lines get equal numbers, which are quick to compare.
    let mut numbers = HashMap::new();
    let mut number = |line| {
        let next = numbers.len();
        *numbers.entry(line).or_insert(next)
    };
    let left: Vec<usize> = (0..left.lines()).map(|line| number(left.line(line))).collect();
    let right: Vec<usize> = (0..right.lines()).map(|line| number(right.line(line))).collect();
    let before = left.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let room = left.len().min(right.len()) - before;
    let after = left.iter().rev().zip(right.iter().rev()).take(room).take_while(|(one, other)| one == other).count();
    let (left_end, right_end) = (left.len() - after, right.len() - after);
    let mut stretches = vec![Stretch { left: 0..before, right: 0..before, is_same: true }];
    between(&left, &right, before..left_end, before..right_end, most, &mut stretches);
    stretches.push(Stretch { left: left_end..left.len(), right: right_end..right.len(), is_same: true });
    stretches
}

/// Compares a part of each text.
fn between(
    left: &[usize],
    right: &[usize],
    of_left: Range<usize>,
    of_right: Range<usize>,
    most: usize,
    out: &mut Vec<Stretch>,
) {
    let part = |lines: &'_ [usize], range: &Range<usize>| lines.get(range.clone()).unwrap_or_default().to_vec();
    if of_left.len().saturating_mul(of_right.len()) <= most {
        for op in capture_diff_slices(Algorithm::Myers, &part(left, &of_left), &part(right, &of_right)) {
            let moved = |range: Range<usize>, by: usize| range.start + by..range.end + by;
            out.push(Stretch {
                left: moved(op.old_range(), of_left.start),
                right: moved(op.new_range(), of_right.start),
                is_same: matches!(op, DiffOp::Equal { .. }),
            });
        }
        return;
    }
    let anchors = anchors(left, right, &of_left, &of_right);
    let (mut at_left, mut at_right) = (of_left.start, of_right.start);
    for (one, other) in anchors.iter().copied().chain(std::iter::once((of_left.end, of_right.end))) {
        let (gap_left, gap_right) = (at_left..one, at_right..other);
        if gap_left.len().saturating_mul(gap_right.len()) <= most / 16 {
            between(left, right, gap_left, gap_right, most, out);
        } else {
            out.push(Stretch { left: gap_left, right: gap_right, is_same: false });
        }
        if one < of_left.end && other < of_right.end {
            out.push(Stretch { left: one..one + 1, right: other..other + 1, is_same: true });
        }
        (at_left, at_right) = (one + 1, other + 1);
    }
}

/// Lines that stand exactly once in each part, as far as they stand there in the same order.
fn anchors(left: &[usize], right: &[usize], of_left: &Range<usize>, of_right: &Range<usize>) -> Vec<(usize, usize)> {
    let once = |lines: &[usize], range: &Range<usize>| {
        let mut seen: HashMap<usize, Option<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate().take(range.end).skip(range.start) {
            seen.entry(*line).and_modify(|place| *place = None).or_insert(Some(at));
        }
        seen
    };
    let in_right = once(right, of_right);
    let mut both: Vec<(usize, usize)> = once(left, of_left)
        .into_iter()
        .filter_map(|(line, place)| Some((place?, in_right.get(&line).copied().flatten()?)))
        .collect();
    both.sort_unstable();
    // The longest run that rises in both: for each length the run with the least end, and whom it goes on from.
    let mut least: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(both.len());
    let right_of = |index: usize| both.get(index).map_or(0, |(_, right)| *right);
    for (index, (_, right)) in both.iter().enumerate() {
        let length = least.partition_point(|end| right_of(*end) < *right);
        before.push(length.checked_sub(1).and_then(|shorter| least.get(shorter).copied()));
        match least.get_mut(length) {
            Some(end) => *end = index,
            None => least.push(index),
        }
    }
    let mut run = Vec::new();
    let mut at = least.last().copied();
    while let Some(index) = at {
        run.extend(both.get(index));
        at = before.get(index).copied().flatten();
    }
    run.reverse();
    run
}

/// The line of `right` that `line` of `left` became, or that stands in its place.
pub fn line_after(left: &Buffer, right: &Buffer, line: usize) -> usize {
    for Stretch { left: from, right: to, .. } in compare(left, right, MOST_STEPS_IN_FRAME) {
        if from.contains(&line) {
            return (to.start + (line - from.start)).min(to.end.saturating_sub(1).max(to.start));
        }
    }
    line
}

/// The bytes of each line that the other one does not have; none where the lines have little in common.
pub fn changed_parts(left: &str, right: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    if left.len().max(right.len()) > LONG_LINE {
        return changed_middle(left, right);
    }
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let diff = TextDiff::from_words(left, right);
    if diff.ratio() < ALIKE {
        return (removed, added);
    }
    let (mut at_left, mut at_right) = (0, 0);
    for change in diff.iter_all_changes() {
        let length = change.value().len();
        if change.tag() != ChangeTag::Insert {
            note(&mut removed, at_left..at_left + length, change.tag() == ChangeTag::Delete);
            at_left += length;
        }
        if change.tag() != ChangeTag::Delete {
            note(&mut added, at_right..at_right + length, change.tag() == ChangeTag::Insert);
            at_right += length;
        }
    }
    (removed, added)
}

/// What stands between the common beginning and the common end.
fn changed_middle(left: &str, right: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let start: usize = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (left_rest, right_rest) = (left.get(start..).unwrap_or_default(), right.get(start..).unwrap_or_default());
    let same = left_rest.chars().rev().zip(right_rest.chars().rev()).take_while(|(a, b)| a == b);
    let end: usize = same.map(|(a, _)| a.len_utf8()).sum();
    let part = |line: &str| Some(start..line.len() - end).filter(|part| !part.is_empty()).into_iter().collect();
    (part(left), part(right))
}

/// Adds a part, as one with the last where they touch.
fn note(parts: &mut Vec<Range<usize>>, part: Range<usize>, differs: bool) {
    match parts.last_mut() {
        _ if !differs => {}
        Some(last) if last.end == part.start => last.end = part.end,
        _ => parts.push(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::editor::testing::Random;

    fn diff(left: &str, right: &str) -> Diff {
        Diff::new(&Buffer::new(left.into()), &Buffer::new(right.into()))
    }

    fn pair(left: Option<usize>, right: Option<usize>, is_same: bool) -> Pair {
        Pair { left, right, is_same }
    }

    #[test]
    fn equal_lines_stand_on_one_row_and_changed_ones_beside_each_other() {
        let diff = diff("a\nb\nc\nd\n", "a\nB\nc\nx\nd\n");
        let expected = [
            pair(Some(0), Some(0), true),
            pair(Some(1), Some(1), false),
            pair(Some(2), Some(2), true),
            pair(None, Some(3), false),
            pair(Some(3), Some(4), true),
            pair(Some(4), Some(5), true),
        ];
        assert_eq!(diff.pairs(), expected);
        assert_eq!(diff.changes(), [1..2, 3..4]);
    }

    #[test]
    fn a_changed_line_stands_beside_what_it_became() {
        let diff = diff("name: a\nversion: 1.1.0\n", "name: b\ndescription: of a shop\nversion: 1.0.0\n");
        let expected = [
            pair(Some(0), Some(0), false),
            pair(None, Some(1), false),
            pair(Some(1), Some(2), false),
            pair(Some(2), Some(3), true),
        ];
        assert_eq!(diff.pairs(), expected);
    }

    #[test]
    fn line_endings_do_not_count() {
        assert!(diff("a\r\nb\r\n", "a\nb\n").changes().is_empty());
        assert!(diff("", "").changes().is_empty());
    }

    #[test]
    fn every_line_of_random_texts_stands_in_order_on_exactly_one_row() {
        let mut random = Random::new(11);
        for _ in 0..200 {
            let mut text = || (0..random.below(30)).map(|_| format!("{}\n", random.below(6))).collect::<String>();
            let (left, right) = (Buffer::new(text()), Buffer::new(text()));
            let diff = Diff::new(&left, &right);
            let lefts: Vec<usize> = diff.pairs().iter().filter_map(|pair| pair.left).collect();
            let rights: Vec<usize> = diff.pairs().iter().filter_map(|pair| pair.right).collect();
            assert_eq!(lefts, (0..left.lines()).collect::<Vec<_>>());
            assert_eq!(rights, (0..right.lines()).collect::<Vec<_>>());
            for pair in diff.pairs().iter().filter(|pair| pair.is_same) {
                assert_eq!(left.line(pair.left.unwrap()), right.line(pair.right.unwrap()));
            }
        }
    }

    #[test]
    fn the_changed_word_of_a_line_is_found() {
        let (left, right) = ("  target: < 50ms # ß", "  target: < 200ms # ß");
        let (removed, added) = changed_parts(left, right);
        assert_eq!(removed.iter().map(|part| &left[part.clone()]).collect::<Vec<_>>(), ["50ms"]);
        assert_eq!(added.iter().map(|part| &right[part.clone()]).collect::<Vec<_>>(), ["200ms"]);
        assert_eq!(changed_parts("abc", "xyz"), (vec![], vec![]));
    }

    #[test]
    fn a_line_is_found_again_behind_inserted_ones() {
        let (left, right) = (Buffer::new("a\nb\nc\nd\ne\n".into()), Buffer::new("x\ny\na\nB\nc\nd\n".into()));
        assert_eq!(line_after(&left, &right, 2), 4);
        assert_eq!(line_after(&left, &right, 1), 3);
    }

    #[test]
    fn large_texts_are_compared_in_bounded_time_with_nothing_in_common_and_with_much() {
        let mut random = Random::new(3);
        let mut text = |salt: usize| (0..40_000).map(|_| format!("{salt}{}\n", random.below(50))).collect::<String>();
        let (left, right) = (Buffer::new(text(1)), Buffer::new(text(2)));
        let begun = std::time::Instant::now();
        let diff = Diff::new(&left, &right);
        assert_eq!(diff.pairs().iter().filter_map(|pair| pair.left).count(), left.lines());
        let lines =
            |skipped: usize| (0..40_000).filter(move |line| line % skipped != 1).map(|line| format!("{line}\n"));
        let (left, right) = (lines(3).collect::<String>(), lines(1000).collect::<String>());
        let diff = Diff::new(&Buffer::new(left), &Buffer::new(right));
        let both = (0..40_000).filter(|line| line % 3 != 1 && line % 1000 != 1).count();
        let same = diff.pairs().iter().filter(|pair| pair.is_same).count();
        assert_eq!(same, both + 1, "every line of both is found, and the empty last one");
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
    }

    #[test]
    fn lines_that_stand_once_tie_large_texts_together_in_order() {
        let (left, right) = ([1, 2, 3, 4, 5, 9, 9], [4, 1, 9, 2, 5, 3, 7]);
        assert_eq!(anchors(&left, &right, &(0..7), &(0..7)), [(0, 1), (1, 3), (4, 4)]);
    }
}
