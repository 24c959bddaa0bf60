//! Google Cloud Storage.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::object_store::StaticCredentialProvider;
use datafusion::object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder, GoogleConfigKey};
use serde::Deserialize;

use super::client::{Connector, SETTINGS};
use super::environment::Environment;
use super::failure::Service;
use super::place::{Opening, Place, bad_settings, exports};
use crate::error::{FileError, PullError, Result};
use crate::pull::source::exports::Exports;

/// A token that somebody else got, as of `gcloud auth print-access-token`.
const TOKEN: [&str; 2] = ["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"];
/// Variables that name a file with credentials, in the order in which they count.
const FILES: [&str; 3] = ["GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_APPLICATION_CREDENTIALS"];
const EMULATOR: &str = "STORAGE_EMULATOR_HOST";

/// Opens `gs://BUCKET/FOLDER`, with the application default credentials or at an emulator.
pub fn open(place: &Place<'_>, opening: &Opening<'_>) -> Result<Exports> {
    let environment = opening.environment;
    let bucket = place.only_bucket()?;
    let folder = place.folder()?;
    let service = Service::Google { bucket: bucket.clone() };
    let mut builder =
        GoogleCloudStorageBuilder::new().with_retry(opening.retries.clone()).with_http_connector(Connector);
    for (key, value) in SETTINGS {
        builder = builder.with_config(GoogleConfigKey::Client(key), value);
    }
    for (name, value) in environment.starting_with("GOOGLE_") {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(host) = environment.get(EMULATOR) {
        let url = if host.contains("://") { host.to_owned() } else { format!("http://{host}") };
        url::Url::parse(&url).map_err(|_| PullError::BadSetting {
            variable: EMULATOR.to_owned(),
            reason: "is neither HOST:PORT nor a URL".to_owned(),
        })?;
        builder = builder.with_base_url(url.trim_end_matches('/')).with_skip_signature(true);
        builder = builder.with_credentials(bearer(""));
    } else if environment.is_set("GOOGLE_SKIP_SIGNATURE") {
        builder = builder.with_credentials(bearer(""));
    } else if let Some(token) = environment.first(&TOKEN) {
        builder = builder.with_credentials(bearer(token));
    } else if let Some(file) = Credentials::file(environment)? {
        builder = builder.with_application_credentials(file);
    }
    let store = builder.with_bucket_name(&bucket).build().map_err(|_| bad_settings(&service, "GOOGLE_*"))?;
    Ok(exports(store, folder, service, &format!("gs://{bucket}")))
}

fn bearer(token: &str) -> Arc<StaticCredentialProvider<GcpCredential>> {
    Arc::new(StaticCredentialProvider::new(GcpCredential { bearer: token.to_owned() }))
}

/// What a file of credentials says of itself.
#[derive(Deserialize)]
struct Credentials {
    #[serde(rename = "type")]
    kind: String,
}

impl Credentials {
    /// The file with the application default credentials; none: only those of the machine are left.
    fn file(environment: &Environment) -> Result<Option<String>> {
        if let Some(key) = environment.get("GOOGLE_SERVICE_ACCOUNT_KEY") {
            Credentials::ensure_usable("GOOGLE_SERVICE_ACCOUNT_KEY", key)?;
            return Ok(None);
        }
        let named = FILES.iter().find_map(|name| environment.get(name));
        let Some(path) = named.map(PathBuf::from).or_else(|| well_known(environment)) else { return Ok(None) };
        let label = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| FileError::Input { path: path.clone(), reason: error.into() })?;
        Credentials::ensure_usable(&label, &text)?;
        // Under the other names object_store finds it itself.
        let is_service_account = FILES[..2].iter().any(|name| environment.get(name).is_some());
        Ok((!is_service_account).then_some(label))
    }

    /// Makes sure that object_store can use the credentials, whose values are not shown.
    fn ensure_usable(file: &str, text: &str) -> Result<()> {
        let file = file.to_owned();
        let advice = match serde_json::from_str::<Credentials>(text) {
            Ok(Credentials { kind }) if kind == "service_account" || kind == "authorized_user" => return Ok(()),
            Ok(Credentials { kind }) if kind == "external_account" => {
                "is of the type external_account (workload identity), which cannot be used for gs://; set \
                 GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\" after `gcloud auth login --cred-file` \
                 with this file, or GOOGLE_APPLICATION_CREDENTIALS to a service account's key file"
                    .to_owned()
            }
            Ok(Credentials { kind }) => {
                let is_name = kind.len() <= 40 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let kind = if is_name { format!("the type {kind}, which") } else { "a type that".to_owned() };
                format!(
                    "is of {kind} cannot be used for gs://; log in by `gcloud auth application-default \
                     login`, or set GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\""
                )
            }
            Err(_) => "is no file of Google credentials (JSON with a type)".to_owned(),
        };
        Err(PullError::BadSetting { variable: file, reason: advice }.into())
    }
}

/// Where gcloud puts the application default credentials, if it has.
fn well_known(environment: &Environment) -> Option<PathBuf> {
    const NAME: &str = "application_default_credentials.json";
    let folder = match environment.get("CLOUDSDK_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None if cfg!(windows) => PathBuf::from(environment.get("APPDATA")?).join("gcloud"),
        None => environment.home()?.join(".config/gcloud"),
    };
    Some(folder.join(NAME)).filter(|file| file.exists())
}
