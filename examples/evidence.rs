use std::path::PathBuf;
use unitlint::engine::{self, Input, Options, Plan};
use unitlint::evidence::{Inspector, System};
use unitlint::tree::Disk;
fn main() {
    let mut args = std::env::args().skip(1);
    let root = PathBuf::from(args.next().unwrap());
    let names: Vec<String> = args.collect();
    let options = Options { root: Some(root), ..Options::default() };
    let inputs: Vec<Input> = names.iter().map(|n| Input::Unit(n.clone())).collect();
    let plan = Plan::make(&Disk, &inputs, &options);
    for f in &plan.failures {
        println!("{f:?}");
    }
    let systems: Vec<System<'_>> = plan.catalogs.iter().map(|c| System::of(&Disk, c)).collect();
    let mut inspector = Inspector::new(&systems[0]);
    engine::each_unit(&Disk, &plan, |unit| {
        let t = std::time::Instant::now();
        let e = inspector.look(&unit);
        println!("== {} ({:?})", unit.name, t.elapsed());
        println!("programs {:?}", e.programs);
        println!("libraries {} conf {}", e.libraries.len(), e.configuration.len());
        let score = engine::Score::of(&unit, &engine::Policy::default());
        let h =
            unitlint::fix::harden::harden(&unit, &score, &engine::Policy::default(), &e, unitlint::rule::Safety::Safe);
        println!("SCORE {} -> {}", h.before, h.after);
        for w in &h.withheld {
            println!("WITHHELD {} {}: {}", w.rule.exposure.map_or(0, |e| e.weight), w.rule.id, w.why);
        }
        for u in &e.unseen {
            println!("UNSEEN {u}");
        }
        for (a, s) in &e.acts {
            println!("{:20} {}", a.name(), s.iter().map(|s| s.to_string()).collect::<Vec<_>>().join(" | "));
        }
    });
}
