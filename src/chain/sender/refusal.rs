//! Why an endpoint did not take a transaction: the one place that reads the words of nodes.
//!
//! JSON-RPC has no codes for these cases (-32000, -32003 and -32010 stand for nearly all of them), so the words decide, and
//! the code only where it is a node's own.

/// Why an endpoint did not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It has this very transaction.
    Known,
    /// The fee is below what the network or the node asks.
    Underpriced,
    /// It has another transaction of that nonce, and the fee is not enough above that one's.
    ReplacementUnderpriced,
    /// A transaction of that nonce is mined.
    NonceTooLow,
    /// Transactions of lower nonces are missing.
    NonceGap,
    /// The wallet cannot pay.
    NoFunds,
    /// The endpoint is busy; the same may be taken later.
    Busy,
    /// Anything else: it would never be taken.
    Other,
}

/// Tells them apart; the more special words come first.
const WORDS: &[(Refusal, &[&str])] = &[
    (
        Refusal::Known,
        &["already known", "alreadyknown", "already imported", "known transaction", "same hash"],
    ),
    (
        Refusal::ReplacementUnderpriced,
        &["replacement transaction underpriced", "replacementnotallowed", "could not replace existing"],
    ),
    (
        Refusal::Underpriced,
        &[
            "underpriced",
            "less than block base fee",
            "feetoolow",
            "fee too low",
            "gas price below",
            "gas price too low",
        ],
    ),
    (Refusal::NonceTooLow, &["nonce too low", "oldnonce", "nonce is too low"]),
    (Refusal::NonceGap, &["nonce too high", "noncegap", "nonce gap", "noncetoofarinfuture", "nonce too far"]),
    (Refusal::NoFunds, &["insufficient funds", "insufficientfunds", "exceeds account balance"]),
    (Refusal::Busy, &["txpool is full", "rate limit", "too many requests", "timeout", "timed out"]),
];

/// JSON-RPC's "internal error" and the providers' "limit exceeded": nothing was decided.
const BUSY_CODES: [i64; 3] = [-32603, -32005, 429];

/// What the endpoint's error means.
pub(super) fn classify(code: i64, message: &str) -> Refusal {
    let said = message.to_lowercase();
    let named = WORDS.iter().find(|(_, words)| words.iter().any(|word| said.contains(word)));
    match named {
        Some((refusal, _)) => *refusal,
        None if BUSY_CODES.contains(&code) => Refusal::Busy,
        None => Refusal::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_nodes_are_told_apart() {
        let table = [
            // geth
            (-32000, "already known", Refusal::Known),
            (-32000, "replacement transaction underpriced", Refusal::ReplacementUnderpriced),
            (-32000, "transaction underpriced: tip needed 1000000000, tip permitted 1", Refusal::Underpriced),
            (-32000, "max fee per gas less than block base fee: address 0x1", Refusal::Underpriced),
            (-32000, "nonce too low: next nonce 5, tx nonce 3", Refusal::NonceTooLow),
            (-32000, "nonce too high: address 0x1, tx: 9 state: 4", Refusal::NonceGap),
            (-32000, "insufficient funds for gas * price + value: balance 0", Refusal::NoFunds),
            (-32000, "txpool is full", Refusal::Busy),
            (-32000, "intrinsic gas too low", Refusal::Other),
            // nethermind
            (-32010, "AlreadyKnown", Refusal::Known),
            (
                -32010,
                "ReplacementNotAllowed, existing transaction has a higher fee",
                Refusal::ReplacementUnderpriced,
            ),
            (-32010, "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7", Refusal::Underpriced),
            (-32010, "FeeTooLowToCompete", Refusal::Underpriced),
            (-32010, "OldNonce, Current nonce: 4, nonce of rejected tx: 3", Refusal::NonceTooLow),
            (-32010, "NonceGap, Future nonce. Expected nonce: 4", Refusal::NonceGap),
            (-32010, "InsufficientFunds, Account balance: 0, cumulative cost: 5", Refusal::NoFunds),
            // anvil
            (-32003, "transaction already imported", Refusal::Known),
            (-32003, "replacement transaction underpriced", Refusal::ReplacementUnderpriced),
            (-32003, "max fee per gas less than block base fee", Refusal::Underpriced),
            (-32003, "nonce too low", Refusal::NonceTooLow),
            (-32003, "Insufficient funds for gas * price + value", Refusal::NoFunds),
            // arbitrum
            (-32000, "nonce too low: address 0xAb, tx: 3 state: 4", Refusal::NonceTooLow),
            (-32000, "nonce too high: address 0xAb, tx: 9 state: 4", Refusal::NonceGap),
            (
                -32000,
                "max fee per gas less than block base fee: address 0xAb, maxFeePerGas: 1 baseFee: 2",
                Refusal::Underpriced,
            ),
            (
                -32000,
                "insufficient funds for gas * price + value: address 0xAb have 0 want 5",
                Refusal::NoFunds,
            ),
            // besu, erigon
            (-32000, "Known transaction", Refusal::Known),
            (-32000, "existing tx with same hash", Refusal::Known),
            (-32004, "Upfront cost exceeds account balance", Refusal::NoFunds),
            // providers
            (-32005, "daily request count exceeded", Refusal::Busy),
            (-32603, "internal error", Refusal::Busy),
        ];
        for (code, message, refusal) in table {
            assert_eq!(classify(code, message), refusal, "{message}");
        }
    }
}
