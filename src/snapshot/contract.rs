//! The source tables, their columns and types: the contract every snapshot is read against
//! (specification: snapshot, "Tables", "Columns", "Grains").

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The type a column has in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Double,
    Boolean,
    Date,
    /// Microseconds, UTC.
    Timestamp,
    /// `NUMERIC(precision, scale)`.
    Decimal(u8, i8),
    /// `ARRAY<STRING>`.
    TextList,
}

impl Kind {
    /// The Arrow type in which the engine holds a column of this kind.
    pub fn arrow(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8View,
            Kind::Integer => DataType::Int64,
            Kind::Double => DataType::Float64,
            Kind::Boolean => DataType::Boolean,
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Decimal(precision, scale) => DataType::Decimal128(precision, scale),
            Kind::TextList => DataType::new_list(DataType::Utf8View, true),
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kind::Text => f.write_str("STRING"),
            Kind::Integer => f.write_str("INT64"),
            Kind::Double => f.write_str("FLOAT64"),
            Kind::Boolean => f.write_str("BOOL"),
            Kind::Date => f.write_str("DATE"),
            Kind::Timestamp => f.write_str("TIMESTAMP"),
            Kind::Decimal(precision, scale) => write!(f, "NUMERIC({precision},{scale})"),
            Kind::TextList => f.write_str("ARRAY<STRING>"),
        }
    }
}

/// One column of the contract.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// Never NULL, and the table cannot be read without it.
    pub required: bool,
    /// The only values that it has, besides NULL where that may be; none: any.
    pub words: &'static [&'static str],
}

/// What comes of a row that is there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// It counts as often as it is there, and so changes what is decided: nothing can be decided with it.
    Never,
    /// What counts of the rows of a grain, in words.
    ByRule(&'static str),
    /// Of a table without a grain: in which columns rows are the same that are one row twice, and what counts of them.
    Alike(&'static [&'static str], &'static str),
}

/// One source table of the contract.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    /// Whether a snapshot must have it; what needs a missing optional table says so in its output.
    pub required: bool,
    pub columns: &'static [Column],
    /// The columns that identify a row; empty where the source keeps several rows of the same identity.
    pub grain: &'static [&'static str],
    pub repeats: Repeats,
}

impl Table {
    /// The engine's schema of the table. Every field is nullable: NULLs in required columns are a finding of `check`.
    pub fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|column| Field::new(column.name, column.kind.arrow(), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// The name of its file in a plain folder.
    pub fn plain_file(&self) -> String {
        format!("{}.parquet", self.name)
    }

    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether the table has a row per slate date; the others are small registries.
    pub fn is_dated(&self) -> bool {
        self.column("game_date").is_some()
    }

    /// The columns in which no two rows are the same; of predictions, no two active ones. None of a table whose rows may be.
    pub fn distinct_in(&self) -> &'static [&'static str] {
        match self.repeats {
            Repeats::Alike(columns, _) => columns,
            Repeats::Never | Repeats::ByRule(_) => self.grain,
        }
    }

    /// The order of rows in a written snapshot: (game_date, system_id, player_lookup) as far as the table has them,
    /// then the remaining columns of the grain.
    pub fn sort_columns(&self) -> Vec<&'static str> {
        let mut order: Vec<&'static str> = ["game_date", "system_id", "player_lookup"]
            .into_iter()
            .filter(|name| self.column(name).is_some())
            .collect();
        for name in self.grain {
            if !order.contains(name) {
                order.push(name);
            }
        }
        order
    }
}

/// A name under which production exported a column before it had its present one.
pub const RENAMED: &[(&str, &str, &str)] = &[("prediction_accuracy", "is_correct", "prediction_correct")];

/// The table called `name`.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

const fn required(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: true, words: &[] }
}

const fn optional(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: false, words: &[] }
}

/// `column`, which has no other values than `words`.
const fn of_words(column: Column, words: &'static [&'static str]) -> Column {
    Column { words, ..column }
}

/// What a prediction recommends.
pub const RECOMMENDATIONS: &[&str] = &["OVER", "UNDER", "PASS", "HOLD", "NO_LINE"];
const EVERY_ROW: Repeats = Repeats::ByRule("every row counts");
const LATEST_COMPUTED: Repeats = Repeats::ByRule("the latest computed_at counts");

use Kind::{Boolean, Date, Decimal, Double, Integer, Text, TextList, Timestamp};

