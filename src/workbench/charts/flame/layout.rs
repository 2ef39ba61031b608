//! Which boxes of a call tree are seen at a width, and where they lie. Pure: knows no colours and paints nothing.

use crate::sandbox::CallTree;

/// Boxes narrower than this, in points, are drawn as one.
const NARROWEST: f32 = 2.0;

/// A box of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlameBox {
    /// The node; none where several are drawn as one.
    pub node: Option<usize>,
    /// Its row, counted from the top of the picture.
    pub row: usize,
    /// Points from the left.
    pub left: f32,
    /// Points.
    pub width: f32,
}

/// Where every node begins on the axis of instructions.
pub fn starts(tree: &CallTree) -> Vec<u64> {
    let mut starts = vec![0_u64; tree.nodes.len()];
    // Where the next call of each node begins.
    let mut next = starts.clone();
    for (at, node) in tree.nodes.iter().enumerate() {
        let Some(parent) = node.parent else { continue };
        let start = next.get(parent).copied().unwrap_or_default();
        if let (Some(own), Some(inner)) = (starts.get_mut(at), next.get_mut(at)) {
            (*own, *inner) = (start, start);
        }
        if let Some(next) = next.get_mut(parent) {
            *next += node.total;
        }
    }
    starts
}

/// The rows below the node `zoom` and its own, in all.
pub fn depth_below(tree: &CallTree, zoom: usize) -> usize {
    let Some(top) = tree.nodes.get(zoom) else { return 0 };
    let below = tree.nodes.get(zoom..top.end).unwrap_or_default();
    below.iter().map(|node| node.depth + 1 - top.depth).max().unwrap_or(0)
}

