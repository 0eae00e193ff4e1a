//! What callgrind writes: instructions by address, and who called an allocator. Pure.
//!
//! The format is that of the valgrind manual, chapter 3, with `--dump-instr=yes` and names compressed: `fn=(7) name` says a name once, and
//! `fn=(7)` repeats it; functions and called functions share their numbers.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use anyhow::{Context, Result};

/// One dump: what happened since the dump before it.
#[derive(Debug, Default)]
pub(super) struct Dump {
    /// Instructions of the program itself, by address in its file.
    pub(super) here: BTreeMap<u64, Spot>,
    /// Instructions of libraries, by function.
    pub(super) elsewhere: BTreeMap<String, u64>,
    /// Allocations, by the function that asked for them.
    pub(super) allocations: BTreeMap<String, u64>,
}

/// One address of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Symbol that holds it.
    pub(super) symbol: Rc<str>,
    /// Instructions.
    pub(super) cost: u64,
}

/// Where the reader is in a dump.
#[derive(Debug, Default)]
struct Reader {
    functions: HashMap<String, Rc<str>>,
    objects: HashMap<String, Rc<str>>,
    function: Rc<str>,
    object: Rc<str>,
    callee: Rc<str>,
    address: u64,
    /// The next line has the inclusive cost of a call, which its callee has too.
    call: bool,
}

impl Dump {
    /// Reads a dump; `program` is the path of the file whose addresses are wanted.
    pub(super) fn read(text: &str, program: &str) -> Result<Self> {
        let (mut dump, mut reader) = (Self::default(), Reader::default());
        for line in text.lines() {
            let done = match line.as_bytes().first() {
                Some(b'0'..=b'9' | b'+' | b'-' | b'*') => reader.cost(line, program, &mut dump),
                _ => line.split_once('=').map_or(Some(()), |(key, value)| reader.name(key, value, &mut dump)),
            };
            done.with_context(|| format!("callgrind wrote {line:?}"))?;
        }
        Ok(dump)
    }

    /// Instructions of everything.
    pub(super) fn instructions(&self) -> u64 {
        self.here.values().map(|spot| spot.cost).chain(self.elsewhere.values().copied()).sum()
    }

    /// Allocations of everybody.
    pub(super) fn allocated(&self) -> u64 {
        self.allocations.values().sum()
    }
}

impl Reader {
    fn name(&mut self, key: &str, value: &str, dump: &mut Dump) -> Option<()> {
        match key {
            "fn" => self.function = named(&mut self.functions, value)?,
            "cfn" => self.callee = named(&mut self.functions, value)?,
            "ob" => self.object = named(&mut self.objects, value)?,
            "cob" => drop(named(&mut self.objects, value)?),
            "calls" => {
                self.call = true;
                if allocates(&self.callee) && !is_allocator(&self.function) {
                    let count: u64 = value.split(' ').next()?.parse().ok()?;
                    *dump.allocations.entry(self.function.to_string()).or_default() += count;
                }
            }
            _ => {}
        }
        Some(())
    }

    /// `0x1f40 12 3`: address, line, instructions; the address may be the distance from the one before, or `*` for the same.
    fn cost(&mut self, line: &str, program: &str, dump: &mut Dump) -> Option<()> {
        let (address, rest) = line.split_once(' ')?;
        self.address = match address.as_bytes().first()? {
            b'*' => self.address,
            b'+' => self.address.checked_add(number(address.get(1..)?)?)?,
            b'-' => self.address.checked_sub(number(address.get(1..)?)?)?,
            _ => number(address)?,
        };
        if std::mem::take(&mut self.call) {
            return Some(());
        }
        let cost: u64 = rest.split(' ').nth(1)?.parse().ok()?;
        if &*self.object == program {
            let spot = Spot { symbol: Rc::clone(&self.function), cost: 0 };
            dump.here.entry(self.address).or_insert(spot).cost += cost;
        } else {
            *dump.elsewhere.entry(self.function.to_string()).or_default() += cost;
        }
        Some(())
    }
}

fn named(names: &mut HashMap<String, Rc<str>>, value: &str) -> Option<Rc<str>> {
    let Some(rest) = value.strip_prefix('(') else { return Some(tidy(value)) };
    let (number, name) = rest.split_once(')')?;
    if let Some(name) = name.strip_prefix(' ') {
        names.insert(number.to_owned(), tidy(name));
    }
    names.get(number).cloned()
}

