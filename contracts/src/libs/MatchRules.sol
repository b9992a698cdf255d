// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder} from "../interfaces/PocoTypes.sol";
import {PocoStorage} from "../storage/PocoStorage.sol";
import {TAG_TEE, TAG_TEE_FRAMEWORKS} from "./Constants.sol";
import {Restrictions} from "./Restrictions.sol";

/// @title Do four orders want the same thing, and each other? (first half of PoCo `matchOrders`)
/// @notice Checks run in the order of their codes, so a match with several faults names the same one as on the live network.
library MatchRules {
    /// Reverts unless the orders are compatible; returns the deal's tag.
    function requireCompatible(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) internal view returns (bytes32 tag) {
        requireTerms(apporder, datasetorder, workerpoolorder, requestorder);
        tag = requireTag(apporder, datasetorder, workerpoolorder, requestorder);
        requireRequested(apporder, datasetorder, workerpoolorder, requestorder);
        requireAccepted(apporder, datasetorder, workerpoolorder, requestorder);
    }

    function requireTerms(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) private view {
        require(requestorder.category == workerpoolorder.category, "iExecV5-matchOrders-0x00");
        require(requestorder.category < PocoStorage.load().categories.length, "iExecV5-matchOrders-0x01");
        require(requestorder.trust <= workerpoolorder.trust, "iExecV5-matchOrders-0x02");
        require(requestorder.appmaxprice >= apporder.appprice, "iExecV5-matchOrders-0x03");
        require(requestorder.datasetmaxprice >= datasetorder.datasetprice, "iExecV5-matchOrders-0x04");
        require(requestorder.workerpoolmaxprice >= workerpoolorder.workerpoolprice, "iExecV5-matchOrders-0x05");
    }

    /// The workerpool must offer all that anyone asks for; where anyone asks for TEE, the app must have been made for it.
    function requireTag(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) private pure returns (bytes32 tag) {
        tag = apporder.tag | (datasetorder.tag & ~TAG_TEE_FRAMEWORKS) | requestorder.tag;
        require(tag & ~workerpoolorder.tag == 0, "iExecV5-matchOrders-0x06");
        require((tag ^ apporder.tag) & TAG_TEE == 0, "iExecV5-matchOrders-0x07");
    }

    function requireRequested(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) private view {
        require(requestorder.app == apporder.app, "iExecV5-matchOrders-0x10");
        require(requestorder.dataset == datasetorder.dataset, "iExecV5-matchOrders-0x11");
        require(Restrictions.allows(requestorder.workerpool, workerpoolorder.workerpool), "iExecV5-matchOrders-0x12");
    }

    function requireAccepted(
        AppOrder calldata apporder,
        DatasetOrder calldata datasetorder,
        WorkerpoolOrder calldata workerpoolorder,
        RequestOrder calldata requestorder
    ) private view {
        address app = apporder.app;
        address dataset = datasetorder.dataset;
        address workerpool = workerpoolorder.workerpool;
        address requester = requestorder.requester;
        require(Restrictions.allows(apporder.datasetrestrict, dataset), "iExecV5-matchOrders-0x13");
        require(Restrictions.allows(apporder.workerpoolrestrict, workerpool), "iExecV5-matchOrders-0x14");
        require(Restrictions.allows(apporder.requesterrestrict, requester), "iExecV5-matchOrders-0x15");
        require(Restrictions.allows(datasetorder.apprestrict, app), "iExecV5-matchOrders-0x16");
        require(Restrictions.allows(datasetorder.workerpoolrestrict, workerpool), "iExecV5-matchOrders-0x17");
        require(Restrictions.allows(datasetorder.requesterrestrict, requester), "iExecV5-matchOrders-0x18");
        require(Restrictions.allows(workerpoolorder.apprestrict, app), "iExecV5-matchOrders-0x19");
        require(Restrictions.allows(workerpoolorder.datasetrestrict, dataset), "iExecV5-matchOrders-0x1a");
        require(Restrictions.allows(workerpoolorder.requesterrestrict, requester), "iExecV5-matchOrders-0x1b");
    }
}
