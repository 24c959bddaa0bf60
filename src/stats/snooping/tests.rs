use proptest::prelude::*;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::super::bootstrap::Bootstrap;
use super::super::stationary::usual_block;
use super::*;
use crate::grade::Odds;

/// Made once by arch; how is said in `tests/fixtures/snooping.py`.
#[derive(Deserialize)]
struct Peer {
    draws: usize,
    sets: Vec<Set>,
}

/// Losses, not units, and what arch says of each model: its variance, and the share of draws above its mean.
#[derive(Deserialize)]
struct Set {
    name: String,
    block: f64,
    benchmark: Vec<f64>,
    models: Vec<Vec<f64>>,
    variances: Vec<f64>,
    alone: Vec<f64>,
    reality_check: Vec<f64>,
    lower: Vec<f64>,
    consistent: Vec<f64>,
    upper: Vec<f64>,
}

impl Set {
    fn differences(&self) -> Vec<f64> {
        let slate = |slate: usize| self.models.iter().map(move |model| self.benchmark[slate] - model[slate]);
        (0..self.benchmark.len()).flat_map(slate).collect()
    }
}

fn draws(slates: usize, draws: usize) -> StationaryDraws {
    StationaryDraws::new(slates, usual_block(slates), Bootstrap { draws, seed: 42 })
}

/// Units of `cells` thresholds on the same candidates, each cell stricter than the one before, when every pick wins as
/// often as the odds pay for.
fn nested_noise(seed: u64, slates: usize, cells: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut units = Vec::with_capacity(slates * cells);
    for _ in 0..slates {
        let mut slate = vec![0.0; cells];
        for _ in 0..rng.random_range(2..=8) {
            let won = if rng.random_ratio(110, 210) { Odds::STANDARD.win_pays() } else { -1.0 };
            // The strictest cell still has a fifth of the candidates.
            let passes = rng.random_range(0..cells * 5 / 4).min(cells - 1);
            slate[..=passes].iter_mut().for_each(|cell| *cell += won);
        }
        units.extend(slate);
    }
    units
}

#[test]
fn variances_and_p_values_are_those_of_a_peer() {
    let peer: Peer = serde_json::from_str(include_str!("../../../tests/fixtures/snooping.json")).unwrap();
    for set in peer.sets {
        let (slates, cells) = (set.benchmark.len(), set.models.len());
        let draws = StationaryDraws::new(slates, set.block, Bootstrap { draws: peer.draws, seed: 42 });
        let mut snooping = Snooping::new(&draws);
        let luck = snooping.add(&draws, &set.differences(), cells, &vec![true; cells]);
        // Both shares are of as many draws; five standard errors of their difference, and what one draw more or less is.
        let close = |own: f64, peer_p: f64, what: &str, cell: usize| {
            let noise = 5.0 * (2.0 * peer_p * (1.0 - peer_p) / peer.draws as f64).sqrt() + 5.0 / peer.draws as f64;
            assert!((own - peer_p).abs() < noise, "{}, {what}, model {cell}: {own} is not {peer_p}", set.name);
        };
        for (cell, luck) in luck.iter().enumerate() {
            let studentized = luck.studentized.unwrap();
            let variance = (luck.statistic / studentized).powi(2);
            assert!((variance - set.variances[cell]).abs() < 1e-9, "{}: {variance}", set.name);
            close(luck.p, set.alone[cell], "alone", cell);
            close(snooping.reality_check(luck), set.reality_check[cell], "reality check", cell);
            let spa = snooping.spa(luck).unwrap();
            if studentized > 0.0 {
                close(spa.lower, set.lower[cell], "lower", cell);
                close(spa.consistent, set.consistent[cell], "consistent", cell);
                close(spa.upper, set.upper[cell], "upper", cell);
            } else {
                assert_eq!(spa, Spa { lower: 1.0, consistent: 1.0, upper: 1.0 });
            }
        }
    }
}

proptest! {
    #[test]
    fn parts_in_any_order_are_the_whole_to_the_bit(
        order in Just((0..45_usize).collect::<Vec<_>>()).prop_shuffle(),
        sizes in prop::collection::vec(1..30_usize, 1..8),
        merged in any::<bool>(),
    ) {
        let (slates, cells) = (40, order.len());
        let draws = draws(slates, 60);
        let units = nested_noise(7, slates, cells);
        let eligible = |cell: usize| cell % 5 != 3;
        let mut whole = Snooping::new(&draws);
        let of_whole = whole.add(&draws, &units, cells, &(0..cells).map(eligible).collect::<Vec<_>>());

        let (mut parts, mut rest, mut sizes) = (Snooping::new(&draws), &order[..], sizes.into_iter().cycle());
        while !rest.is_empty() {
            let part;
            (part, rest) = rest.split_at(sizes.next().unwrap().min(rest.len()));
            let row = |slate: usize| part.iter().map(|cell| units[slate * cells + cell]).collect::<Vec<f64>>();
            let differences: Vec<f64> = (0..slates).flat_map(row).collect();
            let able: Vec<bool> = part.iter().map(|cell| eligible(*cell)).collect();
            let mut own = Snooping::new(&draws);
            let into = if merged { &mut own } else { &mut parts };
            let luck = into.add(&draws, &differences, part.len(), &able);
            prop_assert_eq!(luck, part.iter().map(|cell| of_whole[*cell]).collect::<Vec<_>>());
            parts.merge(&own);
        }
        prop_assert_eq!(serde_json::to_string(&parts).unwrap(), serde_json::to_string(&whole).unwrap());
    }
}

