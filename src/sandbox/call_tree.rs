//! Which functions an invocation ran, called by which, and how many instructions each took: plain data, the heaviest
//! first. Knows nothing of how it was found out.

use std::collections::HashMap;

/// The calls of one invocation. Calls of one function on the same path are one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTree {
    /// Every node before those that it called, and among those the heaviest first. The first one is the
    /// invocation itself, with the calls that the host made.
    pub nodes: Vec<CallNode>,
    /// The functions' readable names.
    pub functions: Vec<String>,
    /// Calls that are not told apart from the function that made them, because they are too deep or too many:
    /// their instructions are in that function's own.
    pub merged: u64,
}

/// A function on one path of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNode {
    /// The function's position in [`CallTree::functions`]; none for the invocation itself.
    pub function: Option<usize>,
    /// The node that called it.
    pub parent: Option<usize>,
    /// Calls above it; 0 for the invocation itself.
    pub depth: usize,
    /// Instructions that the function ran itself.
    pub own: u64,
    /// The same with those of everything that it called.
    pub total: u64,
    /// How often it was called on this path.
    pub calls: u64,
    /// The first node after all that it called.
    pub end: usize,
}

/// What one function did on all paths together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCost {
    /// Its position in [`CallTree::functions`].
    pub function: usize,
    /// Instructions that it ran itself.
    pub own: u64,
    /// The same with those of everything that it called; calls of itself count once.
    pub total: u64,
    /// How often it was called.
    pub calls: u64,
}

/// A node as it is noted: a parent comes before its children.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) function: Option<u32>,
    pub(super) parent: u32,
    pub(super) own: u64,
    pub(super) calls: u64,
}

impl CallTree {
    /// Lays the paths out; `names` gives a function's name by its index in the module.
    pub(super) fn of(paths: &[Path], names: impl Fn(u32) -> String, merged: u64) -> Self {
        let mut totals: Vec<u64> = paths.iter().map(|path| path.own).collect();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); paths.len()];
        for (at, path) in paths.iter().enumerate().skip(1).rev() {
            let total = totals.get(at).copied().unwrap_or_default();
            if let Some(above) = totals.get_mut(path.parent as usize) {
                *above = above.saturating_add(total);
            }
            if let Some(siblings) = children.get_mut(path.parent as usize) {
                siblings.push(at as u32);
            }
        }
        let total_of = |at: u32| totals.get(at as usize).copied().unwrap_or_default();
        // The one that comes last is taken first: the heaviest, of equal ones the one called first.
        children.iter_mut().for_each(|siblings| siblings.sort_by_key(|at| (total_of(*at), std::cmp::Reverse(*at))));
        let mut layout = Layout { names: HashMap::new(), tree: Self { merged, ..Self::default() } };
        let mut waiting: Vec<(u32, Option<usize>)> = vec![(0, None)];
        while let Some((at, parent)) = waiting.pop() {
            let Some(path) = paths.get(at as usize) else { continue };
            let placed = layout.place(path, parent, total_of(at), &names);
            waiting.extend(children.get(at as usize).into_iter().flatten().map(|child| (*child, Some(placed))));
        }
        layout.tree.close();
        layout.tree
    }

    /// A tree of no calls at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() < 2
    }

    /// All instructions.
    pub fn total(&self) -> u64 {
        self.nodes.first().map_or(0, |node| node.total)
    }

    /// The name of a node's function, or what the invocation itself is called.
    pub fn name(&self, node: &CallNode) -> &str {
        node.function.and_then(|function| self.functions.get(function)).map_or("Invocation", String::as_str)
    }

    /// The nodes from the invocation itself down to this one.
    pub fn path(&self, node: usize) -> Vec<usize> {
        let mut path = vec![node];
        while let Some(parent) = path.last().and_then(|at| self.nodes.get(*at)).and_then(|node| node.parent) {
            path.push(parent);
        }
        path.reverse();
        path
    }

    /// The path on which each call is the heaviest of its caller's.
    pub fn heaviest_path(&self) -> Vec<usize> {
        let mut path = Vec::new();
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            path.push(at);
            at += 1;
            if at >= node.end {
                break;
            }
        }
        path
    }

    /// Every function that ran, by what it ran itself, the heaviest first.
    pub fn functions_by_cost(&self) -> Vec<FunctionCost> {
        let cost = |function| FunctionCost { function, own: 0, total: 0, calls: 0 };
        let mut costs: Vec<FunctionCost> = (0..self.functions.len()).map(cost).collect();
        // How often each function is on the path down to the present node.
        let mut above = vec![0_u32; self.functions.len()];
        let mut path: Vec<(usize, usize)> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            while let Some((function, _)) = path.pop_if(|(_, end)| *end <= at) {
                above.get_mut(function).into_iter().for_each(|times| *times -= 1);
            }
            let Some(function) = node.function else { continue };
            if let (Some(cost), Some(times)) = (costs.get_mut(function), above.get_mut(function)) {
                cost.own += node.own;
                cost.calls += node.calls;
                if *times == 0 {
                    cost.total += node.total;
                }
                *times += 1;
                path.push((function, node.end));
            }
        }
        costs.sort_by_key(|cost| std::cmp::Reverse((cost.own, cost.total)));
        costs
    }

    /// Fills in where each node's calls end.
    fn close(&mut self) {
        let count = self.nodes.len();
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut ends = vec![count; count];
        for (at, node) in self.nodes.iter().enumerate() {
            while let Some((before, _)) = open.pop_if(|(_, depth)| *depth >= node.depth) {
                ends.get_mut(before).into_iter().for_each(|end| *end = at);
            }
            open.push((at, node.depth));
        }
        self.nodes.iter_mut().zip(ends).for_each(|(node, end)| node.end = end);
    }
}