/// Without the number of a recursion (`f'2`); an address instead of a name differs from machine to machine.
fn tidy(name: &str) -> Rc<str> {
    if name.starts_with("0x") {
        return "(no symbol)".into();
    }
    match name.rsplit_once('\'') {
        Some((name, depth)) if depth.bytes().all(|byte| byte.is_ascii_digit()) => name.into(),
        _ => name.into(),
    }
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Whether a function is an entry of an allocator: that of the C library, of Rust, mimalloc or jemalloc.
fn allocates(name: &str) -> bool {
    let gives = name.contains("alloc") || name.contains("memalign");
    let takes = ["dealloc", "dalloc", "usable"].iter().any(|word| name.contains(word));
    is_allocator(name) && gives && !takes
}

/// Whether it belongs to an allocator, so that what it calls is no allocation of its own. `__rust_alloc` may be inlined or not, and may be
/// all that stands between a program and any of them.
fn is_allocator(name: &str) -> bool {
    let name = name.rsplit("::").next().unwrap_or(name);
    let name = name.strip_prefix("__libc_").unwrap_or(name);
    PLAIN.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Entries of the C library.
const PLAIN: [&str; 8] =
    ["malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "memalign", "aligned_alloc", "valloc"];
/// Beginnings of names that only allocators have.
const FAMILIES: [&str; 12] = [
    "__rust_alloc",
    "__rust_realloc",
    "__rdl_",
    "__rg_",
    "mi_",
    "_mi_",
    "_rjem_",
    "je_",
    "_int_malloc",
    "_int_realloc",
    "_int_memalign",
    "_mid_memalign",
];

#[cfg(test)]
mod tests {
    use super::{Dump, allocates};

    const TEXT: &str = "version: 1\npositions: instr line\nevents: Ir\n\nob=(1) /bin/weir\nfl=(1) a.rs\nfn=(1) serve\n0x10 3 5\n+4 3 2\n\
        cob=(2) /lib/libc.so\ncfn=(2) malloc\ncalls=3 0x50 0\n* 3 900\n+2 4 1\n\nfn=(3) grow'2\n0x40 0 7\ncfn=(1)\ncalls=1 0x10 3\n+2 3 50\n\n\
        ob=(2)\nfn=(2)\n0x50 0 600\ncfn=(4) _int_malloc\ncalls=1 0x90 0\n+1 0 300\nfn=(4)\n0x90 0 300\n";

    #[test]
    fn a_dump_has_self_costs_by_address_and_calls_of_the_allocator_by_caller() {
        let dump = Dump::read(TEXT, "/bin/weir").unwrap();
        let here: Vec<_> = dump.here.iter().map(|(at, spot)| (*at, &*spot.symbol, spot.cost)).collect();
        assert_eq!(here, [(0x10, "serve", 5), (0x14, "serve", 2), (0x16, "serve", 1), (0x40, "grow", 7)]);
        let elsewhere: Vec<_> = dump.elsewhere.iter().map(|(name, cost)| (name.as_str(), *cost)).collect();
        assert_eq!(elsewhere, [("_int_malloc", 300), ("malloc", 600)]);
        assert_eq!(dump.instructions(), 915);
        assert_eq!(
            (dump.allocated(), dump.allocations.get("serve")),
            (3, Some(&3)),
            "once for each call from outside"
        );
    }

    #[test]
    fn a_dump_that_is_not_understood_is_an_error() {
        for text in ["fn=(1)\n", "0x10\n", "+4 x y\n", "0xzz 1 1\n"] {
            assert!(Dump::read(text, "p").is_err(), "{text:?}");
        }
    }

    #[test]
    fn allocations_are_counted_whatever_the_allocator() {
        for name in [
            "malloc",
            "__rustc::__rust_alloc",
            "__rust_alloc_zeroed",
            "mi_malloc_aligned",
            "_rjem_mallocx",
            "posix_memalign",
        ] {
            assert!(allocates(name), "{name}");
        }
        for name in [
            "free",
            "mi_free",
            "__rust_dealloc",
            "_rjem_sdallocx",
            "alloc::vec::Vec<T>::push",
            "my::mallocate",
        ] {
            assert!(!allocates(name), "{name}");
        }
    }
}
