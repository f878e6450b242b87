//! What cannot be set for the root of all groups (`cgroup_context_apply()`).

use crate::rule::{Hit, View, WorldHit};
use crate::unit::cgroups::Controller;
use crate::vocab::{Scope, key};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    for (node, id) in view.asked_groups().filter(|(_, id)| *id == groups.root()) {
        for own in &groups.group(id).own {
            // it becomes kernel.threads-max and kernel.pid_max
            let counts = own.key == key::TASKS_MAX && groups.scope == Scope::System;
            if Controller::of(own.key).is_none() || counts {
                continue;
            }
            let whose = match groups.scope {
                Scope::System => "set it for system.slice and user.slice",
                Scope::User => "set it for user@.service in the system manager",
            };
            let hit = Hit::at(own.at.clone()).word("key", own.key.name()).help(whose);
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}
