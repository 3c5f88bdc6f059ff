//! Where a case is played: with which names and which key, alone or beside others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex as StdMutex, PoisonError};

use alwayson_codec::owned::Claim;
use tokio::sync::{MutexGuard, Semaphore, SemaphorePermit};

use super::rename::{THINGS, things_needed};
use super::{Script, Setup, Way};
use crate::sessions::{Act, SideName};
use crate::suite::target::keys;
use crate::suite::verdict::Ended;

/// A device that connects by itself.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) thing: String,
    pub(crate) key: String,
}

/// Devices that connect by themselves, of which each plays one case at a time.
#[derive(Debug)]
pub(crate) struct Devices {
    free: StdMutex<Vec<Device>>,
    number: Semaphore,
    /// Counts the programs that are started, so that each has a key of its own.
    programs: AtomicU64,
}

impl Devices {
    /// Takes devices with these Things; none if a program is started for each case. The key of
    /// the first of several ends with `-1`, and so on.
    pub(crate) fn new(things: &[String]) -> Self {
        let device = |(index, thing): (usize, &String)| Device {
            thing: thing.clone(),
            key: match things.len() {
                1 => keys::DEMO.to_owned(),
                _ => format!("{}-{}", keys::DEMO, index + 1),
            },
        };
        let free: Vec<Device> = things.iter().enumerate().map(device).collect();
        let number = Semaphore::new(free.len());
        Self { free: StdMutex::new(free), number, programs: AtomicU64::new(1) }
    }

    async fn take(&self) -> Option<Taken<'_>> {
        let permit = self.number.acquire().await.ok()?;
        let device = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Taken { device, devices: self, _permit: permit })
    }
}

/// A device that plays a case. Dropping it gives it back.
pub(super) struct Taken<'d> {
    device: Device,
    devices: &'d Devices,
    _permit: SemaphorePermit<'d>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut free = self.devices.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(self.device.clone());
    }
}

/// Where a case is played.
pub(super) struct Place<'s> {
    /// The script, with the names of the tested program.
    pub(super) script: Script,
    /// The application key that an edge is given.
    pub(super) key: String,
    /// Whether connections are told apart by their AUTH.
    pub(super) is_shared: bool,
    _turn: Option<MutexGuard<'s, ()>>,
    _device: Option<Taken<'s>>,
}

impl Setup {
    /// Returns whether a case of this script is played alone: if the one port is not shared, or
    /// if the case has to know whose connection it is before AUTH comes.
    pub(crate) fn is_alone(&self, script: &Script) -> bool {
        match &self.way {
            Way::Listener { command, things, .. } => {
                (command.is_none() && things.len() == 1)
                    || script.tls.is_some()
                    || script.with_upgrade.is_some()
                    || script.refused > 0
            }
            _ => false,
        }
    }

    /// Waits for the place of a case.
    ///
    /// # Errors
    /// There is none; what is returned says why.
    pub(super) async fn place(&self, script: &Script) -> Result<Place<'_>, Ended> {
        let mut names = self.names.clone();
        let mut key = keys::DEMO.to_owned();
        let mut turn = None;
        let mut device = None;
        let mut is_shared = false;
        if script.dialogue.side == SideName::Platform && things_needed(script) > self.things {
            let needed = THINGS.get(..things_needed(script)).unwrap_or_default().join(", ");
            return Err(Ended::Skipped(format!("needs a Thing for each of {needed}: --things")));
        }
        match &self.way {
            // Cases that share a listener take turns.
            Way::Listener { command: None, things, .. }
                if self.is_alone(script) && things.len() > 1 =>
            {
                let why = "which of the devices connects is known by its AUTH alone";
                return Err(Ended::Skipped(why.to_owned()));
            }
            Way::Listener { turn: of, .. } if self.is_alone(script) => {
                turn = Some(of.lock().await);
            }
            Way::Listener { command: None, devices, .. } => {
                let Some(taken) = devices.take().await else {
                    return Err(Ended::HarnessError("no device".to_owned()));
                };
                names.insert(THINGS[0], &taken.device.thing);
                names.insert(keys::DEMO, &taken.device.key);
                key.clone_from(&taken.device.key);
                device = Some(taken);
                is_shared = true;
            }
            Way::Listener { devices, .. } => {
                let number = devices.programs.fetch_add(1, Ordering::Relaxed);
                let own = |value: &str| format!("{value}-{number}");
                for claim in claims(script).into_iter().flatten() {
                    names.insert(&claim.value, &own(&claim.value));
                }
                key = own(&key);
                is_shared = true;
            }
            // Those that bind the same names take turns as well.
            Way::Running { turn: of, .. } if script.sends_bind() => turn = Some(of.lock().await),
            Way::Started { .. } | Way::Running { .. } | Way::Platform { .. } => {}
        }
        let script = names.script(script).map_err(Ended::HarnessError)?;
        Ok(Place { script, key, is_shared, _turn: turn, _device: device })
    }
}

/// Returns the claims of each AUTH of an edge.
pub(super) fn claims(script: &Script) -> Vec<Vec<Claim>> {
    let acts = script.dialogue.steps.iter().filter_map(|step| step.act.as_ref());
    acts.filter_map(|act| match act {
        Act::Opened { claims } => Some(claims.clone()),
        _ => None,
    })
    .collect()
}
