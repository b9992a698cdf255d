//! The deadlines of a task, in Unix seconds.
//!
//! Contribution and final deadlines count from the deal (`matchOrders`), not from `initialize`; the reveal deadline
//! counts from the contribution that reached consensus, and may lie after the final one. A sum that does not fit
//! saturates: it lies later than any block.

/// The hub's deadline ratios, in multiples of the category's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratios {
    /// `contribution_deadline_ratio()`.
    pub contribution: u64,
    /// `reveal_deadline_ratio()`.
    pub reveal: u64,
    /// `final_deadline_ratio()`.
    pub finalize: u64,
}

impl Ratios {
    /// The ratios of every deployment of PoCo known so far; a hub is asked all the same.
    pub const POCO: Self = Self { contribution: 7, reveal: 2, finalize: 10 };
}

impl Default for Ratios {
    fn default() -> Self {
        Self::POCO
    }
}

/// The deadlines that a task has from its deal on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deadlines {
    /// From this second on nobody may contribute.
    pub contribution: u64,
    /// From this second on nobody may finalize or reopen, and anybody may claim.
    pub finalize: u64,
}

impl Deadlines {
    /// The deadlines of the tasks of a deal struck at `deal_start`, whose category takes `category_seconds`
    /// (`workClockTimeRef`), as `initialize` sets them.
    pub const fn new(deal_start: u64, category_seconds: u64, ratios: Ratios) -> Self {
        Self {
            contribution: deal_start.saturating_add(category_seconds.saturating_mul(ratios.contribution)),
            finalize: deal_start.saturating_add(category_seconds.saturating_mul(ratios.finalize)),
        }
    }

    /// From this second on nobody may reveal, and the scheduler need not wait: set by the contribution that
    /// reaches consensus, in the block of time `consensus_at`.
    pub const fn reveal(consensus_at: u64, category_seconds: u64, ratios: Ratios) -> u64 {
        consensus_at.saturating_add(category_seconds.saturating_mul(ratios.reveal))
    }
}
