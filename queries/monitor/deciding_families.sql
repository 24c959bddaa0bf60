-- deciding_families: the model families of the version that decides the newest slate, in the order in which they are tried
-- (specification: monitoring, "Configuration view").
-- Grain: ordinal.
-- Inputs: slates, slate_versions, params, candidate_sets, families.
SELECT f.ordinal, f.family, f.match, f.pattern, f.is_candidate
FROM (SELECT max(game_date) AS newest_slate FROM slates) AS t
JOIN slate_versions AS d ON d.game_date = t.newest_slate
JOIN params AS p ON p.version = d.version
JOIN candidate_sets AS c ON c.candidate_set = p.candidate_set
JOIN families AS f ON f.family_set = c.family_set
