//! A folder of pipelines.

use crate::triggered::{NOTHING, Triggered, file};

fn names(world: &Triggered) -> Vec<String> {
    world.triggers.defined().iter().map(|one| one.name.clone()).collect()
}

/// `FILE: PROBLEM` of each.
async fn told(world: &Triggered) -> Vec<String> {
    let problems = world.triggers.look().await;
    let said = problems.iter().flat_map(|wrong| {
        let file = wrong.file.file_name().unwrap().to_string_lossy();
        wrong.problems.iter().map(move |problem| format!("{file}: {problem}"))
    });
    said.collect()
}

#[tokio::test]
async fn a_file_that_is_wrong_leaves_what_it_said_before_and_the_others() {
    let world =
        Triggered::new(&[("a.yaml", file("a", "", NOTHING)), ("b.yaml", file("b", "", NOTHING))]).await;
    assert_eq!((names(&world), told(&world).await), (vec!["a".to_owned(), "b".to_owned()], vec![]));
    world.write("a.yaml", &file("a", "", "stages: [{name: A, wiat: 1s}]"));
    world.write("c.yml", &file("c", "", NOTHING));
    let said = told(&world).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("a.yaml: line 6: spec.stages[0]") && said[0].contains("wiat"), "{said:?}");
    assert_eq!(told(&world).await, [""; 0], "once");
    assert_eq!(names(&world), ["a", "b", "c"]);
    assert_eq!(world.runner.definitions().names(), ["a", "b", "c"]);

    std::fs::remove_file(world.folder.path().join("pipelines/b.yaml")).unwrap();
    assert_eq!((told(&world).await, names(&world)), (vec![], vec!["a".to_owned(), "c".to_owned()]));
    assert!(world.runner.definitions().get("b").is_none());
    world.write("a.yaml", &file("renamed", "", NOTHING));
    assert_eq!((told(&world).await, names(&world)), (vec![], vec!["c".to_owned(), "renamed".to_owned()]));
}

#[tokio::test]
async fn a_pipeline_that_is_removed_starts_no_more() {
    let yearly = "{pipeline: {name: a}}";
    let world =
        Triggered::new(&[("a.yaml", file("a", "", NOTHING)), ("b.yaml", file("b", yearly, NOTHING))]).await;
    std::fs::remove_file(world.folder.path().join("pipelines/b.yaml")).unwrap();
    let defined = world.triggers.defined();
    let request = weir_runner::Request {
        pipeline: "a".to_owned(),
        definition: defined[0].pipeline.clone(),
        trigger: serde_json::json!({}),
        parameters: serde_json::Map::new(),
        manual: true,
        token: None,
    };
    let id = world.runner.start(request).await.unwrap();
    world.over(&id).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1"]);
}

#[tokio::test]
async fn triggers_are_proved_with_their_lines() {
    let second = file("b", "{cron: {schedule: '61 * * * *'}}", NOTHING);
    let text = format!("{}---\n{second}", file("a", "{jenkins: {server: ci, job: shop/../cart}}", NOTHING));
    let image = file("c", "{image: {repository: 'ghcr.io/acme/cart:1'}}", NOTHING);
    let world = Triggered::new(&[("a.yaml", text), ("c.yaml", image)]).await;
    let said: Vec<&str> =
        world.problems.iter().flat_map(|wrong| &wrong.problems).map(String::as_str).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    let first = "line 5: documents[0].spec.triggers[0].jenkins.job: ";
    assert!(said[0].starts_with(first), "{}", said[0]);
    assert!(said[1].starts_with("line 12: documents[1].spec.triggers[0].cron.schedule: "), "{}", said[1]);
    assert!(said[2].starts_with("line 5: spec.triggers[0].image.repository: "), "{}", said[2]);
    assert_eq!(names(&world), [""; 0]);
}

#[tokio::test]
async fn of_two_with_one_name_the_first_counts_and_the_other_is_told() {
    let world =
        Triggered::new(&[("a.yaml", file("shop", "", NOTHING)), ("b.yaml", file("shop", "", NOTHING))]).await;
    let said: Vec<_> = world.problems.iter().map(|wrong| (&wrong.file, &wrong.problems)).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].0.ends_with("b.yaml") && said[0].1[0].contains("a.yaml too"), "{said:?}");
    world.write("c.yaml", &file("c", "", NOTHING));
    assert_eq!(told(&world).await, [""; 0], "once");
}

#[tokio::test]
async fn a_folder_that_is_gone_is_told_and_leaves_what_it_said() {
    let world = Triggered::new(&[("a.yaml", file("a", "", NOTHING))]).await;
    std::fs::remove_dir_all(world.folder.path().join("pipelines")).unwrap();
    let said = told(&world).await;
    assert!(said[0].contains("the folder of pipelines cannot be read"), "{said:?}");
    assert_eq!((told(&world).await, names(&world)), (vec![], vec!["a".to_owned()]));
}
