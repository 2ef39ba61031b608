//! Numbers as people read them: latencies with a fitting unit, counts with separators, round steps.

use egui_plot::GridMark;

/// A count with separators: `12,345`.
pub use crate::bundle::target::grouped as count_text;

/// A unit of time with its length in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// The symbol.
    pub symbol: &'static str,
    /// Nanoseconds in it.
    pub nanos: f64,
}

const UNITS: [Unit; 4] = [
    Unit { symbol: "s", nanos: 1e9 },
    Unit { symbol: "ms", nanos: 1e6 },
    Unit { symbol: "µs", nanos: 1e3 },
    Unit { symbol: "ns", nanos: 1.0 },
];

/// The largest unit of which `nanos` holds at least one.
pub fn unit_of(nanos: f64) -> Unit {
    // 999.5 ns is written as 1.00 µs, so rounding must not leave the unit behind.
    let [.., smallest] = UNITS;
    UNITS.into_iter().find(|unit| nanos.abs() >= unit.nanos * 0.9995).unwrap_or(smallest)
}

/// A latency with three significant digits and its unit: `12.3 µs`.
pub fn latency_text(nanos: f64) -> String {
    let unit = unit_of(nanos);
    let value = nanos / unit.nanos;
    let decimals = if unit.nanos == 1.0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.decimals$} {}", unit.symbol)
}

/// A latency at a tick of an axis whose ticks are `step` apart and whose largest is `largest`.
pub fn tick_text(nanos: f64, step: f64, largest: f64) -> String {
    let unit = unit_of(largest);
    let decimals = (-(step / unit.nanos).log10().floor()).clamp(0.0, 6.0) as usize;
    let value = nanos / unit.nanos;
    if value == 0.0 { format!("0 {}", unit.symbol) } else { format!("{value:.decimals$} {}", unit.symbol) }
}

/// A rate with its unit: `12,345/s`, `4.5/s`.
pub fn rate_text(rate: f64) -> String {
    if rate >= 99.95 || rate.fract() == 0.0 {
        format!("{}/s", count_text(rate.round() as u64))
    } else if rate >= 9.995 {
        format!("{rate:.1}/s")
    } else {
        format!("{rate:.2}/s")
    }
}

/// A share as a percentage: `0 %`, `0.25 %`, `12.5 %`.
pub fn share_text(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent >= 9.995 { 10.0 } else { 100.0 };
    format!("{} %", (percent * decimals).round() / decimals)
}

/// How many times `large` is `small`, to be read: `1.3`, `12`, `4,100`.
pub fn ratio_text(large: f64, small: f64) -> String {
    let ratio = large / small;
    if !ratio.is_finite() {
        return "many".into();
    }
    if ratio < 9.95 {
        return format!("{ratio:.1}");
    }
    let magnitude = 10_f64.powf((ratio.log10().floor() - 1.0).max(0.0));
    count_text(((ratio / magnitude).round() * magnitude) as u64)
}

/// The round number (1, 2 or 5 times a power of ten) at or above `least`.
pub fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * 0.999_999).unwrap_or(10.0);
    factor * power
}

/// The multiples of `step` within `bounds`; at most a few hundred.
pub fn multiples(bounds: (f64, f64), step: f64) -> impl Iterator<Item = f64> {
    const MOST: f64 = 500.0;
    let first = (bounds.0 / step).ceil();
    let last = (bounds.1 / step).floor().min(first + MOST);
    let count = if last >= first { (last - first) as u64 + 1 } else { 0 };
    (0..count).map(move |index| (first + index as f64) * step)
}

/// The marks of a logarithmic axis: 1, 2 and 5 of each decade as far as `least` leaves room.
///
/// Where less than half a decade is shown, round numbers at equal distances.
pub fn log_marks(bounds: (f64, f64), least: f64) -> Vec<GridMark> {
    const NEAR: f64 = 0.5;
    if bounds.1 - bounds.0 < NEAR {
        let (low, high) = (10_f64.powf(bounds.0), 10_f64.powf(bounds.1));
        // The marks are nearest to each other at the upper end.
        let step = round_step(high * std::f64::consts::LN_10 * least);
        return multiples((low, high), step)
            .filter(|value| *value > 0.0)
            .map(|value| GridMark { value: value.log10(), step_size: 0.3_f64.max(least) })
            .collect();
    }
    let factors: &[f64] = match least {
        least if least < 0.07 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
        least if least < 0.28 => &[1.0, 2.0, 5.0],
        least if least < 0.45 => &[1.0, 3.0],
        _ => &[1.0],
    };
    let decades = multiples((bounds.0 - 1.0, bounds.1), 1.0);
    let marks = decades.flat_map(|decade| factors.iter().map(move |factor| decade + factor.log10()));
    let marks = marks.filter(|value| (bounds.0..=bounds.1).contains(value));
    marks.map(|value| GridMark { value, step_size: 0.3_f64.max(least) }).collect()
}

/// The latency at a mark of a logarithmic axis of nanoseconds.
pub fn log_tick_text(log: f64) -> String {
    let nanos = 10_f64.powf(log);
    let unit = unit_of(nanos);
    let value = (nanos / unit.nanos * 1000.0).round() / 1000.0;
    format!("{value} {}", unit.symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_have_three_digits_and_a_fitting_unit() {
        let cases = [
            (0.0, "0 ns"),
            (85.0, "85 ns"),
            (999.7, "1.00 µs"),
            (12_345.0, "12.3 µs"),
            (123_456.0, "123 µs"),
            (999_600.0, "1.00 ms"),
            (50e6, "50.0 ms"),
            (2.5e9, "2.50 s"),
        ];
        for (nanos, expected) in cases {
            assert_eq!(latency_text(nanos), expected);
        }
    }

    #[test]
    fn ticks_share_the_unit_of_the_axis() {
        assert_eq!(tick_text(500.0, 500.0, 2000.0), "0.5 µs");
        assert_eq!(tick_text(2000.0, 1000.0, 2000.0), "2 µs");
        assert_eq!(tick_text(0.0, 1e6, 5e6), "0 ms");
    }

    #[test]
    fn rates_and_shares_have_few_digits_and_a_unit() {
        assert_eq!([0.0, 4.5, 33.333, 12_345.6].map(rate_text), ["0/s", "4.50/s", "33.3/s", "12,346/s"]);
        assert_eq!([0.0, 0.0025, 0.125, 1.0].map(share_text), ["0 %", "0.25 %", "12.5 %", "100 %"]);
    }

    #[test]
    fn counts_and_ratios_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count_text), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(ratio_text(50e6, 12_200.0), "4,100");
        assert_eq!(ratio_text(13.0, 10.0), "1.3");
        assert_eq!(ratio_text(1.0, 0.0), "many");
    }

    #[test]
    fn marks_of_a_logarithmic_axis_are_round() {
        let texts: Vec<_> = log_marks((3.9, 5.1), 0.2).into_iter().map(|mark| log_tick_text(mark.value)).collect();
        assert_eq!(texts.join(", "), "10 µs, 20 µs, 50 µs, 100 µs");
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([0.03, 1.0, 1.1, 4.0, 7.0].map(round_step), [0.05, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(multiples((-0.5, 4.1), 2.0).collect::<Vec<_>>(), [0.0, 2.0, 4.0]);
    }
}
