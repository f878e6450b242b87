//! Numbers, sizes, times, limits and the words around them (systemd.resource-control(5), systemd.exec(5),
//! systemd.time(7)).

use super::super::size::{self, Bad, BadCpu, BadDevice, BadRlimit, CpuLine, RlimitUnit};
use super::super::time::{self, Calendar};
use super::super::words::{Split, words};
use super::super::{Class, Message, Specifiers, key};
use super::{Outcome, Parser, Value, push, set};
use std::borrow::Cow;
use std::ops::Range;

impl Parser<'_, '_> {
    /// Values that are one number, size, time or the like; `None` for other classes.
    pub(super) fn amount(&mut self, class: Class, value: &mut Value) -> Option<Outcome> {
        let text = self.text;
        let range = self.id.key().range.unwrap_or((i64::from(i32::MIN), i64::from(i32::MAX)));
        let number = |n: i64| Value::Number(n);
        let parsed: Result<Value, Message> = match class {
            Class::Timespan => generic(time::timespan(text, time::SECOND)).map(Value::Span),
            Class::TimespanNsec => generic(time::timespan_nsec(text)).map(Value::Span),
            Class::Bytes if self.id == key::MESSAGE_QUEUE_MESSAGE_SIZE && self.model().number() < 258 => {
                generic(size::integer_64(text)).map(number)
            }
            Class::Bytes => generic(size::bytes(text, self.id.key().base.max(1000))).map(|n| number(n as i64)),
            Class::MemoryLimit => {
                limit(size::memory_limit(text, size::memory_takes_zero(self.id.name())), Message::RangeMemory)
            }
            Class::TasksMax => limit(size::tasks_max(text), Message::RangeTasks),
            Class::DiskQuota => limit(size::disk_quota(text), Message::InvalidGeneric),
            Class::CpuQuota => generic(size::cpu_quota(text)).map(|n| number(n.into())),
            Class::Percent => generic(size::permyriad(text)).map(|n| number(n.into())),
            Class::Weight => generic(size::weight(text, range)).map(|n| number(n as i64)),
            Class::CpuWeight => generic(size::cpu_weight(text)).map(|n| number(n as i64)),
            Class::Rlimit => match size::rlimit(text, RlimitUnit::of(self.id.name())) {
                Ok(r) => Ok(Value::Rlimit(r)),
                Err(BadRlimit::Order) => Err(Message::RlimitOrder),
                Err(BadRlimit::Value(_)) => Err(Message::InvalidGeneric),
            },
            Class::Signal => size::signal(text).map(|n| number(n.into())).ok_or(Message::InvalidGeneric),
            Class::Unsigned => generic(size::unsigned(text)).map(|n| number(n.into())),
            Class::UnsignedOrInfinity => {
                generic(size::unsigned_or_infinity(text)).map(|n| number(n.map_or(i64::MAX, i64::from)))
            }
            Class::Integer => self.integer(range).map(number),
            Class::EnumOrNumber => {
                let number = || size::word_or_number(text, &[], size::number_fallback(self.id.name())?);
                match self.id.key().words(self.model()).find(text) {
                    Some(word) => Ok(Value::Word(word)),
                    None => number().map(|_| Value::Text(text.into())).ok_or(Message::InvalidGeneric),
                }
            }
            Class::Errno => generic(size::errno(text, self.model())).map(|_| Value::Text(text.into())),
            Class::LogLevel => size::log_level(text).map(|n| number(n.into())).ok_or(Message::InvalidGeneric),
            Class::LogFacility => size::log_facility(text).map(|n| number(n.into())).ok_or(Message::InvalidGeneric),
            _ => return None,
        };
        Some(match parsed {
            Ok(new) => set(value, new),
            Err(message) => self.whole(message),
        })
    }

    fn integer(&self, range: (i64, i64)) -> Result<i64, Message> {
        let text = self.text;
        match self.id {
            key::FAILURE_ACTION_EXIT_STATUS | key::SUCCESS_ACTION_EXIT_STATUS => {
                generic(size::exit_number(text)).map(i64::from)
            }
            key::MESSAGE_QUEUE_MAX_MESSAGES => generic(size::integer_64(text)),
            key::NICE => size::integer_in(text, range)
                .map(i64::from)
                .map_err(|b| if b == Bad::Range { Message::RangeNice } else { Message::InvalidGeneric }),
            key::PRIORITY if self.at.kind == super::UnitKind::Swap => {
                size::integer_in(text, (-1, 32767)).map(i64::from).map_err(|_| Message::SwapPriority)
            }
            _ if self.id.key().range.is_some() => generic(size::integer_in(text, range)).map(i64::from),
            _ => generic(size::integer(text)).map(i64::from),
        }
    }

