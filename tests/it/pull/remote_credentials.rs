//! Where credentials are looked for, where they go, and that they are never shown.

use std::fs;
use std::path::Path;

use reslate::snapshot::TABLES;

use crate::pull::remote::{AZURE_KEY, KINDS, Scene, parts_read};
use crate::support::pulled::{manifest, two_months};
use crate::support::server::Fault;
use crate::support::text;

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
        Some(Fault::Answer(301, "Location: /elsewhere?sig=secret\r\n", body)),
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
    insta::assert_snapshot!(scene.said(), @r#"HOME/.config/gcloud/application_default_credentials.json is of the type external_account (workload identity), which cannot be used for gs://; set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)" after `gcloud auth login --cred-file` with this file, or GOOGLE_APPLICATION_CREDENTIALS to a service account's key file"#);
    let file = scene.write_home("credentials.json", external);
    scene.set("GOOGLE_APPLICATION_CREDENTIALS", text(&file));
    insta::assert_snapshot!(scene.said(), @r#"HOME/credentials.json is of the type external_account (workload identity), which cannot be used for gs://; set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)" after `gcloud auth login --cred-file` with this file, or GOOGLE_APPLICATION_CREDENTIALS to a service account's key file"#);
    let said = |contents: &str| {
        scene.write_home("credentials.json", contents);
        scene.said()
    };
    insta::assert_snapshot!(said(r#"{"type": "impersonated_service_account", "delegates": []}"#), @r#"HOME/credentials.json is of the type impersonated_service_account, which cannot be used for gs://; log in by `gcloud auth application-default login`, or set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)""#);
    insta::assert_snapshot!(said(r#"{"type": "a secret"}"#), @r#"HOME/credentials.json is of a type that cannot be used for gs://; log in by `gcloud auth application-default login`, or set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)""#);
    insta::assert_snapshot!(said(r#"{"token": "secret"}"#), @"HOME/credentials.json is no file of Google credentials (JSON with a type)");
    insta::assert_snapshot!(said("secret"), @"HOME/credentials.json is no file of Google credentials (JSON with a type)");
    insta::assert_snapshot!(said(r#"{"type": "service_account", "private_key": "secret", "private_key_id": "a", "client_email": "b"}"#), @"GOOGLE_* cannot be used as they are set; log in by `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file; for a public bucket GOOGLE_SKIP_SIGNATURE=true");
    fs::remove_file(&file).unwrap();
    insta::assert_snapshot!(scene.said(), @"HOME/credentials.json: cannot be read (No such file or directory (os error 2))");
}

#[test]
fn without_credentials_it_is_said_at_once_where_they_are_looked_for() {
    let mut scene = Scene::new("s3", &two_months());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        scene.unset(name);
    }
    insta::assert_snapshot!(scene.said(), @"s3://box/exports: no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE; for a public bucket AWS_SKIP_SIGNATURE=true");
    scene.set("AWS_ACCESS_KEY_ID", "AKIASECRET");
    insta::assert_snapshot!(scene.said(), @"AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not; set both or none");
    scene.unset("AWS_ACCESS_KEY_ID");
    scene.set("AWS_SKIP_SIGNATURE", "true");
    let public = scene.reslate(&["pull", &scene.url, "--snapshot", text(scene.snapshot.path())]);
    assert_eq!(public.code, 0, "{}", public.stderr);
    assert_eq!(scene.server.authorizations().into_iter().collect::<Vec<_>>(), [None]);
    let mut scene = Scene::new("gs", &two_months());
    scene.unset("STORAGE_EMULATOR_HOST");
    insta::assert_snapshot!(scene.said(), @"gs://box/exports: no credentials were found; log in by `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file; for a public bucket GOOGLE_SKIP_SIGNATURE=true");
    let mut scene = Scene::new("az", &two_months());
    scene.unset("AZURE_STORAGE_ACCOUNT_KEY");
    insta::assert_snapshot!(scene.said(), @"az://box@acc/exports: no credentials were found; set AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or after `az login` AZURE_USE_AZURE_CLI=true");
    scene.url = "az://box/exports".to_owned();
    insta::assert_snapshot!(scene.said(), @"AZURE_STORAGE_ACCOUNT_NAME is not set; set it, or write az://CONTAINER@ACCOUNT/FOLDER");
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
    insta::assert_snapshot!(scene.said(), @r#"the profile sso of ~/.aws/config: no credentials were found; it signs in by sso_session, which takes Amazon's own tool: eval "$(aws configure export-credentials --profile sso --format env)""#);
    scene.set("AWS_PROFILE", "none");
    insta::assert_snapshot!(scene.said(), @"the profile none: no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE; for a public bucket AWS_SKIP_SIGNATURE=true");
    scene.set("AWS_PROFILE", "nobody");
    insta::assert_snapshot!(scene.said(), @"AWS_PROFILE names the profile nobody, which is neither in ~/.aws/credentials nor in ~/.aws/config");
    scene.set("AWS_ENDPOINT_URL", "http://minio.example:9000");
    scene.set("AWS_PROFILE", "nba");
    insta::assert_snapshot!(scene.said(), @"AWS_ENDPOINT_URL is not encrypted; write https://, or set AWS_ALLOW_HTTP=true");
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
