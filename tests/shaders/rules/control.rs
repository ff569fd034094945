//! Branches and loops.

use super::graph::Node;
use super::memory::Memory;
use super::values;
use super::walk::{Call, Exits, Walk};
use naga::{Block, Expression, Handle, SwitchValue};

impl<'a> Walk<'a, '_, '_> {
    pub fn switch(
        &mut self,
        call: &mut Call<'a>,
        decided: Option<u64>,
        cases: &'a [naga::SwitchCase],
        memory: Memory,
        exits: &mut Exits,
    ) -> Option<Memory> {
        let matches = |value: &SwitchValue| match *value {
            SwitchValue::I32(value) => decided == Some(u64::from(value as u32)),
            SwitchValue::U32(value) => decided == Some(u64::from(value)),
            SwitchValue::Default => false,
        };
        let named = cases.iter().position(|case| matches(&case.value));
        let chosen = named.or_else(|| cases.iter().position(|case| case.value == SwitchValue::Default));
        let mut inner = Exits::default();
        let mut ends = Vec::new();
        let mut fallen: Option<Memory> = None;
        for (i, case) in cases.iter().enumerate() {
            let entered = (decided.is_none() || chosen == Some(i)).then(|| memory.clone());
            let starts = fallen.take().into_iter().chain(entered).collect();
            let Some(start) = Memory::meet(&mut self.graph, starts) else { continue };
            let end = self.block(call, &case.body, start, &mut inner);
            if case.fall_through {
                fallen = end;
            } else {
                ends.extend(end);
            }
        }
        exits.continues.append(&mut inner.continues);
        ends.append(&mut inner.breaks);
        Memory::meet(&mut self.graph, ends)
    }

    pub fn repeat(
        &mut self,
        call: &mut Call<'a>,
        body: &'a Block,
        continuing: &'a Block,
        breaks_at_end: bool,
        memory: Memory,
    ) -> Option<Memory> {
        let before = memory.clone();
        let mut state = Some(memory);
        let mut ends = Vec::new();
        for _ in 0..self.rounds {
            let Some(start) = state.take() else { break };
            let mut inner = Exits::default();
            let end = self.block(call, body, start, &mut inner);
            let next = inner.continues.into_iter().chain(end).collect();
            let next = Memory::meet(&mut self.graph, next);
            state = next.and_then(|next| self.block(call, continuing, next, &mut Exits::default()));
            ends.append(&mut inner.breaks);
            if breaks_at_end {
                ends.extend(state.clone());
            }
        }
        // What follows is walked even where no round was seen to end the loop, but what was counted is not known then.
        ends.extend(state.map(|state| state.without_counts(&mut self.graph, &before)));
        Memory::meet(&mut self.graph, ends)
    }

    /// The bits of a condition that is a constant of the header, or a comparison of a loop's variable in a known round.
    pub fn decided(&mut self, call: &mut Call<'a>, condition: Handle<Expression>, memory: &Memory) -> Option<u64> {
        let fixed = match call.function.expressions[condition] {
            Expression::Literal(_) | Expression::Constant(_) | Expression::FunctionArgument(_) => self.whole,
            Expression::Binary { .. } => true,
            _ => false,
        };
        let value = values::of(self, call, condition, memory);
        match *self.graph.node(value) {
            Node::Constant(_, bits) if fixed => Some(bits),
            _ => None,
        }
    }
}
