//! The distributions that tests and intervals need: the normal and Student's. Plain functions
//! of numbers, which know nothing of measurements.

use std::f64::consts::{PI, SQRT_2};

/// The probability that a standard normal variable is above `z`.
///
/// The series of the error function near zero, its continued fraction beyond: Abramowitz and Stegun,
/// *Handbook of Mathematical Functions*, 7.1.6 and 7.1.14. Good to at least 12 digits.
pub fn normal_above(z: f64) -> f64 {
    if z < 0.0 { 1.0 - half_erfc(-z / SQRT_2) } else { half_erfc(z / SQRT_2) }
}

/// Half the complementary error function of `x`, which is at least 0.
fn half_erfc(x: f64) -> f64 {
    let square = (-x * x).exp();
    if x < 2.5 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        return 0.5 - square * sum / PI.sqrt();
    }
    // From the innermost fraction outwards; 60 of them are more than enough from 2.5 on.
    let fraction = (1..=60).rev().fold(x, |inner, n| x + f64::from(n) / 2.0 / inner);
    0.5 * square / (PI.sqrt() * fraction)
}

/// The value below which a variable of Student's distribution with `freedom` degrees of freedom stays with
/// probability `p`, which is between 0 and 1.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    if p < 0.5 {
        return -student_quantile(1.0 - p, freedom);
    }
    root(0.0, 1e6, |t| 1.0 - student_above(t, freedom) < p)
}

/// The probability that a variable of Student's distribution is above `t`, which is at least 0: by the
/// incomplete beta function, Abramowitz and Stegun 26.7.1.
fn student_above(t: f64, freedom: f64) -> f64 {
    0.5 * incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// Where `below` turns from true to false, by bisection.
fn root(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if below(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction: Abramowitz and Stegun 26.5.8.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on this side; the other one follows by symmetry.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let scale = (log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    let step = |n: u32| {
        let m = f64::from(n / 2);
        if n.is_multiple_of(2) {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        }
    };
    // Lentz's way of evaluating it from the outside, which tells when enough was seen.
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut fraction, mut c, mut d) = (1.0, 1.0, 0.0);
    for n in 1..10_000 {
        d = 1.0 / away_from_zero(1.0 + step(n) * d);
        c = away_from_zero(1.0 + step(n) / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    scale / (a * fraction)
}

/// The logarithm of the gamma function of `x` > 0: Stirling's series, Abramowitz and Stegun 6.1.41, after
/// raising small arguments.
fn log_gamma(x: f64) -> f64 {
    let (mut x, mut raised) = (x, 0.0);
    while x < 12.0 {
        raised += x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - raised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1, and well-known quantiles.
        for (z, above) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (3.0, 0.001_349_9), (-1.5, 0.933_193)] {
            assert!((normal_above(z) - above).abs() < 6e-7, "{z}: {}", normal_above(z));
        }
        // Far out, where the series would have lost all digits: 2.866515719e-7 at 5, 7.619853e-24 at 10.
        assert!((normal_above(5.0) / 2.866_515_719e-7 - 1.0).abs() < 1e-9);
        assert!((normal_above(10.0) / 7.619_853_024e-24 - 1.0).abs() < 1e-9);
        assert!((normal_above(2.575_829_304) - 0.005).abs() < 1e-11);
        let both = [2.5 * SQRT_2 - 1e-9, 2.5 * SQRT_2 + 1e-9].map(normal_above);
        assert!((both[0] / both[1] - 1.0).abs() < 1e-7, "the two ways meet");
    }

    #[test]
    fn students_distribution_is_that_of_the_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
        for (p, freedom, t) in
            [(0.975, 1.0, 12.706), (0.975, 10.0, 2.228), (0.995, 19.0, 2.861), (0.9, 4.0, 1.533), (0.999, 30.0, 3.385)]
        {
            assert!((student_quantile(p, freedom) - t).abs() < 6e-4, "{p} {freedom}: {}", student_quantile(p, freedom));
            assert!((student_quantile(1.0 - p, freedom) + t).abs() < 6e-4);
        }
    }

    #[test]
    fn the_incomplete_beta_function_is_the_binomial_distribution() {
        // Abramowitz and Stegun 26.5.24: the sum of the upper binomial terms.
        let sum: f64 = [(3.0, 10.0), (4.0, 5.0), (5.0, 1.0)]
            .iter()
            .map(|(k, ways)| ways * 0.3_f64.powf(*k) * 0.7_f64.powf(5.0 - k))
            .sum();
        assert!((incomplete_beta(0.3, 3.0, 3.0) - sum).abs() < 1e-12);
    }
}
