//! Damaged snapshots: whatever reads them says which file it is and what brings it back, and decides nothing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::pulled::{Pulled, named};
use crate::support::{Data, reslate, text};

const GAMES: &str = "player_game_summary";

/// What a command says that refuses the snapshot in `folder`.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let run = reslate(&[arguments, &["--snapshot", text(folder)]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
    run.stderr.trim_end().strip_prefix("error: ").unwrap().replace(text(folder), "DIR")
}

/// A file of a table and its bytes, the middle one of which is another now.
fn flip(folder: &Path, file: &str) -> PathBuf {
    let path = folder.join(file);
    let mut bytes = fs::read(&path).unwrap();
    // Within the first pages, whose values say nothing of themselves.
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    path
}

/// The manifest, changed, with the id of what it lists then.
fn edit(folder: &Path, keeps_id: bool, change: impl FnOnce(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    if !keeps_id {
        let mut whole: reslate::snapshot::Manifest = serde_json::from_value(manifest).unwrap();
        whole.id = reslate::snapshot::Manifest::id_of(&whole.tables);
        manifest = serde_json::to_value(whole).unwrap();
    }
    fs::write(&path, manifest.to_string()).unwrap();
}

fn files(manifest: &mut Value) -> &mut Vec<Value> {
    manifest["tables"][GAMES]["files"].as_array_mut().unwrap()
}

#[test]
fn a_flipped_bit_is_said_by_everything_that_reads_the_file() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let sound = tempfile::tempdir().unwrap();
    let copy = sound.path().join("copy");
    copy_all(folder.path(), &copy);
    let file = format!("{GAMES}/2026-02.parquet");
    flip(folder.path(), &file);
    let out = sound.path().join("day.parquet");
    for command in [
        &["replay", "2026-02-11"][..],
        &["explain", "2026-02-11"],
        &["compare", "v307", "v314"],
        &["filters"],
        &["tune", "--param", "min_edge=4:5:1"],
        &["report", "--out", text(&sound.path().join("page.html"))],
        &["freeze", "2026-02-11", "--out", text(&out)],
        &["monitor", "signal-health"],
        &["serve", "--port", "0"],
        &["sql", "SELECT count(*) FROM player_game_summary"],
        &["sql", "SELECT * FROM player_game_summary"],
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused(folder.path(), command), @"DIR/player_game_summary/2026-02.parquet: has other bytes than the manifest says; it was not pulled: take the snapshot again from where it was made");
        }
    }
    assert!(!out.exists());
    let run = reslate(&["snapshot", "diff", text(folder.path()), text(&copy)]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("2026-02.parquet: has other bytes than the manifest says"), "{}", run.stderr);
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_flipped_bit_of_a_page_with_a_checksum_is_found_without_a_manifest() {
    const SOUND: &[u8] = include_bytes!("../../fixtures/parquet/page_checksums.parquet");
    let folder = Data::sound().folder();
    let file = folder.path().join(format!("{GAMES}.parquet"));
    let at = ["--snapshot", text(folder.path())];
    let replay = || reslate(&[&["replay", "2026-02-11", "--format", "json"], &at[..]].concat());
    let expected = replay();
    fs::write(&file, SOUND).unwrap();
    let same = replay();
    assert_eq!((same.code, same.stdout, same.stderr), (expected.code, expected.stdout, expected.stderr));
    // Of a name, of a date and of points (24), each in a page of its own.
    let name = SOUND.windows(10).position(|bytes| bytes == b"bo_two_bos").unwrap();
    let [date, points] = [20_495_u64, 24].map(|value| {
        let bytes = &value.to_le_bytes()[..if value > 24 { 4 } else { 8 }];
        SOUND.windows(bytes.len()).position(|found| found == bytes).unwrap()
    });
    for place in [name, date, points] {
        let mut damaged = SOUND.to_vec();
        damaged[place] ^= 1;
        fs::write(&file, damaged).unwrap();
        let said = [&["replay", "2026-02-11"][..], &["sql", "SELECT * FROM player_game_summary"]]
            .map(|command| refused(folder.path(), command));
        insta::allow_duplicates! {
            insta::assert_snapshot!(said[0], @"DIR/player_game_summary.parquet: not a readable Parquet file (the checksum of a page is not that of its bytes); fetch it again, or put it aside and pull again");
        }
        assert_eq!(said[0], said[1]);
        let check = reslate(&[&["check", "--format", "json"], &at[..]].concat());
        let report: Value = serde_json::from_str(&check.stdout).unwrap();
        let errors: Vec<&Value> =
            report["findings"].as_array().unwrap().iter().filter(|one| one["severity"] == "error").collect();
        assert_eq!((check.code, errors.len(), &errors[0]["kind"]), (1, 1, &json!("unreadable")), "{}", check.stdout);
        let said = errors[0].to_string().replace(text(folder.path()), "DIR");
        assert!(said.contains("player_game_summary.parquet") && said.contains("the checksum of a page"), "{said}");
    }
}

