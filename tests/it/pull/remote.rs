//! Pulling from buckets and web servers: what is found there, and what is fetched again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use datafusion::object_store::{BackoffConfig, RetryConfig};
use reslate::error::Result;
use reslate::pull::disk::LocalDisk;
use reslate::pull::remote::{Environment, Opening, open};
use reslate::pull::{PullReport, Request, pull};
use reslate::snapshot::TABLES;
use tempfile::TempDir;

use crate::support::league::run;
use crate::support::moto::Moto;
use crate::support::pulled::{MONDAY, Pulled, manifest, request, two_months};
use crate::support::server::{Fault, Protocol, Server, Versions};
use crate::support::{Data, Run, command, text};

pub const GAMES: &str = "player_game_summary";
const GRADINGS: &str = "prediction_accuracy";
/// As many times is asked again.
pub const RETRIES: usize = 3;
/// A key of Azure: any base64.
pub const AZURE_KEY: &str = "c2VjcmV0LWF6dXJlLWtleQ==";

/// A server with exports, and the snapshot that is pulled from it.
pub struct Scene {
    pub server: Server,
    pub url: String,
    environment: Vec<(String, String)>,
    pub snapshot: TempDir,
    /// Where the user's own files are.
    pub home: TempDir,
}

/// Sources of every kind, whose server speaks their protocol.
pub const KINDS: [&str; 5] = ["http", "dav", "s3", "gs", "az"];

impl Scene {
    pub fn new(kind: &str, data: &Data) -> Scene {
        let protocol = match kind {
            "http" => Protocol::Plain,
            "dav" => Protocol::WebDav,
            "az" => Protocol::Azure,
            _ => Protocol::S3,
        };
        let scene = Scene::at(kind, Server::start(protocol));
        scene.put_all(data);
        scene
    }

