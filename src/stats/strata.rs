//! How likely a count is when it comes by chance within strata.

use statrs::distribution::{Discrete as _, Hypergeometric};

/// Some of a stratum's decided candidates, drawn out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stratum {
    /// Of all.
    pub all_wins: u64,
    pub all_decided: u64,
    /// Of those drawn.
    pub wins: u64,
    pub decided: u64,
}

/// The two-sided p-value of the wins among those drawn, were as many drawn at random within each stratum: twice the smaller
/// tail of the permutation distribution of their sum, which is computed and not sampled. None where nothing was drawn or the
/// counts cannot be.
///
/// Within a stratum the wins are hypergeometric; the strata are independent, so the sum's distribution is the convolution of
/// theirs. Source: C. R. Mehta, N. R. Patel and R. Gray, "Computing an exact confidence interval for the common odds ratio in
/// several 2x2 contingency tables", 1985.
pub fn chance_within(strata: &[Stratum]) -> Option<f64> {
    let mut sums = vec![1.0];
    let mut wins = 0;
    for stratum in strata.iter().filter(|stratum| stratum.decided > 0) {
        let Stratum { all_wins, all_decided, decided, .. } = *stratum;
        let chance = Hypergeometric::new(all_decided, all_wins, decided).ok()?;
        // By logarithms: the number of ways to draw from a thousand is larger than any double.
        let of_stratum: Vec<f64> = (0..=decided.min(all_wins)).map(|wins| chance.ln_pmf(wins).exp()).collect();
        sums = convolved(&sums, &of_stratum);
        wins += stratum.wins;
    }
    let at = usize::try_from(wins).ok()?;
    if strata.iter().all(|stratum| stratum.decided == 0) || at >= sums.len() {
        return None;
    }
    let (at_most, at_least) = (sums[..=at].iter().sum::<f64>(), sums[at..].iter().sum::<f64>());
    Some((2.0 * at_most.min(at_least)).clamp(0.0, 1.0))
}

/// The distribution of the sum of two independent counts.
fn convolved(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; a.len() + b.len() - 1];
    for (at, chance) in a.iter().enumerate() {
        for (more, other) in b.iter().enumerate() {
            sums[at + more] += chance * other;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Fixture {
        strata: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        /// all_wins, all_decided, wins, decided of each.
        strata: Vec<[u64; 4]>,
        p: f64,
    }

    fn strata(rows: &[[u64; 4]]) -> Vec<Stratum> {
        let stratum = |[all_wins, all_decided, wins, decided]: &[u64; 4]| Stratum {
            all_wins: *all_wins,
            all_decided: *all_decided,
            wins: *wins,
            decided: *decided,
        };
        rows.iter().map(stratum).collect()
    }

    #[test]
    fn chance_within_strata_is_that_of_scipy() {
        let fixture: Fixture = serde_json::from_str(include_str!("../../tests/fixtures/statistics.json")).unwrap();
        assert!(fixture.strata.len() > 3);
        for case in fixture.strata {
            let p = chance_within(&strata(&case.strata)).unwrap();
            assert!((p - case.p).abs() < 1e-9, "{:?}: {p} is not {}", case.strata, case.p);
        }
    }

    #[test]
    fn many_are_drawn_from_as_well_as_few() {
        // Half of 20,000 win, and of 5,000 drawn as many as are to be expected, or 100 more: z = 100 / sqrt(5000 / 4 * 3 / 4).
        let p = |wins: u64| chance_within(&strata(&[[10_000, 20_000, wins, 5_000]])).unwrap();
        assert!(p(2_500) > 0.97, "{}", p(2_500));
        assert!((p(2_600) - 0.0011).abs() < 0.0002, "{}", p(2_600));
        assert!((p(2_600) - p(2_400)).abs() < 1e-9);
    }

    #[test]
    fn a_stratum_drawn_whole_says_nothing() {
        assert_eq!(chance_within(&strata(&[[5, 14, 5, 14]])), Some(1.0));
        assert_eq!(chance_within(&strata(&[[5, 14, 0, 0]])), None);
        assert_eq!(chance_within(&[]), None);
        // A lady tasting tea: 4 of 8 cups, drawn 4.
        let alone = chance_within(&strata(&[[4, 8, 4, 4]])).unwrap();
        assert!((alone - 2.0 / 70.0).abs() < 1e-12, "{alone}");
        let beside = chance_within(&strata(&[[4, 8, 4, 4], [3, 3, 3, 3]])).unwrap();
        assert!((beside - alone).abs() < 1e-12, "{beside}");
    }
}
