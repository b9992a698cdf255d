//! The EIP-712 structs of the orders and of the operations on them: what is hashed, so without `sign`, and with
//! `operation` as a uint256 where the ABI has a uint8.

alloy::sol! {
    struct AppOrder {
        address app;
        uint256 appprice;
        uint256 volume;
        bytes32 tag;
        address datasetrestrict;
        address workerpoolrestrict;
        address requesterrestrict;
        bytes32 salt;
    }

    struct DatasetOrder {
        address dataset;
        uint256 datasetprice;
        uint256 volume;
        bytes32 tag;
        address apprestrict;
        address workerpoolrestrict;
        address requesterrestrict;
        bytes32 salt;
    }

    struct WorkerpoolOrder {
        address workerpool;
        uint256 workerpoolprice;
        uint256 volume;
        bytes32 tag;
        uint256 category;
        uint256 trust;
        address apprestrict;
        address datasetrestrict;
        address requesterrestrict;
        bytes32 salt;
    }

    struct RequestOrder {
        address app;
        uint256 appmaxprice;
        address dataset;
        uint256 datasetmaxprice;
        address workerpool;
        uint256 workerpoolmaxprice;
        address requester;
        uint256 volume;
        bytes32 tag;
        uint256 category;
        uint256 trust;
        address beneficiary;
        address callback;
        string params;
        bytes32 salt;
    }

    struct AppOrderOperation {
        AppOrder order;
        uint256 operation;
    }

    struct DatasetOrderOperation {
        DatasetOrder order;
        uint256 operation;
    }

    struct WorkerpoolOrderOperation {
        WorkerpoolOrder order;
        uint256 operation;
    }

    struct RequestOrderOperation {
        RequestOrder order;
        uint256 operation;
    }
}
