//! What a Jenkins job lists.

use super::{Job, Known, look};

/// `5 SUCCESS`, `6 building`.
fn job(next: u64, builds: &[(u64, &str)]) -> Job {
    let builds: Vec<serde_json::Value> = builds
        .iter()
        .map(|(number, how)| {
            let result = if *how == "building" { serde_json::Value::Null } else { (*how).into() };
            serde_json::json!({"number": number, "result": result, "building": *how == "building", "url": "", "_class": "x"})
        })
        .collect();
    serde_json::from_value(serde_json::json!({"nextBuildNumber": next, "builds": builds})).unwrap()
}

fn ended(known: Option<&Known>, job: &Job) -> (Vec<u64>, Known, Vec<u64>) {
    let news = look(known, job);
    (news.ended.iter().map(|build| build.number).collect(), news.known, news.missed)
}

#[test]
fn a_build_is_news_when_it_has_ended_and_once() {
    let (news, known, _) = ended(None, &job(7, &[(6, "building"), (5, "SUCCESS"), (4, "FAILURE")]));
    assert_eq!(news, [0; 0], "the first look only remembers");
    let (news, known, _) = ended(Some(&known), &job(8, &[(7, "building"), (6, "building"), (5, "SUCCESS")]));
    assert_eq!(news, [0; 0], "still building is no news");
    let (news, known, _) =
        ended(Some(&known), &job(9, &[(8, "UNSTABLE"), (7, "building"), (6, "SUCCESS"), (5, "SUCCESS")]));
    assert_eq!(news, [6, 8], "the oldest first, also when a younger one is slower");
    let (news, known, _) = ended(Some(&known), &job(9, &[(8, "UNSTABLE"), (7, "ABORTED"), (6, "SUCCESS")]));
    assert_eq!(news, [7]);
    let (news, _, missed) = ended(Some(&known), &job(9, &[(8, "UNSTABLE"), (7, "ABORTED")]));
    assert_eq!((news, missed), (vec![], vec![]));
}

#[test]
fn a_result_that_is_there_while_it_builds_is_not_the_last_word() {
    let (_, known, _) = ended(None, &job(1, &[]));
    let mut early = job(2, &[(1, "SUCCESS")]);
    early.builds[0].building = true;
    let (news, known, _) = ended(Some(&known), &early);
    assert_eq!(news, [0; 0]);
    assert_eq!(ended(Some(&known), &job(2, &[(1, "FAILURE")])).0, [1]);
}

#[test]
fn builds_that_a_page_no_longer_has_are_named() {
    let known = Known { next: 5, open: [3].into() };
    let (news, known, missed) = ended(Some(&known), &job(9, &[(8, "SUCCESS"), (7, "SUCCESS")]));
    assert_eq!((news, missed, known.next), (vec![7, 8], vec![3, 5, 6], 9));
    let (news, _, missed) = ended(Some(&Known { next: 5, open: [].into() }), &job(6, &[]));
    assert_eq!((news, missed), (vec![], vec![5]), "all were deleted");
}

#[test]
fn a_job_that_was_made_anew_is_looked_at_for_the_first_time() {
    let known = Known { next: 100, open: [98].into() };
    let (news, known, missed) = ended(Some(&known), &job(3, &[(2, "building"), (1, "SUCCESS")]));
    assert_eq!((news, missed), (vec![], vec![]));
    assert_eq!(known, Known { next: 3, open: [2].into() });
}
