//! A run that waits for its list of inputs, so that it can be stopped at a known place.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::time::Duration;

use crate::support::PROGRAM;

/// A run whose standard input is open.
pub struct Feeding {
    child: Child,
    stdin: Option<ChildStdin>,
    stderr: BufReader<ChildStderr>,
}

/// Waits until `is_true`.
pub fn until(is_true: impl Fn() -> bool) {
    while !is_true() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Feeding {
    /// Starts the command on two threads; nobody reads its standard output.
    pub fn start(arguments: &[OsString]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .args(["--threads", "2"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdout = None;
        let (stdin, stderr) = (child.stdin.take(), child.stderr.take().unwrap());
        let stderr = BufReader::new(stderr);
        Self { child, stdin, stderr }
    }

    /// Writes to the run's standard input, which may be closed already.
    pub fn feed(&mut self, bytes: &[u8]) {
        let _ = self.stdin.as_mut().unwrap().write_all(bytes);
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Sends Ctrl-C's signal and waits until the run has heard it.
    pub fn interrupt(&mut self) {
        self.signal("INT");
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        assert!(
            line.starts_with("interrupted: finishing what is under way"),
            "{line}"
        );
    }

    /// Sends Ctrl-C's signal once more.
    pub fn interrupt_again(&mut self) {
        self.signal("INT");
    }

    /// Ends the run as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        assert_eq!(self.child.wait().unwrap().code(), None);
    }

    /// Closes standard input and waits for the end: exit code, and what else was said.
    pub fn finish(mut self) -> (Option<i32>, String) {
        self.stdin = None;
        self.end()
    }

    /// Waits for the end while standard input stays open.
    pub fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code();
        assert!(!said.contains("panicked"), "{said}");
        (code, said)
    }
}
