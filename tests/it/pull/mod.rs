//! Pulling: from folders, buckets, web servers and BigQuery.

mod amiss;
mod bigquery;
mod exports;
mod faults;
mod gone;
mod killed;
mod refusals;
mod remote;
mod remote_credentials;
mod remote_faults;
