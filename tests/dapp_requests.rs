//! What real dapps ask for: the examples of the classic registry, the live network's own vectors, and iexec.json files
//! right and wrong.

use alloy::primitives::{Address, B256};
use poco::dapp::{
    AppFacts, DappError, DatasetFacts, Fetched, Folder, IexecJson, ImageConfig, InputName, Launch, Plan,
    ProofRule, Request, TaskFacts, Unpack, check_kind, contract_for,
};
use poco::poco::{DealId, Fault, TaskId};
use proptest::prelude::*;

fn request(image: &str, params: &str) -> Request {
    Request {
        task: TaskFacts {
            task: TaskId(B256::repeat_byte(0xaa)),
            deal: DealId(B256::repeat_byte(0xbb)),
            index: 7,
            bot_first: 5,
            bot_size: 10,
            callback: None,
        },
        app: AppFacts { kind: "DOCKER".into(), multiaddr: image.into(), checksum: None },
        dataset: None,
        params: params.into(),
    }
}

fn plan(request: &Request) -> Result<Plan, DappError> {
    contract_for(request).plan(request)
}

fn launch(request: &Request) -> Result<Launch, DappError> {
    contract_for(request).launch(request, &Fetched::default(), &ImageConfig::default())
}

fn code<T: std::fmt::Debug>(result: Result<T, DappError>) -> &'static str {
    let fault = result.unwrap_err();
    assert!(!fault.help().is_empty());
    assert!(!fault.to_string().contains("P-DA"), "the edge prints the code: {fault}");
    fault.code()
}

