//! p-values of several questions at once.

/// Holm's step-down adjusted p-values, in the order given: none of them falsely small with more than the stated chance.
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let count = p.len();
    let mut adjusted = vec![0.0; count];
    let mut largest = 0.0_f64;
    for (place, at) in ascending(p).into_iter().enumerate() {
        largest = largest.max(p[at] * (count - place) as f64).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up adjusted p-values, in the order given: of those at or below a level, on average no
/// larger a share than the level is false.
///
/// Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", 1995.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let count = p.len();
    let mut adjusted = vec![0.0; count];
    let mut smallest = 1.0_f64;
    for (place, at) in ascending(p).into_iter().enumerate().rev() {
        smallest = smallest.min(p[at] * count as f64 / (place + 1) as f64);
        adjusted[at] = smallest;
    }
    adjusted
}

/// The positions of `p`, smallest value first.
fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-12), "{actual:?} is not {expected:?}");
    }

    #[test]
    fn holm_steps_down() {
        // As R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") gives them.
        close(&holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        close(&holm(&[0.6, 0.7]), &[1.0, 1.0]);
        close(&holm(&[]), &[]);
    }

    #[test]
    fn benjamini_and_hochberg_step_up() {
        // As SciPy's false_discovery_control gives them; R's p.adjust(p, "BH") is the same.
        close(&benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]), &[0.02, 0.04, 0.04, 0.02]);
        close(&benjamini_hochberg(&[0.6, 0.7]), &[0.7, 0.7]);
        let p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216];
        close(&benjamini_hochberg(&p), &[0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.74 / 7.0, 0.216, 0.216, 0.216]);
        close(&benjamini_hochberg(&[]), &[]);
    }
}
