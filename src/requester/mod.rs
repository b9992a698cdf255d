//! What developers and requesters do: register an app, strike a deal, follow a task, fetch its result.
//!
//! ```text
//! iexec.json ─▶ deploy ─▶ app ─┐
//!                              ├▶ orders (ours signed here, the pool's fetched) ─▶ buy ─▶ deal, tasks ─▶ fetch
//! ```
//!
//! It holds no state: all of it is on chain.

mod buy;
mod error;
mod fetch;
mod hope;

pub use buy::{Bought, Buyer, Wish, app_order, deploy};
pub use error::RequesterError;
pub use fetch::{Fetched, fetch, location, pool_order, pool_view};
pub use hope::Hope;
