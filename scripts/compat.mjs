/**
 * npm run compat               plays every scenario against ScaleSocket and against Playpipe, and prints who agrees
 * npm run compat -- --record   stores what ScaleSocket does, for machines where it can't be built
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const cache = join(root, '.cache')
const {
  scenarios,
  lacking,
  play,
  versionOf,
  documented,
  each,
  expected,
  load,
  quarrel,
  record,
  replay,
  store,
  vanished,
  VERSION,
} = await suite()

// An exit, unlike a signal, takes the servers along.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

const real = scalesocket()
if (process.argv.includes('--record')) await keep()
else await compare()

/** The suite is TypeScript; Node 20 needs it as JavaScript. */
async function suite() {
  mkdirSync(cache, { recursive: true })
  const outfile = join(cache, 'compat.mjs')
  const contents = ['scenarios', 'run', 'verdict'].map((part) => `export * from './test/compat/${part}.ts'`).join('\n')
  await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
  })
  return import(pathToFileURL(outfile).href)
}

/** ScaleSocket from the PATH, from an earlier build, or built by cargo; `undefined` where none of it works. */
function scalesocket() {
  const home = join(cache, 'scalesocket')
  process.env.PATH = [join(home, 'bin'), process.env.PATH].join(delimiter)
  if (versionOf('scalesocket') !== VERSION) {
    if (spawnSync('cargo', ['--version']).status !== 0) {
      console.log(`No scalesocket ${VERSION} here, and no cargo to build it.`)
      return undefined
    }
    console.log(`Building scalesocket ${VERSION}; this takes some minutes, once.`)
    const options = ['--version', VERSION, '--locked', '--root', home]
    spawnSync('cargo', ['install', 'scalesocket', ...options], { stdio: 'inherit' })
  }
  return versionOf('scalesocket') === VERSION ? { name: 'scalesocket', argv: ['scalesocket'] } : undefined
}

async function keep() {
  if (!real) throw new Error(`only scalesocket ${VERSION} itself can be recorded`)
  const missing = scenarios.find((scenario) => lacking(scenario))
  if (missing) throw new Error(`"${missing.name}" needs ${lacking(missing)}`)
  const played = await each(scenarios, 4, async (scenario) => [scenario.name, await record(scenario, real, root)])
  store(root, Object.fromEntries(played))
  console.log(`Stored ${played.length} transcripts of scalesocket ${VERSION}.`)
}

async function compare() {
  if (!existsSync(join(root, 'dist/cli.js'))) {
    const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
    if (built.status !== 0) process.exit(1)
  }
  const playpipe = { name: 'playpipe', argv: [process.execPath, join(root, 'bin/playpipe.js')] }
  const told = load(root).transcripts
  const rows = documented(root)
  if (!real) console.log('Comparing with the stored transcripts.')

  const verdicts = await each(scenarios, 4, async (scenario) => {
    const tool = lacking(scenario)
    if (tool) return { name: scenario.name, word: 'skipped', detail: `needs ${tool}` }
    try {
      const stored = told[scenario.name] ?? {}
      const theirs = real ? await replay(scenario, real, root, stored) : stored
      return { name: scenario.name, ...judge(scenario, theirs, await play(scenario, playpipe, root), rows) }
    } catch (error) {
      return { name: scenario.name, word: 'DIFFERS', detail: `    ${error.message.replaceAll('\n', '\n    ')}` }
    }
  })

  for (const { name, word, detail } of verdicts) console.log(`${word.padEnd(20)} ${name}${detail ? `\n${detail}` : ''}`)
  const count = (word) => verdicts.filter((verdict) => verdict.word === word).length
  const bad = count('DIFFERS')
  console.log(
    `\n${count('agree')} agree, ${count('differs(documented)')} differ as documented, ${bad} DIFFER, ${count('skipped')} skipped`,
  )
  process.exitCode = bad === 0 ? 0 : 1
}

function judge(scenario, theirs, ours, rows) {
  const wanted = expected(scenario, theirs)
  const bad = quarrel(wanted, ours) ?? []
  const gone = vanished(scenario, theirs)
  const unwritten = (scenario.differs?.rows ?? []).filter((row) => !rows.has(row))
  if (bad.length + gone.length + unwritten.length === 0) {
    return scenario.differs ? { word: 'differs(documented)', detail: '' } : { word: 'agree', detail: '' }
  }
  const detail = [
    ...bad.map((label) => `    ${label}: wanted ${JSON.stringify(wanted[label])}, got ${JSON.stringify(ours[label])}`),
    ...gone.map((label) => `    ${label}: the difference has vanished`),
    ...unwritten.map((row) => `    docs/compat.md has no row \`${row}\``),
  ]
  return { word: 'DIFFERS', detail: detail.join('\n') }
}
