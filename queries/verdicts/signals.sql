-- signals: what each signal says of every candidate of every version (specification: selection, "Signals"; versions, "Lists").
-- Grain: version, candidate.
-- Inputs: params, open_slates, candidates, evidence.
-- What a signal is stands in definitions/signals.toml, and in the file of a version that defines its own; the calls below
-- stand for what follows from it (`relations show signals` prints it): the columns and thresholds that definitions name, the
-- relations beside evidence that have some of these columns, a condition a signal, and a confidence a signal. Thresholds are
-- columns "set.NAME". Signals that look at tags are asked after those that look at none, of facts that have their tags.
-- qualifies is a struct of booleans, signal_confidence one of confidences (0-1), NULL where the signal does not qualify.
-- They state every signal that a version of the question lists; which of them a version has, and in which order, is its list
-- (signal_order), applied by signal_tags(). What the filters look at is carried on.
WITH
choices AS (
    SELECT DISTINCT candidate_set, feature_set FROM params
),

known AS (
    SELECT
        candidates.candidate_set,
        candidates.n_bids,
        candidates.n_models_eligible,
        candidates.champion_edge,
        candidates.direction_conflict,
        candidates.source_tie,
        evidence.*
    FROM choices
    JOIN candidates ON candidates.candidate_set = choices.candidate_set
    JOIN evidence
        ON evidence.feature_set = choices.feature_set
        AND evidence.candidate = candidates.candidate
),

versions AS (
    SELECT params.*, open_slates.game_date
    FROM params
    JOIN open_slates ON open_slates.version = params.version
),

facts AS (
    SELECT
        known.candidate,
        known.game_date,
        known.player_lookup,
        known.game_id,
        known.feature_set,
        versions.version,
        versions.signals AS signal_order,
        versions.filters AS filter_order,
        versions.observed AS observed_order,
        versions.combos,
        versions.model_dependent,
        versions.consensus_set,
        versions.health_set,
        versions.score,
        CASE WHEN versions.blacklist_works THEN known.champion_graded END AS champion_graded,
        CASE WHEN versions.blacklist_works THEN known.champion_hit_rate END AS champion_hit_rate,
        facts_of_definitions() AS generated
    FROM versions
    JOIN known
        ON known.candidate_set = versions.candidate_set
        AND known.feature_set = versions.feature_set
        AND known.game_date = versions.game_date
    -- relations_of_definitions() -- noqa: LT02
),

qualified AS (
    SELECT
        *,
        named_struct(
            what_qualifies()
        ) AS qualifies
    FROM facts
)

SELECT
    version,
    feature_set,
    candidate,
    game_date,
    player_lookup,
    game_id,
    consensus_set,
    signal_order,
    filter_order,
    observed_order,
    combos,
    model_dependent,
    health_set,
    score,
    champion_graded,
    champion_hit_rate,
    facts_of_filters() AS generated,
    qualifies,
    named_struct(
        how_strongly()
    ) AS signal_confidence
FROM qualified
