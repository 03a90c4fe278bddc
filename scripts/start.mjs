// npm start: the games of this repository on http://localhost:9000/. Further words are options: npm start -- --port 8000
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, install, root } from './setup.mjs'

install()
build()
// Its database is an optional package, which has no binaries for some systems: the games are played without accounts there.
const lobby = existsSync(join(root, 'node_modules', 'libsql'))
  ? ['--lobby', '--guests', '--data', join(root, 'data')]
  : []
const games = ['--games', join(root, 'games'), '--staticdir', join(root, 'public')]
const options = [...games, ...lobby, '--api', ...process.argv.slice(2)]
const server = spawn(process.execPath, [join(root, 'bin', 'playpipe.js'), ...options], { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal))
server.once('exit', (status, signal) => process.exit(status ?? (signal ? 1 : 0)))
