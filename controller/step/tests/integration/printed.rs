//! What a step prints: masked, bounded, whole.

use std::fs;
use std::os::unix::fs::symlink;

use weir_step::End;
use weir_step::end::Blame;

use crate::step::Step;

#[test]
fn both_streams_are_one_log_in_their_order() {
    let step = Step::new("for n in 1 2 3; do echo out $n; echo err $n >&2; done");
    assert_eq!(step.run(), End::Exited { code: 0 });
    assert_eq!(step.log(), "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
}

#[test]
fn a_secret_in_pieces_is_in_no_file() {
    let secret = "tok3n-of-the-registry";
    let mut step = Step::new(
        "printf 'login tok3n-of'; printf '%s' '-the-reg'; sleep 0.1; printf 'istry ok '; printf %s \"$TOKEN\" >&2; printf '\\ntok3n-of-'",
    );
    step.order.environment.insert("TOKEN".to_owned(), secret.to_owned());
    step.order.secrets.push(secret.to_owned());
    assert_eq!(step.run(), End::Exited { code: 0 });
    assert_eq!(step.log(), "login *** ok ***\ntok3n-of-", "and what is none is there");
    for entry in fs::read_dir(step.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(secret), "{}", path.display());
    }
}

#[test]
fn a_flood_is_read_to_its_end_and_kept_to_its_limit() {
    let mut step = Step::new("echo first; head -c 1073741824 /dev/zero | tr '\\0' x; echo last >&2");
    step.order.limits.log_bytes = 100_000;
    assert_eq!(step.run(), End::Exited { code: 0 });
    let log = step.log();
    assert!(log.starts_with("first\nxxx") && log.len() < 100_200, "{}", log.len());
    // Everything but what fits: "first\n", a gigabyte, "last\n".
    let left_out = 6 + (1 << 30) + 5 - 100_000;
    let said = format!("\n[the log is full: {left_out} bytes more were printed and are left out]\n");
    assert!(log.ends_with(&said), "{}", &log[100_000..]);
}

#[test]
fn a_log_that_cannot_be_written_ends_the_step_and_is_the_machines_fault() {
    let step = Step::new("echo hello; sleep 1000");
    fs::create_dir_all(step.folder.path()).unwrap();
    symlink("/dev/full", step.folder.log()).unwrap();
    let end = step.run();
    assert!(matches!(&end, End::LogLost { reason } if reason.contains("No space left")), "{end:?}");
    assert_eq!(end.blame(), Blame::Infrastructure);
}

#[test]
fn one_that_fills_the_disk_is_ended() {
    let mut step = Step::new("echo one >file; sleep 1000");
    step.order.limits.free_bytes = u64::MAX;
    let end = step.run();
    assert!(matches!(end, End::DiskFull { free_bytes } if free_bytes > 0), "{end:?}");
    assert!(end.to_string().contains("filled the disk"), "{end}");
}
