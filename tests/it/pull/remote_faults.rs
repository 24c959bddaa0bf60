//! Buckets and web servers that fail: what is asked for again, and what is said of the rest.

use reslate::error::{Error, PullError};
use reslate::snapshot::TABLES;

use crate::pull::remote::{GAMES, KINDS, RETRIES, Scene, id_of};
use crate::support::Data;
use crate::support::pulled::{manifest, two_months};
use crate::support::server::{Fault, Protocol, Server, Versions};

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
    insta::assert_snapshot!(scene.refused(), @"gs://box/exports: 429 however often it was asked; pull again later; the snapshot is as it was");
    assert_eq!(scene.server.requests().len(), 1 + RETRIES);
    let scene = Scene::new("s3", &data);
    scene.server.fail_always("GET /box/exports/", &Fault::Answer(503, "", "<Error><Code>SlowDown</Code></Error>"));
    insta::assert_snapshot!(scene.refused(), @"s3://box/exports/player_game_summary.parquet: 503 SlowDown however often it was asked; pull again later; the snapshot is as it was");
    let scene = Scene::new("http", &data);
    scene.server.fail_always("GET /box/exports/player_game_summary", &Fault::CutOff);
    insta::assert_snapshot!(scene.refused(), @"http://HOST/box/exports/player_game_summary.parquet: the answer broke off (end of file before message length reached); pull again later; the snapshot is as it was");
    let scene = Scene::new("az", &data);
    scene.server.fail_always("HEAD", &Fault::HangUp);
    insta::assert_snapshot!(scene.refused(), @"az://box@acc/exports/player_game_summary.parquet: the answer broke off (connection closed before message completed); pull again later; the snapshot is as it was");
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
    insta::assert_snapshot!(said("list-type", 403, "", "AccessDenied"), @"s3://box/exports: refused (403 AccessDenied); allow s3:ListBucket on the bucket box");
    insta::assert_snapshot!(said("HEAD", 403, "", ""), @"s3://box/exports/player_game_summary.parquet: refused (403); allow s3:GetObject on the bucket box");
    insta::assert_snapshot!(said("GET /box/exports/", 403, "", "AccessDenied"), @"s3://box/exports/player_game_summary.parquet: refused (403 AccessDenied); allow s3:GetObject on the bucket box");
    insta::assert_snapshot!(said("list-type", 403, "", "InvalidAccessKeyId"), @"s3://box/exports: refused (403 InvalidAccessKeyId); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE; for a public bucket AWS_SKIP_SIGNATURE=true");
    insta::assert_snapshot!(said("list-type", 400, "", "ExpiredToken"), @"s3://box/exports: refused (400 ExpiredToken); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE; for a public bucket AWS_SKIP_SIGNATURE=true");
    insta::assert_snapshot!(said("list-type", 404, "", "NoSuchBucket"), @"s3://box/exports: not there (404 NoSuchBucket); check the bucket's name (box), and AWS_ENDPOINT_URL if the bucket is not at Amazon");
    insta::assert_snapshot!(said("list-type", 301, "x-amz-bucket-region: eu-west-1\r\n", "PermanentRedirect"), @"s3://box/exports: refused (301 PermanentRedirect); set AWS_REGION to the bucket's region, eu-west-1");
    insta::assert_snapshot!(said("list-type", 501, "", ""), @"s3://box/exports: refused (501); check the bucket's name (box), and AWS_ENDPOINT_URL if the bucket is not at Amazon");
}

#[test]
fn google_says_which_permission_or_name_is_needed() {
    let said = |line, status, body| said_of("gs", line, status, "", body);
    insta::assert_snapshot!(said("list-type", 403, "<Error><Code>AccessDenied</Code></Error>"), @"gs://box/exports: refused (403 AccessDenied); allow storage.objects.list on the bucket box (the role Storage Object Viewer)");
    insta::assert_snapshot!(said("HEAD", 403, ""), @"gs://box/exports/player_game_summary.parquet: refused (403); allow storage.objects.get on the bucket box (the role Storage Object Viewer)");
    insta::assert_snapshot!(said("list-type", 401, "<Error><Code>AuthenticationRequired</Code></Error>"), @"gs://box/exports: refused (401 AuthenticationRequired); log in by `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file; for a public bucket GOOGLE_SKIP_SIGNATURE=true");
    insta::assert_snapshot!(said("list-type", 404, "<Error><Code>NoSuchBucket</Code></Error>"), @"gs://box/exports: not there (404 NoSuchBucket); check the bucket's name (box)");
}

