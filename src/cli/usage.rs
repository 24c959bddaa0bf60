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
    Some(line.strip_prefix("error: ").unwrap_or(&line).to_owned())
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
        assert_eq!(of(&["reslate", "check", "--version"]), None);
    }
}
