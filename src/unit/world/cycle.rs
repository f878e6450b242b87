//! Circles of orderings: units that are started together and each have to wait for the other.
//!
//! systemd looks for them among the units of one start: what the started unit pulls in, and what these pull in. So a
//! circle through units that never start together is none. An enabled unit counts as pulled in by what it is installed
//! in, and starting the machine pulls in all of these.

use super::{EdgeKind, Node, NodeId, Presence, Said, World};
use std::collections::{BTreeSet, VecDeque};

/// A circle: each unit has to wait for the next one, the last for the first.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// the unit that waits, who says so, and whether that is said by the one that waits (`After=`) or by the other
    /// (`Before=`)
    pub steps: Vec<Step>,
}

/// A unit that waits for the next one.
#[derive(Clone, Debug)]
pub struct Step {
    /// who waits
    pub unit: NodeId,
    /// who says it: this unit with `After=`, or the next one with `Before=`
    pub said: Said,
    /// the next unit says it
    pub by_next: bool,
}

/// Orderings: for each unit those it waits for, with the number of the edge and whether the other one says it.
struct Order {
    /// those of all units, one unit behind the other
    waits: Vec<(u32, u32, bool)>,
    /// where those of each unit begin, and where the last ones end
    from: Vec<u32>,
}

impl Order {
    fn of(world: &World) -> Self {
        // counted first: nothing has to grow
        let mut from = vec![0_u32; world.nodes.len() + 1];
        Self::each(world, |unit, _| from[unit as usize + 1] += 1);
        for at in 1..from.len() {
            from[at] += from[at - 1];
        }
        let (mut next, mut waits) = (from.clone(), vec![(0, 0, false); from.last().copied().unwrap_or(0) as usize]);
        Self::each(world, |unit, wait| {
            waits[next[unit as usize] as usize] = wait;
            next[unit as usize] += 1;
        });
        Self { waits, from }
    }

    fn each(world: &World, mut show: impl FnMut(u32, (u32, u32, bool))) {
        for (id, node) in world.nodes() {
            for (n, edge) in node.edges.iter().enumerate() {
                match edge.kind {
                    EdgeKind::After => show(id.0, (edge.to.0, n as u32, false)),
                    EdgeKind::Before => show(edge.to.0, (id.0, n as u32, true)),
                    _ => {}
                }
            }
        }
    }

    /// How many units there are.
    fn len(&self) -> usize {
        self.from.len() - 1
    }

    fn of_unit(&self, unit: u32) -> &[(u32, u32, bool)] {
        &self.waits[self.from[unit as usize] as usize..self.from[unit as usize + 1] as usize]
    }

    fn next(&self, unit: u32) -> impl Iterator<Item = u32> {
        self.of_unit(unit).iter().map(|(to, ..)| *to)
    }
}

/// All knots with more than one unit: Tarjan's components, without recursion. Who waits for nobody is in none, and most that
/// are waited for are such.
fn knots(order: &Order) -> Vec<Vec<u32>> {
    const NEW: u32 = u32::MAX;
    let n = order.len();
    let (mut index, mut low, mut on_stack) = (vec![NEW; n], vec![0; n], vec![false; n]);
    let (mut stack, mut work, mut out, mut counter) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for start in 0..n as u32 {
        if index[start as usize] != NEW || order.of_unit(start).is_empty() {
            continue;
        }
        let mut enter = Some(start);
        loop {
            if let Some(v) = enter.take() {
                index[v as usize] = counter;
                low[v as usize] = counter;
                counter += 1;
                stack.push(v);
                on_stack[v as usize] = true;
                work.push((v, 0));
            }
            let Some((v, at)) = work.last_mut() else { break };
            let here = *v as usize;
            for (to, ..) in &order.of_unit(*v)[*at..] {
                *at += 1;
                let there = *to as usize;
                if index[there] == NEW {
                    if !order.of_unit(*to).is_empty() {
                        enter = Some(*to);
                        break;
                    }
                } else if on_stack[there] {
                    low[here] = low[here].min(index[there]);
                }
            }
            if enter.is_some() {
                continue;
            }
            if low[here] == index[here] {
                let from = stack.iter().rposition(|w| w == v).unwrap_or(0);
                stack[from..].iter().for_each(|w| on_stack[*w as usize] = false);
                if stack.len() - from > 1 {
                    out.push(stack[from..].to_vec());
                }
                stack.truncate(from);
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[here]);
            }
        }
    }
    out
}

