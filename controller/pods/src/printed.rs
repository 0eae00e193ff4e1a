//! What services print, into the files where their logs are looked for.

use std::convert::Infallible;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use futures_util::{AsyncRead, AsyncReadExt, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use weir_runner::executor::Task;
use weir_step::mask::Mask;

use crate::pod::service_name;

/// Until it is asked again of a container that has not started, or whose log broke off.
const AGAIN: Duration = Duration::from_millis(500);
/// Bytes that are kept.
const MOST: u64 = 16 << 20;

/// Whether more may come: then what may be the beginning of a secret stays unwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comes {
    More,
    Nothing,
}

/// How long somebody waits for the last words of services.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Follows what each service prints, for ever: whoever has enough drops it.
pub(crate) async fn follow(pods: &Api<Pod>, pod: &str, task: &Task) -> Infallible {
    let each = task.services.iter().map(|service| async move {
        let log = task.attempt.service(&service.name).log();
        loop {
            let container = Some(service_name(&service.name));
            let params = LogParams { container, follow: true, ..LogParams::default() };
            take(pods, pod, params, task, &log, Comes::More).await;
            tokio::time::sleep(AGAIN).await;
        }
    });
    let _never: Vec<()> = futures_util::future::join_all(each).await;
    // Where there are no services.
    std::future::pending().await
}

/// Adds what services have said to the end, before their pod goes.
pub(crate) async fn last_words(pods: &Api<Pod>, pod: &str, task: &Task) {
    let each = task.services.iter().map(|service| async move {
        let params = LogParams { container: Some(service_name(&service.name)), ..LogParams::default() };
        take(pods, pod, params, task, &task.attempt.service(&service.name).log(), Comes::Nothing).await;
    });
    // Better without them than for ever.
    let _late = tokio::time::timeout(LAST_WORDS, futures_util::future::join_all(each)).await;
}

/// Adds what the only container of a job's pod has printed since the last time, to the log of its attempt.
pub(crate) async fn so_far(pods: &Api<Pod>, pod: &str, task: &Task, comes: Comes) {
    take(pods, pod, LogParams::default(), task, &task.attempt.step().log(), comes).await;
}

async fn take(pods: &Api<Pod>, pod: &str, params: LogParams, task: &Task, log: &Path, comes: Comes) {
    let mask = Mask::new(task.order.secrets.iter().map(String::as_str));
    if let Ok(stream) = pods.log_stream(pod, &params).await
        && let Err(error) = copy(stream, log, mask, comes).await
    {
        tracing::debug!(%pod, %error, "a log breaks off");
    }
}

/// Adds what is not there yet: a log is told from its beginning whenever it is asked for.
async fn copy(stream: impl AsyncRead, path: &Path, mut mask: Mask, comes: Comes) -> io::Result<()> {
    pin_mut!(stream);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let there = file.metadata()?.len();
    let mut seen = 0_u64;
    let mut add = |safe: &[u8]| {
        let length = u64::try_from(safe.len()).unwrap_or(u64::MAX);
        let skipped = usize::try_from(there.saturating_sub(seen).min(length)).unwrap_or(usize::MAX);
        let written =
            if seen < MOST { file.write_all(safe.get(skipped..).unwrap_or_default()) } else { Ok(()) };
        seen = seen.saturating_add(length);
        written
    };
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return if comes == Comes::Nothing { add(&mask.finish()) } else { Ok(()) };
        }
        add(&mask.push(bytes.get(..read).unwrap_or_default()))?;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use futures_util::io::Cursor;
    use weir_step::mask::Mask;

    use super::{Comes, copy};

    #[tokio::test]
    async fn what_is_told_again_is_written_once_and_secrets_never() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("services/db/log");
        let mask = || Mask::new(["sesame"]);
        copy(Cursor::new("ready\nopen ses"), &log, mask(), Comes::More).await.unwrap();
        copy(Cursor::new("ready\nopen sesame\nbye\n"), &log, mask(), Comes::Nothing).await.unwrap();
        let kept = fs::read_to_string(&log).unwrap();
        assert!(
            kept.starts_with("ready\nopen ") && kept.ends_with("\nbye\n") && !kept.contains("sesame"),
            "{kept}"
        );
        assert_eq!(kept.matches("ready").count(), 1);
    }
}
