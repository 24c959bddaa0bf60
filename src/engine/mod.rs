//! The engine: a DataFusion session over a snapshot's tables, the inputs of a run and the relations of `queries/`.

mod inputs;
mod relations;
pub mod slates;
mod udf;

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use chrono::NaiveDate;

pub use relations::names as relation_names;
pub use slates::{AsOf, Slate};

use crate::error::{Error, Result, one_line};
use crate::snapshot::{Snapshot, SnapshotTable, TABLES};
use crate::version::{Combo, Version};

/// A session over one snapshot.
pub struct Engine {
    context: SessionContext,
}

impl Engine {
    /// A session over `snapshot` whose queries run in `partitions` (the machine's cores unless given). Results do not
    /// depend on it.
    pub fn open(snapshot: &Snapshot, partitions: Option<NonZeroUsize>) -> Result<Engine> {
        let mut config = SessionConfig::new().with_information_schema(true);
        if let Some(partitions) = partitions {
            config = config.with_target_partitions(partitions.get());
        }
        let context = SessionContext::new_with_config(config);
        udf::register(&context);
        for table in TABLES {
            let provider = SnapshotTable::new(table, snapshot.table(table.name).cloned());
            context.register_table(table.name, Arc::new(provider))?;
        }
        Ok(Engine { context })
    }

    /// The dates on which games were predicted or played, ascending.
    pub async fn slate_dates(&self) -> Result<Vec<NaiveDate>> {
        let dates = "SELECT DISTINCT game_date FROM (SELECT game_date FROM player_prop_predictions \
                     UNION ALL SELECT game_date FROM player_game_summary) WHERE game_date IS NOT NULL ORDER BY game_date";
        let batches = self.context.sql(dates).await?.collect().await?;
        let days = batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Date32Type>().values().to_vec());
        Ok(days.filter_map(Date32Type::to_naive_date_opt).collect())
    }

    /// The snapshot's own combo registry in its order, which replaces every version's; none where it has none.
    pub async fn combo_registry(&self, snapshot: &Snapshot) -> Result<Option<Vec<Combo>>> {
        if snapshot.table("signal_combo_registry").is_none() {
            return Ok(None);
        }
        let query = "SELECT combo_id, signals, classification, status, direction_filter, hit_rate, score_weight \
                     FROM signal_combo_registry ORDER BY ordinal NULLS LAST, combo_id";
        relations::combos(&self.context.sql(query).await?.collect().await?).map(Some)
    }

    /// States what is asked for: the slates, and the versions as rows of `params`. To be called once.
    pub fn ask(&self, slates: &[Slate], versions: &[Version]) -> Result<()> {
        for (name, batch) in inputs::relations(slates, versions)? {
            let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
            self.context.register_table(name, Arc::new(table))?;
        }
        Ok(())
    }

    /// Computes the pipeline's `wanted` relations and all they are made of; [`Engine::table`] then reads them.
    ///
    /// # Errors
    /// A query that does not plan or calls a volatile function, or data that breaks the contract.
    pub async fn compute(&self, wanted: &[&str]) -> Result<()> {
        relations::compute(&self.context, wanted).await
    }

    /// A relation or table by name.
    pub async fn table(&self, name: &str) -> Result<DataFrame> {
        Ok(self.context.table(name).await?)
    }

    /// Runs a query of the program's own over computed relations.
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        Ok(self.context.sql(sql).await?.collect().await?)
    }

    /// Runs a user's query: any SELECT over the snapshot's tables and the pipeline's relations, which are computed as far
    /// as it names them.
    ///
    /// # Errors
    /// The query does not plan, or would write or define anything.
    pub async fn user_query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let refused = |error: datafusion::error::DataFusionError| match Error::from(error) {
            Error::Engine(reason) => Error::UserQuery { reason: one_line(&reason) },
            other => other,
        };
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let named = relations::named_in(&self.context, sql).map_err(refused)?;
        let wanted: Vec<&str> = relations::names().filter(|name| named.iter().any(|other| other == name)).collect();
        self.compute(&wanted).await?;
        let frame = self.context.sql_with_options(sql, read_only).await.map_err(refused)?;
        frame.collect().await.map_err(refused)
    }
}
