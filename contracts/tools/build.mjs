// What build.sh runs: sources → artifacts/<Name>.json and artifacts/deploy.json, in memory first, then written or compared.
// Reproducible: pinned compiler, fixed settings, sorted sources, no metadata in the bytecode.
// Exit codes: 0 fine, 1 the artifacts, the sizes or the ABI are not as they must be, 2 it could not compile.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const solc = require("solc");
const { keccak256 } = require("js-sha3");

const toolsDir = dirname(fileURLToPath(import.meta.url));
const root = dirname(toolsDir);
const artifactsDir = join(root, "artifacts");

/** EIP-170: a contract with more code than this cannot be deployed. */
const MAX_RUNTIME_BYTES = 24576;

const FACETS = ["DealsFacet", "OrdersFacet", "TasksFacet", "EscrowFacet", "ViewsFacet", "AdminFacet"];
const CONTRACTS = ["Rlc", "AppRegistry", "DatasetRegistry", "WorkerpoolRegistry", "Hub", ...FACETS, "Multicall"];

/** The settings of foundry.toml, so that the tests run what is deployed. */
const SETTINGS = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "cancun",
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

/** What the deployer passes to `configure` and `createCategory`; times in seconds. */
const ESCROW = { name: "Staked RLC", symbol: "SRLC", decimals: 9 };
const CATEGORIES = [
  { name: "XS", description: "{}", workClockTimeRef: 300 },
  { name: "S", description: "{}", workClockTimeRef: 1200 },
  { name: "M", description: "{}", workClockTimeRef: 3600 },
  { name: "L", description: "{}", workClockTimeRef: 10800 },
  { name: "XL", description: "{}", workClockTimeRef: 36000 },
];

class Failure extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

function sources() {
  const found = {};
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (path.endsWith(".sol")) found[path] = { content: readFileSync(join(root, path), "utf8") };
    }
  };
  walk("src");
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function compile() {
  const readLibrary = (path) => {
    const file = join(toolsDir, "node_modules", path);
    return existsSync(file) ? { contents: readFileSync(file, "utf8") } : { error: `not found: ${path}` };
  };
  const input = { language: "Solidity", sources: sources(), settings: SETTINGS };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readLibrary }));
  const complaints = output.errors ?? [];
  for (const complaint of complaints) process.stderr.write(complaint.formattedMessage);
  if (complaints.length > 0) throw new Failure("the compiler complains; warnings count as errors", 2);
  const contracts = {};
  for (const [file, byName] of Object.entries(output.contracts)) {
    if (file.startsWith("src/")) Object.assign(contracts, byName);
  }
  return contracts;
}

const canonicalType = (p) =>
  p.type.startsWith("tuple") ? `(${p.components.map(canonicalType).join(",")})${p.type.slice(5)}` : p.type;
const signature = (item) => `${item.name}(${item.inputs.map(canonicalType).join(",")})`;
const selector = (item) => `0x${keccak256(signature(item)).slice(0, 8)}`;
const selectorsOf = (abi) => abi.filter((item) => item.type === "function").map(selector).sort();

/** Selectors and topics must be those of the live network, and the facets must carry the hub's ABI, whole and only once. */
function checkAbi(contracts) {
  const live = JSON.parse(readFileSync(join(toolsDir, "live-abi.json"), "utf8"));
  const functions = {};
  const events = {};
  for (const { abi } of Object.values(contracts)) {
    for (const item of abi) {
      if (item.type === "function" || item.type === "error") functions[signature(item)] = selector(item);
      if (item.type === "event") {
        const indexed = item.inputs.filter((input) => input.indexed).map((input) => input.name);
        events[signature(item)] = JSON.stringify({ topic0: `0x${keccak256(signature(item))}`, indexed });
      }
    }
  }
  for (const [name, expected] of Object.entries(live.functions)) {
    if (functions[name] !== expected) throw new Failure(`${name}: the live network has ${expected}, we ${functions[name]}`);
  }
  for (const [name, expected] of Object.entries(live.events)) {
    if (events[name] !== JSON.stringify(expected)) throw new Failure(`${name}: not the event of the live network`);
  }
  const hub = selectorsOf(contracts.IPoco.abi);
  const carried = [contracts.Hub, ...FACETS.map((name) => contracts[name])].flatMap(({ abi }) => selectorsOf(abi)).sort();
  const missing = hub.filter((s) => !carried.includes(s));
  const extra = carried.filter((s, i) => !hub.includes(s) || carried.indexOf(s) !== i);
  if (missing.length + extra.length > 0) {
    throw new Failure(`facets against IPoco: missing ${missing.join(" ") || "none"}; too many ${extra.join(" ") || "none"}`);
  }
}

function reportSizes(contracts) {
  const tooLarge = [];
  for (const name of CONTRACTS) {
    const size = contracts[name].evm.deployedBytecode.object.length / 2;
    console.log(`${name.padEnd(20)}${String(size).padStart(6)} bytes of ${MAX_RUNTIME_BYTES}`);
    if (size > MAX_RUNTIME_BYTES) tooLarge.push(name);
  }
  if (tooLarge.length > 0) throw new Failure(`over the EIP-170 limit: ${tooLarge.join(", ")}`);
}

function render(contracts) {
  const files = {};
  for (const name of CONTRACTS) {
    const { abi, evm } = contracts[name];
    files[`${name}.json`] = { contractName: name, abi, bytecode: `0x${evm.bytecode.object}` };
  }
  files["deploy.json"] = {
    escrow: ESCROW,
    facets: FACETS.map((name) => ({ contract: name, selectors: selectorsOf(contracts[name].abi) })),
    categories: CATEGORIES,
  };
  return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`]));
}

function compare(files) {
  const committed = existsSync(artifactsDir) ? readdirSync(artifactsDir) : [];
  const differences = committed.filter((name) => !(name in files)).map((name) => `${name}: no source gives this file`);
  for (const [name, text] of Object.entries(files)) {
    if (!committed.includes(name)) {
      differences.push(`${name}: missing`);
      continue;
    }
    const ours = text.split("\n");
    const theirs = readFileSync(join(artifactsDir, name), "utf8").split("\n");
    const line = ours.findIndex((_, i) => ours[i] !== theirs[i]);
    if (line >= 0 || ours.length !== theirs.length) {
      differences.push(`${name}: differs from line ${line + 1}: ${(ours[line] ?? "").trim().slice(0, 60)}`);
    }
  }
  if (differences.length > 0) {
    throw new Failure(`artifacts/ is not what the sources give:\n  ${differences.join("\n  ")}\nrun contracts/build.sh and commit`);
  }
}

function write(files) {
  rmSync(artifactsDir, { recursive: true, force: true });
  mkdirSync(artifactsDir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(artifactsDir, name), text);
}

try {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg !== "--check")) throw new Failure(`unknown argument: ${args.join(" ")}`, 2);
  const contracts = compile();
  checkAbi(contracts);
  reportSizes(contracts);
  const files = render(contracts);
  if (args.includes("--check")) compare(files);
  else write(files);
  console.log(args.includes("--check") ? "artifacts/ is up to date" : "artifacts/ written");
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`build: ${error.message}`);
  process.exitCode = error.code;
}
