//! Level-triggered readiness, as the relay and the backend need it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// Events taken at a time.
const BATCH: usize = 256;

/// A set of sockets, each with a number.
#[derive(Debug)]
pub(crate) struct Epoll {
    set: OwnedFd,
}

/// What a socket is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Bytes, or the end.
    Read,
    /// Room.
    Write,
    /// Nothing: an answer has to leave through the other socket first.
    Nothing,
}

impl Interest {
    fn flags(self) -> EventFlags {
        match self {
            Self::Read => EventFlags::IN,
            Self::Write => EventFlags::OUT,
            Self::Nothing => EventFlags::empty(),
        }
    }
}

impl Epoll {
    /// An empty set.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { set: epoll::create(CreateFlags::CLOEXEC)? })
    }

    /// Waits for `socket` under `number`.
    pub(crate) fn add(&self, socket: impl AsFd, number: usize) -> io::Result<()> {
        Ok(epoll::add(&self.set, socket, data(number), EventFlags::IN)?)
    }

    /// Waits for something else on `socket`.
    pub(crate) fn change(&self, socket: impl AsFd, number: usize, interest: Interest) -> io::Result<()> {
        Ok(epoll::modify(&self.set, socket, data(number), interest.flags())?)
    }

    /// Calls `ready` with the number of each socket that is ready, for ever.
    pub(crate) fn run(&self, mut ready: impl FnMut(usize) -> io::Result<()>) -> io::Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(BATCH);
        loop {
            match epoll::wait(&self.set, spare_capacity(&mut events), None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                ready(usize::try_from(event.data.u64()).unwrap_or(usize::MAX))?;
            }
        }
    }
}

fn data(number: usize) -> EventData {
    EventData::new_u64(u64::try_from(number).unwrap_or(u64::MAX))
}
