-- deciding_families: the model families of the version that decides the newest slate, in the order in which they are tried
-- (specification: monitoring, "Configuration view").
-- Grain: ordinal.
-- Inputs: slates, slate_versions, params, candidate_sets, families.
-- Slates: together.
WITH newest AS (
    SELECT max(game_date) AS game_date FROM slates
)

SELECT
    families.ordinal,
    families.family,
    families.match,
    families.pattern,
    families.is_candidate
FROM newest
JOIN slate_versions ON slate_versions.game_date = newest.game_date
JOIN params ON params.version = slate_versions.version
JOIN candidate_sets ON candidate_sets.candidate_set = params.candidate_set
JOIN families ON families.family_set = candidate_sets.family_set
