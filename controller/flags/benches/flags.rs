//! How many flags does one core evaluate in a second?
fn main() {
    divan::main();
}
