//! What lies behind an address, which only a shell can ask for.

use super::document::{read_json, read_yaml};
use crate::address::Address;
use crate::fault::Fault;
use crate::machine::Outcome;
use crate::properties;
use crate::routine::{Call, Routine, routine};

pub(super) const FUNCTIONS: &[Routine<()>] = &[
    routine("fromUrl", 1, 1, |(), call| {
        let text = fetch(call, "fromUrl")?;
        call.machine.text(text)
    }),
    routine("jsonFromUrl", 1, 1, |(), call| {
        let text = fetch(call, "jsonFromUrl")?;
        read_json(&text, call.machine)
    }),
    routine("yamlFromUrl", 1, 1, |(), call| {
        let text = fetch(call, "yamlFromUrl")?;
        read_yaml(&text, call.machine)
    }),
    routine("propertiesFromUrl", 1, 1, |(), call| -> Outcome {
        let text = fetch(call, "propertiesFromUrl")?;
        call.machine.budget.make(text.len())?;
        let read = properties::read(&text)?;
        call.machine.map(read)
    }),
];

fn fetch(call: &mut Call<'_, '_>, name: &'static str) -> Result<String, Fault> {
    let address = Address::parse(call.text(0)?, call.machine.scope.reach())?;
    let answer = call.machine.scope.outside().fetch(&address);
    let text = answer.map_err(|absence| Fault::Outside { question: name, absence })?;
    call.machine.budget.make(text.len())?;
    Ok(text)
}
