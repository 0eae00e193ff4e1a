//! The keeper of one step: the program `weir-step`.
//!
//! One thread waits for whatever comes first: something was printed, the command ended, somebody wants it to end, a second is over.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, flock, inotify, statvfs};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, set_child_subreaper};

use crate::end::End;
use crate::folder::Folder;
use crate::kin;
use crate::log::Log;
use crate::mask::Mask;
use crate::order::Order;

/// Longest and shortest time between two looks at the disk.
const TICK: Duration = Duration::from_secs(1);
const TOCK: Duration = Duration::from_millis(10);
/// No step fills a disk faster than this, bytes a millisecond: 4 GiB/s.
const FASTEST: u64 = (4 << 30) / 1_000;
/// Bytes of the output that are read at once: as many as a pipe holds.
const AT_ONCE: usize = 1 << 16;

/// Keeps a step from its start to its end; `began` is called once it is certain that there is one keeper. Does nothing where the step was started before.
///
/// # Errors
/// The folder cannot be written. What the step itself does wrong is its [`End`].
pub fn keep(folder: &Folder, order: &Order, began: impl FnOnce()) -> io::Result<()> {
    let lock = File::create(folder.lock())?;
    if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() || folder.kept()?.is_some() {
        began();
        return Ok(());
    }
    let keeper = kin::process(kin::own()).ok_or_else(|| io::Error::other("there is no /proc"))?;
    folder.write_kept(&keeper)?;
    began();
    // Orphans of the command become this process' children, so that they are found.
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let end = match Running::start(folder, order) {
        Ok(mut running) => running.until_end()?,
        Err(error) => End::NotStarted { reason: reason(order, &error) },
    };
    folder.write_end(&end)
}

fn reason(order: &Order, error: &io::Error) -> String {
    let program = order.command.first().map_or("", String::as_str);
    if error.kind() != io::ErrorKind::NotFound {
        format!("{program}: {error}")
    } else if order.directory.is_dir() {
        format!("there is no program {program:?} on the PATH")
    } else {
        format!("there is no directory {}", order.directory.display())
    }
}

/// What there is to be done.
struct Happened {
    /// The command has ended.
    is_over: bool,
    /// Something was made in the folder.
    is_made: bool,
    /// Something was printed.
    is_printed: bool,
}

/// A command that runs.
struct Running<'a> {
    folder: &'a Folder,
    order: &'a Order,
    child: Child,
    /// Readable once it has ended.
    pid: OwnedFd,
    /// Readable once something in the folder was made.
    made: OwnedFd,
    output: Option<PipeReader>,
    /// Room for what is read of it at once.
    bytes: Vec<u8>,
    log: Log,
    /// Why it is being ended, and when it is killed.
    ending: Option<(End, Instant)>,
    next_look: Instant,
}

