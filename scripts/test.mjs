// npm test: installs and builds what is missing, Chromium included, then runs the tests. Further words go to vitest.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, install, root, run, say } from './setup.mjs'

/** Debian's package and the program that it brings. */
const PROGRAMS = { chromium: '/usr/bin/chromium' }

function installPrograms() {
  const missing = Object.entries(PROGRAMS).filter(([, path]) => !existsSync(path))
  if (missing.length === 0) return
  const names = missing.map(([name]) => name)
  const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (!canInstall)
    return say(
      `${names.join(', ')} missing: tests that need it are skipped; on Debian: sudo apt-get install ${names.join(' ')}`,
    )
  say(`installing ${names.join(', ')} (apt-get)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}

install()
build()
installPrograms()
run(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)])