/// A tree that is being laid out.
struct Layout {
    names: HashMap<u32, usize>,
    tree: CallTree,
}

impl Layout {
    fn place(&mut self, path: &Path, parent: Option<usize>, total: u64, names: impl Fn(u32) -> String) -> usize {
        let tree = &mut self.tree;
        let function = path.function.map(|index| {
            *self.names.entry(index).or_insert_with(|| {
                tree.functions.push(names(index));
                tree.functions.len() - 1
            })
        });
        let depth = parent.and_then(|at| tree.nodes.get(at)).map_or(0, |above| above.depth + 1);
        let Path { own, calls, .. } = *path;
        tree.nodes.push(CallNode { function, parent, depth, own, total, calls, end: 0 });
        tree.nodes.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(function: u32, parent: u32, own: u64, calls: u64) -> Path {
        Path { function: Some(function), parent, own, calls }
    }

    fn tree() -> CallTree {
        // main calls light and heavy; heavy calls itself and light.
        let paths = [
            Path::default(),
            path(7, 0, 10, 1),
            path(1, 1, 5, 2),
            path(2, 1, 20, 1),
            path(2, 3, 30, 3),
            path(1, 4, 40, 4),
        ];
        CallTree::of(&paths, |index| ["zero", "light", "heavy"].get(index as usize).unwrap_or(&"main").to_string(), 0)
    }

    #[test]
    fn the_heaviest_call_stands_first_and_totals_hold_what_was_called() {
        let tree = tree();
        let seen: Vec<_> =
            tree.nodes.iter().map(|node| (tree.name(node), node.depth, node.own, node.total, node.end)).collect();
        let expected = [
            ("Invocation", 0, 0, 105, 6),
            ("main", 1, 10, 105, 6),
            ("heavy", 2, 20, 90, 5),
            ("heavy", 3, 30, 70, 5),
            ("light", 4, 40, 40, 5),
            ("light", 2, 5, 5, 6),
        ];
        assert_eq!(seen, expected);
        assert_eq!(tree.heaviest_path(), [0, 1, 2, 3, 4]);
        assert_eq!(tree.path(3), [0, 1, 2, 3]);
    }

    #[test]
    fn a_function_that_calls_itself_counts_once() {
        let tree = tree();
        let costs: Vec<_> = tree
            .functions_by_cost()
            .into_iter()
            .map(|cost| (tree.functions[cost.function].clone(), cost.own, cost.total, cost.calls))
            .collect();
        let expected =
            [("heavy".to_owned(), 50, 90, 4), ("light".to_owned(), 45, 45, 6), ("main".to_owned(), 10, 105, 1)];
        assert_eq!(costs, expected);
    }
}
