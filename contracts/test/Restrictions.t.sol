// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {vm} from "./base/Vm.sol";
import {World} from "./base/World.sol";
import {Group, NotAGroup, RevertingGroup} from "./base/Doubles.sol";
import "./base/Types.sol";

/// Chapter 1.5, 0x12 to 0x1b: an order may name who it is for, as an address or as an ERC-734 group.
contract RestrictionsTest is World {
    uint256 private constant PURPOSE = 4;

    /// Puts a restriction where code 0x12 + `which` looks for it, and says whom it is held against.
    function restrict(Orders memory o, uint256 which, address who) private returns (address subject) {
        if (which == 0) (o.request.workerpool, subject) = (who, pool);
        if (which == 1) (o.app.datasetrestrict, subject) = (who, dataset);
        if (which == 2) (o.app.workerpoolrestrict, subject) = (who, pool);
        if (which == 3) (o.app.requesterrestrict, subject) = (who, actor(REQUESTER));
        if (which == 4) (o.dataset.apprestrict, subject) = (who, app);
        if (which == 5) (o.dataset.workerpoolrestrict, subject) = (who, pool);
        if (which == 6) (o.dataset.requesterrestrict, subject) = (who, actor(REQUESTER));
        if (which == 7) (o.pool.apprestrict, subject) = (who, app);
        if (which == 8) (o.pool.datasetrestrict, subject) = (who, dataset);
        if (which == 9) (o.pool.requesterrestrict, subject) = (who, actor(REQUESTER));
    }

    function code(uint256 which) private pure returns (string memory) {
        string[10] memory codes = ["12", "13", "14", "15", "16", "17", "18", "19", "1a", "1b"];
        return string.concat("iExecV5-matchOrders-0x", codes[which]);
    }

    function refusedEverywhere(address who) private {
        for (uint256 which; which < 10; which++) {
            Orders memory o = ordersWithDataset();
            restrict(o, which, who);
            refuses(actor(ANYONE), matchCall(sign(o)), code(which));
        }
    }

    function test_another_account() public {
        refusedEverywhere(address(0xbad));
    }

    function test_a_contract_that_is_no_group() public {
        refusedEverywhere(address(new NotAGroup()));
    }

    function test_a_group_that_fails() public {
        refusedEverywhere(address(new RevertingGroup()));
    }

    function test_a_group_of_others() public {
        refusedEverywhere(address(new Group(address(0xbad), PURPOSE)));
    }

    function test_a_member_with_another_purpose() public {
        for (uint256 which; which < 10; which++) {
            Orders memory o = ordersWithDataset();
            address subject = restrict(o, which, address(0));
            restrict(o, which, address(new Group(subject, PURPOSE + 1)));
            refuses(actor(ANYONE), matchCall(sign(o)), code(which));
        }
    }

    function test_the_account_itself_and_a_group_of_it_pass() public {
        for (uint256 which; which < 10; which++) {
            Orders memory o = ordersWithDataset();
            address subject = restrict(o, which, address(0));
            restrict(o, which, subject);
            signAndMatch(o);
            o = ordersWithDataset();
            restrict(o, which, address(new Group(subject, PURPOSE)));
            signAndMatch(o);
        }
    }

    function test_an_app_for_one_dataset_is_not_for_none() public {
        Orders memory o = orders();
        o.app.datasetrestrict = dataset;
        refuses(actor(ANYONE), matchCall(sign(o)), code(1));
    }
}
