//! The canonical text of a cron expression: numbers, runs as ranges, one space between fields.

use std::fmt;

use super::{Cron, Field};

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { minutes, hours, days, months, weekdays } = self;
        write!(f, "{minutes} {hours} {days} {months} {weekdays}")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.star {
            Some(1) => f.write_str("*"),
            Some(step) => write!(f, "*/{step}"),
            None => f.write_str(&self.runs().join(",")),
        }
    }
}

impl Field {
    fn runs(self) -> Vec<String> {
        let mut runs = Vec::new();
        let mut from = 0;
        while let Some(start) = self.at_or_after(from) {
            let end = (start..60).take_while(|number| self.has(*number)).last().unwrap_or(start);
            runs.push(if start == end { start.to_string() } else { format!("{start}-{end}") });
            from = end + 1;
        }
        runs
    }
}