#[test]
fn json_keeps_every_bit() {
    let draws = draws(30, 50);
    let mut snooping = Snooping::new(&draws);
    let untouched = snooping.clone();
    snooping.add(&draws, &nested_noise(3, 30, 20), 20, &[true; 20]);
    for snooping in [snooping, untouched] {
        let read: Snooping = serde_json::from_str(&serde_json::to_string(&snooping).unwrap()).unwrap();
        assert_eq!(read, snooping);
        assert_eq!(read.draws(), 50);
    }
}

/// How far the p-values of `runs` of pure noise are from uniform: Kolmogorov and Smirnov's distance.
fn distance_from_uniform(runs: u64, block: f64) -> f64 {
    let (slates, cells) = (120, 50);
    let p = |run: u64| {
        let draws = StationaryDraws::new(slates, block, Bootstrap { draws: 499, seed: 1000 + run });
        let mut snooping = Snooping::new(&draws);
        let luck = snooping.add(&draws, &nested_noise(run, slates, cells), cells, &vec![true; cells]);
        snooping.reality_check(luck.iter().max_by(|a, b| a.statistic.total_cmp(&b.statistic)).unwrap())
    };
    let mut p: Vec<f64> = (0..runs).map(p).collect();
    p.sort_by(f64::total_cmp);
    let n = runs as f64;
    let gap = |(at, p): (usize, &f64)| (p - at as f64 / n).max((at + 1) as f64 / n - p);
    p.iter().enumerate().map(gap).fold(0.0, f64::max)
}

#[test]
fn the_reality_check_of_pure_noise_is_uniform() {
    for block in [1.0, usual_block(120)] {
        let distance = distance_from_uniform(200, block);
        // The critical value at the 1 % level.
        assert!(distance < 1.628 / 200.0_f64.sqrt(), "{distance}, block {block}");
    }
}

#[test]
fn an_edge_is_found_among_many_cells() {
    let (slates, cells) = (120, 50);
    let draws = draws(slates, 999);
    let mut units = nested_noise(5, slates, cells);
    units.chunks_exact_mut(cells).for_each(|slate| slate[17] += 0.9);
    let mut snooping = Snooping::new(&draws);
    let luck = snooping.add(&draws, &units, cells, &vec![true; cells]);
    assert!((0..cells).all(|cell| luck[cell].statistic <= luck[17].statistic));
    let p = snooping.reality_check(&luck[17]);
    let spa = snooping.spa(&luck[17]).unwrap();
    assert!(p <= 0.01 && spa.upper <= 0.01, "{p}, {spa:?}");
    assert!(spa.lower <= spa.consistent && spa.consistent <= spa.upper);
    // As the best of many, no cell is less likely luck than alone.
    assert!(luck.iter().all(|cell| snooping.reality_check(cell) >= cell.p));
}

#[test]
fn what_could_not_be_chosen_is_no_rival() {
    let (slates, cells) = (60, 8);
    let draws = draws(slates, 200);
    let mut units = nested_noise(11, slates, cells);
    units
        .chunks_exact_mut(cells)
        .enumerate()
        .for_each(|(slate, row)| row[3] = if slate % 2 == 0 { 50.0 } else { -50.0 });
    let mut all = Snooping::new(&draws);
    let of_all = all.add(&draws, &units, cells, &[true; 8]);
    let mut chosen = Snooping::new(&draws);
    let mut eligible = [true; 8];
    eligible[3] = false;
    assert_eq!(chosen.add(&draws, &units, cells, &eligible), of_all);
    assert!(chosen.reality_check(&of_all[0]) < all.reality_check(&of_all[0]));

    let mut none = Snooping::new(&draws);
    none.add(&draws, &units, cells, &[false; 8]);
    assert_eq!(none, Snooping::new(&draws));
    assert!(of_all.iter().all(|cell| none.reality_check(cell) == cell.p));
}

#[test]
fn a_cell_equal_to_the_incumbent_is_all_luck() {
    let draws = draws(25, 99);
    let mut snooping = Snooping::new(&draws);
    let same = CellLuck { statistic: 0.0, studentized: None, p: 1.0 };
    assert_eq!(snooping.add(&draws, &[0.0; 75], 3, &[true; 3]), [same; 3]);
    assert_eq!((snooping.reality_check(&same), snooping.spa(&same)), (1.0, None));
}

#[test]
fn a_difference_that_never_varies_is_not_studentized() {
    let draws = draws(25, 99);
    let mut snooping = Snooping::new(&draws);
    let luck = snooping.add(&draws, &[0.1; 25], 1, &[true])[0];
    assert!((luck.statistic - 0.5).abs() < 1e-12, "{luck:?}");
    assert_eq!((luck.studentized, luck.p), (None, 0.01));
    assert!((snooping.reality_check(&luck) - 0.01).abs() < f64::EPSILON);
}

#[test]
fn nothing_to_draw_says_nothing() {
    let none = draws(0, 99);
    let mut snooping = Snooping::new(&none);
    let luck = CellLuck { statistic: 0.0, studentized: None, p: 1.0 };
    assert_eq!(snooping.add(&none, &[], 2, &[true, true]), [luck; 2]);
    assert_eq!(snooping.reality_check(&luck), 1.0);

    let one = draws(1, 99);
    let mut snooping = Snooping::new(&one);
    assert_eq!(snooping.add(&one, &[], 0, &[]), []);
    assert_eq!(
        snooping.add(&one, &[-2.0, 0.0], 2, &[true, false]),
        [
            CellLuck { statistic: -2.0, studentized: None, p: 1.0 },
            CellLuck { statistic: 0.0, studentized: None, p: 1.0 },
        ]
    );

    // Without draws only what was observed counts.
    let never = draws(10, 0);
    let mut snooping = Snooping::new(&never);
    let luck = snooping.add(&never, &nested_noise(2, 10, 1), 1, &[true])[0];
    assert_eq!((luck.p, snooping.reality_check(&luck)), (1.0, 1.0));
}
