// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IERC1271} from "../interfaces/IExternal.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title Who signed what (PoCo `SignatureVerifier`)
library Signatures {
    /// An account with code is asked (ERC-1271; one that reverts or answers anything else has not signed). Any other signs
    /// with 65 bytes (r, s, v of 27 or 28) or 64 bytes (EIP-2098), s in the lower half; another length reverts.
    function verify(address account, bytes32 hash, bytes calldata signature) internal view returns (bool) {
        if (account.code.length > 0) {
            (bool ok, bytes memory answer) =
                account.staticcall(abi.encodeCall(IERC1271.isValidSignature, (hash, signature)));
            return
                ok && answer.length >= 32
                    && abi.decode(answer, (bytes32)) == bytes32(IERC1271.isValidSignature.selector);
        }
        address signer;
        ECDSA.RecoverError err;
        if (signature.length == 65) {
            (signer, err,) = ECDSA.tryRecoverCalldata(hash, signature);
        } else if (signature.length == 64) {
            (signer, err,) = ECDSA.tryRecover(hash, bytes32(signature[:32]), bytes32(signature[32:]));
        } else {
            revert("invalid-signature-format");
        }
        return err == ECDSA.RecoverError.NoError && signer == account;
    }

    /// A signature over the EIP-191 "personal message" of a 32-byte hash: authorisations and enclave proofs.
    function verifyMessage(address account, bytes32 hash, bytes calldata signature) internal view returns (bool) {
        return verify(account, MessageHashUtils.toEthSignedMessageHash(hash), signature);
    }

    /// Presigned by `manage*Order`. A presigner who is no longer the owner does not count, hence the stored address.
    function verifyPresigned(address account, bytes32 hash) internal view returns (bool) {
        return account != address(0) && PocoStorage.load().presigned[hash] == account;
    }

    function verifyEither(address account, bytes32 hash, bytes calldata signature) internal view returns (bool) {
        return verifyPresigned(account, hash) || verify(account, hash, signature);
    }
}