/// Who is started with a unit: for each unit those it pulls in. Enabled units are pulled in by what they are installed in.
fn pulls(world: &World) -> Vec<Vec<u32>> {
    let mut out: Vec<Vec<u32>> = vec![Vec::new(); world.nodes.len()];
    let by_links = world.knows_enabled();
    let startable = |id: NodeId| matches!(world.node(id).presence, Presence::Loaded | Presence::WellKnown);
    for (id, node) in world.nodes().filter(|(id, _)| startable(*id)) {
        for edge in node.edges.iter().filter(|e| startable(e.to)) {
            if edge.kind.pulls() {
                out[id.0 as usize].push(edge.to.0);
            } else if edge.kind.installs() && node.presence == Presence::Loaded && !by_links {
                out[edge.to.0 as usize].push(id.0);
            }
        }
    }
    out
}

/// The orderings among some units, each called by its place in that list.
struct Within {
    waits: Vec<Vec<usize>>,
}

impl Within {
    /// `units` are sorted.
    fn of(order: &Order, units: &[u32]) -> Self {
        let near = |v: &u32| order.next(*v).filter_map(|to| units.binary_search(&to).ok()).collect();
        Self { waits: units.iter().map(near).collect() }
    }

    /// The same the other way round.
    fn waited_by(&self) -> Vec<Vec<usize>> {
        let mut out: Vec<Vec<usize>> = vec![Vec::new(); self.waits.len()];
        for (v, to) in self.waits.iter().enumerate().flat_map(|(v, to)| to.iter().map(move |to| (v, *to))) {
            out[to].push(v);
        }
        out
    }

    /// Whether there is a circle: whoever waits for nobody leaves, until nobody does.
    fn is_circular(&self) -> bool {
        let all = self.waits.len();
        let mut waiting: Vec<usize> = self.waits.iter().map(Vec::len).collect();
        let waited_by = self.waited_by();
        let mut free: Vec<usize> = (0..all).filter(|v| waiting[*v] == 0).collect();
        let mut left = 0;
        while let Some(v) = free.pop() {
            left += 1;
            for w in &waited_by[v] {
                waiting[*w] -= 1;
                if waiting[*w] == 0 {
                    free.push(*w);
                }
            }
        }
        left < all
    }

    /// The shortest circle; `None` where there is none.
    fn shortest(&self) -> Option<Vec<usize>> {
        if !self.is_circular() {
            return None;
        }
        let mut best: Option<Vec<usize>> = None;
        // in a knot of thousands a circle through the first few has to do
        for start in 0..self.waits.len().min(200) {
            let Some(circle) = self.through(start) else { continue };
            if best.as_ref().is_none_or(|b| circle.len() < b.len()) {
                best = Some(circle);
            }
            if best.as_ref().is_some_and(|b| b.len() == 2) {
                break;
            }
        }
        best
    }

    /// The shortest circle through a unit.
    fn through(&self, start: usize) -> Option<Vec<usize>> {
        let mut from: Vec<Option<usize>> = vec![None; self.waits.len()];
        let mut queue = VecDeque::from([start]);
        let mut at = 'search: loop {
            let v = queue.pop_front()?;
            for to in self.waits[v].iter().copied() {
                if to == start {
                    break 'search v;
                }
                if from[to].is_none() {
                    from[to] = Some(v);
                    queue.push_back(to);
                }
            }
        };
        let mut circle = vec![at];
        while at != start {
            at = from[at]?;
            circle.push(at);
        }
        circle.reverse();
        Some(circle)
    }
}

/// So many starts are tried.
const MOST_STARTS: usize = 2000;

/// The shortest circle of each knot that some start runs into.
pub(super) fn all(world: &World) -> Vec<Cycle> {
    let order = Order::of(world);
    let knots = knots(&order);
    if knots.is_empty() {
        return Vec::new();
    }
    let pulls = pulls(world);
    let mut back: Vec<Vec<u32>> = vec![Vec::new(); pulls.len()];
    for (from, to) in pulls.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from, *to))) {
        back[to as usize].push(from as u32);
    }
    let mut out = Vec::new();
    for mut knot in knots {
        knot.sort_unstable();
        // whose start can reach the knot at all: its members first, then who pulls them
        let mut starts = knot.clone();
        let mut known = vec![false; pulls.len()];
        knot.iter().for_each(|v| known[*v as usize] = true);
        let mut at = 0;
        while at < starts.len() && starts.len() < MOST_STARTS {
            for from in &back[starts[at] as usize] {
                if !std::mem::replace(&mut known[*from as usize], true) {
                    starts.push(*from);
                }
            }
            at += 1;
        }
        if at < starts.len() {
            // not all of them are known
            known.fill(true);
        }
        if is_harmless(&order, &pulls, &knot, &starts, &known) {
            continue;
        }
        // many a start brings the same units of the knot
        let mut tried: BTreeSet<Vec<u32>> = BTreeSet::new();
        let mut seen = Marks::new(pulls.len());
        let found = starts.iter().find_map(|start| {
            seen.closure(&pulls, *start, &known);
            let together: Vec<u32> = knot.iter().copied().filter(|v| seen.has(*v)).collect();
            if together.len() < 2 || !tried.insert(together.clone()) {
                return None;
            }
            let circle = Within::of(&order, &together).shortest()?;
            Some(circle.into_iter().map(|v| together[v]).collect::<Vec<u32>>())
        });
        out.extend(found.map(|circle| told(world, &order, &circle)));
    }
    out
}

