//! Settings whose controller is taken away by `DisableControllers=` (`unit_get_ancestor_disable_mask()`).

use crate::rule::{Hit, Note, View, WorldHit};
use crate::unit::cgroups::Controller;
use crate::vocab::size::Limit;
use crate::vocab::value::Value;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    for (node, id) in view.asked_groups() {
        for own in &groups.group(id).own {
            let Some(controller) = Controller::of(own.key) else { continue };
            // without a limit there is nothing that could be missed
            let nothing = matches!(own.value, Value::Limit(Limit::Unlimited | Limit::Absolute(0)));
            let Some((by, disables)) = groups.disabled(id, controller).filter(|_| !nothing) else { continue };
            let hit = Hit::at(own.at.clone())
                .word("key", own.key.name())
                .word("slice", &*groups.group(by).shown)
                .word("controller", controller.word())
                .note(Note::on(disables.at.clone(), "disabled here"));
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}
