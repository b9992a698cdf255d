//! The journey of a task, from iexec.json to a proved result, each test on a chain of its own: a real anvil with the real
//! contracts, the real Docker engine, inputs over HTTP, a pool and its workers.
//!
//! | file | what it shows |
//! |---|---|
//! | `fixtures` | the two sample dapps, three workers, COMPLETED with the documented digest and result |
//! | `money` | a liar and a silent winner are slashed, a dead task is claimed; every account, to the unit |
//! | `bag` | twenty tasks in one deal |
//! | `requests` | bad params, inputs and images: each its own code, nothing contributed |
//! | `runs` | dapps that fail, hang, eat memory or prove nothing: likewise |
//! | `callback` | the chain itself receives the bytes that were proved |
//! | `ledger` | the ledgers replay to what the chain says |
//! | `live` | the live network's container contract |
//! | `refusals` | deals that no worker here takes |
//! | `restart` | a worker that stops between contribute and reveal |
//! | `commands` | what a person types; a solo that is killed on the way |
//! | `support` | the harness |

mod bag;
mod callback;
mod commands;
mod fixtures;
mod ledger;
mod live;
mod money;
mod refusals;
mod requests;
mod restart;
mod runs;
mod support;
