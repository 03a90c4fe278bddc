/**
 * npm run bench:tables [-- --tables 50,100 --people 4 --runtime node]: how many Big Two tables fit this machine. Each table has so many
 * people, who think for a second, and bots in its other seats. Prints for each number of tables how long a move takes to be answered, what a
 * table costs in memory, and how busy the machine is; the players run on the same machine and are part of that.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
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
  const begun = performance.now()
  await lines.next()
  const startSeconds = (performance.now() - begun) / 1000
  // Who came first has thought for as long as who came last.
  await sleep(2000)
  const programs = descendants(server.pid)
  const games = programs.reduce((sum, pid) => sum + memory(pid), 0)
  const full = memory(server.pid)
  const before = cpu(server.pid)
  generator.stdin.write('go\n')
  await sleep(Number(values.seconds) * 1000 - 500)
  const after = cpu(server.pid)
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
    seconds: Number(values.seconds),
    programs: programs.length,
    startSeconds,
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
    parents.set(Number(name), Number(read(`/proc/${name}/stat`).split(') ')[1]?.split(' ')[1]))
  }
  const of = (parent) => [...parents].filter(([, its]) => its === parent).flatMap(([child]) => [child, ...of(child)])
  return of(pid)
}

/** A file of /proc; empty where the process has ended in the meantime. */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Proportional set size: what is shared counts in part. In KiB times 1024. */
function memory(pid) {
  const [, kib = 0] = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? []
  return Number(kib) * 1024
}

/** Seconds of CPU of the server, of the programs that it runs, and of the machine. */
function cpu(server) {
  const ticks = (pid) => {
    const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
  }
  const [, ...all] = read('/proc/stat').split('\n')[0].split(/\s+/).map(Number)
  return {
    server: ticks(server),
    games: descendants(server).reduce((sum, pid) => sum + ticks(pid), 0),
    idle: all[3] + all[4],
    all: all.reduce((sum, part) => sum + (part || 0), 0),
  }
}

/** Keeps the last measurement of each kind, and prints them all. */
function print() {
  const file = join(root, 'bench', 'results', 'tables.json')
  const key = ({ runtime, people, tables }) => [runtime, -people, tables].map((part) => `${part}`.padStart(8)).join()
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const all = Object.values(Object.fromEntries([...kept, ...rows].map((row) => [key(row), row])))
  all.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`)
  const head = ['games on', 'people', 'bots', 'tables', 'moves/s', 'p50, ms', 'p99, ms', 'programs, MB a table']
  const more = ['server, KB a table', 'server, of a core', 'machine']
  const lines = all.map((row) => [
    ...[row.runtime, row.people, 4 - row.people, row.tables, (row.moves / row.seconds).toFixed(0)],
    ...[row.p50.toFixed(1), row.p99.toFixed(1), (row.memoryOfGames / 1024).toFixed(1)],
    ...[row.memoryOfServer.toFixed(0), `${(row.serverCpu * 100).toFixed(0)} %`, `${(row.machine * 100).toFixed(0)} %`],
  ])
  const cells = [...head, ...more]
  console.log([cells, cells.map(() => '---:'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n'))
  const { processor, cores, memoryGiB } = describeMachine()
  console.log(`\n${new Date().toISOString().slice(0, 10)}, ${processor}, ${cores} cores, ${memoryGiB} GiB`)
}