/// Every source table, required ones first.
pub static TABLES: &[Table] = &[
    Table {
        name: "player_prop_predictions",
        required: true,
        grain: &["system_id", "player_lookup", "game_id"],
        repeats: Repeats::ByRule("the latest created_at counts"),
        columns: &[
            optional("prediction_id", Text),
            required("system_id", Text),
            required("player_lookup", Text),
            required("game_date", Date),
            required("game_id", Text),
            required("predicted_points", Decimal(5, 1)),
            optional("confidence_score", Decimal(5, 2)),
            of_words(required("recommendation", Text), RECOMMENDATIONS),
            optional("current_points_line", Decimal(4, 1)),
            optional("line_source", Text),
            optional("feature_quality_score", Double),
            required("is_active", Boolean),
            optional("prediction_version", Integer),
            optional("created_at", Timestamp),
            optional("superseded_by", Text),
        ],
    },
    Table {
        name: "prediction_accuracy",
        required: true,
        grain: &[],
        repeats: Repeats::Alike(
            &["player_lookup", "game_id", "system_id", "recommendation", "line_value", "actual_points", "graded_at"],
            "records that count rows count them all",
        ),
        columns: &[
            required("player_lookup", Text),
            required("game_id", Text),
            required("game_date", Date),
            required("system_id", Text),
            optional("team_abbr", Text),
            optional("opponent_team_abbr", Text),
            optional("predicted_points", Decimal(5, 1)),
            optional("confidence_score", Decimal(4, 3)),
            of_words(optional("recommendation", Text), RECOMMENDATIONS),
            optional("line_value", Decimal(5, 1)),
            optional("actual_points", Integer),
            optional("prediction_correct", Boolean),
            optional("line_source", Text),
            optional("is_voided", Boolean),
            optional("graded_at", Timestamp),
        ],
    },
    Table {
        name: "player_game_summary",
        required: true,
        grain: &["player_lookup", "game_id"],
        repeats: Repeats::Never,
        columns: &[
            required("player_lookup", Text),
            optional("player_full_name", Text),
            required("game_id", Text),
            required("game_date", Date),
            required("team_abbr", Text),
            required("opponent_team_abbr", Text),
            optional("season_year", Integer),
            optional("points", Integer),
            optional("minutes_played", Decimal(5, 1)),
            optional("fg_attempts", Integer),
            optional("fg_makes", Integer),
            optional("three_pt_attempts", Integer),
            optional("three_pt_makes", Integer),
            optional("ft_attempts", Integer),
            optional("plus_minus", Integer),
            optional("unassisted_fg_makes", Integer),
            optional("usage_rate", Decimal(6, 2)),
            optional("starter_flag", Boolean),
        ],
    },
    Table {
        name: "ml_feature_store_v2",
        required: false,
        grain: &["game_date", "player_lookup"],
        repeats: Repeats::ByRule("the largest value counts"),
        columns: &[
            required("game_date", Date),
            required("player_lookup", Text),
            optional("feature_50_value", Double),
            optional("feature_50_source", Text),
        ],
    },
    Table {
        name: "signal_health_daily",
        required: false,
        grain: &["game_date", "signal_tag"],
        repeats: LATEST_COMPUTED,
        columns: &[
            required("game_date", Date),
            required("signal_tag", Text),
            optional("hr_7d", Double),
            optional("hr_14d", Double),
            optional("hr_30d", Double),
            optional("hr_season", Double),
            optional("picks_7d", Integer),
            optional("picks_14d", Integer),
            optional("picks_30d", Integer),
            optional("picks_season", Integer),
            optional("divergence_7d_vs_season", Double),
            optional("divergence_14d_vs_season", Double),
            optional("regime", Text),
            optional("status", Text),
            optional("days_in_current_regime", Integer),
            optional("is_model_dependent", Boolean),
            optional("computed_at", Timestamp),
        ],
    },
    Table {
        name: "pick_signal_tags",
        required: false,
        grain: &["game_date", "player_lookup", "system_id"],
        repeats: EVERY_ROW,
        columns: &[
            required("game_date", Date),
            required("player_lookup", Text),
            required("system_id", Text),
            optional("game_id", Text),
            optional("signal_tags", TextList),
            optional("signal_count", Integer),
            optional("model_health_status", Text),
            optional("model_health_hr_7d", Decimal(5, 1)),
            optional("matched_combo_id", Text),
            optional("combo_classification", Text),
            optional("combo_hit_rate", Double),
            optional("evaluated_at", Timestamp),
            optional("version_id", Text),
        ],
    },
    Table {
        name: "signal_combo_registry",
        required: false,
        grain: &["combo_id"],
        repeats: Repeats::ByRule("the first one that matches counts"),
        columns: &[
            required("combo_id", Text),
            optional("display_name", Text),
            optional("signals", TextList),
            optional("cardinality", Integer),
            required("classification", Text),
            required("status", Text),
            optional("direction_filter", Text),
            optional("hit_rate", Double),
            optional("roi", Double),
            optional("sample_size", Integer),
            optional("score_weight", Double),
            optional("notes", Text),
            optional("ordinal", Integer),
        ],
    },
    Table {
        name: "signal_best_bets_picks",
        required: false,
        grain: &["game_date", "player_lookup", "game_id", "algorithm_version"],
        repeats: EVERY_ROW,
        columns: &[
            required("player_lookup", Text),
            required("game_id", Text),
            required("game_date", Date),
            required("system_id", Text),
            optional("player_name", Text),
            optional("team_abbr", Text),
            optional("opponent_team_abbr", Text),
            optional("predicted_points", Decimal(5, 1)),
            optional("line_value", Decimal(5, 1)),
            optional("recommendation", Text),
            optional("edge", Decimal(5, 1)),
            optional("confidence_score", Decimal(4, 3)),
            optional("signal_tags", TextList),
            optional("signal_count", Integer),
            optional("composite_score", Decimal(6, 4)),
            optional("rank", Integer),
            optional("matched_combo_id", Text),
            optional("combo_classification", Text),
            optional("combo_hit_rate", Double),
            optional("warning_tags", TextList),
            optional("model_agreement_count", Integer),
            optional("feature_set_diversity", Integer),
            optional("consensus_bonus", Decimal(5, 4)),
            optional("quantile_consensus_under", Boolean),
            optional("agreeing_model_ids", TextList),
            optional("pick_angles", TextList),
            optional("qualifying_subsets", Text),
            optional("qualifying_subset_count", Integer),
            optional("algorithm_version", Text),
            optional("source_model_id", Text),
            optional("source_model_family", Text),
            optional("n_models_eligible", Integer),
            optional("champion_edge", Decimal(5, 1)),
            optional("direction_conflict", Boolean),
            optional("actual_points", Integer),
            optional("prediction_correct", Boolean),
            optional("created_at", Timestamp),
            optional("signal_regimes_snapshot", Text),
        ],
    },
    Table {
        name: "current_subset_picks",
        required: false,
        grain: &[],
        repeats: Repeats::Alike(
            &["game_date", "subset_id", "player_lookup", "system_id", "game_id", "version_id"],
            "every row counts",
        ),
        columns: &[
            required("game_date", Date),
            required("subset_id", Text),
            required("player_lookup", Text),
            optional("system_id", Text),
            optional("game_id", Text),
            optional("rank_in_subset", Integer),
            required("version_id", Text),
            optional("computed_at", Timestamp),
        ],
    },
    Table {
        name: "subset_performance",
        required: false,
        grain: &["subset_id", "game_date"],
        repeats: EVERY_ROW,
        columns: &[
            required("subset_id", Text),
            required("game_date", Date),
            optional("wins", Integer),
            optional("graded_picks", Integer),
        ],
    },
    Table {
        name: "model_registry",
        required: false,
        grain: &["model_id"],
        repeats: EVERY_ROW,
        columns: &[
            required("model_id", Text),
            optional("training_start_date", Date),
            optional("training_end_date", Date),
            optional("enabled", Boolean),
            optional("status", Text),
        ],
    },
    Table {
        name: "model_performance_daily",
        required: false,
        grain: &["game_date", "model_id"],
        repeats: EVERY_ROW,
        columns: &[
            required("game_date", Date),
            required("model_id", Text),
            optional("rolling_hr_7d", Double),
            optional("rolling_hr_14d", Double),
            optional("rolling_hr_30d", Double),
            optional("rolling_n_7d", Integer),
            optional("rolling_n_14d", Integer),
            optional("rolling_n_30d", Integer),
            optional("daily_picks", Integer),
            optional("daily_wins", Integer),
            optional("daily_losses", Integer),
            optional("daily_hr", Double),
            optional("daily_roi", Double),
            optional("state", Text),
            optional("consecutive_days_below_watch", Integer),
            optional("consecutive_days_below_alert", Integer),
            optional("action", Text),
            optional("action_reason", Text),
            optional("days_since_training", Integer),
            optional("computed_at", Timestamp),
            optional("best_bets_n_21d", Integer),
            optional("best_bets_hr_21d", Double),
        ],
    },
];
