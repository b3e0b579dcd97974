//! Help, versions and what is no usage.

use crate::support::dftective;

const COMMANDS: [&str; 8] = [
    "demo",
    "synth",
    "extract",
    "train",
    "score",
    "evaluate",
    "compare",
    "experiment",
];

#[test]
fn every_command_has_help_with_examples() {
    for command in COMMANDS {
        let help = dftective![command, "--help"].exits(0).stdout;
        let (_, examples) = help.split_once("Examples:").unwrap();
        assert!(examples.contains(&format!("dftective {command}")), "{help}");
        assert!(help.contains("--threads"), "{help}");
    }
}

#[test]
fn the_top_lists_every_command_and_the_exit_codes() {
    let help = dftective!["--help"].exits(0).stdout;
    for command in COMMANDS {
        let is_listed = |line: &str| line.split_whitespace().next() == Some(command);
        assert!(help.lines().any(is_listed), "{help}");
    }
    assert!(help.contains("Exit codes: 0"), "{help}");
    assert!(help.contains("dftective demo"), "{help}");
}

#[test]
fn the_version_is_the_crates() {
    let expected = concat!("dftective ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(dftective!["--version"].exits(0).stdout, expected);
}

#[test]
fn what_is_no_usage_is_refused() {
    dftective![].exits(2).says("Usage: dftective");
    dftective!["divine"].refuses("unrecognized subcommand 'divine'");
    dftective!["score"].refuses("--model <FILE>");
    dftective!["synth", "x", "--threads", "0"].refuses("0 is not in 1..=1024");
    for command in COMMANDS {
        dftective![command, "--no-such-option"].refuses("unexpected argument '--no-such-option'");
    }
}

#[test]
fn a_recipe_is_the_detectors_and_no_option_of_scoring() {
    for command in ["score", "evaluate"] {
        for option in ["--recipe", "--precision", "--bins", "--crop"] {
            dftective![command, "x", "--model", "m", option, "y"].refuses("unexpected argument");
        }
    }
}
