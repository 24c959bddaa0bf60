//! Pulling from buckets and web servers: listings, what is asked for again, what is not, and what is never shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use datafusion::object_store::{BackoffConfig, RetryConfig};
use reslate::error::{Error, Result};
use reslate::pull::disk::LocalDisk;
use reslate::pull::remote::{Environment, Opening, open};
use reslate::pull::{PullReport, Request, pull};
use reslate::snapshot::TABLES;
use tempfile::TempDir;

use crate::league::run;
use crate::moto::Moto;
use crate::pull::{Pulled, manifest, two_months};
use crate::pull_faults::{MONDAY, request};
use crate::server::{Fault, Protocol, Server, Versions};
use crate::support::{Data, Run, command, text};

const GAMES: &str = "player_game_summary";
const GRADINGS: &str = "prediction_accuracy";
/// As many times is asked again.
const RETRIES: usize = 3;
/// A key of Azure: any base64.
const AZURE_KEY: &str = "c2VjcmV0LWF6dXJlLWtleQ==";

/// A server with exports, and the snapshot that is pulled from it.
pub struct Scene {
    pub server: Server,
    pub url: String,
    environment: Vec<(String, String)>,
    pub snapshot: TempDir,
    /// Where the user's own files are.
    home: TempDir,
}

/// Sources of every kind, whose server speaks their protocol.
const KINDS: [&str; 5] = ["http", "dav", "s3", "gs", "az"];

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
    fn at(kind: &str, server: Server) -> Scene {
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

    fn put_all(&self, data: &Data) {
        for table in TABLES {
            self.put(&format!("{}.parquet", table.name), data.parquet(table.name));
        }
    }

    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        self.server.put(&format!("box/exports/{name}"), bytes);
    }

    fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    fn unset(&mut self, name: &str) {
        self.environment.retain(|(other, _)| other != name);
    }

    fn write_home(&self, name: &str, contents: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// Pulls in this process, with little patience.
    fn pull(&self) -> Result<PullReport> {
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
    fn refused(&self) -> String {
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
    fn said(&self) -> String {
        let run = self.reslate(&["pull", &self.url, "--snapshot", text(self.snapshot.path()), "--dry-run"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        run.stderr.strip_prefix("error: ").unwrap().trim_end().to_owned()
    }
}

fn parts_read(report: &PullReport) -> u64 {
    report.tables.iter().map(|table| table.parts_read).sum()
}

/// The id of the snapshot of an export in a folder.
fn id_of(data: &Data) -> String {
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
    insta::assert_snapshot!(scene.refused(), @"");
    scene.url = format!("{}/nothing/here", scene.server.url());
    insta::assert_snapshot!(scene.refused(), @"");
    scene.put("manifest.json", b"{}".to_vec());
    scene.url = format!("{}/box/exports/", scene.server.url());
    insta::assert_snapshot!(scene.refused(), @"");
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
    insta::assert_snapshot!(scene.refused(), @"");
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
fn what_can_pass_is_asked_for_again() {
    let data = two_months();
    let id = id_of(&data);
    let busy = |status| Fault::Answer(status, "", "<Error><Code>SlowDown</Code></Error>");
    let faults = [busy(408), busy(429), busy(500), busy(503), Fault::HangUp, Fault::CutOff];
    for kind in KINDS {
        let list = match kind {
            "http" => None,
            "dav" => Some("PROPFIND"),
            "az" => Some("comp=list"),
            _ => Some("list-type=2"),
        };
        for fault in &faults {
            let files =
                ["HEAD /box/exports/player_game_summary.parquet", "GET /box/exports/player_game_summary.parquet"];
            let scene = Scene::new(kind, &data);
            let lines = list.into_iter().chain(files);
            lines.for_each(|line| (0..RETRIES).for_each(|_| scene.server.fail(line, fault.clone())));
            let report = scene.pull().unwrap_or_else(|error| panic!("{kind}, {fault:?}: {error}"));
            assert_eq!(report.id.as_ref(), Some(&id), "{kind}, {fault:?}");
            assert_eq!(scene.server.faults_left(), 0, "{kind}, {fault:?}");
        }
    }
}

#[test]
fn what_does_not_pass_after_all_says_so() {
    let data = two_months();
    let scene = Scene::new("gs", &data);
    scene.server.fail_always("list-type", &Fault::Answer(429, "", ""));
    insta::assert_snapshot!(scene.refused(), @"");
    assert_eq!(scene.server.requests().len(), 1 + RETRIES);
    let scene = Scene::new("s3", &data);
    scene.server.fail_always("GET /box/exports/", &Fault::Answer(503, "", "<Error><Code>SlowDown</Code></Error>"));
    insta::assert_snapshot!(scene.refused(), @"");
    let scene = Scene::new("http", &data);
    scene.server.fail_always("GET /box/exports/player_game_summary", &Fault::CutOff);
    insta::assert_snapshot!(scene.refused(), @"");
    let scene = Scene::new("az", &data);
    scene.server.fail_always("HEAD", &Fault::HangUp);
    insta::assert_snapshot!(scene.refused(), @"");
}

/// What is said of an answer to a request, which is asked once only.
fn said_of(kind: &str, line: &str, status: u16, headers: &'static str, body: &'static str) -> String {
    let scene = Scene::new(kind, &two_months());
    scene.server.fail_always(line, &Fault::Answer(status, headers, body));
    let message = scene.refused();
    let asked = scene.server.requests().into_iter().filter(|request| request.contains(line)).count();
    assert!(asked == 1 || kind == "http", "{asked} requests: {message}");
    message
}

#[test]
fn s3_says_which_permission_or_name_is_needed() {
    let xml = |code: &str| format!("<Error><Code>{code}</Code><Message>AKIASECRET</Message></Error>");
    let said = |line, status, headers, code: &str| {
        let body: &'static str = if code.is_empty() { "" } else { xml(code).leak() };
        said_of("s3", line, status, headers, body)
    };
    insta::assert_snapshot!(said("list-type", 403, "", "AccessDenied"), @"");
    insta::assert_snapshot!(said("HEAD", 403, "", ""), @"");
    insta::assert_snapshot!(said("GET /box/exports/", 403, "", "AccessDenied"), @"");
    insta::assert_snapshot!(said("list-type", 403, "", "InvalidAccessKeyId"), @"");
    insta::assert_snapshot!(said("list-type", 400, "", "ExpiredToken"), @"");
    insta::assert_snapshot!(said("list-type", 404, "", "NoSuchBucket"), @"");
    insta::assert_snapshot!(said("list-type", 301, "x-amz-bucket-region: eu-west-1\r\n", "PermanentRedirect"), @"");
    insta::assert_snapshot!(said("list-type", 501, "", ""), @"");
}

#[test]
fn google_says_which_permission_or_name_is_needed() {
    let said = |line, status, body| said_of("gs", line, status, "", body);
    insta::assert_snapshot!(said("list-type", 403, "<Error><Code>AccessDenied</Code></Error>"), @"");
    insta::assert_snapshot!(said("HEAD", 403, ""), @"");
    insta::assert_snapshot!(said("list-type", 401, "<Error><Code>AuthenticationRequired</Code></Error>"), @"");
    insta::assert_snapshot!(said("list-type", 404, "<Error><Code>NoSuchBucket</Code></Error>"), @"");
}

#[test]
fn azure_says_which_permission_or_name_is_needed() {
    let said = |line, status, headers| said_of("az", line, status, headers, "");
    insta::assert_snapshot!(said("comp=list", 403, "x-ms-error-code: AuthorizationPermissionMismatch\r\n"), @"");
    insta::assert_snapshot!(said("HEAD", 403, "x-ms-error-code: AuthorizationFailure\r\n"), @"");
    insta::assert_snapshot!(said("comp=list", 403, "x-ms-error-code: AuthenticationFailed\r\n"), @"");
    insta::assert_snapshot!(said("comp=list", 409, "x-ms-error-code: PublicAccessNotPermitted\r\n"), @"");
    insta::assert_snapshot!(said("comp=list", 404, "x-ms-error-code: ContainerNotFound\r\n"), @"");
}

#[test]
fn a_web_server_says_which_permission_or_name_is_needed() {
    let said = |line, status| said_of("http", line, status, "", "");
    insta::assert_snapshot!(said("HEAD", 401), @"");
    insta::assert_snapshot!(said("HEAD", 403), @"");
    insta::assert_snapshot!(said("GET /box/exports/", 403), @"");
    insta::assert_snapshot!(said("HEAD", 404), @"");
    let scene = Scene::at("http", Server::with(Protocol::Plain, Versions::Etags, false));
    scene.put_all(&two_months());
    insta::assert_snapshot!(scene.refused(), @"");
    let mut scene = Scene::new("http", &two_months());
    scene.url = "http://127.0.0.1:1/exports".to_owned();
    insta::assert_snapshot!(scene.refused(), @"");
}

#[test]
fn a_file_that_changes_between_its_listing_and_the_end_of_its_reading_is_not_taken() {
    let data = two_months();
    let file = "box/exports/player_game_summary.parquet";
    for kind in KINDS {
        // The first HEAD at a web server is its listing.
        let list = if ["http", "dav"].contains(&kind) { "HEAD /box/exports/player_game" } else { "list" };
        for line in [list, "GET /box/exports/player_game"] {
            let scene = Scene::new(kind, &data);
            scene.server.fail(line, Fault::Change(file, Data::sound().parquet(GAMES)));
            match scene.pull() {
                Err(Error::SourceChanged { file }) => assert!(file.ends_with("player_game_summary.parquet"), "{file}"),
                other => panic!("{kind}, {line}: {:?}", other.map(|report| report.id)),
            }
            assert!(manifest(scene.snapshot.path()).is_none());
        }
    }
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

#[test]
fn a_user_and_a_password_go_to_the_server_and_nowhere_else() {
    let mut scene = Scene::new("dav", &two_months());
    scene.url = format!("http://anna:secret%40pass@{}/box/exports", scene.server.address());
    let run = scene.reslate(&["pull", &scene.url, "--snapshot", text(scene.snapshot.path())]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let basic = "Basic YW5uYTpzZWNyZXRAcGFzcw==".to_owned();
    assert_eq!(scene.server.authorizations().into_iter().collect::<Vec<_>>(), [Some(basic)]);
    assert!(run.stdout.starts_with("Pulled http://HOST/box/exports into "), "{}", run.stdout);
}

/// Every file below a folder, its contents as text.
fn everything(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        all.push_str(&if entry.is_dir() {
            everything(&entry)
        } else {
            String::from_utf8_lossy(&fs::read(&entry).unwrap()).into_owned()
        });
    }
    all
}

#[test]
fn no_secret_is_ever_shown_or_written() {
    let body =
        "<Error><Code>AKIASECRET is secret</Code><Message>secret-of-aws c2VjcmV0LWF6dXJlLWtleQ==</Message></Error>";
    let faults = [
        None,
        Some(Fault::Answer(400, "", body)),
        Some(Fault::Answer(401, "", body)),
        Some(Fault::Answer(403, "x-ms-error-code: c2VjcmV0LWF6dXJlLWtleQ==\r\n", body)),
        Some(Fault::Answer(301, "Location: http://secret:secret@127.0.0.1:1/?sig=secret\r\n", body)),
        Some(Fault::Answer(302, "Location: ::secret::\r\n", body)),
        Some(Fault::Answer(200, "", "secret is no list")),
        Some(Fault::Answer(206, "Content-Range: secret\r\nETag: secret\r\n", "secret")),
    ];
    let secrets = ["secret", "AKIASECRET", AZURE_KEY, "c2VjcmV0"];
    for kind in KINDS {
        for fault in &faults {
            let list = if kind == "dav" { "PROPFIND" } else { "list" };
            for line in [list, "HEAD", "GET"] {
                let mut scene = Scene::new(kind, &two_months());
                scene.set("GOOGLE_OAUTH_ACCESS_TOKEN", "secret-token");
                match kind {
                    "http" | "dav" => {
                        scene.url = format!("http://u:secret@{}/box/exports?sig=secret", scene.server.address());
                    }
                    "az" if line == "GET" => {
                        scene.unset("AZURE_STORAGE_ACCOUNT_KEY");
                        scene.url.push_str("?sv=2024-11-04&sig=secret%3D");
                    }
                    _ => {}
                }
                fault.iter().for_each(|fault| scene.server.fail_always(line, fault));
                let run = scene.reslate(&["pull", &scene.url, "--snapshot", text(scene.snapshot.path())]);
                let shown = format!("{}{}{}", run.stdout, run.stderr, everything(scene.snapshot.path()));
                for secret in secrets {
                    assert!(!shown.contains(secret), "{kind}, {line}, {fault:?}: {}{}", run.stdout, run.stderr);
                }
                assert!(run.stderr.lines().count() <= 1, "{kind}, {line}, {fault:?}: {}", run.stderr);
                assert_eq!(run.code == 0, run.stderr.is_empty(), "{kind}, {line}, {fault:?}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn credentials_of_google_that_cannot_be_used_are_recognised() {
    let mut scene = Scene::new("gs", &two_months());
    scene.unset("STORAGE_EMULATOR_HOST");
    let external = r#"{"type": "external_account", "audience": "secret", "credential_source": {"url": "secret"}}"#;
    scene.write_home(".config/gcloud/application_default_credentials.json", external);
    insta::assert_snapshot!(scene.said(), @"");
    let file = scene.write_home("credentials.json", external);
    scene.set("GOOGLE_APPLICATION_CREDENTIALS", text(&file));
    insta::assert_snapshot!(scene.said(), @"");
    let said = |contents: &str| {
        scene.write_home("credentials.json", contents);
        scene.said()
    };
    insta::assert_snapshot!(said(r#"{"type": "impersonated_service_account", "delegates": []}"#), @"");
    insta::assert_snapshot!(said(r#"{"type": "a secret"}"#), @"");
    insta::assert_snapshot!(said(r#"{"token": "secret"}"#), @"");
    insta::assert_snapshot!(said("secret"), @"");
    insta::assert_snapshot!(said(r#"{"type": "service_account", "private_key": "secret", "private_key_id": "a", "client_email": "b"}"#), @"");
    fs::remove_file(&file).unwrap();
    insta::assert_snapshot!(scene.said(), @"");
}

#[test]
fn without_credentials_it_is_said_at_once_where_they_are_looked_for() {
    let mut scene = Scene::new("s3", &two_months());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        scene.unset(name);
    }
    insta::assert_snapshot!(scene.said(), @"");
    scene.set("AWS_ACCESS_KEY_ID", "AKIASECRET");
    insta::assert_snapshot!(scene.said(), @"");
    scene.unset("AWS_ACCESS_KEY_ID");
    scene.set("AWS_SKIP_SIGNATURE", "true");
    let public = scene.reslate(&["pull", &scene.url, "--snapshot", text(scene.snapshot.path())]);
    assert_eq!(public.code, 0, "{}", public.stderr);
    assert_eq!(scene.server.authorizations().into_iter().collect::<Vec<_>>(), [None]);
    let mut scene = Scene::new("gs", &two_months());
    scene.unset("STORAGE_EMULATOR_HOST");
    insta::assert_snapshot!(scene.said(), @"");
    let mut scene = Scene::new("az", &two_months());
    scene.unset("AZURE_STORAGE_ACCOUNT_KEY");
    insta::assert_snapshot!(scene.said(), @"");
    scene.url = "az://box/exports".to_owned();
    insta::assert_snapshot!(scene.said(), @"");
}

#[test]
fn a_profile_of_the_aws_command_line_is_taken() {
    let mut scene = Scene::new("s3", &two_months());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"] {
        scene.unset(name);
    }
    let endpoint = scene.server.url();
    let keys = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = a/b+c==\n\n\
                [nba]\naws_access_key_id=AKIANBA\naws_secret_access_key=d\naws_session_token=e\n";
    let config = format!(
        "# mine\n[default]\nregion = eu-west-1\nendpoint_url = {endpoint}\ns3 =\n  addressing_style = path\n\n\
         [profile nba]\nregion = eu-west-2\nendpoint_url = {endpoint}\n\n[profile sso]\nsso_session = me\n\n\
         [profile none]\nregion = eu-west-3\n"
    );
    scene.write_home(".aws/credentials", keys);
    scene.write_home(".aws/config", &config);
    let signed_by = |scene: &Scene| {
        let run = scene.reslate(&["pull", &scene.url, "--snapshot", text(scene.snapshot.path()), "--dry-run"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let all = scene.server.authorizations().into_iter().next().unwrap().unwrap();
        scene.server.requests();
        let (_, credential) = all.split_once("Credential=").unwrap();
        let parts: Vec<&str> = credential.split('/').collect();
        (parts[0].to_owned(), parts[2].to_owned())
    };
    assert_eq!(signed_by(&scene), ("AKIADEFAULT".to_owned(), "eu-west-1".to_owned()));
    scene.set("AWS_PROFILE", "nba");
    assert_eq!(signed_by(&scene), ("AKIANBA".to_owned(), "eu-west-2".to_owned()));
    scene.set("AWS_DEFAULT_REGION", "us-west-2");
    assert_eq!(signed_by(&scene), ("AKIANBA".to_owned(), "us-west-2".to_owned()));
    scene.set("AWS_PROFILE", "sso");
    insta::assert_snapshot!(scene.said(), @"");
    scene.set("AWS_PROFILE", "none");
    insta::assert_snapshot!(scene.said(), @"");
    scene.set("AWS_PROFILE", "nobody");
    insta::assert_snapshot!(scene.said(), @"");
    scene.set("AWS_ENDPOINT_URL", "http://minio.example:9000");
    scene.set("AWS_PROFILE", "nba");
    insta::assert_snapshot!(scene.said(), @"");
}

#[test]
fn azure_is_found_by_a_connection_string_a_key_or_a_signature() {
    let mut scene = Scene::new("az", &two_months());
    let endpoint = scene.server.url();
    scene.unset("AZURE_STORAGE_ACCOUNT_KEY");
    scene.unset("AZURE_STORAGE_ENDPOINT");
    scene.url = "az://box/exports".to_owned();
    let connection =
        format!("DefaultEndpointsProtocol=http;AccountName=acc;AccountKey={AZURE_KEY};BlobEndpoint={endpoint}/;");
    scene.set("AZURE_STORAGE_CONNECTION_STRING", &connection);
    assert_eq!(parts_read(&scene.pull().unwrap()), TABLES.len() as u64);
    assert_eq!(manifest(scene.snapshot.path()).unwrap().source, "az://box@acc/exports");
    scene.unset("AZURE_STORAGE_CONNECTION_STRING");
    scene.set("AZURE_STORAGE_ENDPOINT", &endpoint);
    scene.server.requests();
    scene.url = "https://acc.blob.core.windows.net/box/exports?sv=2024-11-04&sp=rl&sig=ab%2Fc%3D".to_owned();
    assert_eq!(parts_read(&scene.pull().unwrap()), 0);
    let requests = scene.server.raw_requests();
    assert!(requests.iter().all(|line| line.contains("sig=ab%2Fc%3D")), "{requests:?}");
}

/// The commands of the README's section on data of one's own that start with a bucket.
fn commands_of_readme() -> Vec<String> {
    let section = include_str!("../../README.md").split("\n## ").find(|section| section.starts_with("Your own data\n"));
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
fn a_real_s3_server_is_pulled_from() {
    let Some(moto) = Moto::start() else { return };
    let data = two_months();
    let mut scene = Scene::new("s3", &data);
    scene.set("AWS_ENDPOINT_URL", &moto.url());
    scene.url = "s3://my-bucket/exports".to_owned();
    insta::assert_snapshot!(scene.refused(), @"");
    moto.put("/my-bucket", b"");
    for table in TABLES {
        moto.put(&format!("/my-bucket/exports/{}.parquet", table.name), &data.parquet(table.name));
    }
    // More than a page of the list has.
    (0..1100).for_each(|at| moto.put(&format!("/my-bucket/exports/other-{at}.txt"), b"x"));
    let report = scene.pull().unwrap();
    assert_eq!((report.id, report.tables.len()), (Some(id_of(&data)), TABLES.len()));
    assert_eq!(parts_read(&scene.pull().unwrap()), 0);
    moto.put("/my-bucket/exports/player_game_summary.parquet", &Data::sound().parquet(GAMES));
    assert_eq!(parts_read(&scene.pull().unwrap()), 1);
    scene.snapshot = tempfile::tempdir().unwrap();
    moto.put("/my-bucket/exports/player_game_summary.parquet", &data.parquet(GAMES));
    runs_as_the_readme_says(&scene);
}
