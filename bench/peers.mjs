// Who is measured: each peer is found, or built into .cache/.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root } from '../scripts/setup.mjs'

export const cache = join(root, '.cache', 'bench')

const SCALESOCKET = '0.2.4'
const WEBSOCKETD = 'github.com/joewalnes/websocketd'
/** Minutes that building a peer may take, in ms. */
const BUILD = 15 * 60_000

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {string} version
 * @property {string[]} can `rooms`: clients share one child; `json`: `--json`, `_to`; `seats`: `--resume`
 * @property {(port: number, child: string[], how: { json: boolean, resume: number }) => string[]} command
 */

/** Compiles the load generator and the children, where they are older than their source. */
export function buildTools() {
  mkdirSync(cache, { recursive: true })
  compile('load.c', 'load')
  compile('proxy.c', 'proxy')
  compile('children/printer.c', 'printer')
  compile('children/counter.c', 'counter')
}

/** The program that prints the lines of a measurement. */
export const printer = (lines, size, rate, ...more) => [join(cache, 'printer'), lines, size, rate, ...more].map(String)

/** Prints numbered lines at a pace and counts its players' messages. */
export const counter = (size, rate) => [join(cache, 'counter'), size, rate].map(String)

/**
 * @param {string | undefined} other another checkout of Playpipe, to be compared with this one
 * @returns {{ peers: Peer[], missing: string[] }}
 */
export function findPeers(other) {
  const missing = []
  const peers = [
    playpipe('Playpipe', root, 'uws'),
    playpipe('Playpipe on ws', root, 'ws'),
    ...(other ? [playpipe('the other Playpipe', resolve(other), 'uws')] : []),
    attempt('ScaleSocket', scalesocket, missing),
    attempt('websocketd of the distribution', distributedWebsocketd, missing),
    attempt('newest websocketd', newestWebsocketd, missing),
    control(),
  ].filter((peer) => peer !== undefined)
  return { peers, missing }
}

function playpipe(name, folder, transport) {
  const bin = join(folder, 'bin', 'playpipe.js')
  return {
    name,
    version: run(process.execPath, [bin, '--version']),
    can: ['rooms', 'json', 'seats'],
    command: (port, [program, ...args], { json, resume }) => [
      ...[process.execPath, bin, '--transport', transport, '--addr', `127.0.0.1:${port}`],
      ...[...(json ? ['--json'] : []), ...(resume > 0 ? ['--resume', String(resume)] : []), program, '--', ...args],
    ],
  }
}

function control() {
  return {
    name: 'control',
    version: 'bare uWebSockets.js',
    can: ['rooms'],
    command: (port, child) => [process.execPath, join(root, 'bench', 'control.mjs'), String(port), ...child],
  }
}

function scalesocket() {
  const program = which('scalesocket', SCALESOCKET) ?? join(cache, 'scalesocket', 'bin', 'scalesocket')
  if (!existsSync(program)) {
    console.log(`building ScaleSocket ${SCALESOCKET}; this takes some minutes, once`)
    const to = ['--root', join(cache, 'scalesocket')]
    run('cargo', ['install', 'scalesocket', '--locked', '--version', SCALESOCKET, ...to], { timeout: BUILD })
  }
  return {
    name: 'ScaleSocket',
    version: run(program, ['--version']).replace(/^\D*/, ''),
    can: ['rooms', 'json'],
    command: (port, [child, ...args], { json }) => [
      ...[program, '--addr', `127.0.0.1:${port}`, ...(json ? ['--json'] : [])],
      ...[child, '--', ...args],
    ],
  }
}

function distributedWebsocketd() {
  const program = which('websocketd')
  if (!program) throw new Error('it is not on the PATH')
  return websocketd('websocketd', program)
}

function newestWebsocketd() {
  const folder = join(cache, 'websocketd')
  const program = join(folder, 'websocketd')
  if (!existsSync(program))
    run('go', ['install', `${WEBSOCKETD}@latest`], { env: { ...process.env, GOBIN: folder }, timeout: BUILD })
  return websocketd('websocketd, newest', program)
}

function websocketd(name, program) {
  return {
    name,
    version: websocketdVersion(program),
    can: [],
    command: (port, child) => [program, '--address', '127.0.0.1', '--port', String(port), ...child],
  }
}

/** Built without its Makefile it calls itself DEVBUILD: then the package or the module says more. */
function websocketdVersion(program) {
  const module = /\smod\s+\S+\s+(v\S+)/.exec(tryRun('go', ['version', '-m', program]))?.[1]
  if (module && module !== '(devel)') return module
  const owned = tryRun('dpkg-query', ['-S', program]).split(':')[0]
  return (owned && tryRun('dpkg-query', ['-W', owned]).split(/\s/)[1]) || tryRun(program, ['--version']) || 'unknown'
}

function attempt(name, find, missing) {
  try {
    return find()
  } catch (error) {
    const why = `${error.stderr || error.message}`.trim().split('\n')
    missing.push(`${name}: ${why.at(-1).trim()}`)
    return undefined
  }
}

function compile(source, name) {
  const from = join(root, 'bench', source)
  const to = join(cache, name)
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return
  run('cc', ['-O2', '-Wall', '-o', to, from])
}

function run(command, args, options = {}) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options }).trim()
}

function tryRun(command, args) {
  try {
    return run(command, args)
  } catch {
    return ''
  }
}

/** @param {string} [version] what it must say of itself */
function which(name, version = '') {
  const folders = (process.env.PATH ?? '').split(':')
  return folders
    .map((folder) => join(folder, name))
    .find((program) => existsSync(program) && (version === '' || tryRun(program, ['--version']).includes(version)))
}
