//! What variables hold, at one point of a program.

use super::graph::{Graph, Node, Operation, Value, Variable};
use std::collections::BTreeMap;

/// One store that may still be seen: where, what, and whether it happened on every path to here.
#[derive(Clone, PartialEq)]
struct Stored {
    path: Vec<Value>,
    value: Value,
    certain: bool,
}

#[derive(Clone, PartialEq)]
struct Cell {
    stored: Vec<Stored>,
    /// Tells what was loaded before the last store from what is loaded after it.
    version: Value,
}

#[derive(Clone, Default)]
pub struct Memory(BTreeMap<Variable, Cell>);

enum Relation {
    Same,
    /// The store covers the load, which is of the element on this path.
    Covers(usize),
    Apart,
    Overlaps {
        inside: bool,
    },
}

fn relation(graph: &Graph, stored: &[Value], path: &[Value]) -> Relation {
    let constant = |value| matches!(graph.node(value), Node::Constant(..));
    let differs = |(&a, &b): (&Value, &Value)| a != b && constant(a) && constant(b);
    if stored.iter().zip(path).any(differs) {
        Relation::Apart
    } else if stored == path {
        Relation::Same
    } else if path.starts_with(stored) {
        Relation::Covers(stored.len())
    } else {
        Relation::Overlaps { inside: stored.starts_with(path) }
    }
}

impl Memory {
    pub fn store(&mut self, graph: &mut Graph, variable: Variable, path: Vec<Value>, value: Value) {
        let version = graph.unknown();
        let cell = self.0.entry(variable).or_insert_with(|| Cell { stored: Vec::new(), version });
        cell.version = version;
        cell.stored.retain(|s| {
            !matches!(relation(graph, &s.path, &path), Relation::Same | Relation::Overlaps { inside: true })
        });
        cell.stored.push(Stored { path, value, certain: true });
    }

    pub fn load(&self, graph: &mut Graph, variable: Variable, path: &[Value]) -> Value {
        let pointer = graph.value(Node::Pointer(variable, path.to_vec()));
        let Some(cell) = self.0.get(&variable) else {
            return graph.value(Node::Other(Operation::Load, vec![pointer]));
        };
        let (mut surely, mut maybe) = (Vec::new(), Vec::new());
        let mut settled = false;
        for Stored { path: stored, value, certain } in cell.stored.iter().rev() {
            match relation(graph, stored, path) {
                Relation::Apart => {}
                Relation::Overlaps { .. } => maybe.push(*value),
                Relation::Same => {
                    surely.push(*value);
                    settled = *certain;
                }
                Relation::Covers(from) => {
                    let element = path[from..].iter().fold(*value, |base, &index| graph.element(base, index, None));
                    surely.push(element);
                    settled = *certain;
                }
            }
            if settled {
                break;
            }
        }
        if !settled {
            surely.push(graph.value(Node::Other(Operation::Load, vec![pointer, cell.version])));
        }
        match (&surely[..], &maybe[..]) {
            (&[value], []) => value,
            _ => graph.value(Node::Read(surely, maybe)),
        }
    }

    /// The same without the integers that were counted since `before`.
    pub fn without_counts(mut self, graph: &mut Graph, before: &Memory) -> Memory {
        for (variable, cell) in &mut self.0 {
            if before.0.get(variable) == Some(cell) {
                continue;
            }
            for stored in &mut cell.stored {
                if matches!(graph.node(stored.value), Node::Constant(false, _)) {
                    stored.value = graph.unknown();
                }
            }
        }
        self
    }

    /// Forgets the variables of a call that has returned.
    pub fn leave(&mut self, left: usize) {
        self.0.retain(|variable, _| !matches!(variable, Variable::Local { call, .. } if *call == left));
    }

    /// What holds where paths meet.
    pub fn meet(graph: &mut Graph, memories: Vec<Memory>) -> Option<Memory> {
        memories.into_iter().reduce(|mut a, b| {
            for (variable, other) in b.0 {
                let cell = match a.0.remove(&variable) {
                    Some(cell) if cell == other => cell,
                    Some(cell) => meet_cells(graph, cell, other),
                    None => uncertain(other),
                };
                a.0.insert(variable, cell);
            }
            a
        })
    }
}

fn uncertain(mut cell: Cell) -> Cell {
    cell.stored.iter_mut().for_each(|s| s.certain = false);
    cell
}

fn meet_cells(graph: &mut Graph, a: Cell, b: Cell) -> Cell {
    let common = a.stored.iter().zip(&b.stored).take_while(|(a, b)| a == b).count();
    let mut stored = a.stored;
    let mut rest = b.stored;
    rest.drain(..common);
    for s in &mut stored[common..] {
        match rest.iter().position(|r| r.path == s.path) {
            Some(i) => {
                let other = rest.remove(i);
                s.value = graph.one_of(vec![s.value, other.value]);
                s.certain &= other.certain;
            }
            None => s.certain = false,
        }
    }
    stored.extend(rest.into_iter().map(|s| Stored { certain: false, ..s }));
    Cell { stored, version: graph.unknown() }
}
