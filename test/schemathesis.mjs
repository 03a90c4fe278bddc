// node test/schemathesis.mjs [SECONDS]: makes up requests from the API's own description, and finds answers outside of it and 5xx.
// schemathesis comes from PyPI, into node_modules/.cache; `npm run build` comes before.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const venv = join(root, 'node_modules', '.cache', 'schemathesis')
const seconds = Number(process.argv[2] ?? 60)

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd })
  if (error) throw error
  return status
}

/** Resolves with where it listens. */
function start(data) {
  const words = ['--addr', '127.0.0.1:0', '--lobby', '--guests', '--authlimit', '1000:100000', '--data', data, '--json']
  const server = spawn(process.execPath, [join(root, 'bin', 'playpipe.js'), ...words, '--', 'cat'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk
      const url = /http:\/\/\S+:(\d+)\//.exec(log)
      if (url) resolve({ server, api: `http://127.0.0.1:${url[1]}/api/v1` })
    })
    server.once('exit', () => reject(new Error(log)))
  })
}

/** One run as a guest. @param cwd where it leaves what it remembers @returns the exit status: 0 where nothing was found */
async function fuzz(api, cwd, time, ...which) {
  const headers = { 'Content-Type': 'application/json' }
  const guest = await fetch(`${api}/guests`, { method: 'POST', headers, body: '{"name":"Fuzz"}' })
  const { token } = await guest.json()
  // One worker: with several, Python 3.11's compiler fails now and then.
  const flags = ['--continue-on-failure', '--request-timeout', '20', '--max-time', String(time)]
  const words = ['run', `${api}/openapi.json`, '-H', `Authorization: Bearer ${token}`, ...flags, ...which]
  return run(join(venv, 'bin', 'schemathesis'), words, cwd)
}

if (!existsSync(join(venv, 'bin', 'schemathesis'))) {
  run('python3', ['-m', 'venv', venv])
  run(join(venv, 'bin', 'pip'), ['install', '--quiet', 'schemathesis>=4,<5'])
}
const data = mkdtempSync(join(tmpdir(), 'playpipe-schemathesis-'))
const { server, api } = await start(data)
try {
  // A log-out would leave the rest nothing but 401, and the events never end.
  const rest = await fuzz(api, data, seconds, '--exclude-path', '/games/events', '--exclude-path', '/logout')
  const logOut = await fuzz(api, data, 10, '--include-path', '/logout')
  process.exitCode = rest || logOut
} finally {
  server.removeAllListeners('exit')
  server.kill()
  rmSync(data, { recursive: true, force: true })
}
