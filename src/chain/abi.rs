//! The ABI of the live network's hub, its registries and its token (PoCo v6, also v5.x), as far as `poco` calls them.
//!
//! Views that gained fields between versions are declared in their newest form; `decode` reads the older ones.

use alloy::sol;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct AppOrder {
        address app; uint256 appprice; uint256 volume; bytes32 tag; address datasetrestrict;
        address workerpoolrestrict; address requesterrestrict; bytes32 salt; bytes sign;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct DatasetOrder {
        address dataset; uint256 datasetprice; uint256 volume; bytes32 tag; address apprestrict;
        address workerpoolrestrict; address requesterrestrict; bytes32 salt; bytes sign;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct WorkerpoolOrder {
        address workerpool; uint256 workerpoolprice; uint256 volume; bytes32 tag; uint256 category;
        uint256 trust; address apprestrict; address datasetrestrict; address requesterrestrict; bytes32 salt;
        bytes sign;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct RequestOrder {
        address app; uint256 appmaxprice; address dataset; uint256 datasetmaxprice; address workerpool;
        uint256 workerpoolmaxprice; address requester; uint256 volume; bytes32 tag; uint256 category;
        uint256 trust; address beneficiary; address callback; string params; bytes32 salt; bytes sign;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Resource { address pointer; address owner; uint256 price; }
    #[derive(Debug, PartialEq, Eq)]
    struct DealView {
        Resource app; Resource dataset; Resource workerpool; uint256 trust; uint256 category; bytes32 tag;
        address requester; address beneficiary; address callback; string params; uint256 startTime;
        uint256 botFirst; uint256 botSize; uint256 workerStake; uint256 schedulerRewardRatio; address sponsor;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct TaskView {
        uint8 status; bytes32 dealid; uint256 idx; uint256 timeref; uint256 contributionDeadline;
        uint256 revealDeadline; uint256 finalDeadline; bytes32 consensusValue; uint256 revealCounter;
        uint256 winnerCounter; address[] contributors; bytes32 resultDigest; bytes results;
        uint256 resultsTimestamp; bytes resultsCallback;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct ContributionView {
        uint8 status; bytes32 resultHash; bytes32 resultSeal; address enclaveChallenge; uint256 weight;
    }
    #[derive(Debug, PartialEq, Eq)]
    struct CategoryView { string name; string description; uint256 workClockTimeRef; }
    #[derive(Debug, PartialEq, Eq)]
    struct AccountView { uint256 stake; uint256 locked; }

    #[sol(rpc)]
    interface Hub {
        event SchedulerNotice(address indexed workerpool, bytes32 dealid);
        event OrdersMatched(bytes32 dealid, bytes32 appHash, bytes32 datasetHash, bytes32 workerpoolHash, bytes32 requestHash, uint256 volume);
        event TaskInitialize(bytes32 indexed taskid, address indexed workerpool);
        event TaskContribute(bytes32 indexed taskid, address indexed worker, bytes32 hash);
        event TaskConsensus(bytes32 indexed taskid, bytes32 consensus);
        event TaskReveal(bytes32 indexed taskid, address indexed worker, bytes32 digest);
        event TaskReopen(bytes32 indexed taskid);
        event TaskFinalize(bytes32 indexed taskid, bytes results);
        event TaskClaimed(bytes32 indexed taskid);
        event Reward(address owner, uint256 amount, bytes32 ref);
        event Seize(address owner, uint256 amount, bytes32 ref);

        function appregistry() external view returns (address);
        function datasetregistry() external view returns (address);
        function workerpoolregistry() external view returns (address);
        function token() external view returns (address);
        function callbackgas() external view returns (uint256);
        function contribution_deadline_ratio() external view returns (uint256);
        function reveal_deadline_ratio() external view returns (uint256);
        function final_deadline_ratio() external view returns (uint256);
        function workerpool_stake_ratio() external view returns (uint256);
        function kitty_ratio() external view returns (uint256);
        function kitty_min() external view returns (uint256);
        function kitty_address() external view returns (address);
        function teebroker() external view returns (address);
        function eip712domain_separator() external view returns (bytes32);
        function countCategory() external view returns (uint256);

        function viewCategory(uint256 id) external view returns (CategoryView memory);
        function viewDeal(bytes32 dealid) external view returns (DealView memory);
        function viewTask(bytes32 taskid) external view returns (TaskView memory);
        function viewContribution(bytes32 taskid, address worker) external view returns (ContributionView memory);
        function viewAccount(address account) external view returns (AccountView memory);
        function viewScore(address worker) external view returns (uint256);
        function viewConsumed(bytes32 order) external view returns (uint256);

        function deposit(uint256 amount) external returns (bool);
        function depositFor(uint256 amount, address target) external returns (bool);
        function withdraw(uint256 amount) external returns (bool);
        function matchOrders(AppOrder app, DatasetOrder dataset, WorkerpoolOrder workerpool, RequestOrder request) external returns (bytes32);
        function initialize(bytes32 dealid, uint256 idx) external returns (bytes32);
        function initializeArray(bytes32[] dealid, uint256[] idx) external returns (bool);
        function contribute(bytes32 taskid, bytes32 resultHash, bytes32 resultSeal, address enclaveChallenge, bytes enclaveSign, bytes authorizationSign) external;
        function reveal(bytes32 taskid, bytes32 resultDigest) external;
        function finalize(bytes32 taskid, bytes results, bytes resultsCallback) external;
        function reopen(bytes32 taskid) external;
        function claim(bytes32 taskid) external;
        function createCategory(string name, string description, uint256 workClockTimeRef) external returns (uint256);
    }

    #[sol(rpc)]
    interface Registry {
        event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

        function isRegistered(address entry) external view returns (bool);
        function createApp(address owner, string name, string kind, bytes multiaddr, bytes32 checksum, bytes mrenclave) external returns (address);
        function predictApp(address owner, string name, string kind, bytes multiaddr, bytes32 checksum, bytes mrenclave) external view returns (address);
        function createWorkerpool(address owner, string description) external returns (address);
    }

    interface Multicall3 {
        struct Call3 { address target; bool allowFailure; bytes callData; }
        struct Result { bool success; bytes returnData; }
        function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory returnData);
        function getEthBalance(address addr) external view returns (uint256 balance);
    }

    #[sol(rpc)]
    interface Entry {
        function owner() external view returns (address);
        function m_appName() external view returns (string);
        function m_appType() external view returns (string);
        function m_appMultiaddr() external view returns (bytes);
        function m_appChecksum() external view returns (bytes32);
        function m_datasetMultiaddr() external view returns (bytes);
        function m_datasetChecksum() external view returns (bytes32);
        function m_workerStakeRatioPolicy() external view returns (uint256);
        function m_schedulerRewardRatioPolicy() external view returns (uint256);
        function changePolicy(uint256 workerStakeRatio, uint256 schedulerRewardRatio) external;
    }

    #[sol(rpc)]
    interface Token {
        function balanceOf(address account) external view returns (uint256);
        function decimals() external view returns (uint8);
        function symbol() external view returns (string);
        function transfer(address to, uint256 amount) external returns (bool);
        function approve(address spender, uint256 amount) external returns (bool);
        function approveAndCall(address spender, uint256 amount, bytes data) external returns (bool);
    }
}