/// Image, params, contract, words (none for the image's own), inputs.
type Example =
    (&'static str, &'static str, &'static str, Option<&'static [&'static str]>, &'static [&'static str]);

const EXAMPLES: &[Example] = &[
    (
        "iexechub/ffmpeg",
        r#"{"cmdline":"-i /iexec/small.mp4 /iexec/small.avi","dirinuri":"http://techslides.com/demos/sample-videos/small.mp4"}"#,
        "classic",
        Some(&["-i", "/iexec/small.mp4", "/iexec/small.avi"]),
        &["http://techslides.com/demos/sample-videos/small.mp4"],
    ),
    ("iexechub/factorial", r#"{"cmdline":"10"}"#, "classic", Some(&["10"]), &[]),
    (
        "iexechub/sudokucli",
        r#"{"cmdline":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"}"#,
        "classic",
        Some(&["53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"]),
        &[],
    ),
    (
        "iexechub/blender-images:latest",
        r#"{"cmdline":"iexec/iexec-rlc.blend","dirinuri":"https://github.com/x/raw/blender/apps/iexec-rlc.blend"}"#,
        "classic",
        Some(&["iexec/iexec-rlc.blend"]),
        &["https://github.com/x/raw/blender/apps/iexec-rlc.blend"],
    ),
    (
        "iexechub/blur-face",
        r#"{"cmdline":"iexec/victor.mp4","dirinuri":"https://raw.example/victor.mp4"}"#,
        "classic",
        Some(&["iexec/victor.mp4"]),
        &["https://raw.example/victor.mp4"],
    ),
    (
        "iexechub/find-face",
        r#"{"cmdline":"iexec/victor.mp4","dirinuri":"https://raw.example/victor.mp4"}"#,
        "classic",
        Some(&["iexec/victor.mp4"]),
        &["https://raw.example/victor.mp4"],
    ),
    (
        "v4tech/imagemagick",
        r#"{"cmdline":"convert iexec/logo.png iexec/logo.jpg","dirinuri":"https://raw.example/logo.png"}"#,
        "classic",
        Some(&["convert", "iexec/logo.png", "iexec/logo.jpg"]),
        &["https://raw.example/logo.png"],
    ),
    (
        "iexechub/iexec-dapp-oyente",
        r#"{"cmdline":"bash /oyente/customScript.sh","dirinuri":"https://github.com/x/contracts.zip?raw=true"}"#,
        "classic",
        Some(&["bash", "/oyente/customScript.sh"]),
        &["https://github.com/x/contracts.zip?raw=true"],
    ),
    (
        "iexechub/docker-with-script",
        r#"{"cmdline":"customScript.sh ShowMethisText","dirinuri":"https://raw.example/dirinuri.zip"}"#,
        "classic",
        Some(&["customScript.sh", "ShowMethisText"]),
        &["https://raw.example/dirinuri.zip"],
    ),
    (
        "ziedguesmi/image2text",
        r#"{"cmdline":"","dirinuri":"https://github.com/x/DATADIR.zip?raw=true"}"#,
        "classic",
        None,
        &["https://github.com/x/DATADIR.zip?raw=true"],
    ),
    (
        "ziedguesmi/image2text",
        r#"{"dirinuri":"https://github.com/x/DATADIR.zip?raw=true"}"#,
        "classic",
        None,
        &["https://github.com/x/DATADIR.zip?raw=true"],
    ),
    (
        "perl:5.20",
        r#"{"cmdline":" perl /iexec/hello.pl","dirinuri":"https://raw.example/hello.pl"}"#,
        "classic",
        Some(&["perl", "/iexec/hello.pl"]),
        &["https://raw.example/hello.pl"],
    ),
    (
        "node",
        r#"{"cmdline":"node /iexec/test.js","dirinuri":"https://gist.githubusercontent.com/x/raw/0a/test.js"}"#,
        "classic",
        Some(&["node", "/iexec/test.js"]),
        &["https://gist.githubusercontent.com/x/raw/0a/test.js"],
    ),
    (
        "iexechub/r-clifford-attractors",
        r#"{"cmdline":"Rscript /iexec/CliffordAttractors.R -1.24458046630025 -1.25191834103316","dirinuri":"https://raw.example/CliffordAttractors.R"}"#,
        "classic",
        Some(&["Rscript", "/iexec/CliffordAttractors.R", "-1.24458046630025", "-1.25191834103316"]),
        &["https://raw.example/CliffordAttractors.R"],
    ),
    (
        "iexechub/r-wordcloud",
        r#"{"cmdline":"Rscript iexec/iExecWordcloud.R https://iex.ec/a.pdf","dirinuri":"https://raw.example/iExecWordcloud.R"}"#,
        "classic",
        Some(&["Rscript", "iexec/iExecWordcloud.R", "https://iex.ec/a.pdf"]),
        &["https://raw.example/iExecWordcloud.R"],
    ),
    (
        "iexechub/snap-esa",
        r#"{"app":"0x57ac","dataset":"0x0","cmdline":"snapParams https://a/b.xml https://a/c.properties https://a/d.zip"}"#,
        "classic",
        Some(&["snapParams", "https://a/b.xml", "https://a/c.properties", "https://a/d.zip"]),
        &[],
    ),
    (
        "iexechub/sox",
        r#"{"cmdline":"4669.wav -r 8000 -c2 my-converted-sound.mp3","dirinuri":"http://raw.example/4669.wav"}"#,
        "classic",
        Some(&["4669.wav", "-r", "8000", "-c2", "my-converted-sound.mp3"]),
        &["http://raw.example/4669.wav"],
    ),
    (
        "jamesnetherton/gimp",
        r#"{"cmdline":"--version","dirinuri":"https://raw.example/make-logo.scm"}"#,
        "classic",
        Some(&["--version"]),
        &["https://raw.example/make-logo.scm"],
    ),
    (
        "renyufu/lame",
        r#"{"cmdline":"--help","dirinuri":"https://raw.example/logo.png"}"#,
        "classic",
        Some(&["--help"]),
        &["https://raw.example/logo.png"],
    ),
    (
        "iexechub/xmrig",
        r#"{"cmdline":"600 -o xmrpool.eu -u 45KH -p x"}"#,
        "classic",
        Some(&["600", "-o", "xmrpool.eu", "-u", "45KH", "-p", "x"]),
        &[],
    ),
    ("iexechub/vanityeth", r#"{"cmdline":"ace"}"#, "classic", Some(&["ace"]), &[]),
    ("iexechub/vanitygen", r#"{"cmdline":"1iEx"}"#, "classic", Some(&["1iEx"]), &[]),
    (
        "iexechub/sgx-scone:blender",
        r#"{"cmdline":"--sessionID <sessionID> --secretManagementService <IP>  --url <url>"}"#,
        "classic",
        Some(&["--sessionID", "<sessionID>", "--secretManagementService", "<IP>", "--url", "<url>"]),
        &[],
    ),
    (
        "iexechub/maskrcnn",
        r#"{"cmdline":"https://raw.example/a.jpg"}"#,
        "classic",
        Some(&["https://raw.example/a.jpg"]),
        &[],
    ),
    ("iexechub/scikit", r#"{"cmdline":""}"#, "classic", None, &[]),
    // Neither key and a plain image: the live contract, with nothing to say.
    ("reckey/signature:test", "{}", "iexec", None, &[]),
    ("XWDOCKERIMAGE=reckey/signature:test,A=1", "{}", "classic", None, &[]),
];

#[test]
fn real_requests_are_understood() {
    for (image, params, contract, words, inputs) in EXAMPLES {
        let request = request(image, params);
        assert_eq!(contract_for(&request).name(), *contract, "{image}");
        let plan = plan(&request).unwrap();
        let urls: Vec<_> = plan.inputs.iter().map(|input| input.url.as_str()).collect();
        assert_eq!(urls, *inputs, "{image}");
        assert!(
            plan.inputs.iter().all(|i| i.unpack == Unpack::Zips
                && i.name == InputName::FromUrl
                && i.folder == Folder::Shared)
        );
        let launch = launch(&request).unwrap();
        let expected = words.map(|words| words.iter().map(|word| word.to_string()).collect::<Vec<_>>());
        assert_eq!(launch.command, expected, "{image}");
        if *contract == "classic" {
            assert_eq!(launch.mounts.iter().map(|mount| mount.target).collect::<Vec<_>>(), ["/iexec"]);
            assert_eq!(launch.proof, ProofRule::Consensus { callback: false });
        }
    }
}

#[test]
fn what_cannot_be_understood_has_its_code() {
    for (params, expected) in [
        (
            r#"{"cmdline":"-i -b \"$(cat make-logo.scm)(make-logo '(0 0 0) 200 \\\"iExec\\\") -b '(gimp-quit 0)' "}"#,
            "P-DA-014",
        ),
        (r#"{"cmdline":5}"#, "P-DA-004"),
        (r#"{"cmdline":["a"]}"#, "P-DA-004"),
        (r#"{"cmdline":"a","stdinuri":"http://a/b"}"#, "P-DA-003"),
        (r#"{"cmdline":"a","cmdline":"b"}"#, "P-DA-002"),
        (r#"{"cmdline":"a","iexec_args":"b"}"#, "P-DA-013"),
        (r#"{"cmdline":"a\u0000b"}"#, "P-DA-015"),
        (r#"{"dirinuri":"foo.zip"}"#, "P-DA-016"),
        (r#"{"dirinuri":["http://a/b",""]}"#, "P-DA-016"),
        (r#"{"dirinuri":"file:///etc/passwd"}"#, "P-DA-017"),
        (r#"{"dirinuri":["http://a/b","xw://h/uid"]}"#, "P-DA-017"),
        (r#"{"dirinuri":{"a":1}}"#, "P-DA-004"),
        (r#"{"dirinuri":[1]}"#, "P-DA-004"),
        (r#"{"cmdline":"a","envvars":"A"}"#, "P-DA-006"),
    ] {
        let request = request("iexechub/ffmpeg", params);
        assert_eq!(contract_for(&request).name(), "classic", "{params}");
        assert_eq!(code(plan(&request)), expected, "{params}");
        assert_eq!(code(launch(&request)), expected, "{params}");
    }
    assert_eq!(code(plan(&request("A=1", "{}"))), "P-DA-009");
    assert_eq!(code(plan(&request("XWDOCKERIMAGE=x,A=1", "--help"))), "P-DA-002");
    assert_eq!(code(plan(&request("XWDOCKERIMAGE=x,A=1", r#"{"iexec_args":"a"}"#))), "P-DA-013");
    assert_eq!(code(plan(&request("Not An Image", "{}"))), "P-DA-010");
    let kind = AppFacts { kind: "VIRTUALBOX".into(), multiaddr: String::new(), checksum: None };
    assert_eq!(code(check_kind(&kind)), "P-DA-001");
}

#[test]
fn empty_and_many_inputs_and_the_two_sources_of_variables() {
    for params in [r#"{"dirinuri":""}"#, r#"{"dirinuri":" "}"#, r#"{"dirinuri":[]}"#, r#"{"dirinuri":null}"#]
    {
        assert_eq!(plan(&request("x", params)).unwrap().inputs, [], "{params}");
    }
    let list = request("x", r#"{"dirinuri":["http://a/1.zip","https://a/2%20b.txt?x=1"]}"#);
    assert_eq!(plan(&list).unwrap().inputs.len(), 2);
    let both =
        request("XWDOCKERIMAGE=x,A=app", r#"{"cmdline":"c","envvars":"A=mine,B=2,XWDOCKERIMAGE=evil"}"#);
    assert_eq!(plan(&both).unwrap().image.as_str(), "x");
    let env: Vec<_> = launch(&both).unwrap().env.into_iter().map(|var| (var.name, var.value)).collect();
    assert_eq!(env, [("A".into(), "app".into()), ("B".into(), "2".into())]);
    let mut data = both.clone();
    data.dataset = Some(dataset("http://a/b", 1));
    assert_eq!(code(plan(&data)), "P-DA-020");
}

fn dataset(multiaddr: &str, checksum: u8) -> DatasetFacts {
    DatasetFacts {
        address: Address::repeat_byte(0xab),
        multiaddr: multiaddr.into(),
        checksum: [checksum; 32],
    }
}

#[test]
fn the_checksum_is_the_chains_or_the_references() {
    let digest = |n: &str| format!("sha256:{}", n.repeat(32));
    let mut pinned = request(&format!("x@{}", digest("01")), "");
    assert_eq!(plan(&pinned).unwrap().checksum.unwrap().to_string(), digest("01"));
    pinned.app.checksum = Some(digest("02").parse().unwrap());
    assert_eq!(code(plan(&pinned)), "P-DA-012");
    pinned.app.checksum = Some(digest("00").parse().unwrap());
    assert_eq!(plan(&pinned).unwrap().checksum.unwrap().to_string(), digest("01"));
    assert_eq!(plan(&request("x", "")).unwrap().checksum, None);
}

#[test]
fn the_live_contract_gives_the_exact_environment() {
    let url = "https://example.invalid/f";
    let name = "0x6f4eec08f9e930dfebb0ce150ca7eb372ea635869c805740c80f885ffa20bb2a";
    let params = serde_json::json!({
        "iexec_args": "1st_param 2nd_param '3rd param' \"4th param\"",
        "iexec_input_files": [url, "https://example.com/a.txt", url],
        "iexec_result_encryption": false,
        "iexec_result_storage_provider": "ipfs",
        "iexec_secrets": { "1": "x" },
    });
    let mut request = request("docker.io/a/b:1", &params.to_string());
    request.dataset = Some(dataset("/ipfs/QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", 9));
    request.task.callback = Some(Address::ZERO);
    assert_eq!(contract_for(&request).name(), "iexec");
    let plan = plan(&request).unwrap();
    let address = format!("0x{}", "ab".repeat(20));
    let files: Vec<_> =
        plan.inputs.iter().map(|i| (i.url.as_str(), i.name.clone(), i.sha256, i.unpack)).collect();
    let other = "0xe23a1e463a3d07a258a5fcdf4e5e30cd80eaa0b10aeaf7cae3ceeb4727ec598a";
    assert_eq!(
        files,
        [
            (
                "ipfs://QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
                InputName::Fixed(address.clone()),
                Some([9; 32]),
                Unpack::Nothing
            ),
            (url, InputName::Fixed(name.into()), None, Unpack::Nothing),
            ("https://example.com/a.txt", InputName::Fixed(other.into()), None, Unpack::Nothing),
        ]
    );
    let launch = launch(&request).unwrap();
    assert_eq!(launch.command.unwrap(), ["1st_param", "2nd_param", "3rd param", "4th param"]);
    assert_eq!(launch.outputs, Folder::Out);
    assert_eq!(launch.proof, ProofRule::ComputedJson { callback: true });
    assert_eq!(
        launch.mounts.iter().map(|m| (m.target, m.writable)).collect::<Vec<_>>(),
        [("/iexec_in", true), ("/iexec_out", true)]
    );
    let env: Vec<_> = launch.env.iter().map(|var| format!("{}={}", var.name, var.value)).collect();
    assert_eq!(
        env,
        [
            format!("IEXEC_TASK_ID=0x{}", "aa".repeat(32)),
            format!("IEXEC_DEAL_ID=0x{}", "bb".repeat(32)),
            "IEXEC_TASK_INDEX=7".into(),
            "IEXEC_IN=/iexec_in".into(),
            "IEXEC_OUT=/iexec_out".into(),
            format!("IEXEC_DATASET_ADDRESS={address}"),
            format!("IEXEC_DATASET_FILENAME={address}"),
            "IEXEC_BOT_SIZE=10".into(),
            "IEXEC_BOT_FIRST_INDEX=5".into(),
            "IEXEC_BOT_TASK_INDEX=7".into(),
            "IEXEC_INPUT_FILES_NUMBER=3".into(),
            "IEXEC_INPUT_FILES_FOLDER=/iexec_in".into(),
            format!("IEXEC_INPUT_FILE_NAME_1={name}"),
            format!("IEXEC_INPUT_FILE_NAME_2={other}"),
            format!("IEXEC_INPUT_FILE_NAME_3={name}"),
        ]
    );
    request.dataset = Some(dataset("https://a/b", 0));
    assert_eq!(code(contract_for(&request).plan(&request)), "P-DA-018");
    request.dataset = Some(dataset(" ", 0));
    assert_eq!(contract_for(&request).plan(&request).unwrap().inputs.len(), 2);
}

#[test]
fn live_params_that_are_no_object_of_known_keys_are_the_command_line() {
    for (params, words) in [
        ("--help me", &["--help", "me"][..]),
        (
            r#"{"iexec_args":"a","iexec_developer_logger":true}"#,
            &["{iexec_args:a,iexec_developer_logger:true}"],
        ),
        (r#"{"iexec_input_files":"http://a/b"}"#, &["{iexec_input_files:http://a/b}"]),
        (r#"{"iexec_args":7}"#, &["7"]),
        (r#"{"iexec_args":"a"} and more"#, &["a"]),
        // Unbalanced quotes: that worker goes on without words.
        ("it's", &[]),
    ] {
        let launch = launch(&request("x", params)).unwrap();
        assert_eq!(launch.command.unwrap(), words, "{params}");
    }
    for params in ["", "  ", "{}", r#"{"iexec_args":" "}"#, r#"{"iexec_args":null}"#] {
        assert_eq!(launch(&request("x", params)).unwrap().command, None, "{params}");
    }
    for (params, expected) in [
        (r#"{"iexec_result_encryption":true}"#, "P-DA-021"),
        (r#"{"bulk_cid":"Qm"}"#, "P-DA-022"),
        (r#"{"iexec_input_files":["file:///etc/passwd"]}"#, "P-DA-017"),
        (r#"{"iexec_input_files":["nothing"]}"#, "P-DA-016"),
    ] {
        assert_eq!(code(plan(&request("x", params))), expected, "{params}");
    }
}

const FFMPEG: &str = r#"
{ "app":   { "name": "Ffmpeg", "price": 10, "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch" } },
  "order": { "buy": { "app": "0x0000000000000000000000000000000000000001", "dataset": "0x0000000000000000000000000000000000000000",
             "params": { "cmdline": "-i /iexec/small.mp4 /iexec/small.avi", "dirinuri": "http://h/small.mp4" } } } }"#;

#[test]
fn the_documentations_example_is_read() {
    let file = IexecJson::parse(FFMPEG).unwrap();
    let app = file.app().unwrap();
    assert_eq!((app.name.as_str(), app.price_nrlc, app.kind.as_str()), ("Ffmpeg", Some(10), "DOCKER"));
    assert_eq!(app.multiaddr(), "jrottenberg/ffmpeg:scratch");
    assert_eq!(app.checksum_bytes(), [0; 32]);
    let order = file.order().unwrap();
    assert_eq!(order.app, Some("0x0000000000000000000000000000000000000001".parse().unwrap()));
    assert_eq!(order.dataset, None);
    assert_eq!(
        order.params,
        r#"{"cmdline":"-i /iexec/small.mp4 /iexec/small.avi","dirinuri":"http://h/small.mp4"}"#
    );
    assert_eq!(contract_for(&request(&app.multiaddr(), &order.params)).name(), "classic");
}

#[test]
fn the_other_forms_of_the_file_are_read() {
    let modern = format!(
        r#"{{ "description": "d", "license": "MIT", "author": "a", "social": {{}}, "logo": "l.png", "buyConf": {{}},
        "app": {{ "owner": "0x{}", "name": "n", "type": "DOCKER", "multiaddr": "a/b:1", "checksum": "0x{}", "mrenclave": "" }},
        "order": {{ "requestorder": {{ "params": {{ "iexec_args": "x" }}, "trust": "5", "tag": ["tee", "gpu"], "workerpoolmaxprice": 3,
        "category": 2, "volume": 20, "beneficiary": "", "callback": "0x{}" }} }} }}"#,
        "11".repeat(20),
        "22".repeat(32),
        "33".repeat(20)
    );
    let file = IexecJson::parse(&modern).unwrap();
    let app = file.app().unwrap();
    assert_eq!((app.owner, app.checksum_bytes()), (Some(Address::repeat_byte(0x11)), [0x22; 32]));
    let order = file.order().unwrap();
    assert_eq!(order.params, r#"{"iexec_args":"x"}"#);
    assert_eq!(
        (order.trust, order.category, order.volume, order.workerpool_max_nrlc),
        (Some(5), Some(2), Some(20), Some(3))
    );
    assert_eq!(order.tag.unwrap().to_string(), format!("0x{}0101", "0".repeat(60)));
    assert_eq!((order.callback, order.beneficiary), (Some(Address::repeat_byte(0x33)), None));

    let oldest = r#"{ "name": "F", "app": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=x,A=1" }, "work": { "cmdline": "10" } }"#;
    let file = IexecJson::parse(oldest).unwrap();
    assert_eq!(file.app().unwrap().multiaddr(), "XWDOCKERIMAGE=x,A=1");
    assert_eq!(file.order().unwrap().params, r#"{"cmdline":"10"}"#);
}

#[test]
fn params_reach_the_chain_so_that_the_same_contract_is_meant() {
    let order = |app: &str, params: &str| {
        let text = format!(r#"{{ "app": {app}, "order": {{ "buy": {{ "params": {params} }} }} }}"#);
        IexecJson::parse(&text).unwrap().order().map(|order| order.params)
    };
    let classic = r#"{ "name": "F", "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=x" } }"#;
    let live = r#"{ "name": "F", "type": "DOCKER", "multiaddr": "x" }"#;
    assert_eq!(order(classic, "{}").unwrap(), r#"{"cmdline":""}"#);
    assert_eq!(order(classic, "\"\"").unwrap(), r#"{"cmdline":""}"#);
    assert_eq!(order(classic, r#""{ \"cmdline\": \"--help\" }""#).unwrap(), r#"{ "cmdline": "--help" }"#);
    assert_eq!(order(classic, r#"{ "iexec_args": "a" }"#).unwrap(), r#"{"iexec_args":"a"}"#);
    assert_eq!(order(live, "{}").unwrap(), "");
    assert_eq!(order(live, r#""--help""#).unwrap(), "--help");
    assert_eq!(order(live, r#"{ "cmdline": "a" }"#).unwrap(), r#"{"cmdline":"a"}"#);
    assert_eq!(code(order(classic, r#""--help""#)), "P-DA-002");
    assert_eq!(code(order(live, r#""{ cmdline: '--help' }""#)), "P-DA-002");
    assert_eq!(code(order(live, r#"{ "cmdlin": "a" }"#)), "P-DA-003");
    assert_eq!(code(order(classic, r#"{ "cmdlin": "a" }"#)), "P-DA-003");
    assert_eq!(code(order(classic, r#"{ "cmdline": "'" }"#)), "P-DA-014");
    assert_eq!(code(order(classic, "5")), "P-DA-004");
}

#[test]
fn a_wrong_file_is_told_in_its_own_words() {
    let missing_quote = FFMPEG.replace("\"Ffmpeg\"", "\"Ffmpeg");
    match IexecJson::parse(&missing_quote) {
        Err(DappError::Json { what: "iexec.json", line: 2, .. }) => {}
        other => panic!("{other:?}"),
    }
    for (from, to, expected) in [
        ("\"DOCKER\"", "\"VIRTUALBOX\"", "P-DA-001"),
        ("\"price\"", "\"prize\"", "P-DA-003"),
        ("10", "\"ten\"", "P-DA-004"),
        ("10", "-1", "P-DA-004"),
        ("\"name\": \"Ffmpeg\",", "", "P-DA-005"),
        ("\"type\": \"DOCKER\",", "", "P-DA-005"),
        ("XWDOCKERIMAGE=", "IMAGE=", "P-DA-009"),
        ("jrottenberg/ffmpeg", "Jrottenberg /ffmpeg", "P-DA-010"),
        ("\"price\": 10", "\"checksum\": \"0x12\"", "P-DA-011"),
        ("\"price\": 10", "\"multiaddr\": \"x\"", "P-DA-004"),
        ("\"price\": 10", "\"mrenclave\": \"fp|x\"", "P-DA-021"),
    ] {
        let file = IexecJson::parse(&FFMPEG.replacen(from, to, 1)).unwrap();
        assert_eq!(code(file.app()), expected, "{to}");
        // The order below is read on its own.
        assert!(file.order().is_ok(), "{to}");
    }
    let file =
        IexecJson::parse(&FFMPEG.replace("0x0000000000000000000000000000000000000001", "0x…")).unwrap();
    assert!(file.app().is_ok());
    assert!(file.order().unwrap_err().to_string().contains("order.buy.app"));
    assert_eq!(code(IexecJson::parse(r#"{"ap": {}}"#)), "P-DA-003");
    assert_eq!(code(IexecJson::parse("[]")), "P-DA-004");
    assert_eq!(code(IexecJson::parse("{}").unwrap().app()), "P-DA-005");
    assert_eq!(code(IexecJson::parse("{}").unwrap().order()), "P-DA-005");
}

proptest! {
    #[test]
    fn no_request_makes_a_contract_panic(image in "\\PC{0,20}", params in "[{}\\[\\]\":,a-z_ ']{0,40}") {
        let request = request(&image, &params);
        let _ = (plan(&request), launch(&request));
    }

    #[test]
    fn a_plan_and_a_launch_agree_on_whether_params_are_good(line in "\\PC{0,20}") {
        let request = request("x", &serde_json::json!({ "cmdline": line }).to_string());
        prop_assert_eq!(plan(&request).is_ok(), launch(&request).is_ok());
    }
}
