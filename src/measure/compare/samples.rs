//! Latencies as a machine might give them, from a seed, for the tests of this folder.

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed.
pub struct Random(pub u64);

impl Random {
    /// A number above 0 and at most 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((mixed ^ (mixed >> 31)) >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A standard normal number (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

/// What makes the latencies of consecutive calls alike.
#[derive(Clone, Copy)]
pub struct Machine {
    /// How much a call resembles the one before, from 0 to below 1.
    pub correlation: f64,
    /// By which share calls get slower from the beginning of a run to its end.
    pub drift: f64,
}

impl Machine {
    /// Latencies around 1,000 ns times `scale`: log-normal, with a slow call now and then.
    pub fn run(self, random: &mut Random, calls: usize, scale: f64) -> Vec<f64> {
        let mut state = random.normal();
        let fresh = (1.0 - self.correlation * self.correlation).sqrt();
        let mut call = |at: usize| {
            state = self.correlation * state + fresh * random.normal();
            let slow = if random.uniform() < 0.005 { 3.0 } else { 1.0 };
            let drifted = 1.0 + self.drift * at as f64 / calls as f64;
            1000.0 * scale * drifted * slow * (0.2 * (state + 0.5 * random.normal())).exp()
        };
        (0..calls).map(&mut call).collect()
    }
}
