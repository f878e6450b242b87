//! Priorities outside of the range of the scheduling policy. systemd brings a priority into the range when it reads the
//! policy, not when it reads a priority behind it (`config_parse_exec_cpu_sched_policy()`).

use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::Number(priority) = *unit.value(key::CPU_SCHEDULING_PRIORITY) else { return Vec::new() };
    let Some(at) = unit.decisive(key::CPU_SCHEDULING_PRIORITY).filter(|_| !unit.lone) else { return Vec::new() };
    let policy = unit.decisive(key::CPU_SCHEDULING_POLICY);
    let word = unit.value(key::CPU_SCHEDULING_POLICY).word().unwrap_or("other");
    let real_time = matches!(word, "fifo" | "rr");
    let adjusted = policy.is_some_and(|p| (p.file, p.item) > (at.file, at.item));
    if adjusted || (priority != 0) == real_time {
        return Vec::new();
    }
    let hit = Hit::at(unit.loc(at.file, at.whole())).word("priority", priority.to_string()).word("policy", word);
    let hit = hit.state(if real_time { "zero" } else { "" });
    vec![match policy {
        Some(p) => hit.note(Note::on(unit.loc(p.file, p.whole()), "the policy is set here")),
        None => hit.help("write CPUSchedulingPolicy=fifo or rr, or take the priority away"),
    }]
}
