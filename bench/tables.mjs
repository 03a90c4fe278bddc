/**
 * npm run bench:tables [-- --tables 50,100 --people 4 --runtime node]: how many Big Two tables fit this machine. Each table has so many
 * people, who think for a second, and bots in its other seats. Prints for each number of tables how long a move takes to be answered, what a
 * table costs in memory, and how busy the machine is; the players run on the same machine and are part of that.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { build, install, root } from '../scripts/setup.mjs'
import { describeMachine } from './report.mjs'

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '50,100,200,400' },
    people: { type: 'string', default: '4,1' },
    runtime: { type: 'string', default: 'as it is' },
    seconds: { type: 'string', default: '20' },
    think: { type: 'string', default: '1000' },
    /** What is to be kept: a move answered within so many milliseconds, at p99. */
    within: { type: 'string', default: '50' },
  },
})
const PORT = 23_900
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms))
const children = new Set()
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM')
})

install()
build()
const rows = []
for (const people of values.people.split(',').map(Number)) {
  for (const tables of values.tables.split(',').map(Number)) {
    const row = await measure(tables, people)
    rows.push(row)
    console.log(JSON.stringify(row))
    if (row.p99 > Number(values.within)) break
  }
}
print()

async function measure(tables, people) {
  const server = start(
    ['bin/playpipe.js', '--addr', `127.0.0.1:${PORT}`, '--games', 'games', '--metrics'],
    runtimeEnv(),
  )
  await until(async () => (await fetch(`http://127.0.0.1:${PORT}/health`)).ok)
  const empty = memory(server.pid)
  const generator = start(
    ['bench/players.mjs', PORT, 0, tables, people, values.seconds, values.think].map(String),
    process.env,
    ['pipe', 'pipe', 'inherit'],
  )
  const lines = createInterface({ input: generator.stdout })[Symbol.asyncIterator]()
  await lines.next()
  // Bots come after ten seconds; the first deals are under way then.
  await sleep(people < 4 ? 20_000 : 5_000)
  const before = cpu(server.pid)
  generator.stdin.write('go\n')
  await sleep(Number(values.seconds) * 1000 - 500)
  const after = cpu(server.pid)
  const programs = descendants(server.pid)
  const games = programs.reduce((sum, pid) => sum + memory(pid), 0)
  const full = memory(server.pid)
  const result = JSON.parse((await lines.next()).value)
  generator.kill()
  server.kill('SIGTERM')
  await new Promise((done) => server.once('exit', done))
  children.clear()
  const busy = (all) => all / (Number(values.seconds) - 0.5)
  return {
    runtime: values.runtime,
    people,
    tables,
    programs: programs.length,
    ...result,
    memoryOfGames: games / tables / 1024,
    memoryOfServer: (full - empty) / tables / 1024,
    serverCpu: busy(after.server - before.server),
    gamesCpu: busy(after.games - before.games),
    machine: 1 - (after.idle - before.idle) / (after.all - before.all),
  }
}

/** With --runtime node the games find no other one: a PATH that holds nothing else. */
function runtimeEnv() {
  if (values.runtime !== 'node') return process.env
  const folder = join(tmpdir(), `playpipe-bench-${process.pid}`)
  mkdirSync(folder)
  symlinkSync(process.execPath, join(folder, 'node'))
  for (const tool of ['sh', 'mkfifo', 'python3', 'dirname', 'env']) symlinkSync(`/usr/bin/${tool}`, join(folder, tool))
  return { ...process.env, PATH: folder }
}

function start(args, env, stdio = ['ignore', 'ignore', 'ignore']) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio })
  children.add(child)
  return child
}

async function until(holds) {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds().catch(() => false)) return
    await sleep(50)
  }
  throw new Error('the server does not listen')
}

/** Processes that a process has started, and those that they have. */
function descendants(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1]))
    } catch {
      // It has ended in the meantime.
    }
  }
  const of = (parent) => [...parents].filter(([, its]) => its === parent).flatMap(([child]) => [child, ...of(child)])
  return of(pid)
}

/** Proportional set size: what is shared counts in part. In KiB times 1024. */
function memory(pid) {
  const [, kib] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  return Number(kib) * 1024
}

/** Seconds of CPU of the server, of the programs that it runs, and of the machine. */
function cpu(server) {
  const ticks = (pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }
  const [, ...all] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).map(Number)
  return {
    server: ticks(server),
    games: descendants(server).reduce((sum, pid) => sum + ticks(pid), 0),
    idle: all[3] + all[4],
    all: all.reduce((sum, part) => sum + (part || 0), 0),
  }
}

function print() {
  const { processor, cores, memoryGiB } = describeMachine()
  const head = [
    'people',
    'bots',
    'tables',
    'moves/s',
    'p50, ms',
    'p99, ms',
    'games, MB a table',
    'server, KB a table',
    'machine',
  ]
  const table = [
    `| ${head.join(' | ')} |`,
    `|${'---:|'.repeat(head.length)}`,
    ...rows.map((row) => {
      const cells = [
        ...[row.people, 4 - row.people, row.tables, (row.moves / Number(values.seconds)).toFixed(0)],
        ...[row.p50.toFixed(1), row.p99.toFixed(1), (row.memoryOfGames / 1024).toFixed(1)],
        ...[row.memoryOfServer.toFixed(0), `${(row.machine * 100).toFixed(0)} %`],
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ].join('\n')
  console.log(
    `\n${table}\n\n${new Date().toISOString().slice(0, 10)}, ${processor}, ${cores} cores, ${memoryGiB} GiB; games on ${values.runtime}`,
  )
  const folder = join(root, 'bench', 'results')
  writeFileSync(
    join(folder, `tables-${values.runtime.replaceAll(' ', '-')}.json`),
    `${JSON.stringify(rows, null, 1)}\n`,
  )
}
