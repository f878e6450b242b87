//! A program that is started, with a limit of time, and all that it starts in a group of its own: a signal for this program
//! does not reach it, and one for it reaches all of it.

use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// More than this of what it says is not kept.
const ENOUGH: usize = 4 << 20;
/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(1);

/// How it ended.
pub(super) enum Ended {
    /// by itself
    Itself(ExitStatus),
    /// it took too long
    Late,
    /// somebody wanted an end
    Interrupted,
}

/// Runs a program to its end, and gives what it said on both of its outputs.
pub(super) fn run(
    command: &mut Command,
    limit: Duration,
    interrupted: &dyn Fn() -> bool,
) -> io::Result<(Ended, String)> {
    feed(command, Vec::new(), limit, interrupted)
}

/// The same for a program that reads something.
pub(super) fn feed(
    command: &mut Command,
    input: Vec<u8>,
    limit: Duration,
    interrupted: &dyn Fn() -> bool,
) -> io::Result<(Ended, String)> {
    let (mut from, to) = io::pipe()?;
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(to.try_clone()?).stderr(to).process_group(0);
    let spawned = command.spawn();
    // our ends of the pipe are in there
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = spawned?;
    if let Some(mut to) = child.stdin.take() {
        // who does not read to the end does not want it
        thread::spawn(move || drop(to.write_all(&input)));
    }
    let said = Arc::new(Mutex::new(Vec::new()));
    let (tell_end, end) = channel::<()>();
    let saying = said.clone();
    thread::spawn(move || {
        let _told_when_dropped = tell_end;
        let mut some = [0; 8192];
        while let Ok(n @ 1..) = from.read(&mut some) {
            let mut all = saying.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() < ENOUGH {
                all.extend_from_slice(&some[..n]);
            }
        }
    });
    let ended = wait(&mut child, limit, interrupted)?;
    // what it left running may hold the pipe open for ever
    let _ = end.recv_timeout(GRACE / 5);
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    Ok((ended, String::from_utf8_lossy(&said).into_owned()))
}

fn wait(child: &mut Child, limit: Duration, interrupted: &dyn Fn() -> bool) -> io::Result<Ended> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::Itself(status));
        }
        if interrupted() {
            end(child)?;
            return Ok(Ended::Interrupted);
        }
        if begun.elapsed() >= limit {
            end(child)?;
            return Ok(Ended::Late);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Ends a program and all that it started: first it is asked, then it is killed.
fn end(child: &mut Child) -> io::Result<()> {
    let group = Pid::from_child(child);
    let _ = kill_process_group(group, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < GRACE && child.try_wait()?.is_none() {
        thread::sleep(Duration::from_millis(10));
    }
    let _ = kill_process_group(group, Signal::KILL);
    child.wait().map(drop)
}

/// `exits with 7`
pub(super) fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exits with {code}"),
        (_, Some(signal)) => format!("is killed by signal {signal}"),
        _ => "fails".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(text: &str, limit: u64, interrupted: &dyn Fn() -> bool) -> (Ended, String) {
        run(Command::new("/bin/sh").args(["-c", text]), Duration::from_millis(limit), interrupted).unwrap()
    }

    #[test]
    fn what_it_says_and_how_it_ends() {
        let (ended, said) = sh("echo a; echo b >&2; exit 7", 5000, &|| false);
        assert!(matches!(ended, Ended::Itself(s) if how(s) == "exits with 7"));
        assert_eq!(said, "a\nb\n");
        let (ended, _) = sh("kill -9 $$", 5000, &|| false);
        assert!(matches!(ended, Ended::Itself(s) if how(s) == "is killed by signal 9"));
    }

    #[test]
    fn all_that_it_started_ends_with_it() {
        let begun = Instant::now();
        let (ended, said) = sh("trap '' TERM; sleep 60 & echo here; wait; sleep 60", 300, &|| false);
        assert!(matches!(ended, Ended::Late));
        assert_eq!(said, "here\n");
        let (ended, _) = sh("sleep 60 & sleep 60", 60_000, &|| begun.elapsed() > Duration::from_secs(2));
        assert!(matches!(ended, Ended::Interrupted));
        // who holds the pipe open is not waited for
        let (ended, said) = sh("sleep 3 & echo early", 60_000, &|| false);
        assert!(matches!(ended, Ended::Itself(_)));
        assert_eq!(said, "early\n");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}