    /// `OnCalendar=` and its sisters.
    pub(super) fn timer(&mut self, value: &mut Value) -> Outcome {
        let Some(text) = self.expanded(self.text, Specifiers::Full, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        if self.id != key::ON_CALENDAR {
            return match time::timespan(&text, time::SECOND) {
                Ok(_) => {
                    push(value, &text);
                    Outcome::Set
                }
                Err(_) => self.whole(Message::TimerInvalidSpan),
            };
        }
        let Some(calendar) = Calendar::parse(&text) else {
            return self.whole(Message::TimerInvalidCalendar);
        };
        if self.model().number() >= 262 && calendar.weekday_conflict().is_some() {
            self.whole(Message::TimerWeekdayConflict);
        }
        push(value, &text);
        Outcome::Set
    }

    /// CPU and NUMA node numbers.
    pub(super) fn cpus(&mut self, class: Class, value: &mut Value) -> Outcome {
        let model = self.model();
        let line = match class {
            Class::NumaMask => size::numa_mask(self.text, model),
            _ if self.id == key::CPU_AFFINITY => size::cpu_affinity(self.text, model),
            _ => Some(size::cpu_set(self.text, model)),
        };
        let Some(CpuLine { cpus, faults, ignored, .. }) = line else {
            return set(value, Value::List(vec![self.text.into()]));
        };
        for (bad, at) in faults {
            let message = if bad == BadCpu::Quoting { Message::InvalidQuoting } else { Message::InvalidGeneric };
            self.fault(message, at);
        }
        if ignored {
            return Outcome::Ignored;
        }
        for (first, last) in cpus {
            push(value, &if first == last { first.to_string() } else { format!("{first}-{last}") });
        }
        Outcome::Set
    }

    /// `DEVICE VALUE`
    pub(super) fn io_device(&mut self, class: Class, value: &mut Value) -> Outcome {
        let device = match size::io_device(self.text) {
            Ok(device) => device,
            Err(BadDevice::Quoting) => return self.whole(Message::InvalidQuoting),
            Err(BadDevice::Incomplete) => return self.whole(Message::InvalidGeneric),
        };
        let (word, at) = (device.path.text.into_owned(), device.path.at);
        if self.absolute(&word, at).is_none() {
            return Outcome::Ignored;
        }
        let good = match class {
            Class::IoDeviceWeight => size::weight(device.value, self.id.key().range.unwrap_or((1, 10000))).is_ok(),
            Class::IoDeviceLatency => time::timespan(device.value, time::SECOND).is_ok(),
            _ => size::io_limit(device.value).is_ok(),
        };
        if !good {
            self.fault(Message::InvalidGeneric, device.at);
            return Outcome::Ignored;
        }
        push(value, self.text);
        Outcome::Set
    }

    /// Numbers, names and signals; a bad word is passed over.
    pub(super) fn exit_statuses(&mut self, value: &mut Value) -> Outcome {
        let model = self.model();
        self.each(Split::PLAIN, 0, |p, word, at| {
            match size::exit_word(word, model) {
                Some(_) => push(value, word),
                None => p.fault(Message::InvalidGeneric, at),
            }
            true
        });
        Outcome::Set
    }

    /// Words and masks; a bad one spoils the line.
    pub(super) fn coredump_filter(&mut self, value: &mut Value) -> Outcome {
        let bad = words(self.text, Split::PLAIN).any(|w| w.is_ok_and(|w| size::coredump_word(&w.text).is_err()));
        if bad {
            return self.whole(Message::InvalidGeneric);
        }
        push(value, self.text);
        Outcome::Set
    }

    /// Expands specifiers, or says that they cannot be resolved.
    pub(super) fn expanded<'t>(&mut self, text: &'t str, set: Specifiers, at: Range<usize>) -> Option<Cow<'t, str>> {
        let expanded = super::specifier::expand(text, set, &self.at.subject).ok();
        if expanded.is_none() {
            self.fault(Message::SpecifierUnresolvable, at);
        }
        expanded
    }
}

fn generic<T>(parsed: Result<T, Bad>) -> Result<T, Message> {
    parsed.map_err(|_| Message::InvalidGeneric)
}

fn limit(parsed: Result<size::Limit, Bad>, range: Message) -> Result<Value, Message> {
    parsed.map(Value::Limit).map_err(|bad| if bad == Bad::Range { range } else { Message::InvalidGeneric })
}
