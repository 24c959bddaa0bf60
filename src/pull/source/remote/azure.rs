//! Azure Blob Storage and Data Lake Storage.

use datafusion::object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

use super::client::{Connector, SETTINGS};
use super::environment::Environment;
use super::failure::Service;
use super::place::{Opening, Place, bad_settings, ensure_safe_endpoint, exports};
use crate::error::{Error, PullError, Result};
use crate::pull::source::exports::Exports;

/// Hosts of accounts, after the account's name.
const HOSTS: [&str; 2] = [".blob.core.windows.net", ".dfs.core.windows.net"];
/// Names of Azure's own tools for settings that object_store has under others.
const OTHER_NAMES: [(&str, AzureConfigKey); 2] =
    [("AZURE_STORAGE_ACCOUNT", AzureConfigKey::AccountName), ("AZURE_STORAGE_KEY", AzureConfigKey::AccessKey)];
const CONNECTION: &str = "AZURE_STORAGE_CONNECTION_STRING";

/// Whether an https URL is one of an account.
pub fn is_host(host: &str) -> bool {
    account_of(host).is_some()
}

fn account_of(host: &str) -> Option<&str> {
    HOSTS.iter().find_map(|end| host.strip_suffix(end))
}

/// Opens `az://CONTAINER@ACCOUNT/FOLDER` or its URL at the account's host, either with a SAS token as query, or
/// `az://CONTAINER/FOLDER` of the environment's account.
pub fn open(place: &Place<'_>, opening: &Opening<'_>) -> Result<Exports> {
    let environment = opening.environment;
    let mut builder = MicrosoftAzureBuilder::new().with_retry(opening.retries.clone()).with_http_connector(Connector);
    for (key, value) in SETTINGS {
        builder = builder.with_config(AzureConfigKey::Client(key), value);
    }
    for (key, value) in connection(environment)? {
        builder = builder.with_config(key, value);
    }
    for (name, key) in OTHER_NAMES {
        builder = environment.get(name).into_iter().fold(builder, |builder, value| builder.with_config(key, value));
    }
    for (name, value) in environment.starting_with("AZURE_") {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let (container, account, path) = match (&*place.scheme, place.user) {
        ("https" | "http", None) => {
            let (container, path) = place.path.split_once('/').unwrap_or((place.path, ""));
            (container, account_of(place.host), path)
        }
        ("https" | "http", Some(_)) => return Err(place.wrong("takes no user at Azure; give a SAS token as query")),
        (_, Some(container)) => (container, Some(account_of(place.host).unwrap_or(place.host)), place.path),
        (_, None) => (place.host, None, place.path),
    };
    let container = place.bucket(container)?;
    let folder = Place { path, scheme: place.scheme.clone(), ..*place }.folder()?;
    if let Some(account) = account {
        builder = builder.with_account(place.bucket(account)?);
    }
    if let Some(sas) = place.query {
        builder = builder.with_config(AzureConfigKey::SasKey, sas);
    }
    let account = match builder.get_config_value(&AzureConfigKey::AccountName) {
        Some(account) => account,
        None if environment.is_set("AZURE_STORAGE_USE_EMULATOR") => "devstoreaccount1".to_owned(),
        None => {
            return Err(Error::Pull(PullError::BadSetting {
                variable: "AZURE_STORAGE_ACCOUNT_NAME".to_owned(),
                reason: "is not set; set it, or write az://CONTAINER@ACCOUNT/FOLDER".to_owned(),
            }));
        }
    };
    if let Some(endpoint) = builder.get_config_value(&AzureConfigKey::Endpoint) {
        ensure_safe_endpoint("AZURE_STORAGE_ENDPOINT", &endpoint, "AZURE_ALLOW_HTTP", environment)?;
        builder = builder.with_allow_http(endpoint.starts_with("http:"));
    }
    let service = Service::Azure { container: container.clone(), account: account.clone() };
    let store = builder.with_container_name(&container).build();
    let store = store.map_err(|_| bad_settings(&service, "AZURE_*"))?;
    Ok(exports(store, folder, service, &format!("az://{container}@{account}")))
}

/// The settings of a connection string: `AccountName=...;AccountKey=...`.
fn connection(environment: &Environment) -> Result<Vec<(AzureConfigKey, String)>> {
    let Some(text) = environment.get(CONNECTION) else { return Ok(Vec::new()) };
    let mut settings = Vec::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            let reason = "is not NAME=VALUE;NAME=VALUE".to_owned();
            return Err(PullError::BadSetting { variable: CONNECTION.to_owned(), reason }.into());
        };
        let key = match name.trim().to_ascii_lowercase().as_str() {
            "accountname" => AzureConfigKey::AccountName,
            "accountkey" => AzureConfigKey::AccessKey,
            "sharedaccesssignature" => AzureConfigKey::SasKey,
            "blobendpoint" => AzureConfigKey::Endpoint,
            _ => continue,
        };
        settings.push((key, value.trim().to_owned()));
    }
    Ok(settings)
}
