// The table, and the files that keep what was measured.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'
import { drawChart } from './chart.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { median } from './stats.mjs'

const NAMES = [
  'Playpipe',
  'Playpipe on ws',
  'the other Playpipe',
  'ScaleSocket',
  'websocketd',
  'websocketd, newest',
  'control',
]

/**
 * @typedef {object} Measured one scenario as it was run
 * @property {string} date
 * @property {number} rounds
 * @property {Record<string, Record<string, unknown>[]>} samples by peer, one a round
 */

/** Quick figures are for development: they do not replace measured ones. */
export function resultsFolder(quick) {
  const folder = join(root, 'bench', 'results', ...(quick ? ['tmp'] : []))
  mkdirSync(folder, { recursive: true })
  return folder
}

/** @returns {{ machine?: object, peers?: object, scenarios: Record<string, Measured> }} */
export function readResults(folder) {
  const file = join(folder, 'latest.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { scenarios: {} }
}

/** Writes what is known now, so that an interrupted run loses one scenario at most. */
export function writeResults(folder, results) {
  writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(results, null, 1)}\n`)
  writeFileSync(join(folder, 'table.md'), markdown(results))
  writeFileSync(join(folder, 'chart.svg'), drawChart(results))
}

export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    commit: commit(),
  }
}

function commit() {
  try {
    const git = (...args) =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const changed = git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes'
    return git('rev-parse', '--short', 'HEAD') + changed
  } catch {
    return 'unknown'
  }
}

/** Rows of one scenario: a label, a cell a peer, and the verdicts. */
export function rowsOf(scenario, measured, names) {
  return scenario.figures.map((figure) => {
    const columns = Object.fromEntries(
      Object.entries(measured.samples).map(([name, rounds]) => [
        name,
        rounds.map((sample) => Number(sample[figure.metric] ?? Number.NaN)),
      ]),
    )
    const cells = names.map((name) => cell(figure, columns[name], measured.samples[name]))
    return {
      label: figure.label + (figure.unit ? `, ${figure.unit}` : ''),
      cells,
      verdicts: verdictsOf(figure, columns),
    }
  })
}

function cell(figure, values, samples) {
  if (!values) return ''
  const failed = samples.filter(({ error }) => error)
  if (failed.length === samples.length) return `failed: ${failed[0].error}`
  const value = figure.worst ? Math.max(...values.filter(Number.isFinite)) : median(values)
  const text = Number.isFinite(value) ? (figure.plain ? code(value) : number(value)) : ''
  return failed.length > 0 ? `${text} (failed in ${failed.length} of ${samples.length})` : text
}

const code = (value) => (value === 0 ? 'not closed' : String(value))

function verdictsOf(figure, columns) {
  return (figure.targets ?? []).map((target) => {
    const { measured, reached, against } = target.judge(columns)
    const unit = /×/.test(target.text) || figure.unit === '×' ? ' ×' : ''
    const what = Number.isFinite(measured) ? number(measured) + unit : 'not measured'
    return {
      target: target.text,
      measured: against ? `${what} (${against})` : what,
      reached,
      known: Number.isFinite(measured),
    }
  })
}

/** Three digits that count. */
export function number(value) {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: Math.min(digits, 2) })
}

const sign = ({ reached, known }) => (!known ? '–' : reached ? '✓' : '✗ falls short')

/** The columns that have a figure. */
export function columnsOf(results) {
  const there = new Set(Object.values(results.scenarios).flatMap(({ samples }) => Object.keys(samples)))
  return NAMES.filter((name) => there.has(name))
}

export const measuredScenarios = (results) => SCENARIOS.filter(({ title }) => title in results.scenarios)

function markdown(results) {
  const names = columnsOf(results)
  const line = (cells) => `| ${cells.join(' | ')} |`
  const lines = [line(['', ...names, 'target: measured']), `|---|${names.map(() => '---:|').join('')}---|`]
  for (const scenario of measuredScenarios(results)) {
    lines.push(line([`**${scenario.title}**`, ...names.map(() => ''), '']))
    for (const { label, cells, verdicts } of rowsOf(scenario, results.scenarios[scenario.title], names)) {
      const judged = verdicts
        .map((verdict) => `${verdict.target}: **${verdict.measured}** ${sign(verdict)}`)
        .join('<br>')
      lines.push(line([label, ...cells, judged]))
    }
  }
  return `${lines.join('\n')}\n\n${footnote(results)}\n`
}

/** Who was measured, where and when. */
function footnote({ machine, peers, missing, scenarios }) {
  const runs = Object.values(scenarios)
  const dates = [...new Set(runs.map(({ date }) => date))].sort()
  const rounds = [...new Set(runs.map(({ rounds }) => rounds))].join(' or ')
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured on ${dates.join(', ')}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GB, Linux ${machine.kernel},`,
    `Node ${machine.node}. ${versions.join('; ')}. Medians of ${rounds} rounds in turn, each with a fresh server; a ratio is the median of`,
    'the ratios of neighbouring runs. CPU is that of the server process, without its children. Memory is what is resident (RSS).',
    ...(missing.length > 0 ? [`Not measured: ${missing.join('; ').replace(/\.$/, '')}.`] : []),
  ].join('\n')
}

/** The table on a terminal. */
export function printTable(results) {
  const names = columnsOf(results)
  for (const scenario of measuredScenarios(results)) {
    console.log(`\n${scenario.title}`)
    const rows = rowsOf(scenario, results.scenarios[scenario.title], names)
    const texts = [['', ...names], ...rows.map(({ label, cells }) => [label, ...cells])]
    const widths = texts[0].map((_, column) => Math.max(...texts.map((row) => row[column].length)))
    texts.forEach((row, index) => {
      const cells = row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])))
      console.log(`  ${cells.join('  ')}`)
      for (const verdict of rows[index - 1]?.verdicts ?? [])
        console.log(`      ${verdict.target}: ${verdict.measured} ${sign(verdict)}`)
    })
  }
  console.log(`\n${footnote(results)}`)
}
