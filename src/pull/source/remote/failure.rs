//! What went wrong with a store in the cloud, in a line: what it answered, and which permission or name it takes.

use datafusion::object_store::client::{HttpError, HttpErrorKind};

use super::client::{Asked, Refusal};
use crate::error::{Error, FileError, PullError, one_line};

/// Who is asked.
#[derive(Debug, Clone)]
pub enum Service {
    S3 {
        bucket: String,
    },
    Google {
        bucket: String,
    },
    Azure {
        container: String,
        account: String,
    },
    /// Any other server; signed when its URL has a query.
    Http {
        is_signed: bool,
    },
}

/// The most of another's words that is repeated, in characters.
const LONGEST_REASON: usize = 200;

/// What `error` says of `place`. Of what the store and its client say only what cannot have a secret in it is taken.
pub fn explain(service: &Service, place: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    let place = place.to_owned();
    if let Some(refusal) = refusal(error) {
        return service.refused(place, refusal);
    }
    let http = chain(error).filter_map(|error| error.downcast_ref::<HttpError>()).last();
    let innermost = || {
        let reason = chain(error).last().map(|last| one_line(&last.to_string())).unwrap_or_default();
        reason.chars().take(LONGEST_REASON).collect::<String>()
    };
    let (reason, advice) = match http.map(HttpError::kind) {
        Some(HttpErrorKind::Connect) => (format!("no connection ({})", innermost()), service.where_to()),
        Some(HttpErrorKind::Timeout) => ("no answer in time".to_owned(), LATER.to_owned()),
        Some(HttpErrorKind::Request | HttpErrorKind::Interrupted) => {
            (format!("the answer broke off ({})", innermost()), LATER.to_owned())
        }
        _ if innermost().starts_with("Range request not supported") => {
            ("the server does not serve ranges of a file".to_owned(), NO_RANGES.to_owned())
        }
        // What was not understood may say anything.
        _ => {
            let reason = format!("the answer was not understood; {}", service.where_to());
            return Error::File(FileError::Input { path: place.into(), reason: reason.into() });
        }
    };
    Error::Pull(PullError::Unreachable { place, reason, advice })
}

const LATER: &str = "pull again later; the snapshot is as it was";
const NO_RANGES: &str = "put the files into a bucket, behind another web server, or into a folder here";

/// An error and those that led to it.
fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The refusal that led to an error.
pub fn refusal<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Refusal> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// Codes of S3 for credentials that are none.
const BAD_CREDENTIALS: [&str; 6] = [
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "TokenRefreshRequired",
    "RequestTimeTooSkewed",
];

impl Service {
    fn refused(&self, place: String, refusal: &Refusal) -> Error {
        let answer = refusal.answer();
        let refused = |advice| Error::Pull(PullError::Refused { place: place.clone(), answer: answer.clone(), advice });
        match refusal.status {
            _ if refusal.asked == Asked::Metadata => {
                Error::Pull(PullError::NoCredentials { place, advice: self.credentials() })
            }
            _ if refusal.can_pass() => {
                let reason = format!("{answer} however often it was asked");
                Error::Pull(PullError::Unreachable { place, reason, advice: LATER.to_owned() })
            }
            _ if refusal.asked == Asked::Token => refused(self.credentials()),
            Some(404 | 410) => Error::Pull(PullError::NotThere { place, answer, advice: self.where_to() }),
            Some(416) => Error::Pull(PullError::SourceChanged { file: place }),
            _ if self.is_elsewhere(refusal) => {
                let region = refusal.region.as_ref().map(|region| format!(", {region}")).unwrap_or_default();
                refused(format!("set AWS_REGION to the bucket's region{region}"))
            }
            _ if self.is_bad_credentials(refusal) => refused(self.credentials()),
            Some(403) => refused(self.permission(refusal.asked)),
            _ => refused(self.where_to()),
        }
    }

    fn is_elsewhere(&self, refusal: &Refusal) -> bool {
        let is_moved = matches!(refusal.status, Some(301 | 307)) || refusal.region.is_some();
        matches!(self, Service::S3 { .. }) && is_moved && !matches!(refusal.status, Some(401 | 403))
    }

    fn is_bad_credentials(&self, refusal: &Refusal) -> bool {
        let code = refusal.code.as_deref().unwrap_or_default();
        let is_named = match self {
            Service::S3 { .. } => BAD_CREDENTIALS.contains(&code),
            Service::Azure { .. } => code == "AuthenticationFailed" || refusal.status == Some(409),
            Service::Google { .. } | Service::Http { .. } => false,
        };
        is_named || refusal.status == Some(401)
    }

    /// What has to be allowed.
    fn permission(&self, asked: Asked) -> String {
        let is_list = asked == Asked::List;
        match self {
            Service::S3 { bucket } => {
                let action = if is_list { "s3:ListBucket" } else { "s3:GetObject" };
                format!("allow {action} on the bucket {bucket}")
            }
            Service::Google { bucket } => {
                let action = if is_list { "storage.objects.list" } else { "storage.objects.get" };
                format!("allow {action} on the bucket {bucket} (the role Storage Object Viewer)")
            }
            Service::Azure { container, account } => format!(
                "give the role Storage Blob Data Reader on the container {container} of {account}, or a SAS token that \
                 may read and list"
            ),
            Service::Http { is_signed: true } => "sign the URL again if it has expired, for every file it is to \
                                                  reach"
                .to_owned(),
            Service::Http { is_signed: false } => "let the files be read, or give a signed URL".to_owned(),
        }
    }

    /// Which names to look at.
    fn where_to(&self) -> String {
        match self {
            Service::S3 { bucket } => {
                format!("check the bucket's name ({bucket}), and AWS_ENDPOINT_URL if the bucket is not at Amazon")
            }
            Service::Google { bucket } => format!("check the bucket's name ({bucket})"),
            Service::Azure { container, account } => {
                format!("check the container's name ({container}) and the account's ({account})")
            }
            Service::Http { .. } => "check the URL".to_owned(),
        }
    }

    /// Where credentials are looked for.
    pub fn credentials(&self) -> String {
        match self {
            Service::S3 { .. } => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE; for a public \
                 bucket AWS_SKIP_SIGNATURE=true"
            }
            Service::Google { .. } => {
                "log in by `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a service \
                 account's key file; for a public bucket GOOGLE_SKIP_SIGNATURE=true"
            }
            Service::Azure { .. } => {
                "set AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_ID, AZURE_TENANT_ID and \
                 AZURE_CLIENT_SECRET, or after `az login` AZURE_USE_AZURE_CLI=true"
            }
            Service::Http { .. } => {
                "write the user and the password as https://USER:PASSWORD@HOST, or give a signed URL"
            }
        }
        .to_owned()
    }
}
