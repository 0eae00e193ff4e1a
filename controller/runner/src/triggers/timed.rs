//! Schedules.

use std::collections::BTreeSet;

use weir_trigger::Event;
use weir_trigger::cron::{Schedule, zone};
use weir_trigger::definition::Source;

use super::Triggers;
use super::started::Outcome;

impl Triggers {
    /// Starts what is due. A program that was away makes up for one time of each schedule.
    pub(super) async fn look_at_schedules(&self) {
        let now = self.runner.now();
        let mut present = BTreeSet::new();
        for defined in self.defined().iter() {
            for (trigger, _) in defined.triggers.iter().filter(|(trigger, _)| trigger.enabled) {
                let Source::Cron(cron) = &trigger.source else { continue };
                let Ok(zone) = zone(cron.time_zone.as_deref()) else { continue };
                let Ok(schedule) = Schedule::new(&cron.schedule, zone, &defined.name) else { continue };
                let zoned = cron.time_zone.as_deref().unwrap_or("UTC");
                let key = format!("{} {} {zoned}", defined.name, cron.schedule);
                let since = self.memory.looked_at(&key, now);
                present.insert(key.clone());
                let Some(due) = schedule.due(since, now) else { continue };
                let event = Event::Cron { scheduled: due.scheduled };
                // Two schedules of a pipeline that are due at once are two runs: they may give it other parameters.
                let token = format!("cron/{}/{zoned}/{}", cron.schedule, due.scheduled);
                let mut outcome = Outcome::default();
                self.start_one(defined, trigger, &event, &token, None, &mut outcome).await;
                if outcome.failed.is_empty() {
                    self.memory.look_at(&key, due.scheduled);
                }
            }
        }
        self.memory.forget_schedules_but(&present);
    }
}
