// What `npm start` and `npm test` share: a fresh clone is installed and built by them, a built one is left alone.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const builtAt = join(root, 'dist', '.built')
const installedAt = join(root, 'node_modules', '.package-lock.json')

/** Runs a command in the repository and shows what it prints; ends this process where it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} failed with status ${status}`)
    process.exit(status ?? 1)
  }
}

export function say(text) {
  console.log(`> ${text}`)
}

/** Installs the packages of package-lock.json where they are missing or older than it. */
export function install() {
  if (existsSync(installedAt) && modified(installedAt) >= modified(join(root, 'package-lock.json'))) return
  say('installing packages (npm ci)')
  // Building is ours to say: `prepare` would do it a second time.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Whether something that the build reads changed after it. */
export function isStale() {
  if (!existsSync(builtAt)) return true
  const last = modified(builtAt)
  const sources = [...files(join(root, 'src')), ...files(join(root, 'games'))].filter((file) => /\.ts$/.test(file))
  return [...sources, join(root, 'package.json'), join(root, 'tsconfig.build.json')].some(
    (file) => modified(file) > last,
  )
}

export function markBuilt() {
  mkdirSync(dirname(builtAt), { recursive: true })
  writeFileSync(builtAt, '')
}

export function build() {
  if (!isStale()) return
  say('building (npm run build)')
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
}

function modified(file) {
  return statSync(file).mtimeMs
}

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path)
    else yield path
  }
}
