//! Files and queries that would break a reader: no regular files, folders without permission, names of control characters,
//! and what is too deep or too large. Each ends, in time, in one line that says what was wrong.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::pulled::Pulled;
use crate::support::{Data, Run, command, reslate, text};

const GAMES: &str = "player_game_summary";
const REGISTRY: &str = "model_registry";

/// Far longer than any of these commands takes, unless it does not end.
const TIME: Duration = Duration::from_secs(120);

/// Runs a command that might not end, and ends it then.
fn ends(mut command: Command) -> Run {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    match is_done.recv_timeout(TIME) {
        Ok(output) => output.unwrap().into(),
        Err(_) => {
            Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
            panic!("did not end: {command:?}");
        }
    }
}

/// The message of a command that is refused.
fn refused(arguments: &[&str]) -> String {
    let run = ends(command(arguments));
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
    let message = run.stderr.lines().last().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or_else(|| panic!("{arguments:?}: {}", run.stderr));
    message.to_owned()
}

/// The message of a query that is refused.
fn query(sql: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("question.sql");
    fs::write(&file, sql).unwrap();
    refused(&["sql", "-f", text(&file)])
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    let zeros = folder.path().join("zeros.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", &zeros).unwrap();
    for file in [&pipe, &zeros] {
        let name = text(file);
        let commands: [&[&str]; 8] = [
            &["sql", "-f", name],
            &["versions", "show", name],
            &["replay", "--version", name],
            &["tune", "--grid", name],
            &["tune", "--param", "min_edge=3,4", "--resume", name],
            &["report", "tune", name],
            &["replay", "--frozen", name],
            &["pull", name, "--snapshot", "none"],
        ];
        for arguments in commands {
            let said = refused(arguments);
            assert!(said.starts_with(name) && said.contains("is no regular file"), "{arguments:?}: {said}");
        }
        let link = |to: &Path| {
            let _ = fs::remove_file(to);
            std::os::unix::fs::symlink(file, to).unwrap();
        };
        let plain = Data::sound().folder();
        link(&plain.path().join("player_game_summary.parquet"));
        let said = refused(&["replay", "--snapshot", text(plain.path())]);
        assert!(said.contains("player_game_summary.parquet") && said.contains("is no regular file"), "{said}");
        let pulled = Data::sound().pulled("2026-02-12T12:00:00Z");
        link(&pulled.path().join("player_game_summary/2026-02.parquet"));
        let said = refused(&["replay", "--snapshot", text(pulled.path())]);
        assert!(said.contains("player_game_summary/2026-02.parquet"), "{said}");
        let check = ends(command(&["check", "--deep", "--snapshot", text(pulled.path())]));
        assert!(check.code == 1 || check.code == 2, "{}", check.stderr);
        link(&pulled.path().join("manifest.json"));
        for arguments in [&["replay"][..], &["check"], &["check", "--deep"], &["snapshots", text(pulled.path())]] {
            let run = ends(command(&[arguments, &["--snapshot", text(pulled.path())]].concat()));
            assert!(run.code != 0 || arguments[0] == "snapshots", "{arguments:?}: {}", run.stdout);
        }
        let export = Pulled::two_months();
        link(&export.file("player_game_summary.parquet"));
        let said = refused(&["pull", text(export.export.path()), "--snapshot", text(export.snapshot.path())]);
        assert!(said.contains("player_game_summary.parquet") && said.contains("is no regular file"), "{said}");
    }
}

/// A program that may not read everything: as another user where this one may.
#[cfg(unix)]
fn without_rights(arguments: &[&str]) -> Option<Command> {
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let probe = tempfile::tempdir().unwrap();
    shut(probe.path());
    let mut command = command(arguments);
    if fs::read_dir(probe.path()).is_err() {
        return Some(command);
    }
    let mut asked = Command::new(command.get_program());
    asked.arg("--version").stdout(Stdio::null()).uid(NOBODY).gid(NOBODY);
    if !asked.status().is_ok_and(|status| status.success()) {
        eprintln!("the program cannot be run as another user: folders without permission are not tested");
        return None;
    }
    command.uid(NOBODY).gid(NOBODY);
    Some(command)
}

#[cfg(unix)]
fn shut(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
}

