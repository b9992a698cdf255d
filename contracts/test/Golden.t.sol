// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Hashes} from "./base/Hashes.sol";
import "./base/Types.sol";

/// The golden vectors of the reference (chapter 1.4), on a hub that lies at their address on their chain. Their values are literals here
/// because the reference is prose; the request's order hash is taken as given, for its params are not in it.
contract GoldenTest is World {
    address private constant SIGNER = 0x000a9c787a972F70F0903890E266F41c795C4DcA;
    bytes32 private constant REQUEST_HASH = 0x03f960f8c4153017ca091fe3eb5169a51af3b7b2eae9b85a72e1af9ed2493b45;
    bytes32 private constant DEAL = 0x5b65bf881bf775a4c8ae44291e0f404f7ce2dc1a5021533a1635e3a5fe94a84b;
    bytes32 private constant TASK = 0xcd8e08dcfdc7c7ef80b668002098f200b0dd727da6d09a962447b59cce77747d;
    address private constant WORKER = 0x1111111111111111111111111111111111111111;

    function setUp() public override {
        vm.chainId(133);
        hubAddress = 0x3eca1B216A7DF1C7689aEb259fFB83ADFB894E7f;
        super.setUp();
    }

    function test_domain() public view {
        bytes32 expected = 0xfe74a571c117ad1e52a111b47ec87ee86756b7100d374152c3d0f6c039575397;
        vm.assertEq(hub.eip712domain_separator(), expected, "hub");
        vm.assertEq(separator, expected, "tests");
        live(
            42161,
            0x098bFCb1E50ebcA0BaA92C12eA0c3F045A1aD9f0,
            0x3b211ab198ac0c745a332d34416d88c417c2f06a87bd9f0d2fdd37b242c75402
        );
        live(
            421614,
            0xB2157BF2fAb286b2A4170E3491Ac39770111Da3E,
            0xde6e7a8f1c22386ba73ee5376e4ec7089a2d2b07ebbfce54d4cb386daa34cc92
        );
        live(
            134,
            0x3eca1B216A7DF1C7689aEb259fFB83ADFB894E7f,
            0xf2cbd98a556869939d25b73c3fa68ba45f19932f8c9a06f744c98290ed9ef860
        );
    }

    function live(uint256 chainId, address at_, bytes32 expected) private pure {
        vm.assertEq(Hashes.separator(chainId, at_), expected, "a live network's separator");
    }

    function owned(address entry) private {
        vm.etch(entry, hex"00");
        vm.mockCall(entry, abi.encodeWithSignature("owner()"), abi.encode(SIGNER));
    }

    function check(bytes32 ours, bytes32 golden, bytes memory signature) private view {
        vm.assertEq(ours, golden, "order hash");
        vm.assertTrue(hub.verifySignature(SIGNER, golden, signature), "signature");
        vm.assertEq(hub.viewPresigned(golden), SIGNER, "the hub's own hash");
    }

    function test_app() public {
        AppOrder memory o;
        o.app = 0x2EbD509d777B187E8394566bA6ec093B9dd73DF1;
        o.volume = 1;
        o.salt = 0xbe858b0eee90cf2e85297bd3df81373f6b4de20c67a3e1f5db1a9d5be8abc3c4;
        owned(o.app);
        vm.prank(SIGNER);
        hub.manageAppOrder(AppOrderOperation(o, SIGN, ""));
        check(
            digestOf(o),
            0xba3386e38e2048de59653fed9f717a2b4400efe2d704b2980f814a91ef1f90e1,
            hex"82c2d8a5f59f1088eb0b9a627c367ae7dae1772c8bd98c394699ae24830611e1171026f4e28d2c60302c34a04c60c4fc2f1363e165072dca04a9f203734978671c"
        );
    }

    function test_dataset() public {
        DatasetOrder memory o;
        o.dataset = 0x2550E5B60f48742aBce2275F34417e7cBf5AcA86;
        o.volume = 1000000;
        o.tag = bytes32(uint256(1));
        o.salt = 0xc49d07f99c47096900653b6ade4ccde4c52f773a5ad68f1da0a47c993cad4595;
        owned(o.dataset);
        vm.prank(SIGNER);
        hub.manageDatasetOrder(DatasetOrderOperation(o, SIGN, ""));
        check(
            digestOf(o),
            0x87c9e55f03233ddcbfd9f37dbef06b2932d7c20a9998ea01f26d1efe055edeb9,
            hex"94661cab25380e7a6e1c20762988f6f854c5123a17ad27c65580d7c3edcfa2025a9d255c679c4cf7d489560917c17d3af3da83737b3722824918d39aecfedf711c"
        );
    }

    function test_workerpool() public {
        WorkerpoolOrder memory o;
        o.workerpool = 0x53Ef1328a96E40E125bca15b9a4da045C5e63E1A;
        o.volume = 1;
        o.salt = 0x40af1a4975ca6ca7285d7738e51c8da91a9daee4a23fb45d105068be56f85e56;
        owned(o.workerpool);
        vm.prank(SIGNER);
        hub.manageWorkerpoolOrder(WorkerpoolOrderOperation(o, SIGN, ""));
        check(
            digestOf(o),
            0x66df04fcab380857d682cfc64a4c8906587e918857d481a29f79f7c3abd06620,
            hex"18bb5dbf608ade315c9e81f0b89929a93aa36aee0a1d51e9119c66799af126596c6cfd1e676ea394e346c616710a675388d5b270a195e494e75d107c87a45dce1c"
        );
    }

    function test_ids_and_messages() public pure {
        bytes32 digest = bytes32(0x2222222222222222222222222222222222222222222222222222222222222222);
        bytes32 authorization = Hashes.authorization(WORKER, TASK, address(0));
        vm.assertEq(Hashes.dealid(REQUEST_HASH, 0), DEAL, "dealid");
        vm.assertEq(Hashes.taskid(DEAL, 0), TASK, "taskid");
        vm.assertEq(
            authorization, bytes32(0x9a02ca108b96d11e49f83dff966915db818aecfb5fdf1835dc0d9bbd7ff9643f), "authorization"
        );
        vm.assertEq(
            ethSigned(authorization),
            bytes32(0x80b5be8ed3ca9c601431d778ca44ebf9f65911c53ee7cfc2555cf1460b73c622),
            "its digest"
        );
        vm.assertEq(
            Hashes.resultHash(TASK, digest),
            bytes32(0xee7041b78f98933d744f7c60e81219f9d74e050b5ef269959b93cd28a6f10d7e),
            "result hash"
        );
        vm.assertEq(
            Hashes.resultSeal(WORKER, TASK, digest),
            bytes32(0x1627841f3407628097f9376ce813149d602cb5f2880b79fdae0ce0fc1e28a32b),
            "result seal"
        );
        address alice = 0x748e091bf16048cb5103E0E10F9D5a8b7fBDd860;
        bytes32 joined = keccak256(
            abi.encodePacked(alice, bytes32(0xd94b63fc2d3ec4b96daf84b403bbafdc8c8517e8e2addd51fec0fa4e67801be8))
        );
        vm.assertEq(
            joined, bytes32(0x9ca8cbf81a285c62778678c874dae13fdc6857566b67a9a825434dd557e18a8d), "packed and hashed"
        );
    }
}
