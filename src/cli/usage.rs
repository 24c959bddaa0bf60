//! A command line that cannot be parsed, in one line.

/// The message of a parse error as one line; none when it is no error but help or the version, to be printed as is.
pub fn message(error: &clap::Error) -> Option<String> {
    use clap::error::ErrorKind;
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let text = error.render().to_string();
    let is_said = |paragraph: &&str| !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more information");
    let paragraphs = text.trim().split("\n\n").map(str::trim).filter(is_said).map(crate::error::one_line);
    let line = paragraphs.collect::<Vec<_>>().join("; ");
    if let Some(tip) = of_version(error) {
        return Some(tip);
    }
    Some(line.strip_prefix("error: ").unwrap_or(&line).to_owned())
}

/// What to say of `--version` where a command takes none.
fn of_version(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_version = argument == "-V" || argument.split('=').next() == Some("--version");
    (error.kind() == ErrorKind::UnknownArgument && is_version).then(|| {
        format!(
            "unexpected argument '{argument}' found; this command is the same for every algorithm version, and \
             `reslate --version` prints the program's"
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn of(arguments: &[&str]) -> Option<String> {
        message(&Cli::try_parse_from(arguments).unwrap_err())
    }

    #[test]
    fn an_error_is_one_line_with_its_tip() {
        let text = "unexpected argument '--form' found; tip: a similar argument exists: '--from'";
        assert_eq!(of(&["reslate", "sql", "--form", "2"]).as_deref(), Some(text));
        let text = "invalid value 'xml' for '--format <FORMAT>' [possible values: table, json]";
        assert_eq!(of(&["reslate", "check", "--format", "xml"]).as_deref(), Some(text));
    }

    #[test]
    fn help_and_version_are_no_errors() {
        assert_eq!(of(&["reslate", "--help"]), None);
        assert_eq!(of(&["reslate", "--version"]), None);
    }

    #[test]
    fn a_command_that_takes_no_version_says_so() {
        for arguments in [
            &["reslate", "models", "--version", "v314"][..],
            &["reslate", "monitor", "model-performance", "--version=v314"],
            &["reslate", "check", "-V"],
        ] {
            let text = of(arguments).unwrap_or_default();
            assert!(text.contains("the same for every algorithm version"), "{text}");
        }
    }
}
