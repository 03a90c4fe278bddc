// npm run bench [-- SCENARIO...] [--quick] [--rounds N] [--other FOLDER] [--report]: measures Playpipe beside its peers.
import { parseArgs } from 'node:util'
import { build, install } from '../scripts/setup.mjs'
import { buildTools, findPeers } from './peers.mjs'
import { killAll } from './process.mjs'
import { describeMachine, printTable, readResults, resultsFolder, writeResults } from './report.mjs'
import { SCENARIOS } from './scenarios.mjs'

const HELP = `npm run bench -- [SCENARIO...] [options]

Scenarios: ${[...new Set(SCENARIOS.map(({ name }) => name))].join(' ')} (default: all)

  --quick          short runs, for development; the results go to bench/results/tmp
  --rounds N       rounds of each scenario (default: 5; 2 with --quick)
  --peers LIST     only these, as Playpipe,control
  --other FOLDER   another checkout of Playpipe, built, to be compared with this one
  --report         make the table and the chart anew from the last results`

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      peers: { type: 'string' },
      other: { type: 'string' },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name))
  if (unknown) throw new Error(`no such scenario: ${unknown}\n\n${HELP}`)
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds begins at 1')
  const wanted = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  return { ...values, rounds, wanted, peers: values.peers?.split(',') }
}

/** Round by round every peer in turn, so that what disturbs the machine for a while disturbs them all. */
async function measure(scenario, peers, { rounds, quick }) {
  const fitting = peers.filter((peer) => scenario.fits(peer))
  /** @type {Record<string, Record<string, unknown>[]>} */
  const samples = Object.fromEntries(fitting.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const peer of fitting) {
      progress(`${scenario.title}: round ${round} of ${rounds}, ${peer.name}`)
      samples[peer.name].push(await scenario.run(peer, quick).catch(({ message }) => ({ error: message })))
    }
  }
  progress('')
  return { date: new Date().toISOString().slice(0, 10), rounds, samples }
}

/** One line that changes, on a terminal. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns - 1)}`)
}

async function main() {
  const options = readOptions()
  if (options.help) return console.log(HELP)
  const folder = resultsFolder(options.quick)
  const results = readResults(folder)
  if (!options.report) {
    install()
    build()
    buildTools()
    const { peers, missing } = findPeers(options.other)
    for (const one of missing) console.log(`not measured: ${one}`)
    results.machine = describeMachine()
    results.peers = Object.fromEntries(peers.map(({ name, version }) => [name, version]))
    results.missing = missing
    const chosen = peers.filter(({ name }) => !options.peers || options.peers.includes(name))
    for (const scenario of options.wanted) {
      results.scenarios[scenario.title] = await measure(scenario, chosen, options)
      writeResults(folder, results)
    }
  }
  writeResults(folder, results)
  printTable(results)
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
process.on('exit', killAll)

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