/// Whether no start runs into a circle of a knot. Where a unit that pulls others does not, none of them does: those that
/// pull come last among the starts. Only units that lead to the knot are worth a look.
fn is_harmless(order: &Order, pulls: &[Vec<u32>], knot: &[u32], starts: &[u32], lead: &[bool]) -> bool {
    let all = Within::of(order, knot);
    let waited_by = all.waited_by();
    let mut harmless = vec![false; pulls.len()];
    let mut seen = Marks::new(pulls.len());
    let mut waiting: Vec<usize> = vec![0; knot.len()];
    let (mut together, mut free) = (Vec::new(), Vec::new());
    // many a start brings the same units of the knot; of a large one not all is kept
    let (mut tried, mut room): (BTreeSet<Vec<usize>>, _) = (BTreeSet::new(), 1 << 16);
    for start in starts.iter().rev() {
        if harmless[*start as usize] {
            continue;
        }
        seen.closure(pulls, *start, lead);
        // where one of them is not, the answer is no for all
        seen.reached.iter().for_each(|v| harmless[*v as usize] = true);
        together.clear();
        together.extend((0..knot.len()).filter(|v| seen.has(knot[*v])));
        if tried.contains(&together) {
            continue;
        }
        for v in &together {
            waiting[*v] = all.waits[*v].iter().filter(|to| seen.has(knot[**to])).count();
        }
        // whoever waits for nobody leaves, until nobody does
        free.extend(together.iter().copied().filter(|v| waiting[*v] == 0));
        let mut left = 0;
        while let Some(v) = free.pop() {
            left += 1;
            for w in waited_by[v].iter().filter(|w| seen.has(knot[**w])) {
                waiting[*w] -= 1;
                if waiting[*w] == 0 {
                    free.push(*w);
                }
            }
        }
        if left < together.len() {
            return false;
        }
        if together.len() <= room {
            room -= together.len();
            tried.insert(together.clone());
        }
    }
    true
}

/// What was reached, for one start after another.
struct Marks {
    round: u32,
    seen: Vec<u32>,
    reached: Vec<u32>,
}

impl Marks {
    fn new(all: usize) -> Self {
        Self { round: 0, seen: vec![0; all], reached: Vec::new() }
    }

    fn has(&self, unit: u32) -> bool {
        self.seen[unit as usize] == self.round
    }

    /// Forgets the last start and finds what is reached from this one among some units.
    fn closure(&mut self, pulls: &[Vec<u32>], from: u32, among: &[bool]) {
        self.round += 1;
        self.reached.clear();
        self.reached.push(from);
        self.seen[from as usize] = self.round;
        let mut at = 0;
        while let Some(v) = self.reached.get(at).copied() {
            at += 1;
            for to in pulls[v as usize].iter().filter(|to| among[**to as usize]) {
                if std::mem::replace(&mut self.seen[*to as usize], self.round) != self.round {
                    self.reached.push(*to);
                }
            }
        }
    }
}

/// A circle with who says each step; what is written comes before what is implied.
fn told(world: &World, order: &Order, circle: &[u32]) -> Cycle {
    let rank = |said: &Said| match said {
        Said::At(_) => 0,
        Said::Link(_) => 1,
        Said::Implied(_) => 2,
        Said::WellKnown => 3,
    };
    let step = |i: usize| {
        let (unit, next) = (circle[i], circle[(i + 1) % circle.len()]);
        let ways = order.of_unit(unit).iter().filter(|(to, ..)| *to == next);
        let edge = |n: u32, by_next: bool| {
            let owner: &Node = world.node(NodeId(if by_next { next } else { unit }));
            owner.edges[n as usize].said.clone()
        };
        let told = ways.map(|(_, n, by_next)| (edge(*n, *by_next), *by_next)).min_by_key(|(said, _)| rank(said));
        let (said, by_next) = told.unwrap_or((Said::WellKnown, false));
        Step { unit: NodeId(unit), said, by_next }
    };
    Cycle { steps: (0..circle.len()).map(step).collect() }
}
