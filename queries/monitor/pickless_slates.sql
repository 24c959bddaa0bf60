-- pickless_slates: slates with candidates of which a version picks none, and the filter that explains it
-- (specification: monitoring, "Doctor").
-- Grain: version, game_date.
-- Inputs: verdicts, rankings.
-- filter: of the candidates that reach the edge floor, the one that alone blocks most (alone); where none blocks any alone,
-- the one that is the first to block most. Where none reaches the floor, edge_floor.
WITH
picked AS (
    SELECT version, game_date FROM rankings WHERE selected
),

floored AS (
    SELECT
        version,
        game_date,
        first_filter,
        failing_filters,
        array_has(failing_filters, 'edge_floor') AS is_below_floor,
        bool_and(array_has(failing_filters, 'edge_floor')) OVER (PARTITION BY version, game_date) AS are_all_below
    FROM verdicts
),

failing AS (
    SELECT
        floored.version,
        floored.game_date,
        floored.first_filter,
        cardinality(floored.failing_filters) AS n_failing,
        unnest(floored.failing_filters) AS filter
    FROM floored
    LEFT ANTI JOIN picked ON picked.version = floored.version AND picked.game_date = floored.game_date
    WHERE floored.are_all_below OR NOT floored.is_below_floor
),

counted AS (
    SELECT
        version,
        game_date,
        filter,
        count(*) FILTER (WHERE n_failing = 1) AS alone,
        count(*) FILTER (WHERE filter = first_filter) AS first
    FROM failing
    GROUP BY version, game_date, filter
)

SELECT version, game_date, filter, alone
FROM counted
QUALIFY row_number() OVER (PARTITION BY version, game_date ORDER BY alone DESC, first DESC, filter ASC) = 1
