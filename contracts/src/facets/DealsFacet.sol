// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPocoDeals} from "../interfaces/IPocoOrders.sol";
import {IPocoEvents} from "../interfaces/IPocoEvents.sol";
import {AppOrder, DatasetOrder, Deal, RequestOrder, WorkerpoolOrder} from "../interfaces/PocoTypes.sol";
import {IRegistryEntry, IWorkerpool} from "../interfaces/IRegistries.sol";
import {TAG_TEE_FRAMEWORKS, WORKERPOOL_STAKE_RATIO} from "../libs/Constants.sol";
import {Eip712} from "../libs/Eip712.sol";
import {Escrow} from "../libs/Escrow.sol";
import {MatchRules} from "../libs/MatchRules.sol";
import {percentOf} from "../libs/Percent.sol";
import {Restrictions} from "../libs/Restrictions.sol";
import {Signatures} from "../libs/Signatures.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";

/// @title Matching four orders into a deal (PoCo `IexecPoco1`)
contract DealsFacet is IPocoDeals, IPocoEvents {
    using Eip712 for AppOrder;
    using Eip712 for DatasetOrder;
    using Eip712 for WorkerpoolOrder;
    using Eip712 for RequestOrder;

    /// What a match finds out on its way, together because the stack holds no more.
    struct Match {
        bytes32 appHash;
        bytes32 datasetHash;
        bytes32 workerpoolHash;
        bytes32 requestHash;
        address appOwner;
        address datasetOwner;
        address workerpoolOwner;
        address sponsor;
        uint256 volume;
        bytes32 tag;
        bool hasDataset;
    }

    /// @inheritdoc IPocoDeals
    function verifySignature(address account, bytes32 hash, bytes calldata signature) external view returns (bool) {
        return Signatures.verify(account, hash, signature);
    }

    /// @inheritdoc IPocoDeals
    function verifyPresignature(address account, bytes32 hash) external view returns (bool) {
        return Signatures.verifyPresigned(account, hash);
    }

    /// @inheritdoc IPocoDeals
    function verifyPresignatureOrSignature(address account, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bool)
    {
        return Signatures.verifyEither(account, hash, signature);
    }

    /// @inheritdoc IPocoDeals
    function matchOrders(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) external returns (bytes32) {
        return matchAndPay(apporder, datasetorder, workerpoolorder, requestorder, requestorder.requester);
    }

    /// @inheritdoc IPocoDeals
    function sponsorMatchOrders(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) external returns (bytes32 dealid) {
        dealid = matchAndPay(apporder, datasetorder, workerpoolorder, requestorder, msg.sender);
        emit DealSponsored(dealid, msg.sender);
    }

    /// @inheritdoc IPocoDeals
    function computeDealVolume(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) external view returns (uint256) {
        bool hasDataset = datasetorder.dataset != address(0);
        return volumeOf(
            remaining(apporder.volume, apporder.hash()),
            hasDataset ? remaining(datasetorder.volume, datasetorder.hash()) : type(uint256).max,
            remaining(workerpoolorder.volume, workerpoolorder.hash()),
            remaining(requestorder.volume, requestorder.hash())
        );
    }

    /// @inheritdoc IPocoDeals
    function assertDatasetDealCompatibility(DatasetOrder calldata datasetorder, bytes32 dealid) external view {
        PocoStorage.Layout storage $ = PocoStorage.load();
        Deal storage deal = $.deals[dealid];
        bytes32 hash = datasetorder.hash();
        check(remaining(datasetorder.volume, hash) > 0, "Dataset order is revoked or fully consumed");
        check(
            $.datasetRegistry.isRegistered(datasetorder.dataset)
                && Signatures.verifyEither(IRegistryEntry(datasetorder.dataset).owner(), hash, datasetorder.sign),
            "Invalid dataset order signature"
        );
        check(deal.requester != address(0), "Deal not found");
        check(deal.dataset.pointer == address(0), "Deal already has a dataset");
        check(Restrictions.allows(datasetorder.apprestrict, deal.app.pointer), "App restriction not satisfied");
        check(
            Restrictions.allows(datasetorder.workerpoolrestrict, deal.workerpool.pointer),
            "Workerpool restriction not satisfied"
        );
        check(
            Restrictions.allows(datasetorder.requesterrestrict, deal.requester), "Requester restriction not satisfied"
        );
        check(datasetorder.tag & ~TAG_TEE_FRAMEWORKS & ~deal.tag == 0, "Tag compatibility not satisfied");
    }

    function check(bool satisfied, string memory reason) private pure {
        if (!satisfied) revert IncompatibleDatasetOrder(reason);
    }

    function matchAndPay(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder,
        address sponsor
    ) private returns (bytes32 dealid) {
        Match memory m;
        m.sponsor = sponsor;
        m.hasDataset = datasetorder.dataset != address(0);
        m.tag = MatchRules.requireCompatible(apporder, datasetorder, workerpoolorder, requestorder);
        authenticate(m, apporder, datasetorder, workerpoolorder, requestorder);
        m.volume = volumeOf(
            remaining(apporder.volume, m.appHash),
            m.hasDataset ? remaining(datasetorder.volume, m.datasetHash) : type(uint256).max,
            remaining(workerpoolorder.volume, m.workerpoolHash),
            remaining(requestorder.volume, m.requestHash)
        );
        require(m.volume > 0, "iExecV5-matchOrders-0x60");

        PocoStorage.Layout storage $ = PocoStorage.load();
        uint256 botFirst = $.consumed[m.requestHash];
        dealid = keccak256(abi.encodePacked(m.requestHash, botFirst));
        Deal storage deal = $.deals[dealid];
        recordResources(deal, m, apporder, datasetorder, workerpoolorder);
        recordTerms(deal, m, requestorder, botFirst);
        consume($, m);
        lockFunds(deal, m.volume);

        emit SchedulerNotice(workerpoolorder.workerpool, dealid);
        emit OrdersMatched(dealid, m.appHash, m.datasetHash, m.workerpoolHash, m.requestHash, m.volume);
    }

    /// Each resource is registered and its order signed by who owns it now; the request is signed by its requester.
    function authenticate(
        Match memory m,
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) private view {
        PocoStorage.Layout storage $ = PocoStorage.load();
        require($.appRegistry.isRegistered(apporder.app), "iExecV5-matchOrders-0x20");
        m.appHash = apporder.hash();
        m.appOwner = IRegistryEntry(apporder.app).owner();
        require(Signatures.verifyEither(m.appOwner, m.appHash, apporder.sign), "iExecV5-matchOrders-0x21");

        if (m.hasDataset) {
            require($.datasetRegistry.isRegistered(datasetorder.dataset), "iExecV5-matchOrders-0x30");
            m.datasetHash = datasetorder.hash();
            m.datasetOwner = IRegistryEntry(datasetorder.dataset).owner();
            require(
                Signatures.verifyEither(m.datasetOwner, m.datasetHash, datasetorder.sign), "iExecV5-matchOrders-0x31"
            );
        }

        require($.workerpoolRegistry.isRegistered(workerpoolorder.workerpool), "iExecV5-matchOrders-0x40");
        m.workerpoolHash = workerpoolorder.hash();
        m.workerpoolOwner = IRegistryEntry(workerpoolorder.workerpool).owner();
        require(
            Signatures.verifyEither(m.workerpoolOwner, m.workerpoolHash, workerpoolorder.sign),
            "iExecV5-matchOrders-0x41"
        );

        m.requestHash = requestorder.hash();
        require(
            Signatures.verifyEither(requestorder.requester, m.requestHash, requestorder.sign),
            "iExecV5-matchOrders-0x50"
        );
    }

    /// Owners, prices and policies are copied: what changes later does not change a deal.
    function recordResources(
        Deal storage deal,
        Match memory m,
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder
    ) private {
        deal.app.pointer = apporder.app;
        deal.app.owner = m.appOwner;
        deal.app.price = apporder.appprice;
        if (m.hasDataset) {
            deal.dataset.pointer = datasetorder.dataset;
            deal.dataset.owner = m.datasetOwner;
            deal.dataset.price = datasetorder.datasetprice;
        }
        IWorkerpool workerpool = IWorkerpool(workerpoolorder.workerpool);
        deal.workerpool.pointer = address(workerpool);
        deal.workerpool.owner = m.workerpoolOwner;
        deal.workerpool.price = workerpoolorder.workerpoolprice;
        deal.workerStake = percentOf(workerpoolorder.workerpoolprice, workerpool.m_workerStakeRatioPolicy());
        deal.schedulerRewardRatio = workerpool.m_schedulerRewardRatioPolicy();
    }

    function recordTerms(Deal storage deal, Match memory m, RequestOrder calldata requestorder, uint256 botFirst)
        private
    {
        deal.trust = Math.max(requestorder.trust, 1);
        deal.category = requestorder.category;
        deal.tag = m.tag;
        deal.requester = requestorder.requester;
        deal.beneficiary = requestorder.beneficiary;
        deal.callback = requestorder.callback;
        deal.params = requestorder.params;
        deal.startTime = block.timestamp;
        deal.botFirst = botFirst;
        deal.botSize = m.volume;
        deal.sponsor = m.sponsor;
    }

    function consume(PocoStorage.Layout storage $, Match memory m) private {
        $.consumed[m.appHash] += m.volume;
        if (m.hasDataset) $.consumed[m.datasetHash] += m.volume;
        $.consumed[m.workerpoolHash] += m.volume;
        $.consumed[m.requestHash] += m.volume;
    }

    /// The payer locks the price of all tasks, the scheduler its stake for all of them; in this order.
    function lockFunds(Deal storage deal, uint256 volume) private {
        uint256 workerpoolPrice = deal.workerpool.price;
        Escrow.lock(deal.sponsor, (deal.app.price + deal.dataset.price + workerpoolPrice) * volume);
        Escrow.lock(deal.workerpool.owner, percentOf(workerpoolPrice, WORKERPOOL_STAKE_RATIO) * volume);
    }

    function remaining(uint256 volume, bytes32 orderHash) private view returns (uint256) {
        return volume - PocoStorage.load().consumed[orderHash];
    }

    function volumeOf(uint256 app, uint256 dataset, uint256 workerpool, uint256 request)
        private
        pure
        returns (uint256)
    {
        return Math.min(Math.min(app, dataset), Math.min(workerpool, request));
    }
}
