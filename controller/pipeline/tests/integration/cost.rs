//! What a run costs, and that its past costs nothing.

use allocation_counter::measure;
use weir_pipeline::event::{Ask, Command, News, Report};
use weir_pipeline::{Event, Run, Status, advance};

use crate::fixture::{World, monday};

const STAGES: usize = 50;

fn line() -> World {
    let stages: Vec<String> = (0..STAGES).map(|n| format!(r#"{{"name": "s{n}", "step": "x"}}"#)).collect();
    World::waiting(crate::fixture::pipeline(&stages.join(", ")))
}

fn command(run: &Run, ask: Ask) -> [Event; 1] {
    [Event::Command(Command { by: "ada".to_owned(), life: run.life, ask })]
}

/// From admission to the end, with two looks a stage: it has started, it is done.
fn run_through(world: &World, run: &Run, ask: Ask) -> Run {
    let graph = world.plan.graph();
    let mut run = advance(graph, run, &command(run, ask), &[], world.now).run;
    for stage in 0..STAGES {
        for news in [News::Started { done_at: None }, News::Succeeded(serde_json::Map::new())] {
            let id = format!("s{stage}");
            let attempt = run.stage(&id).unwrap().attempt;
            let report = Event::Report(Report { stage: id, attempt, news });
            run = advance(graph, &run, &[report], &[], world.now).run;
        }
    }
    assert_eq!(run.status, Status::Succeeded);
    run
}

#[test]
fn a_run_that_was_restarted_a_hundred_times_costs_what_the_tenth_did() {
    let world = line();
    let again = || Ask::Restart { stage: "s0".to_owned() };
    let mut run = run_through(&world, &world.run, Ask::Admit);
    let mut allocations = Vec::new();
    for _ in 0..100 {
        let info = measure(|| run = run_through(&world, &run, again()));
        allocations.push(info.count_total);
    }
    let (tenth, hundredth) = (allocations[10], allocations[99]);
    assert!(hundredth <= tenth + tenth / 100, "{tenth} allocations, then {hundredth}");
    let bytes = serde_json::to_string(&run).unwrap().len();
    assert!(bytes < STAGES * 1_500, "{bytes} bytes with ten attempts a stage");
}

#[test]
fn a_run_of_fifty_stages_fits_into_a_status_many_times_over() {
    let world = line();
    let run = run_through(&world, &world.run, Ask::Admit);
    let bytes = serde_json::to_string(&run).unwrap().len();
    assert!(bytes < 10_000, "{bytes} bytes; an object may have 1.5 million");
}

/// `cargo test --release -p weir-pipeline -- --ignored --nocapture cost`
#[test]
#[ignore = "a measurement: it prints, and asserts only what every machine can"]
fn fifty_stages_from_begin_to_end() {
    const ROUNDS: u32 = 100;
    let world = line();
    let clock = || {
        #[expect(clippy::disallowed_methods, reason = "this measures")]
        std::time::Instant::now()
    };
    let begin = clock();
    for _ in 0..ROUNDS {
        run_through(&world, &world.run, Ask::Admit);
    }
    let each = begin.elapsed() / ROUNDS;
    let info = measure(|| {
        run_through(&world, &world.run, Ask::Admit);
    });
    println!("{STAGES} stages, 101 looks: {each:?}, {} allocations", info.count_total);
    assert!(each.as_millis() <= 50, "{each:?} at {}", monday("08:00"));
}
