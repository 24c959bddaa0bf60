//! `--memory`: how much memory a command may take.

use bytesize::ByteSize;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::error::{RequestError, Result};

/// Less than this is no room to work in.
const LEAST: ByteSize = ByteSize::mib(64);

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Memory {
    /// The most memory that data may take, such as 4GiB; what needs more ends in an error that says what it was [default:
    /// half of the machine's]
    #[arg(long = "memory", value_name = "SIZE")]
    most: Option<ByteSize>,
}

impl Memory {
    /// The bytes that were asked for, else half of what the machine, or the container, has.
    ///
    /// # Errors
    /// Too few to work in were asked for, or how many the machine has cannot be told.
    pub fn bytes(self) -> Result<u64> {
        match self.most {
            Some(most) if most < LEAST => {
                let reason = format!("is too little; give at least {LEAST}");
                Err(RequestError::BadArgument { what: "--memory", value: most.to_string(), reason }.into())
            }
            Some(most) => Ok(most.as_u64()),
            None => Ok((of_machine()? / 2).max(LEAST.as_u64())),
        }
    }
}

fn of_machine() -> Result<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(memory).map_err(|error| RequestError::BadArgument {
        what: "--memory",
        value: "default".to_owned(),
        reason: format!("how much the machine has cannot be told ({error}); give a size"),
    })?;
    let limit = system.cgroup_limits().map(|limits| limits.total_memory).filter(|bytes| *bytes > 0);
    Ok(limit.unwrap_or(u64::MAX).min(system.total_memory()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_of_the_machine_and_too_little_is_refused() {
        let default = Memory { most: None }.bytes().unwrap();
        assert!(default >= LEAST.as_u64() && default <= of_machine().unwrap().max(LEAST.as_u64()), "{default}");
        assert_eq!(Memory { most: Some(ByteSize::gib(4)) }.bytes().unwrap(), 4 << 30);
        let error = Memory { most: Some(ByteSize::mib(1)) }.bytes().unwrap_err().to_string();
        assert_eq!(error, "--memory '1.0 MiB': is too little; give at least 64.0 MiB");
    }
}