/// The boxes of the part of the tree that is below the node `zoom`, drawn over `width` points: those on the path down
/// to it across the whole width, then itself, then what it called. Only those in `rows`.
pub fn boxes(tree: &CallTree, starts: &[u64], zoom: usize, width: f32, rows: std::ops::Range<usize>) -> Vec<FlameBox> {
    let Some(top) = tree.nodes.get(zoom) else { return Vec::new() };
    let mut boxes: Vec<FlameBox> = tree
        .path(zoom)
        .iter()
        .take(top.depth)
        .enumerate()
        .filter(|(row, _)| rows.contains(row))
        .map(|(row, at)| FlameBox { node: Some(*at), row, left: 0.0, width })
        .collect();
    let scale = f64::from(width) / (top.total.max(1)) as f64;
    let origin = starts.get(zoom).copied().unwrap_or_default();
    let place = |start: u64| (start.saturating_sub(origin) as f64 * scale) as f32;
    let mut at = zoom;
    while at < top.end {
        let (Some(node), Some(start)) = (tree.nodes.get(at), starts.get(at)) else { break };
        let (left, wide, row) = (place(*start), (node.total as f64 * scale) as f32, node.depth);
        if row >= rows.end {
            at = node.end;
            continue;
        }
        let is_seen = rows.contains(&row);
        if wide >= NARROWEST || at == zoom {
            if is_seen {
                boxes.push(FlameBox { node: Some(at), row, left, width: wide });
            }
            at += 1;
            continue;
        }
        // What the same caller called after it is no heavier: all of that is one box.
        let Some((parent, begun)) = node.parent.and_then(|at| Some((tree.nodes.get(at)?, starts.get(at)?))) else {
            break;
        };
        let right = place(begun.saturating_add(parent.total - parent.own));
        if is_seen && right > left {
            boxes.push(FlameBox { node: None, row, left, width: right - left });
        }
        at = parent.end;
    }
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::CallNode;

    /// A node of a tree: depth, own and total.
    fn tree(nodes: &[(usize, u64, u64)]) -> CallTree {
        let mut built: Vec<CallNode> = Vec::new();
        for (at, (depth, own, total)) in nodes.iter().enumerate() {
            let parent = built.iter().rposition(|node| node.depth + 1 == *depth);
            let end = nodes.iter().enumerate().skip(at + 1).find(|(_, node)| node.0 <= *depth);
            let end = end.map_or(nodes.len(), |(end, _)| end);
            built.push(CallNode { function: None, parent, depth: *depth, own: *own, total: *total, calls: 1, end });
        }
        CallTree { nodes: built, functions: Vec::new(), merged: 0 }
    }

    fn all(tree: &CallTree, zoom: usize, width: f32) -> Vec<(Option<usize>, usize, f32, f32)> {
        let boxes = boxes(tree, &starts(tree), zoom, width, 0..1000);
        boxes.iter().map(|found| (found.node, found.row, found.left, found.width)).collect()
    }

    #[test]
    fn widths_are_shares_and_children_lie_in_their_callers() {
        let tree = tree(&[(0, 0, 100), (1, 10, 80), (2, 40, 40), (2, 30, 30), (1, 20, 20)]);
        let expected = [
            (Some(0), 0, 0.0, 200.0),
            (Some(1), 1, 0.0, 160.0),
            (Some(2), 2, 0.0, 80.0),
            (Some(3), 2, 80.0, 60.0),
            (Some(4), 1, 160.0, 40.0),
        ];
        assert_eq!(all(&tree, 0, 200.0), expected);
        assert_eq!(depth_below(&tree, 0), 3);
    }

    #[test]
    fn a_node_that_is_zoomed_into_takes_the_whole_width_below_its_callers() {
        let tree = tree(&[(0, 0, 100), (1, 10, 80), (2, 40, 40), (2, 30, 30), (1, 20, 20)]);
        assert_eq!(
            all(&tree, 3, 200.0),
            [(Some(0), 0, 0.0, 200.0), (Some(1), 1, 0.0, 200.0), (Some(3), 2, 0.0, 200.0)]
        );
    }

    #[test]
    fn what_is_too_narrow_is_one_box_and_costs_one_step() {
        let mut nodes = vec![(0, 0, 100_000), (1, 50_000, 50_000)];
        nodes.extend((0..50_000).map(|_| (1, 1, 1)));
        let seen = all(&tree(&nodes), 0, 100.0);
        assert_eq!(seen, [(Some(0), 0, 0.0, 100.0), (Some(1), 1, 0.0, 50.0), (None, 1, 50.0, 50.0)]);
    }

    #[test]
    fn only_rows_in_sight_are_laid_out() {
        let tree = tree(&[(0, 0, 10), (1, 0, 10), (2, 0, 10), (3, 10, 10)]);
        let rows: Vec<usize> = boxes(&tree, &starts(&tree), 0, 100.0, 1..3).iter().map(|found| found.row).collect();
        assert_eq!(rows, [1, 2]);
    }

    #[test]
    fn a_hundred_thousand_nodes_are_laid_out_within_a_frame() {
        // A caller with calls in calls, each of them seen by nobody.
        let mut nodes = vec![(0, 0, 1 << 40)];
        for at in 0..100_000_u64 {
            nodes.push((1 + (at % 50) as usize, 1, 51 - at % 50));
        }
        let mut built: Vec<CallNode> = Vec::with_capacity(nodes.len());
        let mut open: Vec<usize> = Vec::new();
        for (at, (depth, own, total)) in nodes.iter().enumerate() {
            open.truncate(*depth);
            let parent = open.last().copied();
            let end = if *depth == 0 { nodes.len() } else { at + 1 };
            built.push(CallNode { function: None, parent, depth: *depth, own: *own, total: *total, calls: 1, end });
            open.push(at);
        }
        let tree = CallTree { nodes: built, functions: Vec::new(), merged: 0 };
        let starts = starts(&tree);
        let begun = std::time::Instant::now();
        for _ in 0..10 {
            boxes(&tree, &starts, 0, 1400.0, 0..60);
        }
        assert!(begun.elapsed().as_millis() < 160, "{:?}", begun.elapsed() / 10);
    }
}
