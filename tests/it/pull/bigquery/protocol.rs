//! The messages of `google.cloud.bigquery.storage.v1.BigQueryRead` that a pull uses, with the tags of Google's protos.

use bytes::Bytes;
use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct CreateReadSessionRequest {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(message, optional, tag = "2")]
    pub read_session: Option<ReadSession>,
    #[prost(int32, tag = "3")]
    pub max_stream_count: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReadSession {
    #[prost(string, tag = "1")]
    pub name: String,
    /// 2 is Arrow.
    #[prost(int32, tag = "3")]
    pub data_format: i32,
    #[prost(message, optional, tag = "5")]
    pub arrow_schema: Option<ArrowSchema>,
    #[prost(string, tag = "6")]
    pub table: String,
    #[prost(message, optional, tag = "8")]
    pub read_options: Option<TableReadOptions>,
    #[prost(message, repeated, tag = "10")]
    pub streams: Vec<ReadStream>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TableReadOptions {
    #[prost(string, repeated, tag = "1")]
    pub selected_fields: Vec<String>,
    #[prost(string, tag = "2")]
    pub row_restriction: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReadStream {
    #[prost(string, tag = "1")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct ArrowSchema {
    #[prost(bytes = "bytes", tag = "1")]
    pub serialized_schema: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub struct ArrowRecordBatch {
    #[prost(bytes = "bytes", tag = "1")]
    pub serialized_record_batch: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReadRowsRequest {
    #[prost(string, tag = "1")]
    pub read_stream: String,
    #[prost(int64, tag = "2")]
    pub offset: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReadRowsResponse {
    #[prost(message, optional, tag = "4")]
    pub arrow_record_batch: Option<ArrowRecordBatch>,
    #[prost(int64, tag = "6")]
    pub row_count: i64,
}