    /// A server without files.
    pub fn at(kind: &str, server: Server) -> Scene {
        let (host, endpoint) = (server.address(), server.url());
        let url = match kind {
            "http" | "dav" => format!("{endpoint}/box/exports"),
            "az" => "az://box@acc/exports".to_owned(),
            scheme => format!("{scheme}://box/exports"),
        };
        let environment = [
            ("STORAGE_EMULATOR_HOST", host.as_str()),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("AWS_ACCESS_KEY_ID", "AKIASECRET"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-aws"),
            ("AWS_SESSION_TOKEN", "secret-token"),
            ("AZURE_STORAGE_ENDPOINT", &endpoint),
            ("AZURE_STORAGE_ACCOUNT_KEY", AZURE_KEY),
            ("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1"),
            ("GCE_METADATA_HOST", "127.0.0.1:1"),
            ("GCE_METADATA_IP", "127.0.0.1:1"),
            ("AZURE_MSI_ENDPOINT", "http://127.0.0.1:1/metadata/identity/oauth2/token"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let snapshot = tempfile::tempdir().unwrap();
        Scene { server, url, environment, snapshot, home: tempfile::tempdir().unwrap() }
    }

    pub fn put_all(&self, data: &Data) {
        for table in TABLES {
            self.put(&format!("{}.parquet", table.name), data.parquet(table.name));
        }
    }

    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        self.server.put(&format!("box/exports/{name}"), bytes);
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub fn unset(&mut self, name: &str) {
        self.environment.retain(|(other, _)| other != name);
    }

    pub fn write_home(&self, name: &str, contents: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// Pulls in this process, with little patience.
    pub fn pull(&self) -> Result<PullReport> {
        let environment: Environment = self.environment.iter().cloned().collect();
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(2),
            ..BackoffConfig::default()
        };
        let retries = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: Duration::from_secs(60) };
        run(async {
            let source = open(&self.url, &Opening { environment: &environment, retries })?;
            let request = request(Path::new("."), self.snapshot.path(), MONDAY, LocalDisk);
            pull(Request { source, ..request }).await
        })
    }

    /// What is said of a pull that fails and leaves nothing.
    pub fn refused(&self) -> String {
        let before = manifest(self.snapshot.path());
        let message = self.pull().unwrap_err().to_string();
        assert_eq!(manifest(self.snapshot.path()), before);
        self.anonymous(&message)
    }

    fn anonymous(&self, said: &str) -> String {
        said.replace(&self.server.address(), "HOST").replace(text(self.home.path()), "HOME")
    }

    /// Runs the program where nothing but the scene's environment is set.
    pub fn reslate(&self, arguments: &[&str]) -> Run {
        let mut command = command(arguments);
        command.env_clear().env("HOME", self.home.path()).envs(self.environment.iter().cloned());
        let run = Run::from(command.output().unwrap());
        Run { stdout: self.anonymous(&run.stdout), stderr: self.anonymous(&run.stderr), ..run }
    }

    /// What the program says of the source before it has pulled anything.
    pub fn said(&self) -> String {
        let run = self.reslate(&["pull", &self.url, "--snapshot", text(self.snapshot.path()), "--dry-run"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        run.stderr.strip_prefix("error: ").unwrap().trim_end().to_owned()
    }
}

pub fn parts_read(report: &PullReport) -> u64 {
    report.tables.iter().map(|table| table.parts_read).sum()
}

/// The id of the snapshot of an export in a folder.
pub fn id_of(data: &Data) -> String {
    Pulled::new(data.folder()).report(&[])["id"].as_str().unwrap().to_owned()
}

#[test]
fn every_kind_of_source_is_pulled_from_like_a_folder_and_what_is_unchanged_is_not_fetched_again() {
    let data = two_months();
    let id = id_of(&data);
    for kind in KINDS {
        let scene = Scene::new(kind, &data);
        let report = scene.pull().unwrap();
        assert_eq!((report.id.as_ref(), parts_read(&report)), (Some(&id), TABLES.len() as u64), "{kind}");
        let source = manifest(scene.snapshot.path()).unwrap().source;
        assert_eq!(source, scene.url, "{kind}");
        scene.server.requests();
        let again = scene.pull().unwrap();
        assert!(again.unchanged && parts_read(&again) == 0, "{kind}");
        let requests = scene.server.requests();
        assert!(
            !requests.iter().any(|line| line.starts_with("GET") && line.contains(".parquet")),
            "{kind}: {requests:?}"
        );
        scene.put("player_game_summary.parquet", data.parquet(GAMES));
        assert_eq!(parts_read(&scene.pull().unwrap()), 1, "{kind}: another version is read");
    }
}

#[test]
fn folders_and_shards_of_a_bucket_are_found_over_several_pages_of_its_list() {
    let data = two_months();
    for kind in ["dav", "s3", "gs", "az"] {
        let scene = Scene::new(kind, &data);
        for table in TABLES {
            scene.server.remove(&format!("box/exports/{}.parquet", table.name));
        }
        for shard in 0..3 {
            scene.put(&format!("prediction_accuracy-{shard:012}.parquet"), data.parquet(GRADINGS));
        }
        scene.put("player_prop_predictions.parquet", data.parquet("player_prop_predictions"));
        for name in ["a b.parquet", "c+d.parquet", "_SUCCESS"] {
            scene.put(&format!("player_game_summary/{name}"), data.parquet(GAMES));
        }
        scene.put("notes/readme.txt", b"hello".to_vec());
        scene.put("notes.txt", b"hello".to_vec());
        scene.server.put("box/other/model_registry.csv", b"model_id\n".to_vec());
        let report = scene.pull().unwrap();
        let tables = report.tables.iter().map(|table| (table.table.as_str(), table.parts_read));
        let expected = [("player_prop_predictions", 1), (GRADINGS, 3), (GAMES, 2)];
        assert_eq!(tables.collect::<Vec<_>>(), expected, "{kind}");
        assert!(report.notes.contains(&"of no table, not pulled: notes.txt".to_owned()), "{kind}: {:?}", report.notes);
    }
}

#[test]
fn a_server_that_cannot_list_is_asked_for_each_table_by_its_name() {
    let data = two_months();
    let mut scene = Scene::new("http", &data);
    scene.server.remove("box/exports/model_registry.parquet");
    scene.put("model_registry.csv", b"model_id,enabled\nm1,true\n".to_vec());
    scene.server.remove("box/exports/subset_performance.parquet");
    let report = scene.pull().unwrap();
    assert_eq!(parts_read(&report), TABLES.len() as u64 - 1);
    assert_eq!(report.missing, ["subset_performance"]);
    let note = "the server does not list its files; only TABLE.parquet, .csv, .json and the like were looked for";
    assert_eq!(report.notes, [note]);
    scene.server.remove("box/exports/player_game_summary.parquet");
    assert_eq!(scene.pull().unwrap().tables_kept, [GAMES], "the snapshot has it");
    scene.snapshot = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(scene.refused(), @"http://HOST/box/exports: no export of player_game_summary; expected player_game_summary.parquet, .csv[.gz] or .json[l][.gz], shards player_game_summary-000000000000.*, or a folder player_game_summary/; the server does not list its files; only TABLE.parquet, .csv, .json and the like were looked for");
    scene.url = format!("{}/nothing/here", scene.server.url());
    insta::assert_snapshot!(scene.refused(), @"http://HOST/nothing/here: no export of player_prop_predictions; expected player_prop_predictions.parquet, .csv[.gz] or .json[l][.gz], shards player_prop_predictions-000000000000.*, or a folder player_prop_predictions/; the server does not list its files; only TABLE.parquet, .csv, .json and the like were looked for");
    scene.put("manifest.json", b"{}".to_vec());
    scene.url = format!("{}/box/exports/", scene.server.url());
    insta::assert_snapshot!(scene.refused(), @"source 'http://HOST/box/exports': is a snapshot already; read it with --snapshot");
}

#[test]
fn a_server_may_answer_forbidden_to_what_is_not_there_but_not_to_some_of_it() {
    let data = two_months();
    let scene = Scene::new("http", &data);
    scene.server.fail_always(".csv", &Fault::Answer(403, "", ""));
    scene.server.fail_always("json", &Fault::Answer(403, "", ""));
    assert_eq!(parts_read(&scene.pull().unwrap()), TABLES.len() as u64);
    let scene = Scene::new("http", &data);
    scene.server.fail("HEAD /box/exports/player_game_summary.parquet", Fault::Answer(403, "", ""));
    insta::assert_snapshot!(scene.refused(), @"http://HOST/box/exports/player_game_summary.parquet: refused (403); let the files be read, or give a signed URL");
}

#[test]
fn one_signed_file_is_pulled_though_the_signature_is_for_get_alone() {
    let data = two_months();
    let mut scene = Scene::new("http", &data);
    scene.url = format!("{}/box/exports/player_game_summary.parquet?X-Amz-Signature=secret%2B1", scene.server.url());
    scene.server.fail_always("HEAD", &Fault::Answer(403, "", "<Error><Code>SignatureDoesNotMatch</Code></Error>"));
    scene.server.requests();
    let message = scene.refused();
    assert!(
        message.starts_with("http://HOST/box/exports: no export of player_prop_predictions; expected "),
        "{message}"
    );
    let snapshot = text(scene.snapshot.path());
    let run = scene.reslate(&["pull", &scene.url, "--snapshot", snapshot, "--tables", GAMES]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!format!("{run:?}").contains("secret"), "{run:?}");
    let requests = scene.server.raw_requests();
    assert!(requests.iter().all(|line| line.ends_with(".parquet?X-Amz-Signature=secret%2B1")), "{requests:?}");
    let manifest = fs::read_to_string(scene.snapshot.path().join("manifest.json")).unwrap();
    assert!(
        manifest.contains("\"http://HOST/box/exports\"".replace("HOST", &scene.server.address()).as_str()),
        "{manifest}"
    );
    assert!(!manifest.contains("secret"), "{manifest}");
}

#[test]
fn versions_without_an_etag_are_told_apart_by_time_and_contents() {
    let data = two_months();
    for (versions, is_known) in [(Versions::Times, true), (Versions::Nothing, false)] {
        let scene = Scene::at("http", Server::with(Protocol::Plain, versions, true));
        scene.put_all(&data);
        assert_eq!(scene.pull().unwrap().id, Some(id_of(&data)));
        assert_eq!(parts_read(&scene.pull().unwrap()), 0);
        // The same contents under another time are looked at, and found to be the same.
        scene.put("player_game_summary.parquet", data.parquet(GAMES));
        assert_eq!(parts_read(&scene.pull().unwrap()), 0, "{versions:?}");
        let mut other = two_months();
        other.set(GRADINGS, 0, serde_json::json!({"actual_points": 31}));
        scene.put("prediction_accuracy.parquet", other.parquet(GRADINGS));
        assert_eq!(parts_read(&scene.pull().unwrap()), 1, "{versions:?}");
        let manifest = manifest(scene.snapshot.path()).unwrap();
        let part = &manifest.tables[GAMES].pulled.as_ref().unwrap().parts[0];
        assert_eq!(part.etag.is_some(), is_known);
    }
}

/// The commands of the README's section on data of one's own that start with a bucket.
fn commands_of_readme() -> Vec<String> {
    let section =
        include_str!("../../../README.md").split("\n## ").find(|section| section.starts_with("Your own data\n"));
    let block = section.unwrap().split("```").find(|block| block.contains("reslate pull s3://my-bucket/exports"));
    let commands = block.unwrap().lines().filter(|line| line.starts_with("reslate "));
    commands.map(|line| line.split(" #").next().unwrap().trim().to_owned()).collect()
}

/// Runs the README's commands on the source of the scene.
fn runs_as_the_readme_says(scene: &Scene) {
    let commands = commands_of_readme();
    assert_eq!(commands.len(), 3);
    for command in &commands {
        let command = command.replace("s3://my-bucket/exports", &scene.url);
        let command = command.replace("~/nba", text(scene.snapshot.path()));
        let run = scene.reslate(&command.split_whitespace().skip(1).collect::<Vec<_>>());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{command}: {}", run.stdout);
    }
}

#[test]
fn the_readme_takes_a_reader_from_a_bucket_to_a_replay_in_three_commands() {
    let data = two_months();
    for kind in KINDS {
        runs_as_the_readme_says(&Scene::new(kind, &data));
    }
}

#[test]
#[ignore = "needs Python with venv, and packages of PyPI"]
fn a_real_s3_server_is_pulled_from_with_packages_of_python() {
    let moto = Moto::start();
    let data = two_months();
    let mut scene = Scene::new("s3", &data);
    scene.set("AWS_ENDPOINT_URL", &moto.url());
    scene.url = "s3://my-bucket/exports".to_owned();
    insta::assert_snapshot!(scene.refused(), @"s3://my-bucket/exports: not there (404 NoSuchBucket); check the bucket's name (my-bucket), and AWS_ENDPOINT_URL if the bucket is not at Amazon");
    moto.put("/my-bucket", b"");
    for table in TABLES {
        moto.put(&format!("/my-bucket/exports/{}.parquet", table.name), &data.parquet(table.name));
    }
    // More than a page of the list has.
    (0..20).for_each(|at| moto.put(&format!("/my-bucket/exports/other-{at}.txt"), b"x"));
    let report = scene.pull().unwrap();
    assert_eq!((report.id, report.tables.len()), (Some(id_of(&data)), TABLES.len()));
    assert_eq!(parts_read(&scene.pull().unwrap()), 0);
    moto.put("/my-bucket/exports/player_game_summary.parquet", &Data::sound().parquet(GAMES));
    assert_eq!(parts_read(&scene.pull().unwrap()), 1);
    scene.snapshot = tempfile::tempdir().unwrap();
    moto.put("/my-bucket/exports/player_game_summary.parquet", &data.parquet(GAMES));
    runs_as_the_readme_says(&scene);
}
