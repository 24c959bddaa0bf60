//! Game ids: YYYYMMDD_AWAY_HOME.

use chrono::NaiveDate;

/// The date of a game by its id; none when the id is not YYYYMMDD_AWAY_HOME.
pub fn date(game_id: &str) -> Option<NaiveDate> {
    let mut parts = game_id.split('_');
    let (day, away, home) = (parts.next()?, parts.next()?, parts.next()?);
    let is_team = |team: &str| (2..=4).contains(&team.len()) && team.bytes().all(|byte| byte.is_ascii_uppercase());
    if parts.next().is_some() || !is_team(away) || !is_team(home) {
        return None;
    }
    if day.len() != 8 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::from_ymd_opt(day[..4].parse().ok()?, day[4..6].parse().ok()?, day[6..].parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_game_id_is_a_date_and_two_teams() {
        assert_eq!(date("20260211_BKN_NYK"), NaiveDate::from_ymd_opt(2026, 2, 11));
        for malformed in [
            "",
            "0022500001",
            "20260211_BKN",
            "20261311_BKN_NYK",
            "20260211_bkn_NYK",
            "20260211_BKN_NYK_2",
            "2026é211_BKN_NYK",
        ] {
            assert_eq!(date(malformed), None, "{malformed}");
        }
    }
}