#[cfg(unix)]
fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("player_game_summary.parquet"), "").unwrap();
    fs::write(closed.join("mine.toml"), "").unwrap();
    shut(&closed);
    let (inside, version) = (closed.join("deeper"), closed.join("mine.toml"));
    let commands: [&[&str]; 5] = [
        &["replay", "--snapshot", text(&closed)],
        &["check", "--snapshot", text(&closed)],
        &["replay", "--snapshot", text(&inside)],
        &["replay", "--version", text(&version)],
        &["pull", text(&closed), "--snapshot", text(folder.path())],
    ];
    for arguments in commands {
        let Some(command) = without_rights(arguments) else { return };
        let run = ends(command);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        let said = run.stderr.lines().last().unwrap_or_default();
        assert!(said.contains(text(&closed)) && said.contains("Permission denied"), "{arguments:?}: {said}");
    }
    open_to_all(&closed);
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_cannot_be_said_fails_alone() {
    let pulled = Pulled::two_months();
    fs::write(pulled.file("other\u{1}.csv"), "x\n1\n").unwrap();
    assert_eq!(pulled.pull(&[]).code, 0);
    fs::write(pulled.file("model_registry-0\u{1}.csv"), "model_id\nm1\n").unwrap();
    let run = pulled.pull(&[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let said = "unread: model_registry-0\\u{1}.csv has a control character in its name; rename it\n";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    let report = pulled.report(&[]);
    assert_eq!(report["unread"][0], "model_registry-0\\u{1}.csv has a control character in its name; rename it");
    let folder = pulled.file(GAMES);
    fs::create_dir(&folder).unwrap();
    fs::rename(pulled.file("player_game_summary.parquet"), folder.join("all.parquet")).unwrap();
    fs::write(folder.join("more\u{7}.parquet"), "").unwrap();
    let run = pulled.pull(&[]);
    assert!(run.stdout.contains("unread: player_game_summary/more\\u{7}.parquet has a control"), "{}", run.stdout);
}

#[test]
fn files_of_no_table_in_a_plain_folder_are_noted() {
    let folder = Data::sound().folder();
    let at = ["--snapshot", text(folder.path())];
    let check = |more: &[&str]| reslate(&[&["check"], &at[..], more].concat());
    let before = check(&["--format", "json"]);
    assert_eq!(before.code, 0, "{}", before.stdout);
    for name in ["other\u{7}.parquet", "player_game_summary.csv", ".hidden"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let report: Value = serde_json::from_str(&check(&["--format", "json"]).stdout).unwrap();
    let found = report["findings"].as_array().unwrap().iter().find(|one| one["kind"] == "unnamed_file").unwrap();
    assert_eq!(
        (&found["severity"], &found["count"], &found["message"]),
        (&json!("note"), &json!(2), &json!("2 files of no table, so not read"))
    );
    assert_eq!(found["example"], text(&folder.path().join("other\u{7}.parquet")));
    let run = check(&[]);
    assert!(run.code == 0 && run.stdout.contains("other\\u{7}.parquet"), "{}", run.stdout);
}

#[test]
fn queries_too_deep_are_refused() {
    let terms = format!("SELECT 1{}", " + 1".repeat(20_000));
    assert_eq!(
        query(&terms),
        "query: is 20001 steps deep, more than 1000; ask it in parts, or put values into an IN list"
    );
    let unions = vec!["SELECT 1"; 5_001].join(" UNION ALL ");
    assert!(query(&unions).starts_with("query: is 5001 steps deep, more than 1000;"));
    let conditions = format!("SELECT 1 WHERE 1 = 1{}", " OR 1 = 2".repeat(20_000));
    assert!(query(&conditions).contains("steps deep, more than 1000;"));
    for opening in ["(", "NOT ", "- ", "abs("] {
        let said = query(&format!("SELECT {}1", opening.repeat(100_000)));
        assert!(said.starts_with("query: "), "{opening}: {said}");
    }
    let large = format!("SELECT '{}'", "x".repeat(9 << 20));
    assert!(query(&large).contains("is larger than 8.0 MiB"));
}

#[test]
fn long_queries_within_bounds_are_answered() {
    let answered = |sql: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("question.sql");
        fs::write(&file, sql).unwrap();
        let run = ends(command(&["sql", "--format", "csv", "-f", text(&file)]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let terms = answered(&format!("SELECT 1{} AS terms", " + 1".repeat(60)));
    assert_eq!(terms.lines().last(), Some("1,61"));
    let columns = answered(&format!("SELECT x{} AS s FROM (SELECT 1 AS x)", " + x".repeat(60)));
    assert_eq!(columns.lines().last(), Some("1,61"));
    let unions = vec!["SELECT 1 AS x"; 900].join(" UNION ALL ");
    assert_eq!(answered(&format!("SELECT count(*) AS n FROM ({unions})")).lines().last(), Some("1,900"));
    let list = (0..20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(answered(&format!("SELECT 19999 IN ({list}) AS there")).lines().last(), Some("1,true"));
}

#[test]
fn a_chain_of_version_files_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let files = 20_000;
    for n in 0..files {
        let text =
            if n + 1 < files { format!("extends = \"v{}_.toml\"\n", n + 1) } else { "extends = \"v307\"\n".into() };
        fs::write(folder.path().join(format!("v{n}_.toml")), text).unwrap();
    }
    let first = folder.path().join("v0_.toml");
    let said = refused(&["versions", "show", text(&first)]);
    assert!(said.contains("v99_.toml, line 1: is the 100th file in a row that extends another; extend"), "{said}");
}

#[test]
fn overflowing_integers_are_an_error() {
    for (sql, said) in [
        ("SELECT 9223372036854775807+1", "9223372036854775807 + 1"),
        ("SELECT x + 1 FROM (SELECT 9223372036854775807 AS x)", "9223372036854775807 + 1"),
        ("SELECT max(x) * 2 FROM (SELECT 9223372036854775807 AS x)", "9223372036854775807 * 2"),
        ("SELECT -9223372036854775807 - 2", "-9223372036854775807 - 2"),
        ("SELECT -(x - 1) FROM (SELECT -9223372036854775807 AS x)", "-9223372036854775808"),
        ("SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)", "the sum is 9223372036854775808"),
        ("SELECT sum(x) OVER () FROM (VALUES (9223372036854775807), (1)) AS t(x)", "the sum is 9223372036854775808"),
        (
            "SELECT count(*) FROM slates WHERE 9223372036854775807 + length(CAST(game_date AS VARCHAR)) > 0",
            "9223372036854775807 + ",
        ),
    ] {
        let message = query(sql);
        assert!(message.starts_with("query: ") && message.contains("verflow"), "{sql}: {message}");
        assert!(message.contains(said), "{sql}: {message}");
    }
    let run = reslate(&["sql", "--format", "csv", "SELECT 2 + 3 * 4 - -1, 7 + x FROM (SELECT 1 AS x) ORDER BY 7 + x"]);
    assert_eq!(run.stdout, "schema_version,Int64(2) + Int64(3) * Int64(4) - Int64(-1),Int64(7) + x\n1,15,8\n");
    let grouped = "SELECT x % 2 + 1, sum(x) FROM (VALUES (1), (2), (3)) AS t(x) GROUP BY x % 2 + 1 ORDER BY 1";
    assert!(reslate(&["sql", "--format", "csv", grouped]).stdout.ends_with("\n1,1,2\n1,2,4\n"));
    let sliding = "SELECT x, sum(x) OVER (ORDER BY x ROWS 1 PRECEDING), sum(x) FILTER (WHERE x > 9) OVER () \
                   FROM (VALUES (1), (2), (3), (NULL)) AS t(x) ORDER BY 1 NULLS LAST";
    assert!(reslate(&["sql", "--format", "csv", sliding]).stdout.ends_with("\n1,1,1,\n1,2,3,\n1,3,5,\n1,,3,\n"));
}

#[test]
fn long_arithmetic_of_integers_ends() {
    let sum = |terms: i64, operand: &dyn Fn(i64) -> String| (1..=terms).map(operand).collect::<Vec<_>>().join(" + ");
    let value = |sql: &str| {
        let run = ends(command(&["sql", "--format", "csv", sql]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout.trim_end().rsplit('\n').next().unwrap().rsplit(',').next().unwrap().parse::<i64>().unwrap()
    };
    let left = sum(300, &|n| format!("x * {n}"));
    assert_eq!(value(&format!("SELECT {left} AS n FROM (SELECT 2 AS x)")), 300 * 301);
    // The parser itself follows 50 parentheses in one another.
    let right = (1..=20).fold("x".to_owned(), |rest, n| format!("({n} - {rest})"));
    assert_eq!(value(&format!("SELECT {right} AS n FROM (SELECT 2 AS x)")), 12);
    let most = sum(900, &|n| n.to_string());
    assert_eq!(value(&format!("SELECT {most} AS n")), 900 * 901 / 2);
    let said = query(&format!("SELECT {} AS n", sum(5000, &|n| n.to_string())));
    assert!(said.contains("steps deep, more than 1000"), "{said}");
}

/// A registry of this text as CSV, gzipped.
fn gzipped(text: impl FnOnce(&mut GzEncoder<fs::File>)) -> Pulled {
    let pulled = Pulled::two_months();
    pulled.put(REGISTRY, "model_registry.csv.gz", "");
    let file = fs::File::create(pulled.file("model_registry.csv.gz")).unwrap();
    let mut packed = GzEncoder::new(file, Compression::best());
    text(&mut packed);
    packed.finish().unwrap();
    pulled
}

#[test]
fn text_exports_too_large_are_refused() {
    let wide = gzipped(|packed| {
        let columns: Vec<String> = (0..100_000).map(|n| format!("c{n}")).collect();
        let row = vec!["1"; 100_001].join(",");
        writeln!(packed, "model_id,{}\n{row}\n{row}", columns.join(",")).unwrap();
    });
    insta::assert_snapshot!(wide.refused(&[]), @"EXPORT/model_registry.csv.gz: not a readable CSV export (line 1 has more than 10000 fields); export it again");
    let zeros = vec![b'x'; 1 << 20];
    let field = gzipped(|packed| {
        packed.write_all(b"model_id,enabled\nm1,true\nm2").unwrap();
        (0..2_200).for_each(|_| packed.write_all(&zeros).unwrap());
    });
    insta::assert_snapshot!(field.refused(&[]), @"EXPORT/model_registry.csv.gz: not a readable CSV export (line 3 is larger than 64.0 MiB; a quote may be open); export it again");
    let pulled = Pulled::two_months();
    pulled.put(REGISTRY, "model_registry.json.gz", "");
    let file = fs::File::create(pulled.file("model_registry.json.gz")).unwrap();
    let mut packed = GzEncoder::new(file, Compression::best());
    packed.write_all(b"{\"model_id\": \"m1\"}\n{\"model_id\": \"").unwrap();
    (0..2_200).for_each(|_| packed.write_all(&zeros).unwrap());
    packed.finish().unwrap();
    insta::assert_snapshot!(pulled.refused(&[]), @"EXPORT/model_registry.json.gz: not a readable NDJSON export (object 2 is larger than 64.0 MiB); export it again");
}

#[test]
fn a_month_too_large_is_refused() {
    let pulled = Pulled::two_months();
    pulled.put(GAMES, "player_game_summary.csv.gz", "");
    let file = fs::File::create(pulled.file("player_game_summary.csv.gz")).unwrap();
    let mut packed = GzEncoder::new(file, Compression::fast());
    let heading = "player_lookup,player_full_name,game_id,game_date,team_abbr,opponent_team_abbr,season_year,points";
    let row = "al,al,20260210_BKN_NYK,2026-02-10,BKN,NYK,2025,24\n";
    writeln!(packed, "{heading}").unwrap();
    (0..200).for_each(|_| packed.write_all(row.repeat(5_000).as_bytes()).unwrap());
    packed.finish().unwrap();
    let said = pulled.refused(&["--memory", "256MiB"]);
    assert!(said.starts_with("player_game_summary: the rows of 2026-02 need more than --memory 256.0 MiB"), "{said}");
    let run = pulled.pull(&["--memory", "1MB"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--memory '976.6 KiB': is too little; "), "{}", run.stderr);
}

#[test]
fn queries_keep_to_their_memory() {
    let asked = |sql: &str| refused(&["sql", "--memory", "64MiB", sql]);
    let numbers = "SELECT value, concat('text ', CAST(value AS VARCHAR)) AS t FROM generate_series(1, 20000000)";
    insta::assert_snapshot!(asked(&format!("SELECT * FROM ({numbers})")), @"query: needs more than --memory 64.0 MiB; allow more, or ask for fewer rows, columns or slates (--from, --to)");
    // What is gathered goes to the disk where it can.
    let groups = format!("SELECT count(*) AS n FROM (SELECT t, count(*) FROM ({numbers}) GROUP BY t)");
    let run = reslate(&["sql", "--memory", "64MiB", "--format", "csv", &groups]);
    assert_eq!((run.code, run.stdout.lines().last()), (0, Some("1,20000000")), "{}", run.stderr);
    let run = reslate(&["sql", "--memory", "256MiB", "--format", "csv", "SELECT count(*) AS n FROM decisions"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn numbers_of_memory_are_sizes() {
    let run = reslate(&["sql", "--memory", "much", "SELECT 1"]);
    assert!(run.code == 2 && run.stderr.contains("--memory"), "{}", run.stderr);
    let mut help = String::new();
    for command in ["sql", "pull"] {
        write!(help, "{}", reslate(&[command, "--help"]).stdout).unwrap();
    }
    assert_eq!(help.matches("--memory <SIZE>").count(), 2);
}