#[test]
fn azure_says_which_permission_or_name_is_needed() {
    let said = |line, status, headers| said_of("az", line, status, headers, "");
    insta::assert_snapshot!(said("comp=list", 403, "x-ms-error-code: AuthorizationPermissionMismatch\r\n"), @"az://box@acc/exports: refused (403 AuthorizationPermissionMismatch); give the role Storage Blob Data Reader on the container box of acc, or a SAS token that may read and list");
    insta::assert_snapshot!(said("HEAD", 403, "x-ms-error-code: AuthorizationFailure\r\n"), @"az://box@acc/exports/player_game_summary.parquet: refused (403 AuthorizationFailure); give the role Storage Blob Data Reader on the container box of acc, or a SAS token that may read and list");
    insta::assert_snapshot!(said("comp=list", 403, "x-ms-error-code: AuthenticationFailed\r\n"), @"az://box@acc/exports: refused (403 AuthenticationFailed); set AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or after `az login` AZURE_USE_AZURE_CLI=true");
    insta::assert_snapshot!(said("comp=list", 409, "x-ms-error-code: PublicAccessNotPermitted\r\n"), @"az://box@acc/exports: refused (409 PublicAccessNotPermitted); set AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or after `az login` AZURE_USE_AZURE_CLI=true");
    insta::assert_snapshot!(said("comp=list", 404, "x-ms-error-code: ContainerNotFound\r\n"), @"az://box@acc/exports: not there (404 ContainerNotFound); check the container's name (box) and the account's (acc)");
}

#[test]
fn a_web_server_says_which_permission_or_name_is_needed() {
    let said = |line, status| said_of("http", line, status, "", "");
    insta::assert_snapshot!(said("HEAD", 401), @"http://HOST/box/exports/player_prop_predictions.parquet: refused (401); write the user and the password as https://USER:PASSWORD@HOST, or give a signed URL");
    insta::assert_snapshot!(said("HEAD", 403), @"http://HOST/box/exports/player_prop_predictions.parquet: refused (403); let the files be read, or give a signed URL");
    insta::assert_snapshot!(said("GET /box/exports/", 403), @"http://HOST/box/exports/player_game_summary.parquet: refused (403); let the files be read, or give a signed URL");
    insta::assert_snapshot!(said("HEAD", 404), @"http://HOST/box/exports: no export of player_prop_predictions; expected player_prop_predictions.parquet, .csv[.gz] or .json[l][.gz], shards player_prop_predictions-000000000000.*, or a folder player_prop_predictions/; the server does not list its files; only TABLE.parquet, .csv, .json and the like were looked for");
    let scene = Scene::at("http", Server::with(Protocol::Plain, Versions::Etags, false));
    scene.put_all(&two_months());
    insta::assert_snapshot!(scene.refused(), @"http://HOST/box/exports/player_game_summary.parquet: the server does not serve ranges of a file; put the files into a bucket, behind another web server, or into a folder here");
    let mut scene = Scene::new("http", &two_months());
    scene.url = "http://127.0.0.1:1/exports".to_owned();
    insta::assert_snapshot!(scene.refused(), @"http://127.0.0.1:1/exports: no connection (Connection refused (os error 111)); check the URL");
}

#[test]
fn a_file_that_changes_between_its_listing_and_the_end_of_its_reading_is_not_taken() {
    let data = two_months();
    let file = "box/exports/player_game_summary.parquet";
    for kind in KINDS {
        // The first HEAD at a web server is its listing.
        let list =
            if ["http", "dav"].contains(&kind) { "HEAD /box/exports/player_game_summary.parquet" } else { "list" };
        for line in [list, "GET /box/exports/player_game"] {
            let scene = Scene::new(kind, &data);
            // A list has several pages.
            (0..TABLES.len()).for_each(|_| scene.server.fail(line, Fault::Change(file, Data::sound().parquet(GAMES))));
            match scene.pull() {
                Err(Error::Pull(PullError::SourceChanged { file })) => {
                    assert!(file.ends_with("player_game_summary.parquet"), "{file}")
                }
                other => panic!("{kind}, {line}: {:?}", other.map(|report| report.id)),
            }
            assert!(manifest(scene.snapshot.path()).is_none());
        }
    }
}
