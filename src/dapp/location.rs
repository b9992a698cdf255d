//! Where a file is: the URL of an input, and the location of a dataset as the chain holds it (text, or a binary
//! multiaddr of `/ipfs/<cid>`).

use super::DappError;
use url::Url;

/// Reads the URL of an input; only http and https are fetched.
pub fn input_url(text: &str) -> Result<Url, DappError> {
    let url = Url::parse(text.trim())
        .map_err(|fault| DappError::InputUrl { url: text.to_owned(), problem: fault.to_string() })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(DappError::InputScheme { url: text.to_owned(), scheme: url.scheme().to_owned() });
    }
    Ok(url)
}

/// Reads a dataset's location as [`dataset_text`] gives it. An ipfs path becomes `ipfs://<cid>[/path]`, for the
/// fetcher to resolve over the gateways of its configuration.
pub fn dataset_url(text: &str) -> Result<Url, DappError> {
    let unknown = || DappError::DatasetLocation(text.to_owned());
    let ipfs = ["/ipfs/", "/p2p/", "ipfs://"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let Some(path) = ipfs else { return input_url(text) };
    let cid = path.split('/').next().unwrap_or_default();
    if cid.len() < 8 || !cid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(unknown());
    }
    Url::parse(&format!("ipfs://{path}")).map_err(|_| unknown())
}

/// Decodes `m_datasetMultiaddr`: UTF-8 as it is, or the binary multiaddr of `/ipfs/<cid>` (protocol 421).
pub fn dataset_text(bytes: &[u8]) -> Result<String, DappError> {
    // A binary multiaddr of protocol 421 begins with 0xa5, which begins no UTF-8 text.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.trim().to_owned());
    }
    let cid = match bytes {
        [0xa5, 0x03, length, cid @ ..] if usize::from(*length) == cid.len() => cid,
        _ => return Err(DappError::DatasetLocation(format!("0x{}", hex::encode(bytes)))),
    };
    let text = match cid {
        [0x12, 0x20, rest @ ..] if rest.len() == 32 => base58(cid),
        [0x01, ..] => format!("b{}", base32(cid)),
        _ => return Err(DappError::DatasetLocation(format!("0x{}", hex::encode(bytes)))),
    };
    Ok(format!("/ipfs/{text}"))
}

/// Base58 of the Bitcoin alphabet, the spelling of a version 0 CID.
fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    let letter = |digit: u8| ALPHABET.get(usize::from(digit)).map(|b| char::from(*b));
    zeros.chain(digits.into_iter().rev()).filter_map(letter).collect()
}

/// Base32 of RFC 4648 in lower case without padding, the spelling of a version 1 CID.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let group = |at: usize| (at..at + 5).fold(0, |value, at| value << 1 | usize::from(bit(at)));
    (0..bytes.len() * 8).step_by(5).filter_map(|at| ALPHABET.get(group(at))).map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_multiaddr_is_read() {
        // The multihash of the well-known empty IPFS folder.
        let multihash =
            hex::decode("1220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855").unwrap();
        let bytes = [&[0xa5, 0x03, 34][..], &multihash].concat();
        assert_eq!(dataset_text(&bytes).unwrap(), "/ipfs/QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n");
        let url = dataset_url("/ipfs/QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n").unwrap();
        assert_eq!(url.as_str(), "ipfs://QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n");
        let v1 = [&[0xa5, 0x03, 36, 0x01, 0x55][..], &multihash].concat();
        assert_eq!(
            dataset_text(&v1).unwrap(),
            "/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
        );
    }

    #[test]
    fn text_stays_text_and_rubbish_is_told() {
        assert_eq!(dataset_text(b"https://a.example/x").unwrap(), "https://a.example/x");
        assert_eq!(dataset_text(b"").unwrap(), "");
        for bytes in [&[0xff, 0xfe][..], &[0xa5, 0x03, 9, 1], &[0xa5, 0x03, 2, 7, 0xff]] {
            assert!(matches!(dataset_text(bytes), Err(DappError::DatasetLocation(_))), "{bytes:?}");
        }
        for text in ["/ipfs/", "/ipfs/../..", "/ipfs/?x"] {
            assert!(matches!(dataset_url(text), Err(DappError::DatasetLocation(_))), "{text}");
        }
    }

    #[test]
    fn only_the_web_is_fetched() {
        for text in ["file:///etc/passwd", "ftp://h/x", "attic://h/x", "xw://h/1", "data:,x", "javascript:1"]
        {
            assert!(matches!(input_url(text), Err(DappError::InputScheme { .. })), "{text}");
        }
        for text in ["foo.zip", "", "/etc/passwd", "http://", "https://a b/"] {
            assert!(matches!(input_url(text), Err(DappError::InputUrl { .. })), "{text}");
        }
    }
}