#[test]
fn what_is_said_of_a_pulled_file_brings_it_back() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let folder = pulled.snapshot.path();
    let path = flip(folder, &named(folder, GAMES)[0]);
    let said = refused(folder, &["replay", "2026-02-11"]);
    assert!(said.ends_with(": has other bytes than the manifest says; put it aside and pull again, which brings back what the source still has of it"), "{said}");
    fs::rename(path, pulled.export.path().join("aside")).unwrap();
    pulled.report(&[]);
    let run = reslate(&["replay", "2026-02-11", "--snapshot", text(folder)]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_footer_that_reads_as_another_is_a_damaged_file() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let path = folder.path().join(GAMES).join("2026-02.parquet");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(9).rposition(|name| name == b"team_abbr").unwrap();
    bytes[at] = b'T';
    fs::write(&path, bytes).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["replay"]), @"DIR/player_game_summary/2026-02.parquet: has other bytes than the manifest says; it was not pulled: take the snapshot again from where it was made");
}

#[test]
fn a_month_that_was_taken_out_of_the_manifest_is_named() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let folder = pulled.snapshot.path();
    let first = named(folder, GAMES)[0].clone();
    edit(folder, true, |manifest| drop(files(manifest).remove(0)));
    edit(folder, true, |manifest| manifest["tables"][GAMES]["rows"] = json!(4));
    for command in [&["replay"][..], &["check"], &["snapshot", "diff", text(folder), text(folder)]] {
        let of_folder = ["--snapshot", text(folder)];
        let run = reslate(&[command, if command[0] == "snapshot" { &[] } else { &of_folder[..] }].concat());
        let said = run.stderr.replace(text(folder), "DIR").replace(&first, "TABLE/FILE");
        assert_eq!(run.code, 2);
        insta::allow_duplicates! { insta::assert_snapshot!(said, @"error: DIR/manifest.json: not a manifest (its id is not that of the tables it lists; it was edited after the pull, and TABLE/FILE is there but not listed); put back a copy of it, or pull into another folder"); }
    }
    let run = reslate(&["check", "--deep", "--snapshot", text(folder), "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &report["findings"][0]["kind"]), (1, &json!("altered")));
}

#[test]
fn manifests_with_an_id_that_are_wrong_all_the_same() {
    let said = |change: &dyn Fn(&mut Value)| {
        let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
        edit(folder.path(), false, change);
        refused(folder.path(), &["replay"])
    };
    insta::assert_snapshot!(said(&|manifest| {
        let twice = files(manifest)[0].clone();
        files(manifest).push(twice);
        manifest["tables"][GAMES]["rows"] = json!(8);
    }), @"DIR/manifest.json: not a manifest (player_game_summary/2026-02.parquet is listed twice); put back a copy of it, or pull into another folder");
    insta::assert_snapshot!(said(&|manifest| {
        let mut twice = files(manifest)[0].clone();
        let hash = twice["sha256"].as_str().unwrap()[..12].to_owned();
        twice["path"] = json!(format!("{GAMES}/2026-02.{hash}.parquet"));
        files(manifest).push(twice);
    }).split(" and ").next().unwrap(), @"DIR/manifest.json: not a manifest (player_game_summary/2026-02.parquet");
    insta::assert_snapshot!(said(&|manifest| manifest["tables"][GAMES]["rows"] = json!(5)), @"DIR/manifest.json: not a manifest (player_game_summary has 5 rows, and its files 4 together); put back a copy of it, or pull into another folder");
}

#[test]
fn files_that_lie_elsewhere_are_not_read() {
    for path in [
        "../player_game_summary/2026-02.parquet",
        "/player_game_summary/2026-02.parquet",
        "player_game_summary/../player_game_summary/2026-02.parquet",
        "player_game_summary/2026-02.000000000000.parquet",
        "player_game_summary/games.parquet",
        "player_game_summary/2026-02.parquet.gz",
        "prediction_accuracy/2026-02.parquet",
        "2026-02.parquet",
        "",
    ] {
        let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
        edit(folder.path(), false, |manifest| files(manifest)[0]["path"] = json!(path));
        let expected = format!(
            "DIR/manifest.json: not a manifest ('{path}' is no file of {GAMES}: those are {GAMES}/MONTH.parquet or {GAMES}/MONTH.HASH.parquet); put back a copy of it, or pull into another folder"
        );
        assert_eq!(refused(folder.path(), &["replay"]), expected);
    }
}

#[test]
fn a_key_that_is_there_twice_in_a_manifest_is_refused() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let path = folder.path().join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let table = "\"tables\": {";
    fs::write(&path, text.replace(table, &format!("{table} \"{GAMES}\": {{\"columns\": [], \"rows\": 0, \"min_date\": null, \"max_date\": null, \"files\": []}},"))).unwrap();
    let said = refused(folder.path(), &["replay"]);
    assert!(said.contains("not a manifest (the key 'player_game_summary' is there twice at line "), "{said}");
}