impl<'a> Running<'a> {
    fn start(folder: &'a Folder, order: &'a Order) -> io::Result<Self> {
        let mask = Mask::new(order.secrets.iter().map(String::as_str));
        let log = Log::open(&folder.log(), mask, order.limits.log_bytes)?;
        let made = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
        inotify::add_watch(
            &made,
            folder.path(),
            inotify::WatchFlags::CREATE | inotify::WatchFlags::MOVED_TO,
        )?;
        let (program, arguments) =
            order.command.split_first().ok_or_else(|| io::Error::other("the command is empty"))?;
        let (output, input) = io::pipe()?;
        let mut command = Command::new(program);
        if !order.inherits {
            command.env_clear();
        }
        let child = command
            .args(arguments)
            .envs(&order.environment)
            .env(kin::MARK, folder.path())
            .current_dir(&order.directory)
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input)
            .process_group(0)
            .spawn()?;
        let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let number = number.ok_or_else(|| io::Error::other("a process without a number"))?;
        let pid = pidfd_open(number, PidfdFlags::empty())?;
        let output = Some(output);
        let bytes = vec![0; AT_ONCE];
        Ok(Self {
            folder,
            order,
            child,
            pid,
            made,
            output,
            bytes,
            log,
            ending: None,
            next_look: Instant::now(),
        })
    }

    fn until_end(&mut self) -> io::Result<End> {
        // It may have been stopped before anybody watched.
        let mut happened = Happened { is_over: false, is_made: true, is_printed: false };
        loop {
            if happened.is_printed && !self.read() {
                self.output = None;
            }
            if happened.is_over
                && let Some(status) = self.child.try_wait()?
            {
                return Ok(self.ended(status));
            }
            let now = Instant::now();
            if now >= self.next_look {
                self.next_look = now + self.look_at_the_disk();
                // Of a folder that another machine writes to, nobody is told.
                happened.is_made = true;
            }
            if happened.is_made && self.folder.stop().exists() {
                let grace = Duration::from_millis(self.order.limits.grace_millis);
                self.end(End::Stopped { killed: false }, grace);
            }
            if let Some((end, at)) = &mut self.ending
                && now >= *at
            {
                if let End::Stopped { killed } = end {
                    *killed = true;
                }
                kin::signal(Signal::KILL)?;
            }
            happened = self.wait()?;
        }
    }

    /// Waits for something to happen.
    fn wait(&mut self) -> io::Result<Happened> {
        let now = Instant::now();
        let killed_at =
            self.ending.as_ref().map(|(_, at)| at.max(&(now + Duration::from_millis(5))).to_owned());
        let wake = killed_at.map_or(self.next_look, |at| at.min(self.next_look));
        let timeout = Timespec::try_from(wake.saturating_duration_since(now)).ok();
        let mut waited = vec![PollFd::new(&self.pid, PollFlags::IN), PollFd::new(&self.made, PollFlags::IN)];
        waited.extend(self.output.as_ref().map(|output| PollFd::new(output, PollFlags::IN)));
        match poll(&mut waited, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let told = |number: usize| waited.get(number).is_some_and(|one| !one.revents().is_empty());
        let happened = Happened { is_over: told(0), is_made: told(1), is_printed: told(2) };
        if happened.is_made {
            let mut events = [0; 4096];
            while rustix::io::read(&self.made, &mut events).is_ok_and(|read| read > 0) {}
        }
        Ok(happened)
    }

    /// Takes in what was printed; whether there may be more.
    fn read(&mut self) -> bool {
        let Some(read) = self.output.as_mut().and_then(|output| output.read(&mut self.bytes).ok()) else {
            return false;
        };
        let printed = self.bytes.get(..read).unwrap_or_default();
        if let Err(error) = self.log.push(printed) {
            self.end(End::LogLost { reason: error.to_string() }, Duration::ZERO);
        }
        read > 0
    }

    /// Ends what leaves too little; how long until the next look. What has to stay free is not used up before that: others need it, and the end of this step, too.
    fn look_at_the_disk(&mut self) -> Duration {
        let Ok(disk) = statvfs(&self.order.directory) else { return TICK };
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        let spare = free_bytes.checked_sub(self.order.limits.free_bytes);
        if spare.is_none() {
            self.end(End::DiskFull { free_bytes }, Duration::ZERO);
        }
        Duration::from_millis(spare.unwrap_or_default() / FASTEST).clamp(TOCK, TICK)
    }

    /// Asks everything to end; after `grace` it is killed. The first reason stays.
    fn end(&mut self, end: End, grace: Duration) {
        if self.ending.is_none() {
            self.ending = Some((end, Instant::now() + grace));
            let _unseen = kin::signal(Signal::TERM);
        }
    }

    /// What the command left behind goes with it, and what they printed last is taken in.
    fn ended(&mut self, status: ExitStatus) -> End {
        let remained = kin::end();
        // Whoever cannot be killed holds the pipe open.
        while remained.is_ok() && self.read() {}
        let finished = self.log.finish();
        let by_itself = match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited { code },
            (None, signal) => End::Signalled { signal: signal.unwrap_or_default() },
        };
        let ended = self.ending.take().map_or(by_itself, |(end, _)| end);
        match (ended, remained.and(finished)) {
            (ended @ (End::LogLost { .. } | End::DiskFull { .. }), _) | (ended, Ok(())) => ended,
            (_, Err(error)) => End::LogLost { reason: error.to_string() },
        }
    }
}
