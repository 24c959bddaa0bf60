//! Amazon S3, and what speaks its protocol.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use configparser::ini::Ini;
use datafusion::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

use super::client::{Connector, SETTINGS};
use super::environment::Environment;
use super::failure::Service;
use super::place::{Opening, Place, bad_settings, ensure_safe_endpoint, exports};
use crate::error::{Error, FileError, PullError, Reason, Result};
use crate::pull::source::exports::Exports;

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const PROFILE: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Opens `s3://BUCKET/FOLDER`, with the settings of the environment (AWS_*) or else of a profile in ~/.aws.
pub fn open(place: &Place<'_>, opening: &Opening<'_>) -> Result<Exports> {
    let environment = opening.environment;
    let bucket = place.only_bucket()?;
    let folder = place.folder()?;
    let service = Service::S3 { bucket: bucket.clone() };
    let profile = Profile::of(environment, &service)?;
    let mut builder = AmazonS3Builder::new().with_retry(opening.retries.clone()).with_http_connector(Connector);
    for (key, value) in SETTINGS {
        builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
    }
    for (key, value) in &profile.settings {
        builder = builder.with_config(*key, value);
    }
    for (name, value) in environment.starting_with("AWS_") {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    for (variable, key) in
        [("AWS_ENDPOINT_URL_S3", AmazonS3ConfigKey::S3Endpoint), ("AWS_ENDPOINT_URL", AmazonS3ConfigKey::Endpoint)]
    {
        if let Some(endpoint) = builder.get_config_value(&key) {
            ensure_safe_endpoint(variable, &endpoint, "AWS_ALLOW_HTTP", environment)?;
            if endpoint.starts_with("http:") {
                builder = builder.with_allow_http(true);
            }
            break;
        }
    }
    let builder = builder.with_bucket_name(&bucket);
    let store = builder.build().map_err(|_| bad_settings(&service, "AWS_*"))?;
    Ok(exports(store, folder, service, &format!("s3://{bucket}")))
}

/// What a profile of the AWS command line says.
#[derive(Default)]
struct Profile {
    settings: Vec<(AmazonS3ConfigKey, String)>,
}

impl Profile {
    /// The profile that is asked for, or else the default one where the environment has no credentials.
    fn of(environment: &Environment, service: &Service) -> Result<Profile> {
        let (key_id, secret) = (environment.get(KEY_ID), environment.get(SECRET));
        if key_id.is_some() != secret.is_some() {
            let (there, missing) = if key_id.is_some() { (KEY_ID, SECRET) } else { (SECRET, KEY_ID) };
            return Err(Error::Pull(PullError::BadSetting {
                variable: there.to_owned(),
                reason: format!("is set, and {missing} is not; set both or none"),
            }));
        }
        let of_machine = [
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        let asked = environment.first(&PROFILE);
        let has_keys = key_id.is_some() || environment.is_set("AWS_SKIP_SIGNATURE");
        let needs_keys = !has_keys && (asked.is_some() || environment.first(&of_machine).is_none());
        let file = |variable: &str, name: &str| {
            let own = || environment.home().map(|home| home.join(".aws").join(name));
            environment.get(variable).map(PathBuf::from).or_else(own)
        };
        let name = asked.unwrap_or("default");
        let keys = section(file("AWS_SHARED_CREDENTIALS_FILE", "credentials").as_deref(), &[name.to_owned()])?;
        let config_names = [format!("profile {name}"), name.to_owned()];
        let config = section(file("AWS_CONFIG_FILE", "config").as_deref(), &config_names)?;
        if let (Some(name), None, None) = (asked, &keys, &config) {
            let reason =
                format!("names the profile {name}, which is neither in ~/.aws/credentials nor in ~/.aws/config");
            return Err(PullError::BadSetting { variable: PROFILE[0].to_owned(), reason }.into());
        }
        let of =
            |section: &Option<Section>, name: &str| section.as_ref().and_then(|section| section.get(name).cloned());
        let get = |name: &str| of(&keys, name).or_else(|| of(&config, name)).flatten();
        let mut profile = Profile::default();
        for (name, key) in [("region", AmazonS3ConfigKey::Region), ("endpoint_url", AmazonS3ConfigKey::Endpoint)] {
            profile.settings.extend(get(name).map(|value| (key, value)));
        }
        // A region of the environment goes before, under either of its names.
        if environment.get("AWS_DEFAULT_REGION").is_some() {
            profile.settings.retain(|(key, _)| *key != AmazonS3ConfigKey::Region);
        }
        if needs_keys {
            match (get("aws_access_key_id"), get("aws_secret_access_key")) {
                (Some(key_id), Some(secret)) => {
                    profile.settings.push((AmazonS3ConfigKey::AccessKeyId, key_id));
                    profile.settings.push((AmazonS3ConfigKey::SecretAccessKey, secret));
                    let token = get("aws_session_token");
                    profile.settings.extend(token.map(|token| (AmazonS3ConfigKey::Token, token)));
                }
                _ => {
                    let ways = ["sso_session", "sso_start_url", "role_arn", "credential_process", "login_session"];
                    if let Some(way) = ways.into_iter().find(|way| get(way).is_some()) {
                        return Err(Error::Pull(PullError::NoCredentials {
                            place: format!("the profile {name} of ~/.aws/config"),
                            advice: format!(
                                "it signs in by {way}, which takes Amazon's own tool: eval \"$(aws configure \
                                 export-credentials --profile {name} --format env)\""
                            ),
                        }));
                    }
                    if asked.is_some() {
                        let place = format!("the profile {name}");
                        return Err(PullError::NoCredentials { place, advice: service.credentials() }.into());
                    }
                }
            }
        }
        Ok(profile)
    }
}

type Section = HashMap<String, Option<String>>;

/// The first section of the file that is there under one of `names`; none if there is no such file.
fn section(file: Option<&Path>, names: &[String]) -> Result<Option<Section>> {
    let Some(file) = file else { return Ok(None) };
    let failed = |reason: Reason| Error::File(FileError::Input { path: file.to_owned(), reason });
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.into())),
    };
    let mut sections =
        Ini::new_cs().read(text).map_err(|_| failed("it is not made of [NAME] and name = value".into()))?;
    Ok(names.iter().find_map(|name| sections.remove(name)))
}
